//! States in Azurite, which checks every signature.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use base64::Engine as _;
use reqsign_azure_storage::{RequestSigner, StaticCredentialProvider};
use reqsign_core::{Context, Signer};
use sealine_credentials::{Services, Surroundings};
use sealine_http::{Client, Settings as Http};
use sealine_model::SecretValue;
use sealine_state::backend::{Outcome, Remote, Settings, from_pointer, from_settings};
use sealine_testing::Tree;
use sealine_testing::peers::peer;
use sealine_testing::servers::{AUTHORITY, AZURITE_ACCOUNT, azure_blob, azurite};

const STATE: &str =
    r#"{"version": 4, "serial": 7, "lineage": "l", "outputs": {}, "resources": []}"#;

/// Sends a signed request, and returns the status.
async fn put(url: &str, headers: &[(&str, &str)], body: &'static str) -> u16 {
    let client = Client::new(&Http::default()).expect("a client");
    put_by(&client, url, headers, body).await
}

async fn put_by(client: &Client, url: &str, headers: &[(&str, &str)], body: &'static str) -> u16 {
    let (account, key) = AZURITE_ACCOUNT;
    let provider = StaticCredentialProvider::new_shared_key(account, key);
    let signer = Signer::new(Context::new(), provider, RequestSigner::new());
    let mut request = http::Request::put(url).header("x-ms-version", "2021-12-02");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request =
        request.header("content-length", body.len().to_string()).body(()).expect("a request");
    let mut head = request.into_parts().0;
    signer.sign(&mut head, None).await.expect("a signature");
    let client = client.library().expect("no guard");
    let request = client.put(url).headers(head.headers).body(body);
    request.send().await.expect("an answer").status().as_u16()
}

fn remote(endpoint: &str, key: &str, secret: &str) -> Remote {
    let settings = [
        ("storage_account_name", AZURITE_ACCOUNT.0),
        ("container_name", "states"),
        ("key", key),
        ("endpoint", endpoint),
        ("access_key", secret),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), SecretValue::new(value)));
    let settings = Settings::from(settings);
    from_settings("azurerm", &settings, true, "default", &BTreeMap::new()).expect("a place")
}

fn services(environment: &BTreeMap<String, String>) -> Services {
    let (environment, http) = (environment.clone(), Http::from_environment(environment));
    // Programs are not looked for in this folder.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src").into();
    Services::new(Surroundings { environment, home: None, folder, http })
}

fn answer(checks: &[sealine_state::backend::Check], name: &str) -> Option<Outcome> {
    checks.iter().find(|check| check.name == name).map(|check| check.outcome)
}

#[tokio::test]
async fn a_blob_is_read_with_the_key_and_public_containers_are_told() {
    let Some(server) = azurite() else { return };
    let (account, key) = AZURITE_ACCOUNT;
    let endpoint = format!("{}/{account}", server.url());
    let container = format!("{endpoint}/states?restype=container");
    assert_eq!(put(&container, &[], "").await, 201);
    let blob = format!("{endpoint}/states/prod.tfstate");
    assert_eq!(put(&blob, &[("x-ms-blob-type", "BlockBlob")], STATE).await, 201);
    let services = services(&BTreeMap::new());
    let place = remote(&endpoint, "prod.tfstate", key);
    let text = place.read(&services).await.expect("an answer").expect("a state");
    assert_eq!(text.expose(), STATE.as_bytes());
    let checks = place.checks(&services).await;
    for name in ["anonymous", "public", "encryption", "lock"] {
        assert_eq!(answer(&checks, name), Some(Outcome::Good), "{name}: {checks:?}");
    }
    assert_eq!(answer(&checks, "tls"), Some(Outcome::Bad), "{checks:?}");
    // Nobody wrote this one yet.
    let none = remote(&endpoint, "dev.tfstate", key).read(&services).await.expect("an answer");
    assert!(none.is_none());
    // Another key is refused, and shown nowhere.
    let other = "YW5vdGhlci1rZXktdGhhdC1pcy1jYW5hcnk=";
    let refused = remote(&endpoint, "prod.tfstate", other).read(&services).await;
    let refused = refused.expect_err("refused").to_string();
    assert!(refused.contains("403") && !refused.contains(other), "{refused}");
    let open = format!("{container}&comp=acl");
    assert_eq!(put(&open, &[("x-ms-blob-public-access", "blob")], "").await, 200);
    let checks = place.checks(&services).await;
    for name in ["anonymous", "public"] {
        assert_eq!(answer(&checks, name), Some(Outcome::Bad), "{name}: {checks:?}");
    }
}

const ROOT: &str = r#"
terraform {
  backend "azurerm" {
    storage_account_name = "sealinetest"
    container_name       = "states"
    key                  = "prod.tfstate"
    access_key           = "c2VhbGluZS10ZXN0LWtleS1mb3ItYXp1cml0ZQ=="
  }
}
resource "terraform_data" "it" {
  input = "x"
}
output "ip" {
  value = "10.0.0.5"
}
"#;

/// Under the name that the account has in Azure, as a proxy and an authority of the test play it.
#[tokio::test]
async fn a_state_that_the_real_programs_wrote_to_azurerm_is_read() {
    let Some((_server, tunnel)) = azure_blob() else { return };
    let environment = [("HTTPS_PROXY", tunnel.url()), ("SSL_CERT_FILE", AUTHORITY.to_owned())];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let environment = BTreeMap::from(environment);
    let client = Client::new(&Http::from_environment(&environment)).expect("a client");
    let account = AZURITE_ACCOUNT.0;
    let container = format!("https://{account}.blob.core.windows.net/states?restype=container");
    assert_eq!(put_by(&client, &container, &[], "").await, 201);
    for program in ["terraform", "tofu"] {
        let Some(program) = peer(program) else { continue };
        let tree = Tree::new("");
        let root =
            ROOT.replace("prod.", program.file_name().and_then(OsStr::to_str).expect("a name"));
        tree.write("main.tf", root);
        tree.write("settings.tfrc", "");
        for arguments in [&["init", "-input=false"][..], &["apply", "-auto-approve"]] {
            let words = program.to_str().expect("UTF-8");
            let mut command = sealine_testing::run::command(words, tree.root(), arguments);
            command.envs(&environment).env_remove("SSL_CERT_DIR").env_remove("NO_PROXY");
            command.env("TF_CLI_CONFIG_FILE", tree.path("settings.tfrc"));
            command.env("CHECKPOINT_DISABLE", "1");
            let _ = sealine_testing::run::finish(command).exits(0);
        }
        // What `init` left says where it is, and with which key.
        let pointer = tree.read(".terraform/terraform.tfstate");
        let (kind, settings) = from_pointer(pointer.as_bytes()).expect("JSON").expect("a backend");
        let place = from_settings(&kind, &settings, true, "default", &BTreeMap::new());
        let place = place.expect("a place");
        let services = services(&environment);
        let text = place.read(&services).await.expect("an answer").expect("a state");
        let outputs = sealine_state::outputs::read(text.expose()).expect("outputs");
        assert_eq!(outputs.values.keys().collect::<Vec<_>>(), ["ip"]);
        assert!(outputs.serial.is_some());
        let checks = place.checks(&services).await;
        for name in ["anonymous", "public", "encryption", "lock"] {
            assert_eq!(answer(&checks, name), Some(Outcome::Good), "{name}: {checks:?}");
        }
    }
}

/// A token of Azure's, for whom it concerns; Azurite reads what it says and not who signed it.
fn token(audience: &str) -> String {
    let part = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    let issuer = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/";
    let times = r#""nbf": 1700000000, "iat": 1700000000, "exp": 4100000000"#;
    let body = format!(r#"{{"aud": "{audience}", "iss": "{issuer}", {times}}}"#);
    [part(r#"{"alg": "RS256", "typ": "JWT"}"#), part(&body), part("canary")].join(".")
}

#[cfg(unix)]
#[tokio::test]
async fn whoever_is_logged_in_with_az_reads_a_blob_of_azure_and_nowhere_else() {
    let Some((_server, tunnel)) = azure_blob() else { return };
    let tree = Tree::new("");
    // Outside of the repository, in which no program is looked for; and never written while another
    // test starts a program, which would keep it from being run.
    let az = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/azure/az");
    tree.write("bin/README", "");
    std::os::unix::fs::symlink(az, tree.path("bin/az")).expect("a link");
    let answer = tree.path("answer").display().to_string();
    let environment = [
        ("HTTPS_PROXY", tunnel.url()),
        ("SSL_CERT_FILE", AUTHORITY.to_owned()),
        ("PATH", format!("{}:/usr/bin:/bin", tree.path("bin").display())),
        ("TEST_AZ_ANSWER", answer),
    ];
    let environment = BTreeMap::from(environment.map(|(name, value)| (name.to_owned(), value)));
    let client = Client::new(&Http::from_environment(&environment)).expect("a client");
    let account = AZURITE_ACCOUNT.0;
    let container = format!("https://{account}.blob.core.windows.net/states");
    assert_eq!(put_by(&client, &format!("{container}?restype=container"), &[], "").await, 201);
    let kind = ("x-ms-blob-type", "BlockBlob");
    assert_eq!(put_by(&client, &format!("{container}/a.tfstate"), &[kind], STATE).await, 201);
    let place = |endpoint: Option<&str>| {
        let names =
            [("storage_account_name", account), ("container_name", "states"), ("key", "a.tfstate")];
        let names = names.into_iter().chain(endpoint.map(|url| ("endpoint", url)));
        let settings: Settings =
            names.map(|(name, value)| (name.to_owned(), SecretValue::new(value))).collect();
        from_settings("azurerm", &settings, true, "default", &environment).expect("a place")
    };
    let log_in = |audience: &str| {
        tree.write("answer", format!(r#"{{"accessToken": "{}"}}"#, token(audience)));
    };
    let services = services(&environment);

    let nobody = place(None).read(&services).await.expect_err("nobody is logged in").to_string();
    assert!(nobody.contains("nothing logs in to Azure") && nobody.contains("`az`"), "{nobody}");
    log_in("https://storage.azure.com");
    let text = place(None).read(&services).await.expect("an answer").expect("a state");
    assert_eq!(text.expose(), STATE.as_bytes());
    log_in("https://vault.azure.net");
    let refused = place(None).read(&services).await.expect_err("a token for another service");
    let shown = format!("{refused} {refused:?}");
    assert!(shown.contains("403") || shown.contains("401"), "{shown}");
    assert!(!shown.contains(&token("https://vault.azure.net")), "{shown}");
    log_in("https://storage.azure.com");
    let elsewhere = place(Some("https://storage.example.com/states")).read(&services).await;
    let elsewhere = elsewhere.expect_err("not a host of Azure").to_string();
    assert!(elsewhere.contains("a token is not sent there"), "{elsewhere}");
}
