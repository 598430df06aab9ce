//! Paths, repositories, and parts of them.

use sealine_testing::Tree;

use super::{PLAIN, check, rows, sealine};

fn two_repositories() -> Tree {
    let tree = Tree::new("");
    let secret = PLAIN.split_once('\n').expect("a header").1;
    tree.write("one/deploy/secret.yaml", secret);
    tree.write("one/other/secret.yaml", secret.replace("name: app", "name: other"));
    tree.write("two/secret.yaml", secret.replace("name: app", "name: third"));
    tree
}

fn repos(report: &serde_json::Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    let mut repos: Vec<&str> =
        findings.iter().filter_map(|finding| finding["at"]["repo"].as_str()).collect();
    repos.sort_unstable();
    repos
}

#[test]
fn repositories_alone_are_all_that_is_read() {
    let tree = two_repositories();
    let report = check(&tree, &["--repo", "a=one"]);
    assert_eq!(repos(&report), ["a", "a"]);
    assert_eq!(
        rows(&report),
        ["deploy/secret.yaml:4 plaintext-secret", "other/secret.yaml:4 plaintext-secret"]
    );
    let report = check(&tree, &["--repo", "a=one", "--repo", "b=two"]);
    assert_eq!(repos(&report), ["a", "a", "b"]);
}

#[test]
fn a_path_beside_repositories_is_asked_for_too() {
    let tree = two_repositories();
    // With a path, findings are those of the path; the repository is there to link with.
    let report = check(&tree, &["two", "--repo", "a=one"]);
    assert_eq!(repos(&report), ["two"]);
}

#[test]
fn a_part_of_a_configured_repository_is_looked_at_alone() {
    let tree = two_repositories();
    tree.write("sealine.yaml", "repos: {a: {path: one}, b: {path: two}}\n");
    assert_eq!(repos(&check(&tree, &[])), ["a", "a", "b"]);
    assert_eq!(repos(&check(&tree, &["one"])), ["a", "a"]);
    assert_eq!(rows(&check(&tree, &["one/deploy"])), ["deploy/secret.yaml:4 plaintext-secret"]);
    assert_eq!(rows(&check(&tree, &["one/deploy/secret.yaml", "two"])).len(), 2);
    let report = check(&tree, &["one/other", "two"]);
    assert_eq!(repos(&report), ["a", "b"]);
}

#[test]
fn a_repository_on_the_command_line_stands_for_the_configured_one() {
    let tree = two_repositories();
    tree.write("sealine.yaml", "repos: {a: {path: nowhere}}\n");
    assert_eq!(repos(&check(&tree, &["--config", "sealine.yaml", "--repo", "a=two"])), ["a"]);
}

#[test]
fn one_file_can_be_asked_for() {
    let tree = two_repositories();
    let rows = rows(&check(&tree, &["one/deploy/secret.yaml"]));
    assert_eq!(rows, ["secret.yaml:4 plaintext-secret"]);
}

#[test]
fn paths_may_climb_and_repeat() {
    let tree = two_repositories();
    tree.write("sealine.yaml", "repos: {a: {path: one}}\n");
    let rows = rows(&check(&tree, &["one/../one/deploy", "./one/deploy/"]));
    assert_eq!(rows, ["deploy/secret.yaml:4 plaintext-secret"]);
}

#[test]
fn ignored_files_are_skipped_unless_tracked_and_hidden_ones_are_read() {
    let tree = Tree::new(PLAIN);
    let secret = tree.read("secret.yaml");
    tree.write(".gitignore", "generated/\n");
    tree.write("generated/secret.yaml", &secret);
    tree.write(".hidden/secret.yaml", secret.replace("name: app", "name: hidden"));
    let hidden = ".hidden/secret.yaml:4 plaintext-secret";
    let plain = "secret.yaml:4 plaintext-secret";
    // Without git's data there is nothing but what git tracked.
    assert_eq!(
        rows(&check(&tree, &[])),
        [hidden, "generated/secret.yaml:4 plaintext-secret", plain]
    );
    tree.write(".git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(rows(&check(&tree, &[])), [hidden, plain]);
}

#[test]
fn the_delivery_roots_are_listed_with_what_stayed_unknown() {
    let tree = Tree::new(
        "\
//- apps.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: near, namespace: argocd}
spec:
  source: {path: near, repoURL: https://github.com/example/tree.git}
  destination: {namespace: shop}
  syncPolicy: {automated: {prune: true}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: far, namespace: argocd}
spec:
  source: {chart: db, repoURL: https://charts.example.com, targetRevision: 1.2.3}
  destination: {namespace: data}
//- near/all.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: a, remoteRef: {key: a}}]
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, envFrom: [{secretRef: {name: web}}]}]
",
    );
    let text = sealine(&tree, &["graph", "--deliveries"]).exits(0).stdout;
    let lines: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let folder = tree.root().file_name().unwrap().to_str().unwrap();
    let row = |line: &str| lines.iter().any(|own| own.replace(folder, "TREE") == line);
    assert!(row("ROOT DELIVERS NAMESPACE PRUNES OBJECTS SECRETS READERS"), "{text}");
    assert!(row("argo/argocd/near TREE/near shop yes 2 1 1"), "{text}");
    assert!(row("argo/argocd/far db 1.2.3 data no 0 0 0"), "{text}");
    assert!(row("unknown: the chart `db` is not in a loaded repository"), "{text}");
    assert!(row("loose manifests - * - 2 0 0"), "{text}");
    assert!(row("1 of 2 delivery roots resolved"), "{text}");

    let json = sealine(&tree, &["graph", "--deliveries", "-o", "json"]).exits(0).json();
    let near = &json["deliveries"][1];
    assert_eq!(near["id"], "argo/argocd/near");
    assert_eq!(
        (&near["objects"], &near["secrets"], &near["readers"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!((&near["prunes"], &near["heals"]), (&true.into(), &false.into()));
    assert_eq!(near["declared"]["file"], "apps.yaml");
    assert_eq!(json["deliveries"][0]["unknown"].as_array().unwrap().len(), 1);
    assert_eq!(json["deliveries"][2]["kind"], "none");

    let run = sealine(&tree, &["check", "--statistics", "--exit-zero"]).exits(0);
    assert!(run.stderr.contains("1 of 2 delivery roots resolved (50.0 %)"), "{}", run.stderr);
    let run = sealine(&tree, &["graph", "-o", "text"]).exits(1);
    assert!(run.stderr.contains("--deliveries"), "{}", run.stderr);
}

#[test]
fn the_graph_is_stable_and_says_where() {
    let tree = Tree::new(PLAIN);
    let graph = sealine(&tree, &["graph", "-o", "json"]).exits(0);
    assert_eq!(graph.stdout, sealine(&tree, &["graph"]).exits(0).stdout);
    let graph = graph.json();
    assert_eq!(graph["version"], 1);
    let node = &graph["nodes"][0];
    assert_eq!(node["stage"], "secret");
    assert_eq!(node["declared"]["file"], "secret.yaml");
    assert_eq!(node["declared"]["line"], 4);
}

#[test]
fn a_script_that_names_a_secret_may_use_it() {
    let external = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
        metadata: {name: app-token, namespace: app}\nspec:\n  \
        secretStoreRef: {name: s, kind: ClusterSecretStore}\n  \
        data: [{secretKey: a, remoteRef: {key: b}}]\n";
    let tree = Tree::new("");
    tree.write("deploy/kustomization.yaml", "resources: [external.yaml]\n");
    tree.write("deploy/external.yaml", external);
    assert_eq!(rows(&check(&tree, &[])), ["deploy/external.yaml:3 unused-secret"]);
    tree.write("README.md", "It makes `app-token`.\n");
    tree.write("run.sh", "# app-token\n");
    assert_eq!(rows(&check(&tree, &[])).len(), 1);
    tree.write("run.sh", "kubectl get secret app-token\n");
    assert_eq!(rows(&check(&tree, &[])), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn folders_behind_links_are_followed_where_something_leads_there() {
    let module = "variable \"cluster\" {}\n\
        resource \"aws_ssm_parameter\" \"t\" {\n  name = \"/c/${var.cluster}/token\"\n  \
        type = \"SecureString\"\n  value = \"x\"\n}\n";
    let external = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
        metadata: {name: a, namespace: n}\nspec:\n  secretStoreRef: {name: s, kind: ClusterSecretStore}\n  \
        data: [{secretKey: a, remoteRef: {key: /c/a/token}}]\n";
    let store = "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: s}\n\
        spec: {provider: {aws: {service: ParameterStore, region: eu-west-1}}}\n";
    let root = "provider \"aws\" { region = \"eu-west-1\" }\nterraform { backend \"s3\" {} }\n\
        module \"m\" {\n  source  = \"./m\"\n  cluster = \"a\"\n}\n";
    let tree = Tree::new("");
    tree.write("modules/m/main.tf", module);
    tree.write("env/a/main.tf", root);
    tree.write("base/kustomization.yaml", "resources: [external.yaml, store.yaml]\n");
    tree.write("base/external.yaml", external);
    tree.write("base/store.yaml", store);
    tree.write("deploy/kustomization.yaml", "resources: [base]\n");
    for (target, link) in [("../../modules/m", "env/a/m"), ("../base", "deploy/base")] {
        std::os::unix::fs::symlink(target, tree.path(link)).expect("a link");
    }
    let graph = sealine(&tree, &["graph", "-o", "json"]).exits(0).json();
    let edges = graph["edges"].as_array().expect("edges");
    let copied = edges.iter().filter(|edge| {
        let ends = [edge["from"].as_str(), edge["to"].as_str()].map(Option::unwrap_or_default);
        ends[0].ends_with("/c/a/token") && ends[1].starts_with("externalsecret/")
    });
    assert_eq!(copied.count(), 1, "{graph:#}");
    assert_eq!(graph.to_string().matches("deploy/base/").count(), 0, "files stand where they lie");
}

#[test]
fn a_secret_that_a_script_makes_is_hardly_missing() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: app, namespace: app}\nspec:\n  \
        containers: [{name: a, image: i, envFrom: [{secretRef: {name: app-token}}]}]\n";
    let other = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n\
        metadata: {name: other, namespace: app}\n";
    let tree = Tree::new("");
    tree.write("deploy/kustomization.yaml", "resources: [pod.yaml, other.yaml]\n");
    tree.write("deploy/pod.yaml", pod);
    tree.write("deploy/other.yaml", other);
    let severity = || {
        let report = check(&tree, &[]);
        let findings = report["findings"].as_array().expect("findings").iter();
        let missing: Vec<_> = findings.filter(|found| found["rule"] == "missing-secret").collect();
        assert_eq!(missing.len(), 1, "{report:#}");
        missing[0]["severity"].as_str().expect("a severity").to_owned()
    };
    assert_eq!(severity(), "error");
    for (script, expected) in [
        ("kubectl delete secret app-token\n", "error"),
        ("# the Secret app-token\n", "error"),
        ("# kubectl create secret generic app-token\n", "info"),
        ("#   kubectl create secret generic \\\n#     app-token -n app \\\n", "info"),
        ("kubectl create secret generic app-token-staging\n", "error"),
        ("NAME=app-token\nkubectl create secret generic 'app-token' --from-file=a\n", "info"),
        ("kubectl create secret generic \\\n  app-token\n", "info"),
        ("kubectl -n app create secret docker-registry app-token\n", "info"),
    ] {
        tree.write("scripts/make.sh", script);
        assert_eq!(severity(), expected, "{script}");
    }
}
