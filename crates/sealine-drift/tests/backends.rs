//! States that lie elsewhere, and providers that several projects share.

mod common;

use std::time::Duration;

use common::{Bench, engines};
use reqsign_azure_storage::{RequestSigner, StaticCredentialProvider};
use reqsign_core::{Context, Signer};
use sealine_drift::report::{FailureKind, Outcome};
use sealine_drift::{Cancel, Engine as _};
use sealine_testing::servers::{AUTHORITY, AZURITE_ACCOUNT, azure_blob};

fn on_s3(url: &str, name: &str) -> String {
    format!(
        r#"
terraform {{
  backend "s3" {{
    bucket                      = "states"
    key                         = "{name}.tfstate"
    region                      = "us-east-1"
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_s3_checksum            = true
    endpoints                   = {{ s3 = "{url}" }}
  }}
}}
resource "terraform_data" "a" {{
  input = "x"
}}
"#
    )
}

#[tokio::test]
async fn a_lock_in_a_bucket_is_left_alone_and_never_left_behind() {
    let Some(moto) = sealine_testing::servers::moto() else { return };
    let _ = moto.send("PUT", "/states", &[], "");
    for engine in engines(false) {
        let name = engine.tool.program();
        let mut bench = Bench::new(&engine, &on_s3(&moto.url(), name));
        let credentials = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
        let given = credentials.map(|(name, value)| (name.into(), value.into()));
        bench.programs.environment.extend(given);
        bench.apply();
        // They are not passed on until the project names them.
        let Outcome::Failed(failure) = bench.run().await.outcome else { panic!("no credentials") };
        assert_eq!(failure.kind, FailureKind::Credentials, "{failure:?}");
        bench.project.environment = vec!["AWS_*".to_owned()];
        let report = bench.run().await;
        assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");

        bench.project.lock = Some(Duration::ZERO);
        assert_eq!(bench.run().await.outcome, Outcome::Clean);
        let listed = moto.send("GET", "/states", &[], "");
        let own = format!("{name}.tfstate");
        assert!(listed.contains(&own), "{listed}");
        assert!(!listed.contains(&format!("{own}.tflock")), "{listed}");

        let lock = format!("/states/{name}.tfstate.tflock");
        let holder = r#"{"ID": "6a2b", "Operation": "OperationTypeApply", "Who": "somebody@else"}"#;
        let _ = moto.send("PUT", &lock, &[], holder);
        let report = bench.run().await;
        let Outcome::Failed(failure) = &report.outcome else { panic!("{report:#?}") };
        assert_eq!(failure.kind, FailureKind::LockHeld, "{failure:?}");
        bench.project.lock = None;
        assert_eq!(bench.run().await.outcome, Outcome::Clean);
        let listed = moto.send("GET", "/states", &[], "");
        let lock = format!("{own}.tflock");
        assert!(listed.contains(&lock), "the lock of another is not touched: {listed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_that_start_at_once_fill_one_cache() {
    const PROVIDERS: &str = "terraform {\n  required_providers {\n    local  = { source = \
        \"hashicorp/local\" }\n    random = { source = \"hashicorp/random\" }\n    tls    = { source = \
        \"hashicorp/tls\" }\n  }\n}\nresource \"random_id\" \"a\" {\n  byte_length = 4\n}\n";
    for engine in engines(true) {
        let bench = Bench::new(&engine, PROVIDERS);
        let (_canceller, cancel) = Cancel::new();
        let mut runs = tokio::task::JoinSet::new();
        for number in 0..5 {
            bench.write(&format!("p{number}/main.tf"), PROVIDERS);
            let mut project = bench.project.clone();
            project.name = format!("p{number}");
            project.folder = bench.path(&format!("p{number}"));
            let (programs, cancel) = (bench.programs.clone(), cancel.clone());
            runs.spawn(async move { programs.run(&project, &cancel).await });
        }
        for report in runs.join_all().await {
            assert_eq!(report.outcome, Outcome::Unapplied, "{report:#?}");
            assert!(report.warnings[0].contains(".terraform.lock.hcl"), "{report:#?}");
        }
        // With the lock files that were written there, others share one cache.
        let mut runs = tokio::task::JoinSet::new();
        for number in 0..5 {
            let mut project = bench.project.clone();
            project.name = format!("again{number}");
            project.folder = bench.path(&format!("p{number}"));
            let (programs, cancel) = (bench.programs.clone(), cancel.clone());
            runs.spawn(async move { programs.run(&project, &cancel).await });
        }
        for report in runs.join_all().await {
            assert_eq!(report.outcome, Outcome::Unapplied, "{report:#?}");
            assert!(report.warnings.is_empty(), "{report:#?}");
        }
        let mut project = bench.project.clone();
        project.name = "p0".to_owned();
        project.folder = bench.path("p0");
        let again = bench.programs.run(&project, &cancel).await;
        assert!(again.warnings.is_empty(), "{again:#?}");
    }
}

const AZURERM: &str = r#"
terraform {
  backend "azurerm" {
    storage_account_name = "sealinetest"
    container_name       = "states"
    key                  = "KEY"
  }
}
resource "terraform_data" "kept" {
  input = "x"
}
resource "local_file" "page" {
  filename = "${path.module}/world/page"
  content  = "agreed"
}
"#;

/// Sends a signed request to Azurite, and returns the head of the answer.
async fn azure(
    client: &sealine_http::Client,
    method: http::Method,
    url: &str,
    headers: &[(&str, &str)],
) -> http::HeaderMap {
    let (account, key) = AZURITE_ACCOUNT;
    let provider = StaticCredentialProvider::new_shared_key(account, key);
    let signer = Signer::new(Context::new(), provider, RequestSigner::new());
    let mut request = http::Request::builder().method(method.clone()).uri(url);
    for (name, value) in headers.iter().chain(&[("x-ms-version", "2021-12-02")]) {
        request = request.header(*name, *value);
    }
    let request = request.header("content-length", "0").body(()).expect("a request");
    let mut head = request.into_parts().0;
    signer.sign(&mut head, None).await.expect("a signature");
    let library = client.library().expect("no guard");
    let answer = library.request(method, url).headers(head.headers).send().await;
    let answer = answer.expect("an answer");
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    answer.headers().clone()
}

/// Under the name that the account has in Azure, as a proxy and an authority of the test play it.
#[tokio::test]
async fn a_blob_is_as_it_was_and_a_lease_is_left_alone() {
    let Some((_server, tunnel)) = azure_blob() else { return };
    let environment = [("HTTPS_PROXY", tunnel.url()), ("SSL_CERT_FILE", AUTHORITY.to_owned())];
    let settings = environment.clone().map(|(name, value)| (name.to_owned(), value)).into();
    let client = sealine_http::Client::new(&sealine_http::Settings::from_environment(&settings));
    let client = client.expect("a client");
    let (account, key) = AZURITE_ACCOUNT;
    let container = format!("https://{account}.blob.core.windows.net/states");
    azure(&client, http::Method::PUT, &format!("{container}?restype=container"), &[]).await;
    for engine in engines(true) {
        let name = format!("{}.tfstate", engine.tool.program());
        let mut bench = Bench::new(&engine, &AZURERM.replace("KEY", &name));
        bench.project.environment = vec!["ARM_*".to_owned()];
        let given = environment.clone().map(|(name, value)| (name.into(), value.into()));
        bench.programs.environment.extend(given);
        bench.programs.environment.insert("ARM_ACCESS_KEY".into(), key.into());
        bench.apply();
        let blob = format!("{container}/{name}");
        let lease = format!("{blob}?comp=lease");
        let of_blob = async || {
            let head = azure(&client, http::Method::HEAD, &blob, &[]).await;
            ["etag", "last-modified", "x-ms-lease-state", "x-ms-lease-status"]
                .map(|name| head[name].to_str().expect("a text").to_owned())
        };
        let before = of_blob().await;
        assert_eq!(before[2..], ["available", "unlocked"]);
        assert_eq!(bench.run().await.outcome, Outcome::Clean);

        bench.write("world/page", "tampered\n");
        let acquire = [
            ("x-ms-lease-action", "acquire"),
            ("x-ms-lease-duration", "-1"),
            ("x-ms-proposed-lease-id", "6a2b0000-0000-4000-8000-000000000001"),
        ];
        assert_eq!(of_blob().await, before);
        azure(&client, http::Method::PUT, &lease, &acquire).await;
        let report = bench.run().await;
        assert_eq!(report.outcome, Outcome::Drifted, "{report:#?}");
        let named: Vec<_> = report.findings.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(named, ["local_file.page"], "{report:#?}");
        assert!(!serde_json::to_string(&report).expect("JSON").contains(key), "{report:#?}");
        bench.project.lock = Some(Duration::ZERO);
        let Outcome::Failed(failure) = bench.run().await.outcome else { panic!("it is leased") };
        assert_eq!(failure.kind, FailureKind::LockHeld, "{failure:?}");
        // It is still the same one, so it can be given back.
        let release = [("x-ms-lease-action", "release"), ("x-ms-lease-id", acquire[2].1)];
        azure(&client, http::Method::PUT, &lease, &release).await;
        assert_eq!(of_blob().await, before);

        // One of our own is taken and given back.
        assert_eq!(bench.run().await.outcome, Outcome::Drifted);
        assert_eq!(of_blob().await[2..], ["available", "unlocked"]);
    }
}
