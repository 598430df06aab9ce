//! States that lie elsewhere, and providers that several projects share.

mod common;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use common::{Bench, engines};
use sealine_drift::report::{FailureKind, Outcome};
use sealine_drift::{Cancel, Engine as _};

/// One request to the double of S3.
fn object(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("a server");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

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
    let address = moto.address();
    object(address, "PUT", "/states", "");
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
        let listed = object(address, "GET", "/states", "");
        let own = format!("{name}.tfstate");
        assert!(listed.contains(&own), "{listed}");
        assert!(!listed.contains(&format!("{own}.tflock")), "{listed}");

        let lock = format!("/states/{name}.tfstate.tflock");
        let holder = r#"{"ID": "6a2b", "Operation": "OperationTypeApply", "Who": "somebody@else"}"#;
        object(address, "PUT", &lock, holder);
        let report = bench.run().await;
        let Outcome::Failed(failure) = &report.outcome else { panic!("{report:#?}") };
        assert_eq!(failure.kind, FailureKind::LockHeld, "{failure:?}");
        bench.project.lock = None;
        assert_eq!(bench.run().await.outcome, Outcome::Clean);
        let listed = object(address, "GET", "/states", "");
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
