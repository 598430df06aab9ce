//! Inputs that want to hang, crash or lead astray, and laws over generated ones.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use sealine_source::{FileName, Project, Repository, Source};

use super::{project, text};
use crate::{Options, read};

fn units(fixture: &str) -> String {
    text(&read(&project(fixture), &Options::default()).facts)
}

#[test]
fn a_diamond_of_layers_is_bounded() {
    let mut fixture = String::from(
        "//- l0/kustomization.yaml\nresources: [s.yaml]\n//- l0/s.yaml\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
    );
    for layer in 1..30 {
        let below = layer - 1;
        let _ = write!(
            fixture,
            "//- l{layer}/kustomization.yaml\nresources: [../l{below}, ./../l{below}]\n"
        );
    }
    assert!(units(&fixture).contains("more layers than are followed"));
}

#[test]
fn roots_that_bring_each_other_end() {
    let application = |name: &str, path: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec: {{source: {{repoURL: https://example.com/org/repo, path: {path}}}}}\n"
        )
    };
    let fixture = format!(
        "//- a/one.yaml\n{}//- b/two.yaml\n{}",
        application("one", "b"),
        application("two", "a")
    );
    let found = units(&fixture);
    assert!(found.contains("argo/argocd/two to * of a, by argo/argocd/one\n"), "{found}");
}

#[test]
fn roots_do_not_lead_out_of_the_repository() {
    let found = units(
        "//- a.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one, namespace: argocd}
spec: {source: {repoURL: https://example.com/org/repo, path: ../../etc}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: two, namespace: flux-system}
spec: {path: ./../../etc, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: three, namespace: x}
spec: {chart: {spec: {chart: ../../charts, sourceRef: {kind: GitRepository, name: flux-system}}}}
",
    );
    assert!(found.contains("PathEscape a.yaml:4:62: `../../etc` leads out"), "{found}");
    // Flux takes the top of the artifact for the top of all paths: nothing to refuse, nothing there.
    assert_eq!(found.matches("PathEscape").count(), 1, "{found}");
    assert_eq!(found.matches("opaque: the repository is not known").count(), 2, "{found}");
}

#[test]
fn a_chart_that_holds_itself_ends() {
    let found = units(
        "//- c/Chart.yaml\nname: c\ndependencies: [{name: c, repository: 'file://.'}]\n//- c/templates/a.yaml\n{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}\n",
    );
    assert!(found.contains("cannot be rendered"), "{found}");
}

/// Texts that have the words of kustomizations, roots and charts in them.
fn any_file() -> impl Strategy<Value = (String, String)> {
    let folder = prop::sample::select(vec!["", "a/", "b/", "a/b/", "a/templates/", "a/charts/x/"]);
    let name = prop::sample::select(vec![
        "kustomization.yaml",
        "Chart.yaml",
        "values.yaml",
        "secret.yaml",
        "app.yaml",
        "flux.yaml",
        ".helmignore",
        "charts/x.tgz",
        "charts/y/Chart.yaml",
    ]);
    let text = prop::sample::select(vec![
        "resources: [secret.yaml, ../a, ../b, app.yaml, ., .., a]\nnamePrefix: p-\n",
        "kind: Component\nresources: [secret.yaml]\npatches: [{path: app.yaml}]\n",
        "components: [../a, ../b]\nnamespace: n\nsecretGenerator: [{name: s, literals: [a=b]}]\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: '{{ .Values.a.b }}'}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: {path: a, helm: {values: 'a: {b: c}'}}}\n",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: y}\nspec: {path: ./, sourceRef: {kind: GitRepository, name: flux-system}, postBuild: {substitute: {a: b}}}\n",
        "name: x\ndependencies: [{name: x, repository: 'file://../b'}]\n",
        "a: {b: c}\nexistingSecret: d\n",
        "x: text\n[0]: {on: null}\nglobal: {a: {b: c}}\ntags: [a]\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: z}\nspec: {source: {path: a, helm: {parameters: [{name: 'a[900].b', value: '{1,x}'}, {name: 'a.b', value: 'null'}]}}}\n",
        "*\n!a\n[\n**\n",
        "name: y\ndependencies: [{name: x, alias: y, condition: x.on, import-values: [a, {child: a, parent: a.b}]}]\n",
        "{{ range until 9999999 }}{{ . }}{{ end }}",
        "- [\n",
        "",
    ]);
    (folder, name, text)
        .prop_map(|(folder, name, text)| (format!("{folder}{name}"), text.to_owned()))
}

fn of_files<'a>(files: impl Iterator<Item = &'a (String, String)>) -> Project {
    let mut repository = Repository::new("repo");
    for (path, text) in files {
        let source = Source::new(FileName::new("repo", path.as_str()), text.as_str());
        repository.add(Arc::new(source));
    }
    Project { repositories: vec![repository] }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn reading_ends_and_does_not_depend_on_the_order_of_files(
        files in prop::collection::vec(any_file(), 0..8)
    ) {
        let mut unique = files;
        unique.sort();
        unique.dedup_by(|one, two| one.0 == two.0);
        let forward = of_files(unique.iter());
        let backward = of_files(unique.iter().rev());
        let options = Options::default();
        prop_assert_eq!(text(&read(&forward, &options).facts), text(&read(&backward, &options).facts));
    }
}
