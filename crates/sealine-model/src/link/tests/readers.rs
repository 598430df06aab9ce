//! What reads entries and is no `ExternalSecret`, and what is known of a vault or a name in part.

use sealine_source::{FileName, Place, Source, TextRange};

use super::{entry, external, linked, scope};
use crate::graph::{Edge, Graph};
use crate::kubernetes::{ClassMount, Consumer};
use crate::link::entry_name;
use crate::vault::{Entry, EntryRead, ReadingObject, VaultIdentity, VaultKind};
use crate::{Certainty, Facts, Piece, Value, asked};

fn in_file(path: &str, line: usize) -> Place {
    let text = "\n".repeat(line);
    let at = TextRange::new(line - 1, line);
    Source::new(FileName::new("repo", path), &*text).place(at)
}

fn edges(graph: &Graph) -> Vec<String> {
    let node = |at: usize| &graph.nodes[at].id;
    let edge = |edge: &Edge| format!("{} > {} {}", node(edge.from), node(edge.to), edge.at.line);
    graph.edges.iter().map(edge).collect()
}

fn class(file: &str) -> EntryRead {
    let at = |line| in_file(file, line);
    EntryRead {
        vault: Some(VaultIdentity::azure(Value::from("kv"))),
        name: Value::from("token"),
        reader: "SecretProviderClass app".to_owned(),
        place: at(3),
        asked: asked(&at(13), &at(3)),
        object: Some(ReadingObject {
            scope: scope("ns"),
            kind: "SecretProviderClass".to_owned(),
            name: Value::from("app"),
            place: at(1),
            asked: None,
            copies: vec![(Value::from("made"), at(2)).into()],
        }),
    }
}

fn mount(file: &str) -> ClassMount {
    let consumer = Consumer {
        kind: "Deployment".to_owned(),
        name: Value::from("web"),
        part: String::new(),
        place: in_file(file, 7),
    };
    ClassMount {
        scope: scope("ns"),
        consumer,
        class: Value::from("app"),
        place: in_file(file, 8),
        asked: asked(&in_file(file, 18), &in_file(file, 8)),
        certainty: Certainty::Exact,
    }
}

#[test]
fn copies_of_a_provider_class_are_shown_by_the_volumes_that_are_nearest() {
    let facts = Facts {
        entry_reads: vec![class("one/spc.yaml"), class("two/spc.yaml")],
        class_mounts: vec![mount("one/web.yaml"), mount("two/web.yaml")],
        ..Facts::default()
    };
    let (graph, _) = linked(facts);
    let one = "secretproviderclass/ns/app";
    let two = "secretproviderclass/ns/app@repo/two/spc.yaml";
    let web = "deployment/ns/web";
    assert_eq!(
        edges(&graph),
        [
            format!("{one} > {web} 8"),
            format!("{one} > {web} 18"),
            format!("{one} > secret/ns/made 2"),
            format!("{two} > {web} 8"),
            format!("{two} > {web} 18"),
            format!("{two} > secret/ns/made 2"),
            format!("vault/kv/token > {one} 3"),
            format!("vault/kv/token > {one} 13"),
            format!("vault/kv/token > {two} 3"),
            format!("vault/kv/token > {two} 13"),
        ]
    );
}

#[test]
fn a_name_that_is_known_in_part_means_the_only_entry_that_it_fits() {
    let key = |tail: &str| {
        let tail = Piece::Literal { text: tail.into(), place: None };
        Value::from_pieces([Piece::Hole, tail])
    };
    let meant = |tail: &str| {
        let mut external = external("ns", "app", "missing", "");
        external.reads[0].key = key(tail);
        let names = ["shop/orders/password", "shop/users/password", "shop/users/password-old"];
        let entries = names.map(|name| entry("kv", name));
        let facts =
            Facts { entries: entries.into(), external_secrets: vec![external], ..Facts::default() };
        linked(facts).1.reads[0].entries.iter().map(|(id, sure)| (id.item, *sure)).collect()
    };
    let assumed = |item: usize| vec![(item, Certainty::Assumed)];
    let found: Vec<(usize, Certainty)> = meant("/orders/password");
    assert_eq!(found, assumed(0));
    assert_eq!(meant("/users/password"), assumed(1));
    assert_eq!(meant("password"), []);
}

/// An operator of the cluster knows the vault by itself, and names no address.
#[test]
fn what_an_operator_copies_is_joined_to_who_declares_it() {
    let vault = |address: Option<&str>| {
        VaultIdentity::hashicorp(address.map(Value::from), Some(Value::from("kv")))
    };
    let read = EntryRead {
        vault: Some(vault(None)),
        name: Value::from("app/db"),
        reader: "VaultStaticSecret db".to_owned(),
        place: in_file("vault.yaml", 2),
        asked: None,
        object: Some(ReadingObject {
            scope: scope("ns"),
            kind: "VaultStaticSecret".to_owned(),
            name: Value::from("db"),
            place: in_file("vault.yaml", 1),
            asked: None,
            copies: vec![(Value::from("db-creds"), in_file("vault.yaml", 4)).into()],
        }),
    };
    let (graph, _) = linked(Facts {
        entries: vec![Entry {
            vault: vault(Some("https://vault.example.org")),
            ..entry("kv", "app/db")
        }],
        entry_reads: vec![read],
        ..Facts::default()
    });
    let chain = [
        "vault/hashicorp/https://vault.example.org/kv/app/db > vaultstaticsecret/ns/db 2",
        "vaultstaticsecret/ns/db > secret/ns/db-creds 4",
    ];
    for joint in chain {
        assert!(edges(&graph).iter().any(|edge| edge == joint), "{:?}", edges(&graph));
    }
}

#[test]
fn keys_of_scaleway_say_how_they_name_an_entry() {
    let vault = VaultIdentity::new(VaultKind::Other("scaleway".to_owned()), []);
    for (key, name) in [("name:db", "db"), ("path:/app/db", "db"), ("id:11-22", "id:11-22")] {
        assert_eq!(entry_name(&vault, &Value::from(key)).0.text().as_deref(), Some(name), "{key}");
    }
}
