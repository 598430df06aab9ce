//! Our template engine against the one of External Secrets Operator: the same templates, the same
//! values, the same bytes or both refuse.

mod eso;
// Their crate depends on this one, and brings everything along.
#[path = "../../sealine-testing/src/peers.rs"]
#[expect(unreachable_pub, reason = "it is public in its own crate")]
mod peers;
#[path = "../../sealine-testing/src/peers_table.rs"]
mod peers_table;

use eso::oracle::{Answer, Oracle, encoded};
use eso::{cases, generator, render, values};
use serde_json::json;

/// Templates whose results differ, each with the reason.
const DIFFERENT: &str = include_str!("eso/different.txt");

/// What the operator's engine of the oracle has and later ones do not.
const REMOVED: &[&str] = &["getHostByName", "getSecretKey"];

/// What later ones have in addition; their cases are the tests of these functions themselves.
const ADDED: &[&str] = &["certSANs", "hexdec", "sha512sum"];

#[test]
fn functions_are_the_operators() {
    let Some(mut oracle) = Oracle::start() else { return };
    let theirs = oracle.functions();
    let ours: Vec<_> = sealine_template::Functions::eso().all().collect();
    // Go's own functions are not in the table that is asked for.
    let own: Vec<_> = sealine_template::Functions::go().all().map(|own| own.name).collect();
    let mut wrong = Vec::new();
    for (name, wanted) in &theirs {
        // The first one of a name counts.
        match ours.iter().find(|function| function.name == name) {
            None if !REMOVED.contains(&name.as_str()) => wrong.push(format!("{name} is missing")),
            Some(function) if function.signature() != *wanted => {
                wrong.push(format!("{name}({wanted}) is {name}({})", function.signature()));
            }
            _ => {}
        }
    }
    for function in ours {
        let known = theirs.iter().any(|(name, _)| name == function.name);
        if !known && !own.contains(&function.name) && !ADDED.contains(&function.name) {
            wrong.push(format!("{} is unknown to the operator", function.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hand_written_templates_render_as_the_operator_renders_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let values = values::read(include_str!("eso/values.txt"));
    let texts: Vec<String> = cases::read(include_str!("eso/cases.txt"));
    let known = cases::read(DIFFERENT);
    let answers = oracle.render(&values, &texts);
    let mut wrong = Vec::new();
    for (text, answer) in texts.iter().zip(&answers) {
        let differs = difference(&values, text, answer);
        match (differs, known.contains(text)) {
            (Some(difference), false) => wrong.push(difference),
            (None, true) => wrong.push(format!("{text}\n  is listed as different, but agrees")),
            _ => {}
        }
    }
    assert!(texts.len() >= 400, "only {} cases", texts.len());
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}

#[test]
fn keys_certificates_and_archives_are_read_as_the_operator_reads_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let mut values = oracle.material();
    let texts = cases::read(include_str!("eso/keys.txt"));
    // What we seal, the operator opens.
    let sealing = [
        ("ours", r#"{{ pemToPkcs12Pass .certplain .rsa1 "pa ss" | b64dec }}"#),
        ("oursfull", r"{{ fullPemToPkcs12 (print .certmiddle .certroot) .ec256 | b64dec }}"),
    ];
    for (name, text) in sealing {
        let archive = render::render(&values, text).expect("an archive");
        values.insert(name.to_owned(), archive);
    }
    let known = cases::read(DIFFERENT);
    let answers = oracle.render(&values, &texts);
    let mut wrong = Vec::new();
    for (text, answer) in texts.iter().zip(&answers) {
        let difference = difference(&values, text, answer);
        wrong.extend(difference.filter(|_| !known.contains(text)));
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}

#[test]
fn source_keys_are_made_as_the_operator_makes_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let cases = eso::source_keys::cases();
    let asked = cases.iter().map(|(values, rules, _)| {
        json!({ "values": encoded(values), "keys": eso::source_keys::request(rules) })
    });
    let answers = oracle.ask(asked.collect::<Vec<_>>().into_iter());
    for ((values, rules, what), answer) in cases.iter().zip(&answers) {
        let ours = sealine_template::source_keys::source_keys(values, rules);
        let ours = ours.map(|values| encoded(&values)).ok();
        // Go leaves data without any key out, and writes bytes that are nil as `null`.
        let data = answer["data"].as_object().cloned().unwrap_or_default();
        let filled = |value: serde_json::Value| if value.is_null() { json!("") } else { value };
        let data: serde_json::Value =
            data.into_iter().map(|(key, value)| (key, filled(value))).collect();
        let theirs = (answer["ok"] == true).then_some(data);
        assert_eq!(ours, theirs, "{what}: {}", answer["error"]);
    }
}

#[test]
fn secrets_are_put_together_as_the_operator_puts_them_together() {
    let Some(mut oracle) = Oracle::start() else { return };
    let values = values::read(include_str!("eso/values.txt"));
    let values: values::Values = values
        .into_iter()
        .filter(|(name, _)| matches!(name.as_str(), "user" | "password" | "binary"))
        .chain([("host".to_owned(), b"db.example".to_vec())])
        .collect();
    let cases = eso::target::cases();
    let requests = cases.iter().map(|template| {
        let mut request = eso::target::request(template);
        request["values"] = encoded(&values);
        request
    });
    let answers = oracle.ask(requests.collect::<Vec<_>>().into_iter());
    let mut wrong = Vec::new();
    for (template, answer) in cases.iter().zip(&answers) {
        let ours = sealine_template::target::secret(template, &values, &values::Values::new());
        let error = ours.as_ref().err().map(|error| error.message.clone());
        let ours = ours.map(|secret| eso::target::written(&secret)).ok();
        let part = |name: &str| answer.get(name).cloned().unwrap_or_else(|| json!({}));
        let theirs = [part("data"), part("labels"), part("annotations")];
        let theirs = (answer["ok"] == true).then_some(theirs);
        if ours != theirs {
            wrong.push(format!("{template:?}\n  operator: {answer}\n  ours: {ours:?} {error:?}"));
        }
    }
    let rendered = answers.iter().filter(|answer| answer["ok"] == true).count();
    assert!(rendered > cases.len() / 2, "only {rendered} of {} render at all", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn generated_templates_render_as_the_operator_renders_them() {
    const COUNT: usize = 20_000;
    let Some(mut oracle) = Oracle::start() else { return };
    let values = values::read(include_str!("eso/values.txt"));
    let texts = generator::templates(20_261_121, COUNT);
    let answers = oracle.render(&values, &texts);
    let wrong: Vec<String> = texts
        .iter()
        .zip(&answers)
        .filter_map(|(text, answer)| difference(&values, text, answer))
        .collect();
    let rendered = answers.iter().filter(|answer| answer.is_ok()).count();
    // A generator whose templates all fail would show nothing.
    assert!(rendered > COUNT / 4, "only {rendered} of {COUNT} render at all");
    let shown: Vec<&str> = wrong.iter().take(60).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} of {COUNT} differ\n{}", wrong.len(), shown.join("\n"));
}

/// Returns what differs between the operator's answer and ours.
fn difference(values: &values::Values, text: &str, theirs: &Answer) -> Option<String> {
    let ours = render::render(values, text);
    let same = match (theirs, &ours) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        (Err(_), Err((is_final, _))) => *is_final,
        _ => false,
    };
    let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let theirs = theirs.as_ref().map_or_else(|error| format!("error {error}"), |out| shown(out));
    let ours = ours.map_or_else(|(_, error)| format!("error {error}"), |out| shown(&out));
    (!same).then(|| format!("{text}\n  operator: {theirs}\n  ours:     {ours}"))
}
