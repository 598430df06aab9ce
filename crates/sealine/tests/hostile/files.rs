//! Files that are no files, that lie elsewhere, or whose names do something.
#![cfg(unix)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use sealine_testing::{Tree, run};

use super::{Expected, every_output_is_sound, hold, rows, sealine};

const SECRET: &str =
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\nstringData:\n  token: Harbour-Tulip-7\n";

/// What lies outside of the repository and must not be seen.
const OUTSIDE: &str = "Lantern-Meadow-3";

/// A folder with a repository in `repo` and something beside it.
fn outside() -> Tree {
    let tree = Tree::new("");
    tree.write("outside/secret.yaml", SECRET.replace("Harbour-Tulip-7", OUTSIDE));
    tree.write("outside/values.yaml", format!("name: {OUTSIDE}\n"));
    tree.write("outside/modules.json", format!("{{\"Modules\": [{{\"Key\": \"{OUTSIDE}\"}}]}}"));
    tree.write("repo/app/secret.yaml", SECRET);
    tree
}

fn link(tree: &Tree, to: &str, from: &str) {
    let from = tree.path(from);
    std::fs::create_dir_all(from.parent().expect("a folder")).expect("folders");
    symlink(to, from).expect("a link");
}

#[test]
fn links_out_of_the_repository_are_refused() {
    let tree = outside();
    let absolute = tree.path("outside/secret.yaml");
    link(&tree, absolute.to_str().expect("UTF-8"), "repo/absolute.yaml");
    link(&tree, "../outside/secret.yaml", "repo/relative.yaml");
    link(&tree, "../../outside", "repo/app/folder");
    link(&tree, "/etc/passwd", "repo/chart/values.yaml");
    link(&tree, "absolute.yaml", "repo/twice.yaml");
    link(&tree, "nowhere.yaml", "repo/nowhere.yaml");
    link(&tree, "app/secret.yaml", "repo/inside.yaml");
    tree.write("repo/terraform/main.tf", "terraform {\n  backend \"gcs\" {}\n}\n");
    link(&tree, "../../../outside", "repo/terraform/.terraform/modules");
    tree.write("repo/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n");
    tree.write("repo/chart/templates/a.yaml", "apiVersion: v1\nkind: {{ .Values }}\n");
    let escapes = |path: &str| (path.to_owned(), Some(("path-escapes-repository", 1)));
    let expected: Expected = vec![
        escapes("absolute.yaml"),
        escapes("relative.yaml"),
        escapes("twice.yaml"),
        escapes("chart/values.yaml"),
        escapes("terraform/.terraform/modules/modules.json"),
        ("nowhere.yaml".to_owned(), None),
        ("inside.yaml".to_owned(), Some(("plaintext-secret", 4))),
        ("app/secret.yaml".to_owned(), Some(("plaintext-secret", 4))),
    ];
    let report = sealine(&tree, &["check", "-o", "json", "repo"]).exits(2).json();
    hold(&report, &expected);
    for format in ["text", "json", "sarif", "github"] {
        let output = sealine(&tree, &["check", "-v", "-o", format, "repo"]).exits(2).output();
        assert!(!output.contains(OUTSIDE), "{output}");
        assert!(!output.contains("root:x:"), "{output}");
    }
}

/// What git tracks is read even where it is ignored, but not through a link that leads out.
#[test]
fn tracked_links_are_links_all_the_same() {
    let tree = outside();
    link(&tree, "../outside/secret.yaml", "repo/tracked.yaml");
    link(&tree, "../outside", "repo/folder");
    tree.write("repo/.gitignore", "tracked.yaml\nfolder\nignored.yaml\n");
    tree.write("repo/ignored.yaml", SECRET.replace("name: app", "name: ignored"));
    let git = |arguments: &[&str]| run("git", &tree.path("repo"), arguments).exits(0);
    let _ = git(&["init", "--quiet"]);
    let _ = git(&["add", "--force", "tracked.yaml", "ignored.yaml", "app"]);
    let report = sealine(&tree, &["check", "-o", "json", "repo"]).exits(2);
    assert!(!report.output().contains(OUTSIDE));
    let expected: Expected = vec![
        ("tracked.yaml".to_owned(), Some(("path-escapes-repository", 1))),
        ("ignored.yaml".to_owned(), Some(("plaintext-secret", 4))),
    ];
    hold(&report.json(), &expected);
}

#[test]
fn paths_in_texts_stay_in_the_repository() {
    let tree = outside();
    tree.write("repo/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n");
    tree.write(
        "repo/chart/templates/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ .Values.name }}\"}\n",
    );
    let application = |name: &str, file: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  source:\n    repoURL: https://github.com/example/repo.git\n    path: chart\n    helm:\n      valueFiles:\n        - \"{file}\"\n  destination: {{server: https://kubernetes.default.svc, namespace: app}}\n"
        )
    };
    tree.write("repo/one.yaml", application("one", "../../../../outside/values.yaml"));
    tree.write("repo/two.yaml", application("two", "%2e%2e/%2e%2e/outside/values.yaml"));
    tree.write("repo/three.yaml", application("three", "/etc/passwd"));
    tree.write(
        "repo/kustomize/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ../../outside/secret.yaml\n",
    );
    tree.write(
        "repo/terraform/main.tf",
        "terraform {\n  backend \"gcs\" {}\n}\nlocals {\n  a = file(\"../../outside/secret.yaml\")\n}\nresource \"kubernetes_secret\" \"a\" {\n  metadata { name = local.a }\n}\nmodule \"out\" {\n  source = \"../../outside\"\n}\n",
    );
    tree.write("sealine.yaml", "repos: {repo: {path: repo, remote: github.com/example/repo}}\n");
    for format in ["text", "json"] {
        let run = sealine(&tree, &["check", "-v", "-o", format]).exits(2);
        assert!(!run.output().contains(OUTSIDE), "{}", run.output());
        assert!(!run.output().contains("root:x:"), "{}", run.output());
    }
    let report = sealine(&tree, &["check", "-o", "json"]).json();
    let expected: Expected = vec![
        ("one.yaml".to_owned(), Some(("path-escapes-repository", 10))),
        ("kustomize/kustomization.yaml".to_owned(), Some(("path-escapes-repository", 4))),
        ("app/secret.yaml".to_owned(), Some(("plaintext-secret", 4))),
    ];
    hold(&report, &expected);
    let graph = sealine(&tree, &["graph"]).exits(0);
    assert!(!graph.stdout.contains(OUTSIDE));
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let tree = Tree::new("");
    tree.write("app/secret.yaml", SECRET);
    link(&tree, "loop-two", "loop-one");
    link(&tree, "loop-one", "loop-two");
    link(&tree, ".", "here");
    link(&tree, "..", "app/up");
    link(&tree, "self.yaml", "self.yaml");
    link(&tree, "/dev/zero", "zero.yaml");
    let _ = run("mkfifo", tree.root(), &["pipe.yaml", "pipe.tf", "pipe.py"]).exits(0);
    let _socket = std::os::unix::net::UnixListener::bind(tree.path("socket.yaml")).expect("bound");
    let sparse = std::fs::File::create(tree.path("sparse.yaml")).expect("a file");
    sparse.set_len(5 << 30).expect("a length");
    std::fs::create_dir(tree.path("many")).expect("a folder");
    for number in 0..10_000 {
        std::fs::File::create(tree.path(&format!("many/{number}.yaml"))).expect("a file");
    }
    let report = sealine(&tree, &["check", "-o", "json"]).exits(2).json();
    let mut found = rows(&report);
    found.sort();
    assert_eq!(
        found,
        [
            ("app/secret.yaml".to_owned(), "plaintext-secret".to_owned(), 4),
            ("sparse.yaml".to_owned(), "limit-exceeded".to_owned(), 1),
            ("zero.yaml".to_owned(), "path-escapes-repository".to_owned(), 1),
        ]
    );
    every_output_is_sound(&tree, 2);
}

#[test]
fn names_do_nothing_to_a_terminal() {
    let tree = Tree::new("");
    let names = [
        "new\nline.yaml",
        "escape\u{1b}]0;title\u{7}.yaml",
        "turn\u{202e}lmay.yaml",
        "::error::.yaml",
        "--flag.yaml",
        "a b,c:d.yaml",
        "ünï.yaml",
    ];
    for (number, name) in names.iter().enumerate() {
        tree.write(
            &format!("app/{name}"),
            SECRET.replace("name: app", &format!("name: s{number}")),
        );
    }
    let invalid = tree.path("app").join(OsStr::from_bytes(b"bad-\xff.yaml"));
    std::fs::copy(tree.path("app/ünï.yaml"), invalid).expect("copied");
    let object = SECRET.replace("name: app", "name: a\u{202e}b\u{9b}c");
    tree.write("raw.yaml", object);
    let object = "apiVersion: v1\nkind: Secret\nmetadata: {name: \"a\\e]0;title\\a\\u202eb\"}\nstringData: {token: Harbour-Tulip-7}\n";
    tree.write("object.yaml", object);
    let report = sealine(&tree, &["check", "-o", "json"]).exits(2).json();
    let expected: Expected = names
        .iter()
        .map(|name| (format!("app/{name}"), Some(("plaintext-secret", 4))))
        .chain([("app/bad-\u{fffd}.yaml".to_owned(), Some(("syntax-error", 1)))])
        .collect();
    hold(&report, &expected);
    every_output_is_sound(&tree, 2);
    let text = sealine(&tree, &["check"]).stdout;
    assert!(!text.lines().any(|line| line.starts_with("line.yaml")), "{text}");
    let github = sealine(&tree, &["check", "-o", "github"]).stdout;
    assert!(github.lines().all(|line| line.starts_with("::error file=")), "{github}");
    assert_eq!(github.lines().count(), names.len() + 3, "{github}");
}
