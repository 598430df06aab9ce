//! The third worked example, live: its script with the real Terraform, and every sink that tells people,
//! each a double that refuses what the description of its API does not allow.

use std::path::Path;
use std::process::Command;

use sealine_testing::peers::peer;
use sealine_testing::terraform::mirror;
use sealine_testing::{Tree, run};
use serde_json::{Value as Json, json};

use super::inbox::{self, Answer, Request};

const ALERTS: &str = r#"alerts:
  sinks:
    slack:
      slack_webhook: {url: {env: SLACK_URL}}
    bot:
      slack_bot: {token: {env: KEY}, channel: C01, api_url: ORIGIN/slack}
    opsgenie:
      opsgenie: {key: {env: KEY}, api_url: ORIGIN}
    pager:
      jira_service_management: {key: {env: KEY}, teams: [platform], api_url: ORIGIN}
    issues:
      github_issues: {repository: acme/platform, token: {env: KEY}, api_url: ORIGIN}
    hook:
      webhook: {url: {env: HOOK_URL}, secret: {env: HOOK_SECRET}, allow: [127.0.0.0/8]}
  routes:
    - sinks: [slack, bot, opsgenie, pager, issues, hook]
      about: [drifted]
"#;

/// What a service is told, in a word; nothing for what it is merely asked.
fn word(request: &Request) -> Result<Option<&'static str>, String> {
    let is = |header: &str, value: &str| request.header(header) == value;
    let (path, _) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let has = |body: &Json, keys: &[&str]| keys.iter().all(|key| !body[*key].is_null());
    let text = |body: &Json| body["text"].as_str().unwrap_or_default().to_owned();
    let body = if request.body.is_empty() { Json::Null } else { request.json() };
    let alias = |path: &str| request.path == format!("{path}?identifierType=alias");
    Ok(Some(match (request.method.as_str(), path) {
        ("POST", "/services/T0/B0/canary") if has(&body, &["text", "blocks"]) => {
            if text(&body).contains("white_check_mark") { "slack end" } else { "slack alert" }
        }
        ("POST", "/slack/chat.postMessage") if is("authorization", "Bearer canary-key") => {
            match (body["channel"].as_str(), body["thread_ts"].as_str()) {
                (Some("C01"), None) => "bot alert",
                (Some("C01"), Some("17.5")) => "bot end",
                _ => return Err(format!("{body}")),
            }
        }
        ("POST", "/slack/chat.update") if body["ts"] == "17.5" => "bot changes its alert",
        ("POST", "/v2/alerts") if is("authorization", "GenieKey canary-key") => {
            if !has(&body, &["message", "alias", "priority"]) {
                return Err(format!("{body}"));
            }
            "opsgenie alert"
        }
        ("POST", path) if path.starts_with("/v2/alerts/") && alias(path) => "opsgenie end",
        ("POST", "/jsm/ops/integration/v2/alerts")
            if body["responders"][0]["name"] == "platform" =>
        {
            "pager alert"
        }
        ("POST", path) if path.starts_with("/jsm/") && path.ends_with("/close") && alias(path) => {
            "pager end"
        }
        ("GET", "/repos/acme/platform/issues") => return Ok(None),
        ("POST", "/repos/acme/platform/issues") if has(&body, &["title", "body", "labels"]) => {
            "issues alert"
        }
        ("POST", "/repos/acme/platform/issues/5/comments") => "issues comment",
        ("PATCH", "/repos/acme/platform/issues/5") if body["state"] == "closed" => "issues end",
        ("POST", "/hook") if request.header("webhook-signature").starts_with("v1,") => {
            match body["type"].as_str() {
                Some("drift.open") => "hook alert",
                Some("drift.resolve") => "hook end",
                _ => return Err(format!("{body}")),
            }
        }
        _ => return Err(format!("{} {} {}", request.method, request.path, request.body)),
    }))
}

fn service(request: &Request, _: usize) -> Answer {
    let of = |status, body: Json| Answer(status, vec![], body.to_string());
    match (word(request), request.path.as_str()) {
        (Err(_), _) => of(400, json!({"message": "not what is described"})),
        (_, "/services/T0/B0/canary") => Answer(200, vec![], "ok".to_owned()),
        (_, path) if path.starts_with("/slack/") => {
            of(200, json!({"ok": true, "channel": "C01", "ts": "17.5"}))
        }
        (_, path) if path.contains("/alerts") => of(202, json!({"result": "Request processed"})),
        (Ok(None), _) => of(200, json!([])),
        (_, path) if path.contains("/issues") => of(201, json!({"number": 5})),
        _ => of(200, json!({})),
    }
}

#[test]
fn every_sink_is_told_once_of_what_broke_and_once_of_its_end() {
    let (Some(terraform), Some(mirror)) = (peer("terraform"), mirror()) else { return };
    let (origin, log) = inbox::serve(service);
    let tree = Tree::new("");
    tree.write("alerts.yaml", ALERTS.replace("ORIGIN", &origin));
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/platform-terraform/live/drift.sh");
    let programs = [Path::new(env!("CARGO_BIN_EXE_sealine")), &terraform];
    let folders = programs.iter().filter_map(|program| program.parent()).map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).expect("a path");
    let mut command = Command::new("sh");
    command.arg(script).current_dir(tree.root()).env("PATH", path);
    command.env("TF_CLI_CONFIG_FILE", mirror.settings()).env("TMPDIR", tree.root());
    command.env("SEALINE_DRIFT_ALERTS", tree.path("alerts.yaml"));
    command.env("SLACK_URL", format!("{origin}/services/T0/B0/canary")).env("KEY", "canary-key");
    command.env("HOOK_URL", format!("{origin}/hook"));
    command.env("HOOK_SECRET", "canary-secret-0123456789abcdef01");
    command.env_remove("XDG_RUNTIME_DIR").env_remove("GITHUB_STEP_SUMMARY");
    let done = run::finish(command).exits(0);
    for said in [
        "drifted [high] local_file.egress: deleted outside",
        "unapplied [low] terraform_data.setting: to be changed",
        "noise terraform_data.reader",
        "failed [medium] check.healthy: check fails",
        "holds back 1: the autoscaler sets it",
    ] {
        assert_eq!(done.stdout.matches(said).count(), 2, "{said}: {done:?}");
    }
    assert!(!done.output().contains("canary"), "{done:?}");
    let log = log.lock().expect("what was told");
    let mut told: Vec<&str> = Vec::new();
    for request in log.iter() {
        told.extend(word(request).unwrap_or_else(|wrong| panic!("{wrong}")));
    }
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "bot alert",
            "bot changes its alert",
            "bot end",
            "hook alert",
            "hook end",
            "issues alert",
            "issues comment",
            "issues end",
            "opsgenie alert",
            "opsgenie end",
            "pager alert",
            "pager end",
            "slack alert",
            "slack end",
        ]
    );
}
