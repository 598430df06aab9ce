//! Each state of the example, rendered and read as Airflow reads it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use sealine_airflow::connection::parse;
use sealine_testing::Tree;
use sealine_testing::peers::peer;
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

/// Returns what Airflow's own task SDK makes of the texts.
#[expect(clippy::disallowed_methods, reason = "a test runs the real program")]
fn read_by_airflow(program: &std::path::Path, texts: &[String]) -> Vec<Value> {
    let mut child = Command::new(program)
        .env_clear()
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    for text in texts {
        writeln!(input, "{}", json!({ "value": text })).expect("the program reads");
    }
    drop(input);
    let output = child.wait_with_output().expect("the program ends");
    let output = String::from_utf8(output.stdout).expect("text");
    // It begins by saying what it is.
    output.lines().skip(1).map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_hostile_password_arrives_in_airflow_itself() {
    let Some(program) = peer("airflow-oracle") else { return };
    let mut texts = Vec::new();
    for password in HOSTILE {
        let values = rendered("after", password);
        for wanted in ["AIRFLOW_CONN_SALESFORCE", "AIRFLOW_CONN_WAREHOUSE_POSTGRES"] {
            let (_, text) = values.iter().find(|(key, _)| key == wanted).expect(wanted);
            texts.push(text.clone());
        }
    }
    let answers = read_by_airflow(&program, &texts);
    assert_eq!(answers.len(), texts.len());
    for (password, answers) in HOSTILE.iter().zip(answers.chunks(2)) {
        let salesforce = &answers[0]["fields"];
        assert_eq!(salesforce["conn_type"], "salesforce", "{password:?}");
        for field in ["consumer_key", "consumer_secret"] {
            assert_eq!(salesforce["extra"][0][field], *password, "{salesforce}");
        }
        let warehouse = &answers[1]["fields"];
        assert_eq!(warehouse["password"], *password, "{warehouse}");
        assert_eq!(warehouse["login"], "app", "{warehouse}");
        assert_eq!(warehouse["port"], 5432, "{warehouse}");
    }
}

#[test]
fn the_obvious_version_loses_a_password() {
    let values = rendered("naive", "p/ss\"");
    assert!(values.iter().all(|(_, text)| parse(text).is_err()), "nothing is lost");
}
