//! Whatever a state is broken to, looking at it ends, and nothing that is said holds a word of it.

use sealine_model::SecretValue;
use sealine_state::encryption::Passphrase;
use sealine_state::outputs;
use sealine_state::subject::look;

const SEEDS: [&str; 4] = [
    r#"{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l", "outputs": {"o": {"value":
    ["canarycanarycanary1", 2.5, {"k": null}], "type": "string", "sensitive": true}}, "resources": [{"module": "module.m",
    "mode": "managed", "type": "random_password", "name": "p", "instances": [{"index_key": 0, "attributes":
    {"result": "canarycanarycanary2", "note": "{\"token\":\"canarycanarycanary3\"}"}, "sensitive_attributes":
    [[{"type": "get_attr", "value": "result"}, {"type": "index", "value": {"value": 1, "type": "number"}}]]}]}]}"#,
    r#"{"format_version": "1.2", "variables": {"v": {"value": "canarycanarycanary4"}}, "prior_state": {"values":
    {"root_module": {"child_modules": [{"resources": [{"address": "a.b", "mode": "data", "type": "a", "name": "b",
    "values": {"x": "canarycanarycanary5"}, "sensitive_values": {"x": true}}]}]}}}, "resource_changes": [{"address":
    "t.y", "change": {"before": {"w": "canarycanarycanary6"}, "after": null, "before_sensitive": {"w": true}}}]}"#,
    r#"{"a": {"sensitive": true, "type": "string", "value": "canarycanarycanary7"}}"#,
    r#"{"serial": 1, "lineage": "l", "meta": {"key_provider.pbkdf2.it":
    "eyJzYWx0IjoiQUFBQSIsIml0ZXJhdGlvbnMiOjIsImhhc2hfZnVuY3Rpb24iOiJzaGE1MTIiLCJrZXlfbGVuZ3RoIjozMn0="},
    "encrypted_data": "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5", "encryption_version": "v0"}"#,
];

const PIECES: [&str; 18] = [
    "{", "}", "[", "]", "\"", "\\", ",", ":", "null", "true", "-1", "1e9", "\u{0}", "\\u12",
    "\\ud800", "\u{feff}", "[[[[[[", "{\"a\":",
];

/// Looks in every way, and returns all that was said.
fn said(bytes: &[u8]) -> String {
    let passphrase = Passphrase::new(&SecretValue::new("canarycanarycanary8"));
    let looked = look(SecretValue::new(bytes), Some(&passphrase));
    let error = looked.as_ref().err().map(ToString::to_string);
    let outputs = outputs::read(bytes);
    let refused = outputs.as_ref().err().map(ToString::to_string);
    format!("{looked:?} {error:?} {outputs:?} {refused:?}")
}

#[test]
fn broken_states_are_refused_or_read_and_never_told() {
    let mut random: u64 = 7;
    let mut next = |below: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).expect("31 bits") % below
    };
    for seed in SEEDS {
        assert!(!said(seed.as_bytes()).contains("canary"), "{seed}");
        for _ in 0..400 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=next(3) {
                let (from, length) = (next(bytes.len()), next(12));
                let to = (from + length).min(bytes.len());
                let piece = PIECES[next(PIECES.len())].as_bytes().to_vec();
                match next(3) {
                    0 => drop(bytes.splice(from..to, piece)),
                    1 => drop(bytes.splice(from..from, piece)),
                    _ => bytes.truncate(from.max(1)),
                }
            }
            let told = said(&bytes);
            // A broken quote may make a word a key; values are never told.
            let values = (1..=8).map(|number| format!("canarycanarycanary{number}"));
            let is_key =
                |value: &String| String::from_utf8_lossy(&bytes).contains(&format!("{value}\":"));
            for value in values.filter(|value| !is_key(value)) {
                assert!(!told.contains(&value), "{value} of {}", String::from_utf8_lossy(&bytes));
            }
        }
    }
}
