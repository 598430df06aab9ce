//! A look waits while a request is open that changes the project, and for nothing else. The hosts are
//! doubles that answer as the descriptions of their APIs say.

use std::os::unix::fs::PermissionsExt as _;

use sealine_testing::{Run, Tree, run};
use serde_json::{Value as Json, json};

use super::inbox::{self, Answer, Request};

const PROJECTS: [&str; 2] = ["edge", "platform"];

/// A repository with a program that finds nothing, and a remote at `origin`.
fn repository(origin: &str, more: &str) -> Tree {
    let tree = Tree::new("");
    let script = "#!/bin/sh\ncase $1 in\ninit) mkdir -p \"$TF_DATA_DIR\" ;;\nshow) echo \
                  '{\"format_version\": \"1.2\"}' ;;\nesac\n";
    tree.write("bin/terraform", script);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(tree.path("bin/terraform"), executable).expect("set");
    for project in PROJECTS {
        let text = "terraform {\n  backend \"local\" {}\n}\nmodule \"m\" {\n  source = \
                    \"../../modules/network\"\n}\n";
        tree.write(&format!("platform/tf/{project}/main.tf"), text);
    }
    tree.write("platform/modules/network/main.tf", "resource \"terraform_data\" \"a\" {}\n");
    let config = format!("drift:\n  defaults:\n    skip_while_open: true\n{more}");
    tree.write("platform/sealine.yaml", config);
    let url = format!("{origin}/acme/platform.git");
    for words in [&["init", "-q"][..], &["remote", "add", "origin", &url]] {
        let done = run::finish(run::command("git", &tree.path("platform"), words));
        let _ = done.exits(0);
    }
    tree
}

fn look(tree: &Tree, variables: &[(&str, &str)], words: &[&str]) -> Run {
    let mut command = super::in_platform(tree, words);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tree.path("bin")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("a path"));
    for name in ["GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "HTTP_PROXY", "http_proxy"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    run::finish(command)
}

fn answer(body: &Json) -> Answer {
    Answer(200, vec!["content-type: application/json".to_owned()], body.to_string())
}

/// An answer that is not the last page.
fn one_of_many(body: &Json) -> Answer {
    let Answer(status, mut lines, body) = answer(body);
    // Whoever follows this address shows the token to somebody else.
    let next = "<http://127.0.0.1:9/elsewhere?page=2>; rel=\"next\"";
    lines.push(format!("link: {next}, <http://127.0.0.1:9/x>; rel=\"last\""));
    Answer(status, lines, body)
}

/// GitHub: three requests on two pages; the third changes a module that both projects call.
fn github(request: &Request, _: usize) -> Answer {
    let pull = |number: u64, label: &str| {
        json!({"number": number, "html_url": format!("https://git.example/acme/platform/pull/{number}"),
               "labels": [{"name": label}], "head": {"sha": format!("abc{number}")}})
    };
    let asks = (request.method == "GET")
        && request.header("authorization") == "Bearer canary-token"
        && request.header("accept") == "application/vnd.github+json"
        && request.header("x-github-api-version") == "2022-11-28"
        && request.header("user-agent").starts_with("sealine/");
    if !asks {
        return Answer(401, Vec::new(), "{}".to_owned());
    }
    let file = |name: &str| json!({"filename": name, "status": "modified"});
    match request.path.strip_prefix("/api/v3/repos/acme/platform/pulls") {
        Some("?state=open&per_page=100&page=1") => {
            one_of_many(&json!([pull(1, "docs"), pull(2, "docs")]))
        }
        Some("?state=open&per_page=100&page=2") => answer(&json!([pull(3, "terraform")])),
        Some("/1/files?per_page=100&page=1") => answer(&json!([file("README.md")])),
        Some("/2/files?per_page=100&page=1") => answer(&json!([file("tf/edge/README.md")])),
        Some("/3/files?per_page=100&page=1") => one_of_many(&json!([file("docs/a")])),
        Some("/3/files?per_page=100&page=2") => answer(&json!([
            {"filename": "docs/b", "previous_filename": "modules/network/b.tf", "status": "renamed"}
        ])),
        _ => Answer(404, Vec::new(), "{\"message\": \"Not Found\"}".to_owned()),
    }
}

#[test]
fn a_pull_request_that_changes_a_module_is_waited_for() {
    let (origin, log) = inbox::serve(github);
    let tree = repository(&origin, "");
    let variables = [("GITHUB_SERVER_URL", origin.as_str()), ("GITHUB_TOKEN", "canary-token")];
    let skipped = look(&tree, &variables, &["run"]).exits(1);
    let said = "not looked at, a change is open\n    pull request 3 \
                (https://git.example/acme/platform/pull/3) changes `modules/network/b.tf`";
    for project in PROJECTS {
        assert!(skipped.stdout.contains(&format!("tf/{project}: {said}")), "{skipped:?}");
    }
    assert_eq!(log.lock().expect("what was asked").len(), 6, "both projects ask once");
    let status = look(&tree, &variables, &["status"]).exits(0);
    assert!(
        status.stdout.contains("not looked at 0 s ago: a change is open: pull request 3"),
        "{status:?}"
    );
    let runs = look(&tree, &variables, &["history", "--runs", "-o", "json"]).exits(0).json();
    assert_eq!(runs["runs"], json!([]), "no look is no failed look");

    let named = "  requests:\n    label: docs\n    token_env: OURS\n    forge: github\n";
    let other = repository(&origin, named);
    let variables = [("OURS", "canary-token")];
    let clean = look(&other, &variables, &["run"]).exits(0);
    assert!(!clean.stdout.contains("warning"), "{clean:?}");
    let config = "drift:\n  projects:\n    - path: tf/*\n      skip_while_open: false\n";
    tree.write("platform/sealine.yaml", config);
    let _ = look(&tree, &[], &["run"]).exits(0);
    for tree in [&tree, &other] {
        for (path, bytes) in tree.files() {
            assert!(!String::from_utf8_lossy(&bytes).contains("canary-token"), "{path}");
        }
    }
}

#[test]
fn a_merge_request_is_waited_for() {
    let (origin, log) = inbox::serve(|request, _| {
        if request.method != "GET" || request.header("private-token") != "canary-token" {
            return Answer(401, Vec::new(), "{}".to_owned());
        }
        match request.path.strip_prefix("/api/v4/projects/acme%2Fplatform/merge_requests") {
            Some("?state=opened&per_page=100&page=1") => answer(&json!([{
                "iid": 8, "web_url": "https://git.example/acme/platform/-/merge_requests/8",
                "labels": ["terraform"], "sha": "abc",
            }])),
            Some("/8/diffs?per_page=100&page=1") => {
                answer(&json!([{"old_path": "tf/edge/main.tf", "new_path": "tf/edge/main.tf"}]))
            }
            _ => Answer(404, Vec::new(), "{}".to_owned()),
        }
    });
    let tree = repository(&origin, "");
    let variables = [("CI_SERVER_URL", origin.as_str()), ("GITLAB_TOKEN", "canary-token")];
    let skipped = look(&tree, &variables, &["run"]).exits(1);
    let said = "tf/edge: not looked at, a change is open\n    merge request 8 (https://git.example";
    assert!(skipped.stdout.contains(said), "{skipped:?}");
    assert!(skipped.stdout.contains("tf/platform: clean"), "{skipped:?}");
    assert_eq!(log.lock().expect("what was asked").len(), 2);
}

#[test]
fn whoever_cannot_be_asked_holds_nothing_up() {
    let limited = |_: &Request, _| {
        let lines = vec!["retry-after: 60".to_owned(), "x-ratelimit-remaining: 0".to_owned()];
        Answer(403, lines, "{\"message\": \"API rate limit exceeded\"}".to_owned())
    };
    let slow = |_: &Request, _| {
        std::thread::sleep(std::time::Duration::from_secs(40));
        answer(&json!([]))
    };
    let (limited, log) = inbox::serve(limited);
    let (garbage, _) = inbox::serve(|_, _| answer(&json!({"number": "x"})));
    let (half, _) = inbox::serve(|_, _| answer(&json!([{"number": "x"}])));
    let (slow, _) = inbox::serve(slow);
    let gone = "http://127.0.0.1:9".to_owned();
    let cases = [
        (&limited, true, "answered 403"),
        (&garbage, true, "not what its API promises"),
        (&half, true, "not what its API promises"),
        (&gone, true, "was not reached"),
        (&slow, true, "it took too long"),
        (&garbage, false, "it is not known whether"),
    ];
    std::thread::scope(|threads| {
        for (origin, vouched, said) in cases {
            threads.spawn(move || {
                let tree = repository(origin, "");
                let token = ("GITHUB_TOKEN", "canary-token");
                let server = ("GITHUB_SERVER_URL", origin.as_str());
                let variables = if vouched { vec![server, token] } else { vec![token] };
                let clean = look(&tree, &variables, &["run"]).exits(0);
                let warning = "warning: open requests are not known: ";
                assert!(clean.stdout.contains(warning) && clean.stdout.contains(said), "{clean:?}");
                assert!(!clean.output().contains("canary"), "{clean:?}");
            });
        }
    });
    assert_eq!(log.lock().expect("what was asked").len(), 1, "the next project does not ask again");
}
