//! Paths of an `ApplicationSet` that begin with an annotation of its cluster, as GitOps Bridge has them.

use expect_test::{Expect, expect};

use super::{project, text};
use crate::{Options, Purpose, read};

fn check(fixture: &str, expected: &Expect) {
    let options = Options { purpose: Purpose::Showing, ..Options::default() };
    expected.assert_eq(&text(&read(&project(fixture), &options).facts));
}

const ADDONS: &str = "
//- bootstrap/addons.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: addons, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - clusters: {selector: {matchLabels: {member: hub}}, values: {chart: web}}
  template:
    metadata: {name: addons}
    spec:
      sources:
        - {repoURL: '{{.metadata.annotations.addons_repo_url}}', ref: values}
        - repoURL: '{{.metadata.annotations.addons_repo_url}}'
          path: '{{.metadata.annotations.addons_repo_basepath}}charts/{{.values.chart}}'
          helm:
            ignoreMissingValueFiles: true
            valueFiles:
              - '$values/{{.metadata.annotations.addons_repo_basepath}}default/{{.values.chart}}/values.yaml'
              - '$values/{{.metadata.annotations.addons_repo_basepath}}clusters/{{.name}}/values.yaml'
      destination: {namespace: web, name: '{{.name}}'}
";

const CHART: &str = "gitops/addons/charts/web/Chart.yaml
name: web
version: 1.0.0
//- REPOgitops/addons/charts/web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: '{{ .Values.secret }}'}
//- REPOgitops/addons/default/web/values.yaml
secret: of-values
//- REPOgitops/fleet/charts/other/Chart.yaml
name: other
version: 1.0.0
";

#[test]
fn the_one_folder_that_fits_is_the_base_of_all_paths() {
    let chart = CHART.replace("REPO", "");
    check(
        &format!("{ADDONS}//- {chart}"),
        &expect![[r#"
        # argo application argocd/addons
        argo/argocd/addons to web of gitops/addons/charts/web, opaque: the values file `$values/gitops/addons/clusters/*/values.yaml` is not known; only files tell which folders its cluster names
        Secret of-values makes of-values in web [*] at 1
    "#]],
    );
}

#[test]
fn rules_do_not_see_what_is_told_so() {
    let fixture = format!("{ADDONS}//- {}", CHART.replace("REPO", ""));
    let judged = text(&read(&project(&fixture), &Options::default()).facts);
    assert!(judged.contains("the path `*charts/web` is not known"), "{judged}");
}

#[test]
fn the_files_may_lie_in_another_repository() {
    let chart = CHART.replace("REPO", "other: ");
    check(
        &format!("{ADDONS}//- other: {chart}"),
        &expect![[r#"
        # argo application argocd/addons
        argo/argocd/addons to web of gitops/addons/charts/web, opaque: the values file `$values/gitops/addons/clusters/*/values.yaml` is not known; only files tell which folders its cluster names
        Secret of-values makes of-values in web [*] at 1
    "#]],
    );
}

#[test]
fn of_several_folders_none_is_taken() {
    let (one, two) =
        (CHART.replace("REPO", ""), CHART.replace("REPO", "").replace("gitops/", "copy/"));
    check(
        &format!("{ADDONS}//- {one}//- {two}"),
        &expect![[r#"
            # argo application argocd/addons
            argo/argocd/addons to web of *, opaque: the values file `$values/*default/web/values.yaml` is not known; the values file `$values/*clusters/*/values.yaml` is not known; the path `*charts/web` is not known
            # chart copy/addons/charts/web
            Secret * makes * in * [*] at 3
            1: the template needs values that its chart does not hold (it prints nil); they are taken for unknown
            # chart gitops/addons/charts/web
            Secret * makes * in * [*] at 3
            1: the template needs values that its chart does not hold (it prints nil); they are taken for unknown
        "#]],
    );
}

#[test]
fn the_files_of_a_generator_tell_values() {
    check(
        "
//- hub.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: hub, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - matrix:
        generators:
          - clusters: {values: {chart: member}}
          - git:
              repoURL: '{{.metadata.annotations.repo_url}}'
              files: [{path: '{{.metadata.annotations.repo_basepath}}members/*'}]
  template:
    metadata: {name: 'hub-{{.cluster}}'}
    spec:
      source:
        repoURL: '{{.metadata.annotations.repo_url}}'
        path: '{{.metadata.annotations.repo_basepath}}charts/{{.values.chart}}'
        helm: {valuesObject: {entry: '{{.entry}}'}}
      destination: {namespace: argocd}
//- fleet/charts/member/Chart.yaml
name: member
version: 1.0.0
//- fleet/charts/member/templates/secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: member}
spec: {dataFrom: [{extract: {key: '{{ .Values.entry }}'}}]}
//- fleet/members/north/values.yaml
cluster: north
entry: hub/north
//- copy/members/south/values.yaml
cluster: south
entry: hub/south
",
        &expect![[r#"
            # argo application argocd/hub-north
            argo/argocd/hub-north to argocd of fleet/charts/member, opaque: only files tell which folders its cluster names
            ExternalSecret v1 member in argocd makes member [*] Owner, open
              (extract) = hub/north of  at 2
        "#]],
    );
}

#[test]
fn the_one_repository_that_has_a_path_is_shown_and_not_judged() {
    let fixture = "
//- bootstrap/addons.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: addons, namespace: argocd}
spec:
  goTemplate: true
  generators: [{clusters: {selector: {matchLabels: {member: hub}}}}]
  template:
    metadata: {name: addons}
    spec:
      source: {repoURL: '{{.metadata.annotations.addons_repo_url}}', path: addons/web}
      destination: {namespace: web, name: '{{.name}}'}
//- other: addons/web/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: shop}
";
    check(
        fixture,
        &expect![[r#"
            # argo application argocd/addons
            argo/argocd/addons to web of addons/web
            Secret shop makes shop in web [*] at 3
        "#]],
    );
    let judged = text(&read(&project(fixture), &Options::default()).facts);
    assert!(judged.contains("opaque: the repository is not known"), "{judged}");
}
