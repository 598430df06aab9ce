//! What is written reads back; what is no facts file is refused with the reason.

use std::sync::Arc;

use sealine_model::kubernetes::{Consumer, Scope, SecretUse, UseKind};
use sealine_model::terraform::StateFile;
use sealine_model::vault::{Entry, EntryObject, EntryOrigin, Filling, VaultIdentity};
use sealine_model::{Alphabet, Alphabets, Certainty, Coverage, Facts, Piece, Value};
use sealine_source::{FileName, Place};

use super::*;

fn place(repo: &str, path: &str, line: u32) -> Place {
    let file = Arc::new(FileName::new(repo, path));
    Place { file, start: 7, end: 9, line, column: 3 }
}

fn pattern(pieces: &[Option<&str>]) -> Value {
    Value::from_pieces(pieces.iter().map(|piece| match piece {
        Some(text) => Piece::Literal { text: (*text).into(), place: None },
        None => Piece::Hole,
    }))
}

/// Facts with a name that is known in part, a place in another repository, and a literal that must
/// not be written.
fn published() -> Published {
    let reader = SecretUse {
        scope: Scope {
            delivery: Some(Arc::from("argo/argocd/app")),
            namespace: Value::from("app"),
        },
        consumer: Consumer {
            kind: "Deployment".to_owned(),
            name: pattern(&[None, Some("-web")]),
            part: "web".to_owned(),
            place: place("charts/one", "web.yaml", 2),
        },
        secret: Value::from("db"),
        place: place("charts/one", "a:b.yaml", 12),
        asked: None,
        editable: true,
        key: Some((Value::unknown(), place("app", "values.yaml", 4))),
        kind: UseKind::Env(Value::from("PASSWORD")),
        optional: false,
        certainty: Certainty::Pattern,
    };
    let entry = Entry {
        vault: VaultIdentity::azure(Value::from("kv-app")),
        name: Value::from("manual-token"),
        object: EntryObject::Certificate,
        origin: EntryOrigin::Terraform,
        address: "azurerm_key_vault_secret.token[\"a\"]".to_owned(),
        place: place("app", "main.tf", 1),
        name_place: None,
        properties: Some(vec!["user".to_owned()]),
        alphabets: Alphabets {
            whole: None,
            properties: vec![("user".to_owned(), Alphabet::Unreserved)],
        },
        filling: Filling::Literal {
            fingerprint: "3fa1c0".to_owned(),
            place: place("app", "main.tf", 3),
        },
        ignores_value: true,
        block: None,
    };
    let unit = Facts {
        repo: "app".to_owned(),
        unit: "chart deploy".to_owned(),
        entries: vec![entry],
        uses: vec![reader],
        coverage: Coverage { documents: 2, understood: 1 },
        ..Facts::default()
    };
    let nothing = Facts { repo: "app".to_owned(), unit: "empty".to_owned(), ..Facts::default() };
    let origin = Origin {
        name: "app".to_owned(),
        remotes: vec!["example.com/org/app".to_owned()],
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
    };
    Published { repositories: vec![origin], vaults: Vec::new(), units: vec![nothing, unit] }
}

#[test]
fn a_fact_is_a_line_and_says_no_more_than_it_must() {
    expect_test::expect![[r#"
        {
        "format": "sealine-facts",
        "version": "1.0",
        "repositories": [
        {"name":"app","remotes":["example.com/org/app"],"commit":"0123456789abcdef0123456789abcdef01234567"}],
        "vaults": [],
        "units": [
        {"name":"chart deploy","repo":"app","understood":false,
         "entries": [
         {"address":"azurerm_key_vault_secret.token[\"a\"]","alphabets":{"properties":[["user","unreserved"]]},"ignores_value":true,"name":"manual-token","object":"certificate","origin":"terraform","place":"main.tf:1:3","properties":["user"],"vault":{"kind":"azure","parts":{"name":"kv-app"}}}],
         "uses": [
         {"certainty":"pattern","consumer":{"kind":"Deployment","name":[null,"-web"],"part":"web","place":"//charts%2Fone/web.yaml:2:3"},"key":[[null],"values.yaml:4:3"],"kind":{"by":"env","variable":"PASSWORD"},"place":"//charts%2Fone/a:b.yaml:12:3","scope":{"delivery":"argo/argocd/app","namespace":"app"},"secret":"db"}]}]
        }
    "#]]
    .assert_eq(&write(&published()));
}

/// `export-stale` asks how old a state is; what lies in it, and that it lies there, stays at home.
#[test]
fn of_a_state_its_age_is_told_alone() {
    let state = StateFile {
        place: place("app", "terraform.tfstate", 1),
        encrypted: false,
        has_values: true,
        version: Some(("6f1c2a5e".to_owned(), 14)),
    };
    let unit = Facts { repo: "app".to_owned(), state_files: vec![state], ..Facts::default() };
    let text = write(&Published { units: vec![unit], ..published() });
    assert!(
        text.contains(r#"{"place":"terraform.tfstate:1:3","version":["6f1c2a5e",14]}"#),
        "{text}"
    );
    let back = read(&text).expect("a facts file");
    let states: Vec<_> = back.units.iter().flat_map(|unit| &unit.state_files).collect();
    let [state] = states.as_slice() else { panic!("{states:?}") };
    assert_eq!(state.version, Some(("6f1c2a5e".to_owned(), 14)));
    assert!(!state.has_values);
}

#[test]
fn what_is_written_reads_back_as_the_same_thing() {
    let text = write(&published());
    let back = read(&text).expect("a facts file");
    assert_eq!(write(&back), text);
    let [unit] = back.units.as_slice() else { panic!("{:?}", back.units) };
    let reader = &unit.uses[0];
    assert_eq!(reader.consumer.name, pattern(&[None, Some("-web")]));
    assert_eq!(reader.kind, UseKind::Env(Value::from("PASSWORD")));
    assert_eq!(reader.certainty, Certainty::Pattern);
    assert!(!reader.editable, "nothing can be edited in another checkout");
    let other = &reader.place.file;
    assert_eq!((other.repo.as_str(), other.path.as_str()), ("charts/one", "a:b.yaml"));
    let own = &unit.entries[0].place;
    assert_eq!(own.file.revision.as_deref(), Some("0123456789ab"));
    assert_eq!((own.line, own.column), (1, 3));
    assert_eq!(unit.entries[0].object, EntryObject::Certificate);
    assert_eq!(unit.entries[0].filling, Filling::Unknown);
}

fn fault(text: &str) -> String {
    read(text).expect_err("no facts file").to_string()
}

#[test]
fn a_newer_minor_version_is_read_and_what_it_adds_is_passed_over() {
    let newer = write(&published())
        .replace("\"1.0\"", "\"1.9\"")
        .replace("\"understood\":", "\"news\":{\"a\":[1]},\"understood\":")
        .replace("\"certificate\"", "\"something-new\"");
    let units = read(&newer).expect("a facts file").units;
    assert_eq!(units[0].uses.len(), 1);
    assert_eq!(units[0].entries[0].object, EntryObject::Secret);
}

#[test]
fn what_is_no_facts_file_is_refused_with_the_reason() {
    let whole = write(&published());
    assert_eq!(
        fault(&whole.replace("\"1.0\"", "\"2.0\"")),
        "it is of version 2.0, and this sealine reads version 1"
    );
    // Another major version may have another shape.
    assert_eq!(
        fault(r#"{"format": "sealine-facts", "version": "2.1", "units": {}}"#),
        "it is of version 2.1, and this sealine reads version 1"
    );
    let other = "it is no facts file: `format` is not `sealine-facts`";
    assert_eq!(fault(r#"{"format": "cyclonedx", "version": "1.0", "units": 3}"#), other);
    assert_eq!(fault(r#"{"name": 4}"#), other);
    let cut = fault(&whole[..whole.len() / 2]);
    assert!(cut.starts_with("it cannot be read: EOF while parsing"), "{cut}");
    assert!(fault("").starts_with("it cannot be read: EOF"));
}

#[test]
fn hostile_files_end_with_a_fault_or_with_facts() {
    let deep = format!("{{\"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&deep).is_err());
    let whole = write(&published());
    for (from, to) in [
        ("main.tf:1:3", "::::"),
        ("main.tf:1:3", "main.tf:99999999999999:-1"),
        ("main.tf:1:3", "//"),
        ("//charts%2Fone/web.yaml:2:3", "//%/../../etc:0:0"),
        ("\"pattern\"", "\"\\u001b[31m\""),
    ] {
        let units = read(&whole.replace(from, to)).expect("facts").units;
        assert_eq!(units.len(), 1, "{to}");
    }
    for end in 0..whole.len() {
        if let Some(part) = whole.get(..end) {
            assert!(read(part).is_err() || end == whole.len() - 1);
        }
    }
}
