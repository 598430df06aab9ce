//! Pull requests, against doubles that answer as the descriptions of the APIs say and refuse what
//! those do not allow.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value as Json, json};

use crate::{command, git, output, repository, state};
use sealine_testing::{Run, Tree};

/// What a double saw and has.
#[derive(Default)]
struct Forge {
    calls: Vec<String>,
    open: Vec<Json>,
    wrong: Vec<String>,
}

type Shared = Arc<Mutex<Forge>>;

/// Serves the double on a free port until the test ends.
fn serve(is_gitlab: bool) -> (u16, Shared) {
    let shared = Shared::default();
    let state = shared.clone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let router = axum::Router::new();
            let router = if is_gitlab { router.fallback(gitlab) } else { router.fallback(github) };
            axum::serve(listener, router.with_state(state)).await
        })
    });
    (port, shared)
}

type Answer = (StatusCode, String);

fn answered(status: u16, body: &Json) -> Answer {
    (StatusCode::from_u16(status).expect("a status"), body.to_string())
}

/// The body, which must have these keys and no others.
fn body_with(forge: &mut Forge, bytes: &Bytes, keys: &[&str]) -> Json {
    let body: Json = serde_json::from_slice(bytes).unwrap_or(Json::Null);
    let given: Vec<&str> =
        body.as_object().into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
    if given != keys || given.iter().any(|key| !body[key].is_string()) {
        forge.wrong.push(format!("the body has {given:?}, not {keys:?}"));
    }
    body
}

async fn github(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let mut forge = shared.lock().expect("the double");
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|it| it == value);
    if !has("authorization", "Bearer test-token") {
        return answered(401, &json!({"message": "Bad credentials"}));
    }
    if !has("accept", "application/vnd.github+json") || !headers.contains_key("user-agent") {
        forge.wrong.push("headers".to_owned());
    }
    forge.calls.push(format!("{method} {uri}"));
    let base = "/api/v3/repos/acme/gitops";
    match (method.as_str(), uri.path()) {
        ("GET", path) if path == format!("{base}/pulls") => {
            if uri.query() != Some("state=open&head=acme%3Aexport%2Fegress") {
                forge.wrong.push(format!("{uri}"));
            }
            answered(200, &json!(forge.open))
        }
        ("GET", path) if path == base => answered(200, &json!({"default_branch": "main"})),
        ("POST", path) if path == format!("{base}/pulls") => {
            let body = body_with(&mut forge, &bytes, &["base", "body", "head", "title"]);
            if body["head"] != "export/egress" || body["base"] != "main" {
                return answered(422, &json!({"message": "Validation Failed"}));
            }
            let made = json!({"number": 7, "html_url": "https://git.example/acme/gitops/pull/7"});
            forge.open.push(made.clone());
            answered(201, &made)
        }
        ("PATCH", path) if path == format!("{base}/pulls/7") => {
            body_with(&mut forge, &bytes, &["body"]);
            answered(200, &forge.open[0].clone())
        }
        _ => answered(404, &json!({"message": "Not Found"})),
    }
}

async fn gitlab(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let mut forge = shared.lock().expect("the double");
    if headers.get("private-token").is_none_or(|it| it != "test-token") {
        return answered(401, &json!({"message": "401 Unauthorized"}));
    }
    forge.calls.push(format!("{method} {uri}"));
    let base = "/api/v4/projects/acme%2Fgitops";
    match (method.as_str(), uri.path()) {
        ("GET", path) if path == format!("{base}/merge_requests") => {
            if uri.query() != Some("state=opened&source_branch=export%2Fegress") {
                forge.wrong.push(format!("{uri}"));
            }
            answered(200, &json!(forge.open))
        }
        ("GET", path) if path == base => answered(200, &json!({"default_branch": "main"})),
        ("POST", path) if path == format!("{base}/merge_requests") => {
            let keys = ["description", "source_branch", "target_branch", "title"];
            body_with(&mut forge, &bytes, &keys);
            let made =
                json!({"iid": 3, "web_url": "https://git.example/acme/gitops/-/merge_requests/3"});
            forge.open.push(made.clone());
            answered(201, &made)
        }
        ("PUT", path) if path == format!("{base}/merge_requests/3") => {
            body_with(&mut forge, &bytes, &["description"]);
            answered(200, &forge.open[0].clone())
        }
        _ => answered(404, &json!({"message": "404 Not Found"})),
    }
}

/// A repository whose remote has the double's address, which git finds in a folder.
fn hosted(port: u16) -> (Tree, Tree) {
    let (tree, remote) = (repository(), Tree::new(""));
    git(remote.root(), &["init", "-q", "--bare", "-b", "main", "bare.git"]);
    let url = format!("http://127.0.0.1:{port}/acme/gitops.git");
    git(tree.root(), &["remote", "add", "origin", &url]);
    let instead = format!("url.{}.insteadOf", remote.path("bare.git").display());
    git(tree.root(), &["config", &instead, &url]);
    git(tree.root(), &["push", "-q", "origin", "main"]);
    (tree, remote)
}

fn export(tree: &Tree, serial: u64, variables: &[(&str, &str)]) -> Run {
    let ip = output("ip", &format!("\"10.0.0.{serial}-canary\""));
    tree.write("state.json", state(serial, &ip));
    let arguments = [
        "--from",
        "state.json",
        "--to",
        "gitops/v.yaml",
        "--at",
        "egress",
        "--pull-request",
        "--branch",
        "export/egress",
        "-o",
        "json",
    ];
    let mut command = command(tree.root(), &arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    {
        command.env_remove(name);
    }
    sealine_testing::run::finish(command)
}

fn opens_one_and_updates_it(is_gitlab: bool, server: &str, token: &str) {
    let (port, forge) = serve(is_gitlab);
    let (tree, _remote) = hosted(port);
    let server_value = format!("http://127.0.0.1:{port}");
    let variables = [(server, server_value.as_str()), (token, "test-token")];
    let first = export(&tree, 1, &variables).exits(0).json();
    assert_eq!(first[0]["pull_request"]["existed"], false, "{first}");
    let second = export(&tree, 2, &variables).exits(0).json();
    assert_eq!(second[0]["pull_request"]["existed"], true, "{second}");
    assert_eq!(second[0]["pull_request"]["url"], first[0]["pull_request"]["url"]);
    let forge = forge.lock().expect("the double");
    assert_eq!(forge.wrong, Vec::<String>::new());
    let opened = forge.calls.iter().filter(|call| call.starts_with("POST")).count();
    assert_eq!((opened, forge.open.len()), (1, 1), "{:?}", forge.calls);
}

#[test]
fn github_gets_one_pull_request_for_a_branch() {
    opens_one_and_updates_it(false, "GITHUB_SERVER_URL", "GITHUB_TOKEN");
}

#[test]
fn gitlab_gets_one_merge_request_for_a_branch() {
    opens_one_and_updates_it(true, "CI_SERVER_URL", "GITLAB_TOKEN");
}

#[test]
fn a_refusal_leaves_the_commit_and_shows_no_token() {
    let (port, _forge) = serve(false);
    let (tree, remote) = hosted(port);
    let server = format!("http://127.0.0.1:{port}");
    let wrong = [("GITHUB_SERVER_URL", server.as_str()), ("GITHUB_TOKEN", "wrong-token-canary")];
    let run = export(&tree, 1, &wrong).exits(1);
    assert!(run.stderr.contains("no pull request for `export/egress`"), "{}", run.stderr);
    assert!(!run.output().contains("canary"), "{}", run.output());
    let bare = remote.path("bare.git");
    assert_eq!(git(&bare, &["rev-list", "--count", "main..export/egress"]), "1");
    // The next run, with the right token, has only the request left to make.
    let right = [("GITHUB_SERVER_URL", server.as_str()), ("GITHUB_TOKEN", "test-token")];
    let done = export(&tree, 1, &right).exits(0).json();
    assert_eq!(done[0]["pull_request"]["existed"], false, "{done}");
    assert_eq!(git(&bare, &["rev-list", "--count", "main..export/egress"]), "1");
}

#[test]
fn a_host_that_nobody_vouches_for_gets_no_token() {
    let (port, forge) = serve(false);
    let (tree, _remote) = hosted(port);
    let run = export(&tree, 1, &[("GITHUB_TOKEN", "test-token")]).exits(1);
    assert!(run.stderr.contains("it is not known whether"), "{}", run.stderr);
    assert!(forge.lock().expect("the double").calls.is_empty());
}
