//! States that only a role may read, and those of whoever is logged in.

use std::collections::BTreeMap;
use std::path::Path;

use sealine_credentials::{Services, Surroundings};
use sealine_http::Settings as Http;
use sealine_model::SecretValue;
use sealine_state::backend::{Remote, Settings, from_settings};
use sealine_testing::Tree;
use sealine_testing::aws::{ROLE, account};

const STATE: &str =
    r#"{"version": 4, "serial": 7, "lineage": "l", "outputs": {}, "resources": []}"#;

fn services(environment: &BTreeMap<String, String>, home: &Path) -> Services {
    let http = Http::from_environment(environment);
    let (folder, home) = (home.to_owned(), Some(home.to_owned()));
    Services::new(Surroundings { environment: environment.clone(), home, folder, http })
}

fn bucket(url: &str, more: &[(&str, &str)]) -> Remote {
    let place = [("bucket", "states"), ("key", "a.tfstate"), ("region", "us-east-1")];
    let endpoints = [("endpoints.s3", url), ("endpoints.sts", url)];
    let place = place.iter().chain(&endpoints).chain(more);
    let settings: Settings =
        place.map(|(name, value)| ((*name).to_owned(), SecretValue::new(*value))).collect();
    from_settings("s3", &settings, true, "default", &BTreeMap::new()).expect("a place")
}

#[tokio::test]
async fn a_role_is_taken_on_where_the_backend_or_the_profile_names_one() {
    let prepared = account("sts:*", |server| {
        for (path, body) in [("/states", ""), ("/states/a.tfstate", STATE)] {
            let answer = server.send("PUT", path, &[], body);
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    });
    let Some(account) = prepared else { return };
    let url = account.server.url();
    let (id, secret) = (account.access_key.as_str(), account.secret_key.as_str());
    let home = Tree::new("");
    home.write(
        ".aws/config",
        format!("[profile reader]\nrole_arn = {ROLE}\nsource_profile = base\n"),
    );
    let keys = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    home.write(".aws/credentials", format!("[base]\n{keys}"));
    let environment =
        [("AWS_ENDPOINT_URL_STS", url.as_str()), ("AWS_EC2_METADATA_DISABLED", "true")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let services = services(&BTreeMap::from(environment), home.root());

    let own = [("access_key", id), ("secret_key", secret)];
    let refused = bucket(&url, &own).read(&services).await.expect_err("the user may not");
    assert!(refused.to_string().contains("403"), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains(secret), "{refused}");
    for more in [
        &[("assume_role.role_arn", ROLE), ("assume_role.session_name", "audit"), own[0], own[1]][..],
        &[("role_arn", ROLE), ("profile", "base")],
        &[("profile", "reader")],
    ] {
        let text = bucket(&url, more).read(&services).await;
        let text = text.unwrap_or_else(|error| panic!("{more:?}: {error}")).expect("a state");
        assert_eq!(text.expose(), STATE.as_bytes());
    }
    let other = [("profile", "base"), ("role_arn", "arn:aws:iam::123456789012:role/nobody")];
    bucket(&url, &other).read(&services).await.expect_err("there is no such role");
}
