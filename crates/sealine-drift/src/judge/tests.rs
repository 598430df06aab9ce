//! Each kind, and each reason that something is noise, on plans as Terraform writes them.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::plan::{self, Held};

/// A plan: resources `t.NAME` with the attribute `v` and the block `b` configured.
fn verdict(
    plan: &str,
    change: impl FnOnce(&mut Vec<IgnoreRule>, &mut DeclaredResources),
) -> Verdict {
    let configuration = r#""configuration": {"root_module": {
        "resources": [
            {"address": "t.a", "expressions": {"v": {"constant_value": "x"}, "b": [{}]}},
            {"address": "t.b", "expressions": {"v": {"references": ["t.a.id", "t.a"]}}},
            {"address": "t.c", "expressions": {"v": {"references": ["module.m.id", "module.m"]}}}],
        "outputs": {"o": {"expression": {"references": ["t.a.id", "t.a"]}}, "p": {}},
        "module_calls": {"m": {
            "expressions": {"in": {"references": ["t.b.id", "t.b"]}},
            "module": {"resources": [
                {"address": "t.d", "expressions": {"v": {"references": ["var.in"]}}}]}}}}}"#;
    let text = format!("{{\"format_version\": \"1.2\", {plan}, {configuration}}}");
    let plan = plan::read(text.as_bytes()).expect("a plan");
    let schemas = Schemas::parse("t c etag\nt s hush\n");
    let mut ignore = Vec::new();
    let mut declared = DeclaredResources::new();
    change(&mut ignore, &mut declared);
    judge(&Context {
        project: "p",
        plan: &plan,
        declared: &declared,
        schemas: &schemas,
        ignore: &ignore,
        owners: &[],
        today: "2026-01-02".parse().expect("a date"),
    })
}

fn shown(verdict: &Verdict) -> String {
    let mut text = format!("{} managed\n", verdict.managed);
    for one in verdict.findings.iter().chain(&verdict.noise) {
        let _ = write!(text, "{} {}: {} ({})", one.kind, one.address, one.change, one.severity);
        for attribute in &one.attributes {
            let _ =
                write!(text, "; {} {} -> {}", attribute.path, attribute.before, attribute.after);
        }
        let note = one.note.as_ref().map(|note| format!("; {note}"));
        let _ = writeln!(text, "{}", note.unwrap_or_default());
    }
    for one in &verdict.suppressed {
        let _ = writeln!(text, "{} held back {}", one.rule, one.count);
    }
    for one in &verdict.stale_rules {
        let _ = writeln!(text, "{} is stale, expired: {}", one.rule, one.expired);
    }
    text
}

fn check(plan: &str, expected: &Expect) {
    expected.assert_eq(&shown(&verdict(plan, |_, _| {})));
}

fn drift(name: &str, before: &str, after: &str) -> String {
    format!(
        r#"{{"address": "t.{name}", "mode": "managed", "type": "t", "name": "{name}", "change":
            {{"actions": ["update"], "before": {before}, "after": {after}}}}}"#
    )
}

fn planned(name: &str, actions: &str, before: &str, after: &str, unknown: &str) -> String {
    format!(
        r#"{{"address": "{name}", "mode": "managed", "type": "t", "change": {{"actions": [{actions}],
            "before": {before}, "after": {after}, "after_unknown": {unknown}}}}}"#
    )
}

fn plan(drift: &[String], changes: &[String]) -> String {
    let (drift, changes) = (drift.join(","), changes.join(","));
    format!(r#""resource_drift": [{drift}], "resource_changes": [{changes}]"#)
}

#[test]
fn changed_outside_is_drift_and_its_repair_no_second_finding() {
    let drift = drift("a", r#"{"v": "x", "id": "1"}"#, r#"{"v": "y", "id": "1"}"#);
    let repair = planned("t.a", "\"update\"", r#"{"v": "y"}"#, r#"{"v": "x"}"#, "{}");
    check(
        &plan(&[drift], &[repair]),
        &expect![[r#"
            1 managed
            drifted t.a: changed outside (medium); v "x" -> "y"
        "#]],
    );
}

#[test]
fn deleted_outside_is_drift_and_so_is_what_follows_explained() {
    let gone = r#"{"address": "t.a", "mode": "managed", "type": "t",
        "change": {"actions": ["delete"], "before": {"v": "x", "id": "1"}, "after": null}}"#;
    let create = planned("t.a", "\"create\"", "null", r#"{"v": "x"}"#, r#"{"id": true}"#);
    let reader = planned("t.b", "\"update\"", r#"{"v": "1"}"#, "{}", r#"{"v": true}"#);
    let far = planned("module.m.t.d", "\"update\"", r#"{"v": "1"}"#, "{}", r#"{"v": true}"#);
    let plan = plan(&[gone.to_owned()], &[create, reader, far]);
    let output = r#""output_changes": {"o": {"actions": ["update"], "before": "1",
        "after_unknown": true, "before_sensitive": false, "after_sensitive": false}}"#;
    check(
        &format!("{plan}, {output}"),
        &expect![[r#"
            3 managed
            drifted t.a: deleted outside (high)
            noise module.m.t.d: to be changed (low); v "1" -> (known after apply); it follows from what changed outside
            noise output.o: output changes (low); value "1" -> (known after apply); it follows from what changed outside
            noise t.b: to be changed (low); v "1" -> (known after apply); it follows from what changed outside
        "#]],
    );
}

#[test]
fn what_the_configuration_says_and_nobody_applied_is_unapplied() {
    let changes = [
        planned("t.a", "\"update\"", r#"{"v": "x"}"#, r#"{"v": "z"}"#, r#"{"etag": true}"#),
        planned("t.new", "\"create\"", "null", r#"{"v": "x"}"#, "{}"),
        planned("t.old", "\"delete\"", r#"{"v": "x"}"#, "null", "{}"),
        planned("t.r", "\"delete\", \"create\"", r#"{"v": "x"}"#, r#"{"v": "z"}"#, "{}"),
        planned("t.f", "\"forget\"", r#"{"v": "x"}"#, "null", "{}"),
        planned("t.same", "\"no-op\"", r#"{"v": "x"}"#, r#"{"v": "x"}"#, "{}"),
        r#"{"address": "t.m", "previous_address": "t.l", "mode": "managed", "type": "t",
            "change": {"actions": ["no-op"], "before": {}, "after": {}}}"#
            .to_owned(),
        r#"{"address": "t.i", "mode": "managed", "type": "t", "change": {"actions": ["no-op"],
            "before": {}, "after": {}, "importing": {"id": "i"}}}"#
            .to_owned(),
    ];
    check(
        &plan(&[], &changes),
        &expect![[r#"
            6 managed
            unapplied t.old: to be deleted (high)
            unapplied t.r: to be replaced (high); v "x" -> "z"
            unapplied t.a: to be changed (low); v "x" -> "z"
            unapplied t.f: to be forgotten (low)
            unapplied t.i: to be imported (low)
            unapplied t.m: moved (low)
            unapplied t.new: to be created (low)
        "#]],
    );
}

#[test]
fn both_at_once_are_two_findings() {
    let drift = drift("a", r#"{"v": "x", "b": [{"n": 1}]}"#, r#"{"v": "y", "b": [{"n": 1}]}"#);
    let before = r#"{"v": "y", "b": [{"n": 1}]}"#;
    let both = planned("t.a", "\"update\"", before, r#"{"v": "x", "b": [{"n": 2}]}"#, "{}");
    check(
        &plan(&[drift], &[both]),
        &expect![[r#"
            1 managed
            drifted t.a: changed outside (medium); v "x" -> "y"
            unapplied t.a: to be changed (low); b[0].n 1 -> 2
        "#]],
    );
}

#[test]
fn noise_is_told_with_its_reason() {
    let drifts = [
        drift("a", r#"{"v": "x", "etag": "1"}"#, r#"{"v": "x", "etag": "2"}"#),
        drift("b", r#"{"v": "{\"a\": 1}"}"#, r#"{"v": "{\"a\":1}"}"#),
        drift("c", r#"{"v": "x"}"#, r#"{"v": "y"}"#),
        drift("e", r#"{"tags": null}"#, r#"{"tags": {}}"#),
    ];
    check(
        &plan(&drifts, &[]),
        &expect![[r#"
            4 managed
            noise t.a: changed outside (low); etag "1" -> "2"; only the provider sets it
            noise t.b: changed outside (low); v "{\"a\": 1}" -> "{\"a\":1}"; the provider writes the same in another way
            noise t.c: changed outside (low); v "x" -> "y"; the configuration asks for no other value
            noise t.e: changed outside (low); tags (none) -> {}; the provider writes the same in another way
        "#]],
    );
}

#[test]
fn a_settable_attribute_that_nobody_configured_is_drift_although_nothing_is_planned() {
    let drift = drift("a", r#"{"stages": ["CURRENT"]}"#, r#"{"stages": ["PREVIOUS"]}"#);
    check(
        &plan(&[drift], &[]),
        &expect![[r#"
            1 managed
            drifted t.a: changed outside (medium); stages ["CURRENT"] -> ["PREVIOUS"]
        "#]],
    );
}

#[test]
fn a_computed_attribute_that_others_read_is_drift() {
    let drift = drift("a", r#"{"etag": "1"}"#, r#"{"etag": "2"}"#);
    let relevant = r#""relevant_attributes": [{"resource": "t.a", "attribute": ["etag"]}]"#;
    let plan = format!("{}, {relevant}", plan(&[drift], &[]));
    check(
        &plan,
        &expect![[r#"
            1 managed
            drifted t.a: changed outside (medium); etag "1" -> "2"
        "#]],
    );
}

#[test]
fn a_filled_placeholder_is_noise() {
    let before = r#"{"v": "<set manually>", "id": "u/1", "version": "1"}"#;
    let drift = drift("a", before, r#"{"v": "canary-77", "id": "u/2", "version": "2"}"#)
        .replace("\"after\"", "\"after_sensitive\": {\"v\": true}, \"after\"");
    let verdict = verdict(&plan(&[drift], &[]), |_, declared| {
        let ignore_changes = vec!["v".to_owned()];
        declared.insert("t.a".to_owned(), DeclaredResource { ignore_changes, place: None });
    });
    assert_eq!(outcome(&verdict.findings), Outcome::Clean);
    expect![[r#"
        1 managed
        noise t.a: changed outside (low); id "u/1" -> "u/2"; v (hidden) -> (hidden); version "1" -> "2"; it follows from what `ignore_changes` leaves alone; `ignore_changes` leaves it alone
    "#]]
    .assert_eq(&shown(&verdict));
}

#[test]
fn checks_that_fail_are_a_kind_of_their_own_and_say_no_secret() {
    let drift = drift("a", r#"{"hush": "canary-88"}"#, r#"{"hush": "canary-88"}"#)
        .replace("\"before\"", "\"before_sensitive\": {\"hush\": true}, \"before\"");
    let checks = r#""checks": [
        {"address": {"kind": "check", "to_display": "check.up"}, "status": "fail",
         "instances": [{"status": "fail", "problems": [{"message": "down with canary-88"}]}]},
        {"address": {"kind": "check", "to_display": "check.fine"}, "status": "pass"}]"#;
    let verdict = verdict(&format!("{}, {checks}", plan(&[drift], &[])), |_, _| {});
    assert_eq!(outcome(&verdict.findings), Outcome::ChecksFailed);
    expect![[r#"
        1 managed
        failed check.up: check fails (medium); down with (hidden)
        noise t.a: changed outside (low); no attribute differs
    "#]]
    .assert_eq(&shown(&verdict));
}

#[test]
fn rules_hold_back_are_counted_and_expire() {
    let rule =
        |name: &str, address: &str, attribute: Option<&str>, until: Option<&str>| IgnoreRule {
            name: name.to_owned(),
            address: address.to_owned(),
            attribute: attribute.map(str::to_owned),
            reason: "autoscaled".to_owned(),
            owner: None,
            until: until.map(|day| day.parse().expect("a date")),
        };
    let drifts = [
        drift("a", r#"{"size": 1, "n": 1}"#, r#"{"size": 2, "n": 2}"#),
        drift("b", r#"{"size": 1}"#, r#"{"size": 2}"#),
        drift("c", r#"{"size": 1}"#, r#"{"size": 2}"#),
    ];
    let verdict = verdict(&plan(&drifts, &[]), |rules, _| {
        rules.push(rule("r[0]", "t.*", Some("size"), Some("2026-01-02")));
        rules.push(rule("r[1]", "t.c", None, Some("2026-01-01")));
        rules.push(rule("r[2]", "module.gone.*", None, None));
    });
    expect![[r#"
        3 managed
        drifted t.a: changed outside (medium); n 1 -> 2
        noise t.b: changed outside (low); `r[0]` holds it back: autoscaled
        noise t.c: changed outside (low); `r[0]` holds it back: autoscaled
        r[0] held back 3
        r[1] is stale, expired: true
        r[2] is stale, expired: false
    "#]]
    .assert_eq(&shown(&verdict));
}

#[test]
fn names_cannot_act() {
    let drift = drift("a", r#"{"x": 1}"#, r#"{"x": 2}"#)
        .replace("\"address\": \"t.a\"", r#""address": "t.a[\"\u001b]0;x\u0007<b>\"]""#);
    let verdict = verdict(&plan(&[drift], &[]), |_, _| {});
    assert!(!verdict.findings[0].address.contains('\u{1b}'), "{:?}", verdict.findings[0].address);
}

/// Whatever a plan says, judging ends, and what is marked in it stays hidden.
#[test]
fn plans_that_are_broken_anywhere_are_judged_or_refused() {
    let whole = r#"{"format_version": "1.2", "variables": {"s": {"value": "canary-variable"}},
        "resource_drift": [{"address": "module.m[\"k\"].t.d", "mode": "managed", "type": "t", "change": {
            "actions": ["update"], "before": {"v": [{"a": 1}, {"a": "canary-1"}], "s": "canary-2"},
            "after": {"v": [{"a": 2}, {"a": "canary-3"}], "s": "x canary-2 y", "o": "canary-1"},
            "before_sensitive": {"v": [{}, {"a": true}], "s": true}, "after_sensitive": {"v": true}}}],
        "resource_changes": [{"address": "t.b", "previous_address": "t.z", "mode": "managed", "type":
            "random_password", "change": {"actions": ["delete", "create"], "before": {"result":
            "canary-4"}, "after": {"note": "canary-4"}, "after_unknown": {"result": true}}}],
        "output_changes": {"o": {"actions": ["update"], "before": "canary-4", "after": "canary-5",
            "before_sensitive": false, "after_sensitive": true}},
        "checks": [{"address": {"kind": "check", "to_display": "check.c"}, "status": "fail",
            "instances": [{"problems": [{"message": "canary-2 and canary-variable"}]}]}],
        "relevant_attributes": [{"resource": "t.a", "attribute": ["v", 0]}],
        "configuration": {"root_module": {"variables": {"s": {"sensitive": true}}, "outputs": {"o":
            {"expression": {"references": ["t.b.result", "t.b"]}}}, "module_calls": {"m": {"module":
            {"resources": [{"address": "t.d", "expressions": {"v": {}}}]}}}}}}"#;
    let judged = |text: &str| {
        let plan = plan::read(text.as_bytes()).ok()?;
        let (declared, schemas) = (DeclaredResources::new(), Schemas::default());
        let verdict = judge(&Context {
            project: "p",
            plan: &plan,
            declared: &declared,
            schemas: &schemas,
            ignore: &[],
            owners: &[],
            today: "2026-01-02".parse().expect("a date"),
        });
        Some(serde_json::to_string(&(&verdict.findings, &verdict.noise)).expect("JSON"))
    };
    let all = judged(whole).expect("a verdict");
    assert!(all.contains("hidden") && !all.contains("canary"), "{all}");
    // Each cut, and each byte that means something to JSON replaced by others that do.
    let marks = ["\"", "{", "}", "[", "]", ":", ",", "0", "null", "true", "\\"];
    for (at, byte) in whole.bytes().enumerate().filter(|(at, _)| whole.is_char_boundary(*at)) {
        let _ = plan::read(&whole.as_bytes()[..at]);
        if b"\"{}[]:,0123456789".contains(&byte) {
            for mark in marks {
                let broken = [&whole[..at], mark, &whole[at + 1..]].concat();
                let _ = plan::read(broken.as_bytes());
            }
        }
    }
    // Whole values replaced: the types are not what is expected.
    for value in ["null", "true", "1", "\"x\"", "[]", "{}", "[[]]"] {
        for key in ["actions", "before", "after", "after_unknown", "change", "instances", "checks"]
        {
            let pattern = format!("\"{key}\": ");
            for (at, _) in whole.match_indices(&pattern) {
                let rest = &whole[at + pattern.len()..];
                let mut parser = serde_json::Deserializer::from_str(rest).into_iter::<Held>();
                parser.next().expect("a value").expect("a value");
                let end = parser.byte_offset();
                let _ = judged(&[&whole[..at], &pattern, value, &rest[end..]].concat());
            }
        }
    }
}
