//! What reads entries and is no `ExternalSecret`, and what is known of a vault or a name in part.

use sealine_source::{FileName, Place, Source, TextRange};

use super::{entry, external, linked, reader, scope};
use crate::graph::{Edge, Graph};
use crate::kubernetes::{Carrier, ClassMount, Consumer, Keys, Secret, SecretOrigin, SecretUse};
use crate::link::entry_name;
use crate::vault::{Entry, EntryRead, VaultIdentity, VaultKind};
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

/// An object whose name stands in the first line of a file.
fn carrier(kind: &str, name: &str, file: &str) -> Carrier {
    Carrier {
        scope: scope("ns"),
        kind: kind.to_owned(),
        name: Value::from(name),
        place: in_file(file, 1),
        asked: None,
    }
}

/// The Secret that a carrier names on a line of its file.
fn made_by(by: Carrier, name: &str, line: usize) -> Secret {
    Secret {
        scope: scope("ns"),
        name: Value::from(name),
        place: in_file(&by.place.file.path, line),
        asked: None,
        origin: SecretOrigin::Controller,
        maker: format!("{} {}", by.kind, by.name),
        by: Some(Box::new(by)),
        keys: Keys::unknown(),
        plaintext: false,
        read_by_controller: false,
        rendered: false,
    }
}

fn class(file: &str) -> EntryRead {
    let at = |line| in_file(file, line);
    EntryRead {
        vault: Some(VaultIdentity::azure(Value::from("kv"))),
        name: Value::from("token"),
        reader: "SecretProviderClass app".to_owned(),
        place: at(3),
        asked: asked(&at(13), &at(3)),
        object: Some(carrier("SecretProviderClass", "app", file)),
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
        secrets: ["one/spc.yaml", "two/spc.yaml"]
            .map(|file| made_by(carrier("SecretProviderClass", "app", file), "made", 2))
            .into(),
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
            format!("{two} > secret/ns/made@repo/two/spc.yaml 2"),
            format!("vault/kv/token > {one} 3"),
            format!("vault/kv/token > {one} 13"),
            format!("vault/kv/token > {two} 3"),
            format!("vault/kv/token > {two} 13"),
        ]
    );
}

/// Nobody opens a packed chart: the values that give the name are where the Secret is declared.
#[test]
fn a_secret_of_a_packed_chart_is_declared_where_its_name_is_written() {
    for (chart, expected) in [("charts/db/templates", 9), ("charts/db-1.0.0.tgz/templates", 3)] {
        let template = in_file(&format!("{chart}/secret.yaml"), 9);
        let by = carrier("Secret", "login", "values.yaml");
        let mut secret = Secret { by: None, ..made_by(by, "login", 3) };
        secret.asked = asked(&template, &secret.place);
        let (graph, _) = linked(Facts { secrets: vec![secret], ..Facts::default() });
        let lines = graph.nodes.iter().filter_map(|node| Some(node.declared.as_ref()?.line));
        assert_eq!(lines.collect::<Vec<_>>(), [expected], "{chart}");
    }
}

/// A class in a chart may be given what it reads by somebody who is not in sight.
#[test]
fn a_class_that_reads_nothing_known_is_a_copy_too() {
    let facts = Facts {
        entry_reads: vec![class("two/spc.yaml")],
        secrets: vec![made_by(carrier("SecretProviderClass", "app", "one/spc.yaml"), "made", 2)],
        class_mounts: vec![mount("one/web.yaml")],
        ..Facts::default()
    };
    let (graph, _) = linked(facts);
    let found: Vec<String> =
        edges(&graph).into_iter().filter(|edge| edge.contains("deployment")).collect();
    let one = "secretproviderclass/ns/app";
    assert_eq!(found, [8, 18].map(|line| format!("{one} > deployment/ns/web {line}")));
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

#[test]
fn a_name_made_of_the_same_parts_means_the_only_entry_that_is() {
    let name = |parts: [&str; 2]| {
        let part = |text: &str| Piece::Literal { text: text.into(), place: None };
        Value::from_pieces([part(parts[0]), Piece::Hole, part(parts[1]), Piece::Hole])
    };
    let meant = |parts: [&str; 2]| {
        let mut external = external("ns", "app", "missing", "");
        external.reads[0].key = name(parts);
        let entries = [["jobs/", "/"], ["jobs/", "/key/"], ["", "/"]]
            .map(|parts| Entry { name: name(parts), ..entry("kv", "") });
        let facts =
            Facts { entries: entries.into(), external_secrets: vec![external], ..Facts::default() };
        let found = &linked(facts).1.reads[0].entries;
        found.iter().map(|(id, sure)| (id.item, *sure)).collect::<Vec<_>>()
    };
    assert_eq!(meant(["jobs/", "/"]), [(0, Certainty::Assumed)]);
    assert_eq!(meant(["jobs/", "/key/"]), [(1, Certainty::Assumed)]);
    // Nothing tells what this is called.
    assert_eq!(meant(["", "/"]), []);
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
        object: Some(carrier("VaultStaticSecret", "db", "vault.yaml")),
    };
    let (graph, _) = linked(Facts {
        entries: vec![Entry {
            vault: vault(Some("https://vault.example.org")),
            ..entry("kv", "app/db")
        }],
        entry_reads: vec![read],
        secrets: vec![made_by(carrier("VaultStaticSecret", "db", "vault.yaml"), "db-creds", 4)],
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

/// An Ingress asks a controller for the certificate that it shows: it is where the way ends.
#[test]
fn who_reads_the_secret_that_is_made_for_it_is_no_station_before_it() {
    let consumer = |kind: &str, line| Consumer {
        kind: kind.to_owned(),
        name: Value::from("web"),
        part: String::new(),
        place: in_file("web.yaml", line),
    };
    let read = |kind, line| SecretUse { consumer: consumer(kind, line), ..reader("ns", "web-tls") };
    let (graph, _) = linked(Facts {
        secrets: vec![
            made_by(carrier("Ingress", "web", "web.yaml"), "web-tls", 2),
            made_by(carrier("Certificate", "own", "own.yaml"), "own-tls", 2),
        ],
        uses: vec![read("Ingress", 1), read("Deployment", 9)],
        ..Facts::default()
    });
    let found = edges(&graph);
    assert!(
        found.iter().any(|edge| edge == "certificate/ns/own > secret/ns/own-tls 2"),
        "{found:?}"
    );
    assert!(found.iter().all(|edge| !edge.starts_with("ingress/")), "{found:?}");
    assert!(found.iter().any(|edge| edge.starts_with("secret/ns/web-tls > ingress/ns/web")));
}

#[test]
fn keys_of_scaleway_say_how_they_name_an_entry() {
    let vault = VaultIdentity::new(VaultKind::Other("scaleway".to_owned()), []);
    for (key, name) in [("name:db", "db"), ("path:/app/db", "db"), ("id:11-22", "id:11-22")] {
        assert_eq!(entry_name(&vault, &Value::from(key)).0.text().as_deref(), Some(name), "{key}");
    }
}

#[test]
fn what_something_brings_is_meant_beside_a_nearer_copy_that_nothing_brings() {
    let of = |name: &str, delivery: Option<&str>, file: &str| {
        let mut external = external("ns", name, "kv", "token");
        external.target.name = Value::from("app");
        external.scope.delivery = delivery.map(Into::into);
        external.place = in_file(file, 1);
        external
    };
    let mut web = super::reader("ns", "app");
    web.scope.delivery = Some("web".into());
    web.consumer.place = in_file("apps/web/web.yaml", 1);
    let mut apart = super::reader("ns", "app");
    apart.consumer.name = Value::from("apart");
    apart.consumer.place = in_file("apps/web/apart.yaml", 1);
    let facts = Facts {
        external_secrets: vec![
            of("app", Some("worker"), "apps/worker/secret.yaml"),
            of("app", None, "apps/web/secret.yaml"),
            of("app", None, "other/secret.yaml"),
        ],
        uses: vec![web, apart],
        ..Facts::default()
    };
    let (graph, _) = linked(facts);
    let near = "secret/ns/app";
    let brought = "secret/ns/app@repo/apps/worker/secret.yaml";
    let read = |by: &str| {
        let edges = edges(&graph).into_iter();
        let edges =
            edges.filter_map(|edge| Some(edge.split_once(&format!(" > {by} "))?.0.to_owned()));
        edges.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(read("deployment/ns/app"), [near, brought]);
    assert_eq!(read("deployment/ns/apart"), [near]);
}

#[test]
fn a_run_may_overrule_what_a_file_of_values_says() {
    let meant = |key: &str| {
        let given = |text: &str, line| Piece::Literal {
            text: text.into(),
            place: Some(in_file("terraform.tfvars", line)),
        };
        let written = |text: &str| Piece::Literal { text: text.into(), place: None };
        let name = |tail: &str| {
            let pieces = [given("shop", 1), written("/"), given("development", 2), written(tail)];
            Value::from_pieces(pieces)
        };
        let mut external = external("ns", "app", "kv", "");
        external.reads[0].key = Value::from(key);
        let entries = ["/orders", "/orders/payments"]
            .map(|tail| Entry { name: name(tail), ..entry("kv", "") });
        let facts = Facts {
            stores: vec![super::store("kv", "kv")],
            entries: entries.into(),
            external_secrets: vec![external],
            ..Facts::default()
        };
        let found = &linked(facts).1.reads[0].entries;
        found.iter().map(|(id, sure)| (id.item, *sure)).collect::<Vec<_>>()
    };
    assert_eq!(meant("shop/development/orders"), [(0, Certainty::Exact)]);
    assert_eq!(meant("shop/production/orders/payments"), [(1, Certainty::Assumed)]);
    assert_eq!(meant("store/development/orders"), [(0, Certainty::Assumed)]);
    // Too little is left where both are overruled.
    assert_eq!(meant("store/production/orders"), []);
}
