//! Charts in the registries of those who have their sources.

use expect_test::expect;

use super::{Options, project, read, text};

/// A chart in a folder `NAME`, whose one `ExternalSecret` is called after the release.
fn chart(repo: &str, folder: &str) -> String {
    let name = folder.rsplit('/').next().unwrap_or_default();
    format!(
        "//- {repo}: {folder}/Chart.yaml\napiVersion: v2\nname: {name}\nversion: 0.1.0\n\
         //- {repo}: {folder}/templates/secret.yaml\napiVersion: external-secrets.io/v1\n\
         kind: ExternalSecret\nmetadata: {{name: '{{{{ .Release.Name }}}}'}}\n\
         spec: {{dataFrom: [{{extract: {{key: all}}}}]}}\n"
    )
}

#[test]
fn the_registry_of_an_owner_holds_the_charts_of_its_repositories() {
    let app = |name: &str, source: &str| {
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\n\
             metadata: {{name: {name}, namespace: argocd}}\nspec:\n  source: {{{source}}}\n  \
             destination: {{namespace: {name}}}\n"
        )
    };
    let fixture = [
        chart("charts", "charts/web"),
        chart("charts", "charts/twice"),
        chart("more", "twice"),
        chart("more", "worker/artifact").replace("name: artifact", "name: worker"),
        "//- gitops: apps.yaml\n".to_owned(),
        app("dot", "repoURL: oci://ghcr.io/Org/charts/web, chart: ., targetRevision: '>=0.0.0'"),
        app("path", "repoURL: oci://ghcr.io/org/charts/web, path: ., targetRevision: 9.0.0"),
        app("plain", "repoURL: ghcr.io/org/charts, chart: web, targetRevision: '*'"),
        app("inside", "repoURL: ghcr.io/org/charts, chart: worker, targetRevision: '*'"),
        app("other", "repoURL: ghcr.io/others/charts, chart: web, targetRevision: '*'"),
        app("twice", "repoURL: oci://ghcr.io/org/twice, chart: ., targetRevision: '*'"),
        app("image", "repoURL: oci://ghcr.io/org/manifests, path: ., targetRevision: '1'"),
        "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n\
         metadata: {name: web, namespace: flux}\n\
         spec: {url: 'oci://ghcr.io/org/charts/web', ref: {semver: '*'}}\n---\n\
         apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n\
         metadata: {name: flux, namespace: flux}\n\
         spec: {chartRef: {kind: OCIRepository, name: web}}\n"
            .to_owned(),
    ]
    .concat();
    let mut project = project(&fixture);
    for repository in &mut project.repositories {
        repository.remotes = vec![format!("github.com/org/{}", repository.name)];
    }
    expect![[r#"
        # argo application argocd/dot
        argo/argocd/dot to dot of charts/web
        ExternalSecret v1 dot in dot makes dot [*] Owner, open
          (extract) = all of  at 4
        # argo application argocd/path
        argo/argocd/path to path of charts/web
        ExternalSecret v1 path in path makes path [*] Owner, open
          (extract) = all of  at 4
        # argo application argocd/plain
        argo/argocd/plain to plain of charts/web
        ExternalSecret v1 plain in plain makes plain [*] Owner, open
          (extract) = all of  at 4
        # argo application argocd/inside
        argo/argocd/inside to inside of worker/artifact
        ExternalSecret v1 inside in inside makes inside [*] Owner, open
          (extract) = all of  at 4
        # argo application argocd/other
        argo/argocd/other to other of *, opaque: the chart `web` is not in a loaded repository
        # argo application argocd/twice
        argo/argocd/twice to twice of *, opaque: the chart `twice` is not in a loaded repository
        # argo application argocd/image
        argo/argocd/image to image of *, opaque: the repository `oci://ghcr.io/org/manifests` is not loaded
        # flux helm release flux/flux
        helmrelease/flux/flux to flux of charts/web
        ExternalSecret v1 flux in flux makes flux [*] Owner, open
          (extract) = all of  at 4
        # chart charts/twice
        ExternalSecret v1 * in * makes * [*] Owner, open
          (extract) = all of  at 4
        # chart twice
        ExternalSecret v1 * in * makes * [*] Owner, open
          (extract) = all of  at 4
    "#]].assert_eq(&text(&read(&project, &Options::default()).facts));
}

#[test]
fn a_chart_that_lies_packed_in_another_one_is_no_part_of_it() {
    let look = |archive: &str| {
        let fixture = format!(
            "{}//- repo: web/tests/Chart.yaml\nname: tests\ndependencies:\n  \
             - {{name: web, version: 0.1.0, repository: 'file://..'}}\n\
             //- repo: web/tests/charts/{archive}\nx\n",
            chart("repo", "web")
        );
        text(&read(&project(&fixture), &Options::default()).facts).contains("# chart web\n")
    };
    assert!(look("web-0.1.0.tgz"));
    assert!(!look("cache-0.1.0.tgz"));
}

#[test]
fn a_chart_of_the_repository_is_taken_for_the_published_one() {
    let look = |folder: &str, version: &str| {
        let fixture = format!(
            "//- app/Chart.yaml\nname: app\nversion: 1.0.0\ndependencies:\n  \
             - {{name: lib, version: {version}, repository: 'oci://registry.example.com/charts'}}\n\
             //- app/templates/pod.yaml\napiVersion: v1\nkind: Pod\nmetadata: {{name: app}}\nspec:\n  \
             containers: [{{name: a, envFrom: [{{secretRef: {{name: '{{{{ include \"lib.name\" . }}}}'}}}}]}}]\n\
             //- {folder}/Chart.yaml\nname: lib\nversion: 2.31.0\ntype: library\n\
             //- {folder}/templates/_names.tpl\n{{{{ define \"lib.name\" }}}}shared{{{{ end }}}}\n"
        );
        text(&read(&project(&fixture), &Options::default()).facts)
            .contains("Pod app/a reads shared in *")
    };
    assert!(look("charts/lib", "2.x.x"));
    assert!(!look("charts/lib", "3.x.x"));
    assert!(!look("charts/testdata/lib", "2.x.x"));
}
