//! What stores give, and what the operator is asked to make of it.

use sealine_template::source_keys::{Conversion, Decoding, KeyRules, Merge, Rewrite};
use serde_json::{Value, json};

use super::values::Values;

/// A case: what a store gave, the rules, and what it shows.
pub(crate) type Case = (Values, KeyRules, &'static str);

fn values(entries: &[(&str, &str)]) -> Values {
    entries.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect()
}

fn rewritten(rewrites: Vec<Rewrite>) -> KeyRules {
    KeyRules { rewrites, ..KeyRules::default() }
}

fn regexp(source: &str, target: &str) -> Rewrite {
    Rewrite::Regexp { source: source.to_owned(), target: target.to_owned() }
}

fn transform(template: &str) -> Rewrite {
    Rewrite::Transform { template: template.to_owned() }
}

/// Returns all cases.
pub(crate) fn cases() -> Vec<Case> {
    let plain = values(&[("db-user", "alice"), ("db/pass word", "aGk="), ("é_1", "password")]);
    let slim = values(&[("db-user", "alice"), ("db-password", "x")]);
    let objects = values(&[
        ("a", r#"{"x":1,"y":"a<b>","z":null}"#),
        ("b", r#"{"x":2,"w":{"k":[1,true,"<"]},"big":1000000}"#),
        ("c", r#"{"v":[1.5],"f":false}"#),
    ]);
    let converted = |conversion| KeyRules { conversion, ..KeyRules::default() };
    let decoded = |decoding| KeyRules { decoding, ..KeyRules::default() };
    let encoded =
        values(&[("a", "aGVsbG8="), ("b", "_-8="), ("c", "no base64!"), ("d", "password")]);
    let merge = |merge| rewritten(vec![Rewrite::Merge(merge)]);
    let apart = Merge { ignores_conflicts: true, ..Merge::default() };
    let json = Merge { is_json: true, into: "all".to_owned(), ..apart.clone() };
    let first = Merge { priority: vec!["a".to_owned()], ..apart.clone() };
    let missing = Merge { priority: vec!["q".to_owned()], ..apart.clone() };
    let tolerant = Merge { ignores_missing: true, ..missing.clone() };
    vec![
        (plain.clone(), KeyRules::default(), "letters that may not stand become `_`"),
        (plain.clone(), converted(Conversion::Unicode), "or their number"),
        (values(&[("a b", "1"), ("a/b", "2")]), KeyRules::default(), "two keys become one"),
        (values(&[("", "x"), ("a", "y")]), KeyRules::default(), "no key at all"),
        (values(&[(&"x".repeat(254), "y")]), KeyRules::default(), "a key that is too long"),
        (values(&[]), KeyRules::default(), "nothing"),
        (encoded.clone(), decoded(Decoding::Auto), "whatever can be decoded is"),
        (encoded.clone(), decoded(Decoding::Base64), "a value that is no base64"),
        (values(&[("a", "aGVs\nbG8=")]), decoded(Decoding::Base64), "line ends"),
        (values(&[("a", "_-8=")]), decoded(Decoding::Base64Url), "for URLs"),
        (values(&[("a", "aGk")]), decoded(Decoding::Base64), "padding is missing"),
        (slim.clone(), rewritten(vec![regexp("^db-(.*)$", "${1}_new")]), "groups"),
        (slim.clone(), rewritten(vec![regexp("db-", "")]), "a prefix goes"),
        (
            slim.clone(),
            rewritten(vec![regexp("db-", ""), regexp("s+", "S")]),
            "one after the other",
        ),
        (slim.clone(), rewritten(vec![regexp("(", "")]), "no expression"),
        (values(&[]), rewritten(vec![regexp("(", "")]), "no expression and no key"),
        (slim.clone(), rewritten(vec![regexp("nosuch", "x")]), "no match"),
        (plain.clone(), rewritten(vec![regexp("x", "y")]), "rewritten keys are not converted"),
        (
            slim.clone(),
            rewritten(vec![transform("{{ .value | upper | replace \"-\" \"_\" }}")]),
            "upper",
        ),
        (slim.clone(), rewritten(vec![transform("x_{{ .nosuch }}")]), "a missing key is no error"),
        (slim.clone(), rewritten(vec![transform("{{ .value")]), "no template"),
        (slim.clone(), rewritten(vec![transform("{{ fail .value }}")]), "a template that fails"),
        (objects.clone(), merge(apart.clone()), "fields become values"),
        (objects.clone(), merge(Merge::default()), "two have the same field"),
        (objects.clone(), merge(first), "who comes last wins"),
        (objects.clone(), merge(missing), "a key to prefer is missing"),
        (objects.clone(), merge(tolerant), "and may be"),
        (objects.clone(), merge(json.clone()), "one value of JSON beside the others"),
        (objects, merge(Merge { into: String::new(), ..json }), "JSON without a place"),
        (slim, merge(apart.clone()), "a value that is no object"),
        (values(&[("a", "null"), ("b", "{}")]), merge(apart), "objects of nothing"),
    ]
}

/// Returns rules as the operator's resource writes them.
pub(crate) fn request(rules: &KeyRules) -> Value {
    let rewrites = rules.rewrites.iter().map(|rewrite| match rewrite {
        Rewrite::Regexp { source, target } => {
            json!({ "regexp": { "source": source, "target": target } })
        }
        Rewrite::Transform { template } => json!({ "transform": { "template": template } }),
        Rewrite::Merge(merge) => json!({ "merge": {
            "into": merge.into,
            "priority": merge.priority,
            "priorityPolicy": if merge.ignores_missing { "IgnoreNotFound" } else { "Strict" },
            "conflictPolicy": if merge.ignores_conflicts { "Ignore" } else { "Error" },
            "strategy": if merge.is_json { "JSON" } else { "Extract" },
        } }),
    });
    json!({
        "rewrite": rewrites.collect::<Vec<_>>(),
        "conversionStrategy": format!("{:?}", rules.conversion),
        "decodingStrategy": match rules.decoding {
            Decoding::Base64Url => "Base64URL".to_owned(),
            other => format!("{other:?}"),
        },
    })
}
