//! Outputs from where neither Terraform nor OpenTofu is asked: a bucket, a server, a state that the
//! real OpenTofu encrypted.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use sealine_testing::peers::peer;
use sealine_testing::servers::Server;
use sealine_testing::{Run, Tree, run};

use crate::{command, decrypted, output, repository, state};

const TARGET: &str = "gitops/values.yaml";

/// Exports from an address, with credentials that moto takes.
fn export(tree: &Tree, from: &str, more: &[&str], environment: &[(&str, &str)]) -> Run {
    let all = [&["--from", from, "--to", TARGET, "--at", "egress"], more].concat();
    let mut command = command(tree.root(), &all);
    for name in ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"] {
        command.env_remove(name);
    }
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "canary-key");
    command.envs(environment.iter().copied());
    sealine_testing::run::finish(command)
}

/// Changes a bucket, which moto takes from anyone.
fn put(server: &Server, path: &str, body: &str) {
    let answer = server.send("PUT", path, &[], body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
}

#[test]
fn a_state_in_a_bucket_is_exported() {
    let Some(server) = sealine_testing::servers::moto() else { return };
    let tree = repository();
    put(&server, "/states", "");
    put(&server, "/states/prod/terraform.tfstate", &state(7, &output("ip", "\"10.0.0.7\"")));
    let url = server.url();
    let endpoint = [("AWS_ENDPOINT_URL_S3", url.as_str())];
    let from = "s3://states/prod/terraform.tfstate?region=us-east-1";
    let _ = export(&tree, from, &["--check"], &endpoint).exits(2);
    let _ = export(&tree, from, &[], &endpoint).exits(0);
    let _ = export(&tree, from, &["--check"], &endpoint).exits(0);
    if let Some(plain) = decrypted(&tree, TARGET) {
        assert_eq!(plain["egress"]["ip"], "10.0.0.7");
    }
    // The stamp is that of the state in the bucket.
    assert!(tree.read(TARGET).contains("serial 7"), "{}", tree.read(TARGET));
    let nowhere = export(&tree, "s3://states/other?region=us-east-1", &[], &endpoint).exits(1);
    assert!(nowhere.stderr.contains("there is no state at"), "{}", nowhere.stderr);
    assert!(!nowhere.stderr.contains("canary-key"), "{}", nowhere.stderr);
}

#[test]
fn a_state_behind_http_is_exported() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let body = state(3, &output("ip", "\"10.0.0.3\""));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut request = [0; 4096];
        let length = stream.read(&mut request).expect("a request");
        let answer = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).expect("an answer");
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let tree = repository();
    let from = format!("http://{address}/state");
    let proxies = [("NO_PROXY", "127.0.0.1"), ("no_proxy", "127.0.0.1")];
    let _ = export(&tree, &from, &[], &proxies).exits(0);
    let request = serving.join().expect("a server");
    assert!(request.starts_with("GET /state HTTP/1.1"), "{request}");
    if let Some(plain) = decrypted(&tree, TARGET) {
        assert_eq!(plain["egress"]["ip"], "10.0.0.3");
    }
}

const ENCRYPTED: &str = r#"
terraform {
  encryption {
    key_provider "pbkdf2" "it" {
      passphrase = "correct horse battery staple"
      iterations = 200000
    }
    method "aes_gcm" "it" {
      keys = key_provider.pbkdf2.it
    }
    state {
      method = method.aes_gcm.it
    }
  }
}
output "ip" {
  value = "10.0.0.9"
}
"#;

#[test]
fn a_state_that_the_real_tofu_encrypted_is_exported_with_its_passphrase() {
    let Some(tofu) = peer("tofu") else { return };
    let tree = repository();
    tree.write("module/main.tf", ENCRYPTED);
    for arguments in [&["init", "-input=false"][..], &["apply", "-auto-approve"]] {
        let _ = run(tofu.to_str().expect("UTF-8"), &tree.path("module"), arguments).exits(0);
    }
    let from = "module/terraform.tfstate";
    let blind = export(&tree, from, &[], &[]).exits(1);
    assert!(blind.stderr.contains("encrypted by OpenTofu"), "{}", blind.stderr);
    assert!(blind.stderr.contains("--passphrase-env"), "{}", blind.stderr);
    let right = [("STATE_PASSPHRASE", "correct horse battery staple")];
    let wrong = [("STATE_PASSPHRASE", "incorrect horse battery staple")];
    let flag = ["--passphrase-env", "STATE_PASSPHRASE"];
    let refused = export(&tree, from, &flag, &wrong).exits(1);
    assert!(refused.stderr.contains("the passphrase does not open it"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("horse"), "{}", refused.stderr);
    assert!(!tree.path(TARGET).exists(), "nothing was written");
    let _ = export(&tree, from, &flag, &right).exits(0);
    if let Some(plain) = decrypted(&tree, TARGET) {
        assert_eq!(plain["egress"]["ip"], "10.0.0.9");
    }
}
