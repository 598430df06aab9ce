//! Each state of the example, rendered and read as Airflow reads it.

use sealine_airflow::connection::parse;
use sealine_testing::Tree;
use serde_json::{Value, json};

use super::{HOSTILE, sealine, state};

/// The states whose templates are right.
const RIGHT: &[&str] = &["after", "after-jwt", "after-password", "both"];

#[test]
fn the_right_states_render_and_pass_the_round_trip() {
    for name in RIGHT {
        let rendered = sealine(&state(name), &["render", "--sample", "-o", "json"]).exits(0).json();
        let all = rendered["rendered"].as_array().expect("a list");
        assert!(all.len() >= 2 && all.iter().all(|one| one["secret"].is_object()), "{name}");
        let tried = sealine(&state(name), &["render", "--check", "-o", "json"]).exits(0).json();
        // The other templates of `both` copy user and password, which nothing can break.
        assert_eq!((&tried["passed"], &tried["lost"]), (&json!(2), &json!([])), "{name}");
    }
}

#[test]
fn the_obvious_version_fails_at_its_lines() {
    let tried = sealine(&state("naive"), &["render", "--check", "-o", "json"]).exits(2).json();
    let lost = tried["lost"].as_array().expect("a list").iter().map(|lost| {
        let file = lost["at"]["file"].as_str().unwrap_or_default().rsplit('/').next();
        (
            file.unwrap_or_default().to_owned(),
            lost["at"]["line"].clone(),
            lost["key"].clone(),
            lost["encoder"].clone(),
        )
    });
    let url = "urlquery | replace \"+\" \"%20\"";
    let expected = [
        ("salesforce-conn.yaml", "consumer_key", "toJson"),
        ("salesforce-conn.yaml", "consumer_secret", "toJson"),
        ("warehouse-postgres-conn.yaml", "password", url),
    ];
    let expected = expected
        .map(|(file, key, encoder)| (file.to_owned(), json!(16), json!(key), json!(encoder)));
    assert_eq!(lost.collect::<Vec<_>>(), expected);
}

/// Renders a state with one value for every entry, and returns the values of the Secrets by key.
fn rendered(name: &str, password: &str) -> Vec<(String, String)> {
    let entries = [
        "app--warehouse-postgres-password--prod",
        "app--salesforce-consumer-key--prod",
        "app--salesforce-consumer-secret--prod",
        "app--salesforce-private-key--prod",
        "app--salesforce-password--prod",
        "app--salesforce-security-token--prod",
        "app--salesforce-username--prod",
    ];
    let data: Value = entries.iter().map(|entry| ((*entry).to_owned(), json!(password))).collect();
    let tree = Tree::copy_of(&state(name));
    tree.write("values.txt", data.to_string());
    let arguments = [
        "render",
        "--data",
        "values.txt",
        "--reveal",
        "-o",
        "json",
        "airflow/salesforce-conn",
        "airflow/warehouse-postgres-conn",
    ];
    let rendered = sealine(tree.root(), &arguments).exits(0).json();
    let all = rendered["rendered"].as_array().expect("a list").iter();
    all.flat_map(|one| one["secret"]["stringData"].as_object().expect("values").clone())
        .map(|(key, value)| (key, value.as_str().expect("a text").to_owned()))
        .collect()
}

#[test]
fn every_hostile_password_arrives() {
    for password in HOSTILE {
        let values = rendered("after", password);
        let read = |wanted: &str| {
            let (_, text) = values.iter().find(|(key, _)| key == wanted).expect(wanted);
            parse(text).unwrap_or_else(|fault| panic!("{wanted} with {password:?}: {fault}"))
        };
        let warehouse = read("AIRFLOW_CONN_WAREHOUSE_POSTGRES");
        assert_eq!(warehouse.text("password"), Some(*password));
        assert_eq!((warehouse.text("login"), warehouse.text("schema")), (Some("app"), Some("app")));
        assert_eq!(warehouse.port, Some(5432));
        let salesforce = read("AIRFLOW_CONN_SALESFORCE");
        for field in ["consumer_key", "consumer_secret"] {
            assert_eq!(salesforce.extra(field).and_then(|value| value.as_str()), Some(*password));
        }
    }
}

#[test]
fn the_obvious_version_loses_a_password() {
    let values = rendered("naive", "p/ss\"");
    assert!(values.iter().all(|(_, text)| parse(text).is_err()), "nothing is lost");
}
