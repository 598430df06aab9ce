//! States in backends: S3 as moto plays it, written by the real Terraform; a server of HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use sealine_testing::peers::peer;
use sealine_testing::servers::{Server, moto};
use sealine_testing::terraform::mirror;
use sealine_testing::{Run, Tree, run};
use serde_json::Value;

use super::{findings, sealine};

/// Changes a bucket without credentials, which moto takes from anyone.
fn put(server: &Server, path: &str, body: &str) {
    let answer = server.send("PUT", path, &[], body);
    let status = answer.lines().next().unwrap_or_default();
    assert!(status.contains(" 200") || status.contains(" 204"), "{path}: {answer}");
}

fn with_keys(folder: &Path, arguments: &[&str]) -> Run {
    let keys = ["AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=canary-key"];
    let none = ["-u", "AWS_PROFILE", "-u", "AWS_REGION", "-u", "AWS_DEFAULT_REGION"];
    let binary = [env!("CARGO_BIN_EXE_sealine")];
    run("env", folder, &[&none[..], &keys, &binary, arguments].concat())
}

fn answer<'j>(subject: &'j Value, name: &str) -> &'j str {
    let checks = subject["backend"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["name"] == name);
    check.and_then(|check| check["answer"].as_str()).unwrap_or("none")
}

#[test]
fn a_state_in_s3_is_read_and_its_bucket_judged() {
    let (Some(mirror), Some(program)) = (mirror(), peer("terraform")) else { return };
    let Some(server) = moto() else { return };
    let url = server.url();
    put(&server, "/states", "");
    let tree = Tree::new("");
    let root = format!(
        r#"
terraform {{
  backend "s3" {{
    bucket       = "states"
    key          = "prod/terraform.tfstate"
    region       = "us-east-1"
    use_lockfile = true
    endpoints    = {{ s3 = "{url}" }}
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
  }}
}}
resource "random_password" "db" {{
  length = 24
}}
"#
    );
    tree.write("main.tf", root);
    for arguments in [&["init", "-input=false"][..], &["apply", "-auto-approve"]] {
        let mut command = mirror.command(&program, tree.root());
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "canary-key");
        let output = command.args(arguments).output().expect("a program");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
    }
    let audit = |target: &str| with_keys(tree.root(), &["state", "audit", target, "-o", "json"]);
    let expected = [
        "random_password.db bcrypt_hash: marked known-attribute",
        "random_password.db result: marked known-attribute",
    ];
    let run = audit(".").exits(2);
    assert!(!run.output().contains("canary"), "{}", run.output());
    let json = run.json();
    let subject = &json["subjects"][0];
    assert_eq!(subject["name"], "s3://states/prod/terraform.tfstate");
    assert_eq!(findings(subject), expected);
    for (name, expected) in [
        ("anonymous", "good"),
        ("public-access-block", "bad"),
        ("versioning", "bad"),
        ("tls", "bad"),
        ("lock", "good"),
    ] {
        assert_eq!(answer(subject, name), expected, "{name}: {}", subject["backend"]);
    }
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    put(&server, "/states?versioning", versioning);
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
        <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
        <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    put(&server, "/states?publicAccessBlock", block);
    // Of the bucket alone, because moto does not look at conditions, and would deny the objects.
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "arn:aws:s3:::states",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;
    put(&server, "/states?policy", policy);
    let typed = format!(
        "s3://states/prod/terraform.tfstate?region=us-east-1&endpoint={url}&use_path_style=true"
    );
    let json = audit(&typed).exits(2).json();
    let subject = &json["subjects"][0];
    assert_eq!(findings(subject), expected);
    for (name, expected) in [
        ("public-access-block", "good"),
        ("versioning", "good"),
        ("tls", "good"),
        ("lock", "unknown"),
    ] {
        assert_eq!(answer(subject, name), expected, "{name}: {}", subject["backend"]);
    }
    let none = audit(&typed.replace("prod/", "dev/")).exits(0);
    assert!(none.stderr.contains("there is no state at `s3://states/dev/terraform.tfstate` yet"));
}

#[test]
fn what_a_backend_lacks_is_named() {
    let tree = Tree::new("");
    tree.write("main.tf", "terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n}\n");
    let run = with_keys(tree.root(), &["state", "audit", "."]).exits(1);
    assert!(run.stderr.contains("the backend `s3` lacks `bucket`, `region`"), "{}", run.stderr);
    assert!(run.stderr.contains("--backend-config"), "{}", run.stderr);
    let left_out = with_keys(tree.root(), &["state", "audit", ".", "--no-backend"]).exits(0);
    assert!(!left_out.stderr.contains("error"), "{}", left_out.stderr);
}

#[test]
fn a_server_that_hands_the_state_to_anyone_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        // The state, and the look without credentials.
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a request");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let body =
                r#"{"version": 4, "serial": 1, "lineage": "l", "outputs": {}, "resources": []}"#;
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length";
            let _ = stream.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes());
        }
    });
    let tree = Tree::new("");
    let url = format!("http://user:canary-word@{address}/state");
    let run = sealine(tree.root(), &["state", "audit", &url, "-o", "json"]).exits(2);
    server.join().expect("a server");
    assert!(!run.output().contains("canary"), "{}", run.output());
    let json = run.json();
    let subject = &json["subjects"][0];
    assert_eq!(subject["name"], format!("http://{address}/state"));
    for (name, expected) in [("anonymous", "bad"), ("tls", "bad"), ("lock", "unknown")] {
        assert_eq!(answer(subject, name), expected, "{name}");
    }
}
