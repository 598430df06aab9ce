//! Readers lose a secret, too, when its maker's file stays and nothing delivers it, and when the store
//! goes that it is read through.

use sealine_testing::Tree;

use super::{between, each, sealine};

/// What a state is made of. The default is whole.
#[derive(Clone)]
struct State {
    /// The roots in the folder that another root brings.
    roots: &'static [&'static str],
    /// What the kustomization of the folder `app` lists.
    lists: &'static str,
    /// What else stands in the tree.
    more: &'static str,
    /// The spec of the store, and the name by which it is read.
    store: (&'static str, &'static str),
    /// What the template reads.
    field: &'static str,
    prunes: bool,
}

const WHOLE: State = State {
    roots: &["app", "stores"],
    lists: "one.yaml",
    more: "",
    store: ("", "kv"),
    field: "token",
    prunes: true,
};

fn root(name: &str, path: &str, prunes: bool) -> String {
    format!(
        "\
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  path: ./{path}
  prune: {prunes}
  sourceRef: {{kind: GitRepository, name: flux-system}}
"
    )
}

impl State {
    fn files(&self, state: &str) -> String {
        let Self { lists, more, store: (conditions, store), field, prunes, .. } = self;
        let top = root("flux-system", "cluster", true);
        let roots: String = self.roots.iter().map(|name| root(name, name, *prunes)).collect();
        format!(
            "\
//- {state}/top.yaml
{top}//- {state}/cluster/roots.yaml
{roots}---
apiVersion: v1
kind: Namespace
metadata: {{name: app}}
//- {state}/stores/kustomization.yaml
resources: [kv.yaml]
//- {state}/stores/kv.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {{name: kv}}
spec:
  provider: {{azurekv: {{vaultUrl: \"https://kv-a.vault.azure.net\"}}}}
{conditions}\
//- {state}/cluster/other-store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {{name: elsewhere}}
spec: {{provider: {{azurekv: {{vaultUrl: \"https://kv-b.vault.azure.net\"}}}}}}
//- {state}/app/kustomization.yaml
namespace: app
resources: [{lists}]
//- {state}/app/one.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: one}}
spec:
  secretStoreRef: {{name: {store}, kind: ClusterSecretStore}}
  target: {{template: {{data: {{TOKEN: '{{{{ .{field} }}}}'}}}}}}
  data: [{{secretKey: token, remoteRef: {{key: token}}}}]
//- {state}/cluster/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: app}}
spec:
  template:
    spec:
      containers: [{{name: web, image: web, envFrom: [{{secretRef: {{name: one}}}}]}}]
{more}"
        )
    }
}

/// The faults by which the readers of `after` lose what they have in `before`.
fn losses(before: &State, after: &State) -> Vec<String> {
    let tree = Tree::new(&format!("{}{}", before.files("before"), after.files("after")));
    let run = between(&tree, &["-o", "json"]);
    let json = run.json();
    let broken = json["broken"].as_array().expect("a list");
    let faults: Vec<String> =
        broken.iter().flat_map(|need| each(&need["faults"], "node")).collect();
    let (run, order) = (run.exits(if faults.is_empty() { 0 } else { 2 }), &json["order"]);
    assert!(faults.is_empty() || order.as_array().is_none_or(Vec::is_empty), "{}", run.stdout);
    faults
}

#[test]
fn a_file_that_nothing_lists_any_more_makes_nothing() {
    let unlisted = State { lists: "", ..WHOLE };
    assert_eq!(losses(&WHOLE, &unlisted), ["secret/app/one"]);
    // A copy that nobody ever delivered does not take its place.
    let copy = "\
//- {state}/docs/kustomization.yaml
resources: []
//- {state}/docs/one.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: one}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: TOKEN, remoteRef: {key: token}}]
";
    let before = State { more: leak(copy.replace("{state}", "before")), ..WHOLE };
    let after = State { more: leak(copy.replace("{state}", "after")), ..unlisted.clone() };
    assert_eq!(losses(&before, &after), ["secret/app/one"]);
    // Where it is new, it may be delivered from where nothing can be seen.
    assert!(losses(&WHOLE, &after).is_empty());
}

fn leak(text: String) -> &'static str {
    text.leak()
}

#[test]
fn what_a_removed_root_brought_goes_with_it() {
    let rootless = State { roots: &["stores"], ..WHOLE };
    assert_eq!(losses(&WHOLE, &rootless), ["secret/app/one"]);
    // So it is when only the list of roots leaves it out.
    let list = |state: &str, roots: &str| {
        leak(format!("//- {state}/cluster/kustomization.yaml\nresources: [{roots}]\n"))
    };
    let all = "roots.yaml, web.yaml, other-store.yaml";
    let listed = State { more: list("before", all), ..WHOLE };
    let unlisted = State { more: list("after", "web.yaml, other-store.yaml"), ..WHOLE };
    assert_eq!(losses(&listed, &unlisted), ["clustersecretstore/kv", "secret/app/one"]);
    // It stays where the root does not prune.
    let [kept, rootless] = [WHOLE, rootless].map(|it| State { prunes: false, ..it });
    assert!(losses(&kept, &rootless).is_empty());
    // Another root brings it, or one may of which the path is not known.
    let other = "\
//- after/cluster/more.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: other, namespace: flux-system}
spec:
  path: ./PATH
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
";
    for path in ["app", "${folder}"] {
        let more = leak(other.replace("PATH", path));
        assert!(losses(&WHOLE, &State { roots: &["stores"], more, ..WHOLE }).is_empty(), "{path}");
    }
}

#[test]
fn of_two_clusters_one_loses_what_its_own_root_brought() {
    let files = |state: &str, clusters: &[&str]| {
        let common = format!(
            "\
//- {state}/base/kustomization.yaml
resources: [one.yaml]
//- {state}/base/one.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: one}}
spec:
  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}
  data: [{{secretKey: TOKEN, remoteRef: {{key: token}}}}]
//- {state}/web/kustomization.yaml
namespace: app
resources: [web.yaml]
//- {state}/web/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      containers: [{{name: web, image: web, envFrom: [{{secretRef: {{name: one}}}}]}}]
"
        );
        let of = |name| {
            let top = root("flux-system", &format!("clusters/{name}"), true);
            let web = root("web", "web", true);
            let apps = root("apps", &format!("apps/{name}"), true);
            let apps = if clusters.contains(&name) { apps } else { String::new() };
            format!(
                "\
//- {state}/clusters/{name}/roots.yaml
{top}{web}{apps}//- {state}/apps/{name}/kustomization.yaml
namespace: app
resources: [../../base]
"
            )
        };
        [common, of("prod"), of("staging")].concat()
    };
    let both = files("before", &["prod", "staging"]);
    let tree = Tree::new(&format!("{both}{}", files("after", &["staging"])));
    let json = between(&tree, &["-o", "json"]).exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["deployment/app/web@clusters/prod/web"]);
    assert_eq!(each(&json["broken"], "secret"), ["secret/app/one@clusters/prod"]);
}

#[test]
fn a_reader_that_goes_as_well_loses_nothing() {
    let reader = |state: &str| {
        leak(format!(
            "\
//- {state}/app/two.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {{name: two}}
spec:
  template:
    spec:
      containers: [{{name: two, image: two, envFrom: [{{secretRef: {{name: one}}}}]}}]
"
        ))
    };
    let lists = "one.yaml, two.yaml";
    let before = State { lists, more: reader("before"), ..WHOLE };
    let after = State { lists, more: reader("after"), roots: &["stores"], ..WHOLE };
    let tree = Tree::new(&format!("{}{}", before.files("before"), after.files("after")));
    let json = between(&tree, &["-o", "json"]).exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["deployment/app/web/web"]);
    assert_eq!(each(&json["fates"], "node"), ["secret/app/one"]);
    assert_eq!(each(&json["fates"], "fate"), ["deleted"]);
}

#[test]
fn without_its_store_a_secret_is_not_read() {
    assert_eq!(
        losses(&WHOLE, &State { store: ("", "other"), ..WHOLE }),
        ["clustersecretstore/other"]
    );
    assert_eq!(losses(&WHOLE, &State { roots: &["app"], ..WHOLE }), ["clustersecretstore/kv"]);
    assert!(losses(&WHOLE, &State { store: ("", "elsewhere"), ..WHOLE }).is_empty());
    let tree = Tree::new(&WHOLE.files("tree"));
    let tree = tree.root().join("tree");
    for change in [
        ["--remove", "clustersecretstore/kv"],
        ["--rename", "clustersecretstore/kv=clustersecretstore/new"],
    ] {
        let arguments = [&["impact", "-o", "json"][..], &change].concat();
        let json = sealine(&tree, &arguments).exits(2).json();
        assert_eq!(each(&json["broken"][0]["faults"], "node"), ["clustersecretstore/kv"]);
    }
}

#[test]
fn what_moves_and_is_still_delivered_is_no_loss() {
    let moved = "\
//- after/app/deep/two.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: one}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: TOKEN, remoteRef: {key: token}}]
";
    assert!(losses(&WHOLE, &State { lists: "deep/two.yaml", more: moved, ..WHOLE }).is_empty());
}

#[test]
fn what_the_operator_refuses_from_now_on_is_a_loss() {
    let unread = State { field: "tokn", ..WHOLE };
    assert_eq!(losses(&WHOLE, &unread), ["externalsecret/app/one"]);
    let denied = State { store: ("  conditions: [{namespaces: [other]}]\n", "kv"), ..WHOLE };
    assert_eq!(losses(&WHOLE, &denied), ["externalsecret/app/one"]);
    // It was no better before.
    assert!(losses(&unread, &unread).is_empty());
}
