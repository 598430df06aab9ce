//! States of the real Terraform and `OpenTofu`, with real providers.

use std::path::Path;

use sealine_testing::peers::peer;
use sealine_testing::terraform::{Mirror, mirror};
use sealine_testing::{Tree, run};
use serde_json::Value;

use super::{findings, sealine};

const ROOT: &str = r#"
resource "random_password" "db" {
  length = 24
}
resource "random_id" "id" {
  byte_length = 8
}
resource "random_uuid" "id" {}
resource "tls_private_key" "key" {
  algorithm = "ED25519"
}
resource "tls_self_signed_cert" "cert" {
  private_key_pem       = tls_private_key.key.private_key_pem
  validity_period_hours = 12
  allowed_uses          = ["server_auth"]
  subject {
    common_name = "example.com"
  }
}
resource "time_static" "now" {}
resource "terraform_data" "user" {
  input = {
    note   = nonsensitive(random_password.db.result)
    digest = nonsensitive(sha256(random_password.db.result))
  }
}
output "open" {
  value = nonsensitive(random_password.db.result)
}
output "hidden" {
  value     = random_password.db.result
  sensitive = true
}
"#;

const FOUND: [&str; 11] = [
    "output.hidden : marked",
    "output.open : equal",
    "random_password.db bcrypt_hash: marked known-attribute",
    "random_password.db result: marked known-attribute",
    "terraform_data.user input.value.note: equal",
    "terraform_data.user output.note: equal",
    "terraform_data.user output.value.note: equal",
    "tls_private_key.key private_key_openssh: marked known-attribute form",
    "tls_private_key.key private_key_pem: marked known-attribute form",
    "tls_private_key.key private_key_pem_pkcs8: marked known-attribute form",
    "tls_self_signed_cert.cert private_key_pem: marked form",
];

/// Runs a program in a folder, and returns what it printed.
fn call(mirror: &Mirror, program: &Path, folder: &Path, arguments: &[&str]) -> String {
    let output = mirror.command(program, folder).args(arguments).output().expect("a program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn apply(mirror: &Mirror, program: &Path, folder: &Path) {
    for arguments in [&["init", "-input=false"][..], &["apply", "-auto-approve"]] {
        let _ = call(mirror, program, folder, arguments);
    }
}

/// The secrets that were made.
fn secrets(mirror: &Mirror, program: &Path, folder: &Path) -> Vec<String> {
    let printed = call(mirror, program, folder, &["output", "-json"]);
    let json: Value = serde_json::from_str(&printed).expect("JSON");
    vec![json["hidden"]["value"].as_str().expect("a password").to_owned()]
}

#[test]
fn every_form_of_a_real_state_gives_the_same_findings() {
    let (Some(mirror), Some(program)) = (mirror(), peer("terraform")) else { return };
    let tree = Tree::new("");
    tree.write("main.tf", ROOT);
    let folder = tree.root();
    apply(&mirror, &program, folder);
    let shown = call(&mirror, &program, folder, &["show", "-json"]);
    tree.write("shown.json", shown);
    let _ = call(&mirror, &program, folder, &["plan", "-out", "next.tfplan"]);
    let planned = call(&mirror, &program, folder, &["show", "-json", "next.tfplan"]);
    tree.write("planned.json", planned);
    let secrets = secrets(&mirror, &program, folder);
    for file in ["terraform.tfstate", "shown.json", "next.tfplan", "planned.json"] {
        let run = sealine(folder, &["state", "audit", file, "-o", "json"]).exits(2);
        let subject = &run.json()["subjects"][0];
        let found = findings(subject);
        // The value of `terraform_data` has a type beside it in a stored state alone.
        let is_stored = matches!(file, "terraform.tfstate" | "next.tfplan");
        let mut expected: Vec<String> =
            FOUND
                .iter()
                .filter(|line| !line.contains("output.note") || !is_stored)
                .map(|line| {
                    if is_stored {
                        (*line).to_owned()
                    } else {
                        line.replace(".value.note", ".note")
                    }
                })
                .collect();
        expected.dedup();
        assert_eq!(found, expected, "{file}");
        let text = sealine(folder, &["state", "audit", file]).exits(2);
        for secret in &secrets {
            assert!(!run.output().contains(secret) && !text.output().contains(secret), "{file}");
        }
        assert!(!text.output().contains("BEGIN"), "{file}");
    }
}

#[test]
fn a_state_that_the_real_tofu_encrypted_is_opened_by_its_passphrase() {
    let (Some(mirror), Some(program)) = (mirror(), peer("tofu")) else { return };
    for (length, hash) in [(32, "sha512"), (16, "sha256")] {
        let tree = Tree::new("");
        let encryption = format!(
            r#"
terraform {{
  encryption {{
    key_provider "pbkdf2" "it" {{
      passphrase    = "correct horse battery staple"
      key_length    = {length}
      hash_function = "{hash}"
      iterations    = 200000
    }}
    method "aes_gcm" "it" {{
      keys = key_provider.pbkdf2.it
    }}
    state {{
      method = method.aes_gcm.it
    }}
  }}
}}
"#
        );
        tree.write("main.tf", format!("{encryption}{ROOT}"));
        tree.write("right", "correct horse battery staple\n");
        tree.write("wrong", "incorrect horse battery staple\n");
        let folder = tree.root();
        apply(&mirror, &program, folder);
        let audit = |more: &[&str]| {
            sealine(
                folder,
                &[&["state", "audit", "terraform.tfstate", "-o", "json"], more].concat(),
            )
        };
        let blind = audit(&[]).exits(0).json();
        assert_eq!(blind["subjects"][0]["form"], "encrypted");
        assert_eq!(blind["subjects"][0]["findings"].as_array().map(Vec::len), Some(0));
        let open = audit(&["--passphrase-file", "right"]).exits(2).json();
        assert_eq!(open["subjects"][0]["decrypted"], true);
        assert!(findings(&open["subjects"][0]).len() >= 10, "{open}");
        let refused = audit(&["--passphrase-file", "wrong"]).exits(1);
        assert!(refused.stdout.contains("the passphrase does not open it"), "{}", refused.stdout);
        // One flipped bit anywhere in the ciphertext.
        let mut json: Value = serde_json::from_str(&tree.read("terraform.tfstate")).expect("JSON");
        let data = json["encrypted_data"].as_str().expect("a ciphertext");
        let flipped = if data.as_bytes()[100] == b'A' { "B" } else { "A" };
        json["encrypted_data"] = format!("{}{flipped}{}", &data[..100], &data[101..]).into();
        tree.write("terraform.tfstate", json.to_string());
        let _ = audit(&["--passphrase-file", "right"]).exits(1);
    }
}

#[test]
fn what_is_broken_is_told_and_never_reads_as_clean() {
    let tree = Tree::new("");
    for (name, text) in [
        ("cut.tfstate", &br#"{"version": 4, "terraform_version": "1", "resources": [{"#[..]),
        (
            "deep.tfstate",
            [br#"{"version": 4, "lineage": "l", "resources": "#.as_slice(), &b"[".repeat(50_000)]
                .concat()
                .leak(),
        ),
        (
            "old.tfstate",
            br#"{"version": 3, "terraform_version": "0.11", "serial": 1, "modules": []}"#,
        ),
        ("packed.tfstate", b"\x1f\x8bnothing"),
        ("archive.tfplan", b"PK\x03\x04tfplan"),
        ("bytes.tfstate", b"{\"version\": 4, \"lineage\": \"\xff\"}"),
    ] {
        tree.write(name, text);
        let run = sealine(tree.root(), &["state", "audit", name]).exits(1);
        assert!(run.stdout.starts_with(&format!("{name}: ")), "{}", run.stdout);
    }
    let bom = b"\xef\xbb\xbf{\"version\": 4, \"serial\": 1, \"lineage\": \"l\", \"resources\": []}";
    tree.write("bom.tfstate", bom);
    let _ = run(env!("CARGO_BIN_EXE_sealine"), tree.root(), &["state", "audit", "bom.tfstate"])
        .exits(0);
    let missing = sealine(tree.root(), &["state", "audit", "nowhere.tfstate"]).exits(1);
    assert!(missing.stderr.contains("there is no `nowhere.tfstate`"), "{}", missing.stderr);
}
