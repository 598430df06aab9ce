//! From a change outside to the message about it and the end of it: apply, break, look, repair, look.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use sealine_testing::peers::peer;
use sealine_testing::terraform::mirror;
use sealine_testing::{Tree, run};

/// Messages as a receiver gets them.
type Inbox = Arc<Mutex<Vec<serde_json::Value>>>;

/// Takes every message, on a port of its own.
fn receiver() -> (String, Inbox) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let inbox: Inbox = Arc::default();
    let kept = Arc::clone(&inbox);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.expect("a connection"));
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                let line = line.trim().to_ascii_lowercase();
                if let Some(text) = line.strip_prefix("content-length:") {
                    length = text.trim().parse().expect("a number");
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            kept.lock().expect("an inbox").push(serde_json::from_slice(&body).expect("JSON"));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).expect("an answer");
        }
    });
    (url, inbox)
}

const MAIN: &str = r#"terraform {
  backend "local" {}
}
resource "local_file" "page" {
  filename = "${path.module}/out/page"
  content  = "hello"
}
resource "terraform_data" "setting" {
  input = "one"
}
resource "terraform_data" "known" {
  input = "one"
}
check "page" {
  assert {
    condition     = fileexists("${path.module}/healthy")
    error_message = "the page is not healthy"
  }
}
"#;

const CONFIG: &str = r#"drift:
  projects:
    - path: tf
  ignore:
    - address: terraform_data.known
      reason: changes every night
alerts:
  sinks:
    hook:
      webhook:
        url: {env: HOOK_URL}
        secret: {env: HOOK_SECRET}
        allow: [127.0.0.0/8]
"#;

#[test]
fn what_breaks_is_told_once_and_its_repair_once() {
    let (Some(terraform), Some(mirror)) = (peer("terraform"), mirror()) else { return };
    let settings = mirror.settings();
    let (url, inbox) = receiver();
    let tree = Tree::new("");
    tree.write("platform/tf/main.tf", MAIN);
    tree.write("platform/tf/healthy", "yes");
    tree.write("platform/sealine.yaml", CONFIG);
    let apply = || {
        for words in [&["init"][..], &["apply", "-auto-approve"]] {
            let mut command = Command::new(&terraform);
            command.args(words).current_dir(tree.path("platform/tf"));
            command.env("TF_CLI_CONFIG_FILE", &settings).env("CHECKPOINT_DISABLE", "1");
            command.env("TF_DATA_DIR", tree.path("own"));
            let _ = run::finish(command).exits(0);
        }
    };
    let sealine = |words: &[&str]| {
        let mut command = super::in_platform(&tree, words);
        command.env("TF_CLI_CONFIG_FILE", &settings).env("HOOK_URL", &url);
        command.env("HOOK_SECRET", "0123456789abcdef0123456789abcdef");
        run::finish(command)
    };
    let told = || {
        let inbox = inbox.lock().expect("an inbox");
        let of = |message: &serde_json::Value| {
            format!("{} {}", message["type"].as_str().expect("a type"), message["data"]["topic"])
        };
        let mut told: Vec<String> = inbox.iter().map(of).collect();
        told.sort();
        told
    };
    apply();
    let _ = sealine(&["run"]).exits(0);
    assert!(told().is_empty(), "{:?}", told());

    std::fs::remove_file(tree.path("platform/tf/out/page")).expect("it was there");
    std::fs::remove_file(tree.path("platform/tf/healthy")).expect("it was there");
    let changed = MAIN.replace("\"one\"", "\"two\"");
    tree.write("platform/tf/main.tf", &changed);
    let broken = sealine(&["run"]).exits(2);
    for said in [
        "drifted [",
        "local_file.page: deleted outside",
        "unapplied [",
        "terraform_data.setting: to be changed",
        "failed [",
        "holds back 1: changes every night",
    ] {
        assert!(broken.stdout.contains(said), "{said}: {broken:?}");
    }
    let first = told();
    assert_eq!(first, ["drift.open \"drifted\"", "drift.open \"failed\""]);
    let _ = sealine(&["run"]).exits(2);
    assert_eq!(told(), first, "the same again is not told");
    let status = sealine(&["status"]).exits(2);
    assert!(status.stdout.contains("tf: local_file.page deleted outside"), "{status:?}");
    let reason = ["ack", "tf", "terraform_data.*", "--reason", "goes out on Monday"];
    let _ = sealine(&reason).exits(0);

    tree.write("platform/tf/healthy", "yes");
    apply();
    let _ = sealine(&["run"]).exits(0);
    let wanted = [
        "drift.open \"drifted\"",
        "drift.open \"failed\"",
        "drift.resolve \"drifted\"",
        "drift.resolve \"failed\"",
    ];
    assert_eq!(told(), wanted);
    let _ = sealine(&["run"]).exits(0);
    assert_eq!(told(), wanted, "and its end is told once");
    let _ = sealine(&["status"]).exits(0);
    let history = sealine(&["history", "-o", "json"]).exits(0);
    assert!(history.stdout.contains("goes out on Monday"), "{history:?}");
    assert!(!tree.read("history/sealine/drift.db.lock").is_empty(), "who was last stands there");
}
