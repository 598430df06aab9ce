//! Laws of linking, on facts made by hand.

mod listed;
mod readers;

use sealine_source::{FileName, Place, Source, TextRange};

use super::*;
use crate::graph::{Graph, ProducerId, Stage};
use crate::kubernetes::{
    Consumer, ExternalSecret, Keys, RemoteRead, Scope, Secret, SecretOrigin, SecretUse, Store,
    StoreReference, Target, UseKind,
};
use crate::vault::{Entry, EntryObject, EntryOrigin, Filling, VaultIdentity};
use crate::{Alphabets, Certainty, Piece, Value, asked};

fn place(line: usize) -> Place {
    let source = Source::new(FileName::new("repo", "file"), "\n".repeat(99));
    source.place(TextRange::new(line - 1, line - 1))
}

fn scope(namespace: &str) -> Scope {
    let value = if namespace == "?" { Value::unknown() } else { Value::from(namespace) };
    Scope::undelivered(value)
}

fn store(name: &str, vault: &str) -> Store {
    Store {
        scope: scope(""),
        name: Value::from(name),
        cluster_wide: true,
        vault: Some(VaultIdentity::azure(Value::from(vault))),
        key_prefix: String::new(),
        allowed_namespaces: None,
        place: place(1),
        asked: None,
    }
}

fn entry(vault: &str, name: &str) -> Entry {
    Entry {
        vault: VaultIdentity::azure(Value::from(vault)),
        name: Value::from(name),
        object: EntryObject::Secret,
        origin: EntryOrigin::Terraform,
        address: format!("azurerm_key_vault_secret.{name}"),
        place: place(2),
        name_place: None,
        properties: None,
        alphabets: Alphabets::default(),
        filling: Filling::Computed,
        ignores_value: false,
        block: None,
    }
}

fn external(namespace: &str, name: &str, store: &str, key: &str) -> ExternalSecret {
    let store = StoreReference {
        name: Value::from(store),
        cluster_wide: true,
        place: place(3),
        asked: None,
    };
    ExternalSecret {
        scope: scope(namespace),
        kind: "ExternalSecret".to_owned(),
        version: "v1".to_owned(),
        name: Value::from(name),
        place: place(4),
        asked: None,
        store: Some(store),
        reads: vec![RemoteRead {
            secret_key: None,
            key: Value::from(key),
            place: place(5),
            asked: None,
            editable: true,
            property: None,
            version: None,
            store: None,
            extract: false,
        }],
        open_keys: false,
        refreshes: true,
        target: Target {
            name: Value::from(name),
            place: place(6),
            asked: None,
            creation_policy: "Owner".to_owned(),
            deletion_policy: "Retain".to_owned(),
            manifest: None,
            template: None,
            keys: Keys::default(),
            read_by_controller: false,
        },
        allowed: Vec::new(),
        generators: Vec::new(),
        finds: Vec::new(),
        guesses: Vec::new(),
        written: None,
    }
}

fn reader(namespace: &str, secret: &str) -> SecretUse {
    SecretUse {
        scope: scope(namespace),
        consumer: Consumer {
            kind: "Deployment".to_owned(),
            name: Value::from("app"),
            part: String::new(),
            place: place(7),
        },
        secret: Value::from(secret),
        place: place(8),
        asked: None,
        editable: true,
        key: None,
        kind: UseKind::EnvFrom(String::new()),
        optional: false,
        certainty: Certainty::Exact,
    }
}

fn linked(facts: Facts) -> (Graph, Links) {
    let mut facts = [facts];
    let links = link(&mut facts, &Settings::default());
    (graph(&facts, &links), links)
}

#[test]
fn a_chain_joins_from_terraform_to_the_workload() {
    let (graph, links) = linked(Facts {
        stores: vec![store("kv", "kv-a")],
        entries: vec![entry("kv-a", "Token"), entry("kv-b", "token")],
        external_secrets: vec![external("ns", "app", "kv", "secret/token")],
        uses: vec![reader("ns", "app")],
        ..Facts::default()
    });
    let path = [
        "terraform//:azurerm_key_vault_secret.Token",
        "vault/kv-a/token",
        "externalsecret/ns/app",
        "secret/ns/app",
        "deployment/ns/app",
    ];
    for pair in path.windows(2) {
        let (from, to) = (graph.node(pair[0]).expect(pair[0]), graph.node(pair[1]).expect(pair[1]));
        assert!(graph.edges.iter().any(|edge| edge.from == from && edge.to == to), "{pair:?}");
    }
    assert_eq!(links.reads[0].entries.len(), 1, "the twin in the other vault is not meant");
}

#[test]
fn namespaces_keep_secrets_apart_and_unknown_ones_are_assumed() {
    let (_, links) = linked(Facts {
        external_secrets: vec![
            external("one", "app", "kv", "x"),
            external("?", "other", "kv", "x"),
        ],
        uses: vec![reader("two", "app"), reader("two", "other")],
        ..Facts::default()
    });
    assert!(links.uses[0].producers.is_empty());
    assert!(matches!(
        links.uses[1].producers.as_slice(),
        [(ProducerId::External(_), Certainty::Assumed)]
    ));
}

#[test]
fn an_unread_entry_keeps_its_mention_apart() {
    let (graph, links) = linked(Facts {
        stores: vec![store("kv", "kv-a")],
        entries: vec![entry("kv-a", "manual-token")],
        external_secrets: vec![external("ns", "app", "kv", "token")],
        ..Facts::default()
    });
    let mention = graph.node("vault/kv-a/token").expect("mentioned");
    assert!(graph.nodes[mention].declared.is_none());
    assert!(links.reads[0].entries.is_empty());
}

/// An entry that nobody declares is as sure as its name is known.
#[test]
fn what_is_read_of_an_unknown_entry_is_not_exact() {
    let sure = |key: Value| {
        let mut reading = external("app", "e", "s", "");
        reading.reads[0].key = key;
        let facts = Facts { external_secrets: vec![reading], ..Facts::default() };
        let (graph, _) = linked(facts);
        let is_entry = |node: usize| graph.nodes[node].id.starts_with("vault/?/");
        graph.edges.iter().find(|edge| is_entry(edge.from)).map(|edge| edge.certainty)
    };
    assert_eq!(sure(Value::from("db")), Some(Certainty::Exact));
    let part = Piece::Literal { text: "db-".into(), place: None };
    assert_eq!(sure(Value::from_pieces([part, Piece::Hole])), Some(Certainty::Pattern));
    assert_eq!(sure(Value::unknown()), Some(Certainty::Assumed));
}

#[test]
fn a_store_that_reads_its_credentials_stays_one_node() {
    let mut credentials = reader("ns", "login");
    credentials.consumer.kind = "ClusterSecretStore".to_owned();
    credentials.consumer.name = Value::from("kv");
    let (graph, _) = linked(Facts {
        stores: vec![store("kv", "kv-a")],
        uses: vec![credentials],
        ..Facts::default()
    });
    let ids: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["clustersecretstore/kv", "secret/ns/login", "vault/kv-a"]);
}

#[test]
fn a_store_is_joined_to_what_finds_entries_there() {
    let mut external = external("ns", "app", "kv", "token");
    external.reads.clear();
    external.finds = external.store.take().into_iter().collect();
    let (graph, _) = linked(Facts {
        stores: vec![store("kv", "kv-a")],
        external_secrets: vec![external],
        ..Facts::default()
    });
    let to = graph.node("externalsecret/ns/app");
    let joins = graph.edges.iter().filter(|edge| Some(edge.to) == to);
    let from = joins.map(|edge| (graph.nodes[edge.from].id.as_str(), edge.at.line));
    assert_eq!(from.collect::<Vec<_>>(), [("clustersecretstore/kv", 3)]);
}

#[test]
fn a_guess_stands_back_behind_who_makes_the_secret() {
    let guess = Secret {
        scope: scope("ns"),
        name: Value::from("app"),
        place: place(1),
        origin: SecretOrigin::Guessed,
        maker: "Database app".to_owned(),
        by: None,
        keys: Keys::unknown(),
        plaintext: false,
        read_by_controller: true,
        asked: asked(&place(9), &place(1)),
        rendered: false,
    };
    let mut facts = Facts {
        external_secrets: vec![external("ns", "app", "kv", "token")],
        secrets: vec![guess],
        uses: vec![reader("ns", "app")],
        ..Facts::default()
    };
    let (graph, links) = linked(facts.clone());
    let line = |graph: &Graph| {
        graph.nodes[graph.node("secret/ns/app")?].declared.as_ref().map(|it| it.line)
    };
    let makers =
        |links: &Links| links.uses[0].producers.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    assert_eq!(line(&graph), Some(6));
    assert!(matches!(makers(&links)[..], [ProducerId::External(_)]));
    facts.external_secrets.clear();
    let (graph, links) = linked(facts);
    // It stands where it asks for its name.
    assert_eq!(line(&graph), Some(9));
    assert!(matches!(makers(&links)[..], [ProducerId::Other(_)]));
}

#[test]
fn what_also_lies_packed_is_declared_where_it_does_not() {
    let source = Source::new(FileName::new("repo", "charts/a-1.0.0.tgz/a.yaml"), "");
    let packed = Entry { place: source.place(TextRange::new(0, 0)), ..entry("kv", "token") };
    let facts = Facts { entries: vec![entry("kv", "token"), packed], ..Facts::default() };
    let (graph, _) = linked(facts);
    let node = graph.node("vault/kv/token").map(|node| &graph.nodes[node]);
    let declared = node.and_then(|node| node.declared.as_ref());
    assert_eq!(declared.map(|place| &*place.file.path), Some("file"));
}

#[test]
fn what_is_asked_for_on_another_line_is_joined_at_both() {
    let mut made = external("ns", "app", "kv", "token");
    made.asked = asked(&place(14), &made.place);
    made.target.asked = asked(&place(16), &made.target.place);
    made.reads[0].asked = asked(&place(15), &made.reads[0].place);
    let mut read = reader("ns", "app");
    read.asked = asked(&place(18), &read.place);
    let (graph, _) =
        linked(Facts { external_secrets: vec![made], uses: vec![read], ..Facts::default() });
    let declared = |id: &str| graph.nodes[graph.node(id)?].declared.as_ref().map(|it| it.line);
    assert_eq!(declared("externalsecret/ns/app"), Some(14));
    assert_eq!(declared("secret/ns/app"), Some(16));
    let lines = |id: &str| -> Vec<u32> {
        let to = graph.node(id);
        let edges = graph.edges.iter().filter(|edge| Some(edge.to) == to);
        edges.map(|edge| edge.at.line).collect()
    };
    assert_eq!(lines("externalsecret/ns/app"), [3, 5, 15]);
    assert_eq!(lines("secret/ns/app"), [6, 16]);
    assert_eq!(lines("deployment/ns/app"), [8, 18]);
    assert!(asked(&place(8), &place(8)).is_none());
}

#[test]
fn copies_in_several_files_are_nodes_of_their_own() {
    let mut copy = external("ns", "app", "kv", "token");
    copy.place.file = std::sync::Arc::new(FileName::new("repo", "prod/app.yaml"));
    let twin = external("ns", "app", "kv", "token");
    let mut near = reader("ns", "app");
    near.consumer.name = Value::from("near");
    near.consumer.place.file = std::sync::Arc::new(FileName::new("repo", "prod/web.yaml"));
    let mut other = external("ns", "other", "kv", "token");
    other.place.file = std::sync::Arc::new(FileName::new("repo", "other.yaml"));
    other.target.name = Value::from("app");
    // Of a store whose entries are Secrets.
    let mut again = external("ns", "again", "own", "app");
    again.place.file = std::sync::Arc::new(FileName::new("repo", "prod/again.yaml"));
    let mut own = store("own", "");
    let kind = crate::vault::VaultKind::from_name("kubernetes");
    own.vault = Some(VaultIdentity::new(kind, [("namespace", Value::from("ns"))]));
    let (graph, _) = linked(Facts {
        stores: vec![own],
        external_secrets: vec![copy, twin, other, again],
        uses: vec![reader("ns", "app"), near],
        ..Facts::default()
    });
    let of = |stage| {
        let nodes = graph.nodes.iter().filter(move |node| node.stage == stage);
        nodes.map(|node| node.id.as_str()).collect::<Vec<_>>()
    };
    let copies = ["externalsecret/ns/app", "externalsecret/ns/app@repo/prod/app.yaml"];
    let (first, last) = (["externalsecret/ns/again"], ["externalsecret/ns/other"]);
    assert_eq!(of(Stage::ExternalSecret), [&first[..], &copies, &last].concat());
    // What another object adds to the Secret is no copy of it.
    let secrets = ["secret/ns/app", "secret/ns/app@repo/prod/app.yaml"];
    assert_eq!(of(Stage::Secret), [&["secret/ns/again"][..], &secrets].concat());
    let read = |by: &str| {
        let to = graph.node(by);
        let edges = graph.edges.iter().filter(|edge| Some(edge.to) == to);
        edges.map(|edge| graph.nodes[edge.from].id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(read("deployment/ns/app"), secrets);
    assert_eq!(read("deployment/ns/near"), secrets[1..]);
    assert_eq!(read("vault/kubernetes/ns/app"), secrets[1..]);
}

#[test]
fn copies_of_a_store_are_nodes_of_their_own() {
    let in_file = |path: &str| std::sync::Arc::new(FileName::new("repo", path));
    let (mut dev, mut prod) = (store("kv", "kv-dev"), store("kv", "kv-prod"));
    dev.place.file = in_file("dev/stores/kv.yaml");
    prod.place.file = in_file("prod/stores/kv.yaml");
    let mut external = external("ns", "app", "kv", "token");
    external.place.file = in_file("prod/app/token.yaml");
    external.finds = external.store.iter().cloned().collect();
    let mut login = reader("ns", "login");
    login.consumer.kind = "ClusterSecretStore".to_owned();
    login.consumer.name = Value::from("kv");
    login.consumer.place = prod.place.clone();
    let (graph, _) = linked(Facts {
        stores: vec![dev, prod],
        external_secrets: vec![external],
        uses: vec![login],
        ..Facts::default()
    });
    let stores = graph.nodes.iter().filter(|node| node.stage == Stage::Store);
    let stores: Vec<&str> = stores.map(|node| node.id.as_str()).collect();
    let second = "clustersecretstore/kv@repo/prod/stores/kv.yaml";
    assert_eq!(stores, ["clustersecretstore/kv", second]);
    let joined = |from: &str, to: &str| {
        let (from, to) = (graph.node(from), graph.node(to));
        graph.edges.iter().any(|edge| (Some(edge.from), Some(edge.to)) == (from, to))
    };
    assert!(joined(second, "externalsecret/ns/app") && joined("secret/ns/login", second));
    assert!(!joined(stores[0], "externalsecret/ns/app"));
    assert!(joined("vault/kv-dev", stores[0]) && joined("vault/kv-prod", second));
}

#[test]
fn of_several_vaults_the_one_of_the_nearest_store_is_read() {
    let in_file = |path: &str| std::sync::Arc::new(FileName::new("repo", path));
    let (mut dev, mut prod) = (store("kv", "kv-dev"), store("kv", "kv-prod"));
    dev.place.file = in_file("dev/stores/kv.yaml");
    prod.place.file = in_file("prod/stores/kv.yaml");
    let mut external = external("ns", "app", "kv", "token");
    let mut facts = Facts {
        stores: vec![dev, prod],
        entries: ["kv-dev", "kv-prod", "kv-other"].map(|vault| entry(vault, "token")).into(),
        ..Facts::default()
    };
    let mut read = |file: &str| {
        external.place.file = in_file(file);
        facts.external_secrets = vec![external.clone()];
        let (_, links) = linked(facts.clone());
        assert_eq!(links.reads[0].vault, None);
        links.reads[0].entries.iter().map(|(id, sure)| (id.item, *sure)).collect::<Vec<_>>()
    };
    let assumed = Certainty::Assumed;
    assert_eq!(read("prod/app/token.yaml"), [(1, assumed)]);
    assert_eq!(read("base/token.yaml"), [(0, assumed), (1, assumed)]);
}

#[test]
fn keys_of_aws_may_be_arns() {
    let vault = VaultIdentity::new(crate::vault::VaultKind::AwsSecretsManager, Vec::new());
    let named = |key: Value| super::entries::entry_name(&vault, &key).0.pattern();
    let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:";
    assert_eq!(named(Value::from(format!("{arn}app/db-STWnLo").as_str())), "app/db");
    assert_eq!(named(Value::from(format!("{arn}app/db").as_str())), "app/db");
    assert_eq!(named(Value::from("app/db-STWnLo")), "app/db-STWnLo");
    let literal = |text: &str| Piece::Literal { text: text.into(), place: None };
    let head = [literal("arn:aws:secretsmanager:"), Piece::Hole, literal(":secret:app/")];
    let named = |tail: &[Piece]| {
        named(Value::from_pieces(head.iter().cloned().chain(tail.iter().cloned())))
    };
    assert_eq!(named(&[literal("db-"), Piece::Hole]), "app/db");
    assert_eq!(named(&[Piece::Hole, literal("-"), Piece::Hole]), "app/*");
    assert_eq!(named(&[literal("db"), Piece::Hole]), "app/db*");
}

#[test]
fn keys_of_hashicorp_name_entries_below_their_mount() {
    let mount = [("mount", Value::from("kv"))];
    let vault = VaultIdentity::new(crate::vault::VaultKind::HashiCorp, mount);
    for (key, name) in [
        ("a/b", "a/b"),
        ("kv/a", "a"),
        ("kv/data/a", "a"),
        ("data/a", "a"),
        ("/a", "a"),
        ("/kv/a", "kv/a"),
    ] {
        assert_eq!(entry_name(&vault, &Value::from(key)).0.text().as_deref(), Some(name), "{key}");
    }
    let unnamed = VaultIdentity::new(crate::vault::VaultKind::HashiCorp, []);
    for (key, name) in [("kv/data/a", "kv/a"), ("kv/a", "kv/a"), ("kv/a/data/b", "kv/a/data/b")] {
        let found = entry_name(&unnamed, &Value::from(key)).0;
        assert_eq!(found.text().as_deref(), Some(name), "{key}");
    }
}

/// What a chart calls after its release stays its own, though nobody knows the release.
#[test]
fn a_chart_reads_through_its_own_store() {
    let chart = |file: &str, vault: &str| {
        let at = Source::new(FileName::new("repo", file), "").top();
        let mut external = external("?", file, "", "token");
        external.place = at.clone();
        external.store = external.store.map(|it| StoreReference {
            name: Value::unknown(),
            cluster_wide: false,
            ..it
        });
        let store = Store {
            scope: scope("?"),
            name: Value::unknown(),
            cluster_wide: false,
            place: at,
            ..store("", vault)
        };
        let (stores, external_secrets) = (vec![store], vec![external]);
        Facts { stores, external_secrets, unit: file.to_owned(), ..Facts::default() }
    };
    let mut facts = vec![chart("one", "kv-one"), chart("two", "kv-two")];
    let links = link(&mut facts, &Settings::default());
    let graph = graph(&facts, &links);
    let read = |id: &str| -> Vec<&str> {
        let to = graph.node(id).expect("a node");
        let edges = graph.edges.iter().filter(|edge| edge.to == to);
        edges.map(|edge| graph.nodes[edge.from].id.as_str()).collect()
    };
    assert_eq!(read("externalsecret/*/one"), ["secretstore/*/*", "vault/kv-one/token"]);
    assert_eq!(read("externalsecret/*/two"), ["secretstore/*/*@repo/two", "vault/kv-two/token"]);
}

#[test]
fn a_store_is_named_where_its_template_asks_for_the_name() {
    let mut made = external("ns", "app", "kv", "token");
    made.store = made.store.map(|it| StoreReference { asked: asked(&place(13), &it.place), ..it });
    let mut kv = store("kv", "kv-a");
    kv.asked = asked(&place(11), &kv.place);
    let facts = Facts { stores: vec![kv], external_secrets: vec![made], ..Facts::default() };
    let (graph, _) = linked(facts);
    let from = graph.node("clustersecretstore/kv").expect("the store");
    assert_eq!(graph.nodes[from].declared.as_ref().map(|it| it.line), Some(11));
    let edges = graph.edges.iter().filter(|edge| edge.from == from);
    assert_eq!(edges.map(|edge| edge.at.line).collect::<Vec<_>>(), [3, 13]);
}
