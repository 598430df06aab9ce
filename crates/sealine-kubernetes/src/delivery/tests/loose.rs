//! What no root brings.

use expect_test::expect;

use super::check;

#[test]
fn files_beside_a_kustomization_are_undelivered() {
    check(
        "
//- app/kustomization.yaml
resources:
  - ./web.yaml # the workload
# - off.yaml: not before summer
patches:
  - path: patch.yaml
//- app/off.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: off}
spec: {secretStoreRef: {name: kv}}
//- app/web.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
//- app/db.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec: {secretStoreRef: {name: kv}}
//- app/patch.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: patched}
spec: {secretStoreRef: {name: kv}}
",
        &expect![[r##"
            # kustomization repo/app
            kustomize/repo/app to * of app, opaque: there is no ExternalSecret patched that the patch could change
            5: there is no ExternalSecret patched that the patch could change
            # loose manifests
            ExternalSecret v1 db in * makes db [] Owner
            ExternalSecret v1 off in * makes off [] Owner
            undelivered db app/kustomization.yaml:2:30 "\n  - ./db.yaml"
        "##]],
    );
}

#[test]
fn what_a_component_lists_that_nothing_uses_is_not_left_out() {
    check(
        "
//- component/kustomization.yaml
kind: Component
resources: [./db.yaml, ./web.yaml]
//- component/web.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
//- component/db.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec: {secretStoreRef: {name: kv}}
",
        &expect![[r#"
            # loose manifests
            ExternalSecret v1 db in * makes db [] Owner
        "#]],
    );
}

#[test]
fn beside_a_list_of_folders_files_may_be_anything() {
    check(
        "
//- base/kustomization.yaml
resources: [web.yaml]
//- base/web.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
//- overlay/kustomization.yaml
resources: [../base]
//- overlay/output.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec: {secretStoreRef: {name: kv}}
",
        &expect![[r#"
            # kustomization repo/overlay
            kustomize/repo/overlay to * of overlay
            # loose manifests
            ExternalSecret v1 db in * makes db [] Owner
        "#]],
    );
}

#[test]
fn a_folder_that_a_delivered_list_leaves_out_is_undelivered() {
    let fixture = |list: &str, root: &str| {
        let folder = |name: &str| {
            format!(
                "//- apps/{name}/kustomization.yaml\nresources: [db.yaml]\n//- apps/{name}/db.yaml\n\
                 apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: {name}}}\n\
                 spec: {{secretStoreRef: {{name: kv}}}}\n"
            )
        };
        let root = format!(
            "//- root.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\n\
             metadata: {{name: app, namespace: argocd}}\nspec: {{source: {{repoURL: \
             'https://example.com/org/repo', path: {root}}}, destination: {{namespace: app}}}}\n"
        );
        let list = format!("//- apps/kustomization.yaml\n{list}");
        [root, list, folder("one"), folder("two"), folder("three")].concat()
    };
    let found = |list: &str, root: &str| -> Vec<String> {
        let project = super::project(&fixture(list, root));
        let reading = crate::delivery::read(&project, &crate::delivery::Options::default());
        let all = reading.facts.iter().flat_map(|facts| &facts.undelivered);
        all.map(|undelivered| undelivered.entry.clone()).collect()
    };
    assert_eq!(found("resources: [./one, ./two]\n", "apps"), ["./three"]);
    assert!(found("resources: [./one, ./two]\n# three comes later\n", "apps").is_empty());
    assert!(found("resources: [./one, ./two, ./three]\n", "apps").is_empty());
    // Too few neighbours to be the list of all of them, and a list that no root delivers.
    assert!(found("resources: [./one]\n", "apps").is_empty());
    assert!(found("resources: [./one, ./two]\n", "apps/one").is_empty());
}

#[test]
fn folders_below_that_of_an_application_are_undelivered() {
    let secret = |path: &str| {
        format!(
            "//- {path}\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata: {{name: db}}\nspec: {{secretStoreRef: {{name: kv}}}}\n"
        )
    };
    let application = |name: &str, spec: &str| {
        format!(
            "//- argo/{name}.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\n\
             metadata: {{name: {name}, namespace: argocd}}\n\
             spec: {{source: {{repoURL: 'https://example.com/org/{spec}}}, \
             destination: {{namespace: app}}}}\n"
        )
    };
    let found = |parts: &[String]| -> Vec<String> {
        let own = "//- deploy/web.yaml\napiVersion: v1\nkind: ServiceAccount\n\
                   metadata: {name: web}\n";
        let project = super::project(&[own, &parts.concat()].concat());
        let reading = crate::delivery::read(&project, &crate::delivery::Options::default());
        let all = reading.facts.iter().flat_map(|facts| &facts.undelivered);
        all.map(|undelivered| format!("{} {}", undelivered.by, undelivered.entry)).collect()
    };
    let web = application("web", "repo', path: deploy");
    let deep = secret("deploy/secrets/db.yaml");
    let told = "argo/web.yaml:4:64 deploy/secrets";
    assert_eq!(found(&[web.clone(), deep.clone()]), [told]);
    assert_eq!(found(&[web.clone(), secret("deploy/secrets/deep/db.yaml")]), [told]);
    // What takes the folder up, or may.
    let file = |path: &str, text: &str| format!("//- {path}\n{text}\n");
    for other in [
        application("all", "repo', path: deploy, directory: {recurse: true}"),
        application("one", "repo', path: deploy/secrets"),
        application("elsewhere", "renamed', path: deploy/secrets"),
        application("open", "repo', path: '{{ .path }}'")
            .replace("kind: Application", "kind: ApplicationSet")
            .replace(
                "spec: {source",
                "spec: {generators: [{clusters: {}}], template: {spec: {source",
            )
            .replace("namespace: app}}", "namespace: app}}}}"),
        application("plugin", "repo', path: argo, plugin: {name: any}"),
        file("deploy/secrets/kustomization.yaml", "resources: [db.yaml]"),
        file("deploy/secrets/Chart.yaml", "name: secrets\nversion: 1.0.0"),
        file("ci.yaml", "run: kubectl apply -R -f deploy"),
    ] {
        assert!(found(&[web.clone(), deep.clone(), other.clone()]).is_empty(), "{other}");
    }
    for spec in [
        "repo', path: deploy, directory: {recurse: true}",
        "repo', path: deploy, directory: {exclude: 'secrets/*'}",
        "other', path: deploy",
    ] {
        let quiet = found(&[application("web", spec), deep.clone()]);
        assert!(quiet.is_empty(), "{spec}: {quiet:?}");
    }
    for path in ["deploy/examples/db.yaml", "deploy/x/testdata/db.yaml", "deploy/_off/db.yaml"] {
        assert!(found(&[web.clone(), secret(path)]).is_empty(), "{path}");
    }
}

#[test]
fn broken_texts_are_problems_only_where_they_matter() {
    check(
        "
//- a.yaml
apiVersion: v1
kind: Secret
metadata: {name: a
//- b.yaml
apiVersion: v1
kind: Secret
metadata: {name: {{ .Values.name }}}
{{- if x }}
//- b2.yaml
apiVersion: v1
kind: Secret
metadata:
  <LABELS_OF_A_TOOL>
  name: b
//- c.yaml
not: [a manifest
//- d.yaml
apiVersion: v1
kind: Secret
metadata: {name: d}
type: a
type: b
---
kind: [
---
apiVersion: v1
kind: Secret
metadata: {name: after}
//- f.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: {TENANT_ID}-basic
//- g.yaml
apiVersion: v1
kind: Secret
metadata: {name: g}
%{ for name in names ~}
${name}: a
%{ endfor ~}
//- h.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: ${NAME}-h, labels: [}
//- i.yaml
apiVersion: v1
kind: ConfigMap
<#if named>
metadata: {name: i}
</#if>
//- testdata/e.yaml
apiVersion: v1
kind: Secret
metadata: {name: [
",
        &expect![[r#"
            # loose manifests
            Secret d makes d in * [*] at 3
            Secret after makes after in * [*] at 11
            1: skipped: a template of some tool, no YAML by itself
            1: skipped: a template of some tool, no YAML by itself
            1: skipped: a template of some tool, no YAML by itself
            1: skipped: a template of some tool, no YAML by itself
            1: skipped: a template of some tool, no YAML by itself
            Syntax a.yaml:3:11: unclosed bracket '{'
            DuplicateKey d.yaml:5:1: duplicate key `type`
            Syntax d.yaml:7:7: unclosed bracket '['
            Syntax h.yaml:3:19: while parsing a flow mapping, did not find expected ',' or '}'
        "#]],
    );
}

#[test]
fn lists_are_read_item_by_item() {
    check(
        "
//- list.yaml
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: one}
  - apiVersion: v1
    kind: SecretList
    items: [{apiVersion: v1, kind: Secret, metadata: {name: two}}]
",
        &expect![[r#"
            # loose manifests
            Secret one makes one in * [*] at 6
            Secret two makes two in * [*] at 9
        "#]],
    );
}

#[test]
fn jobs_of_prow_read_secrets() {
    check(
        "
//- jobs.yaml
periodics:
- name: nightly
  spec:
    containers: [{name: main, env: [{name: T, valueFrom: {secretKeyRef: {name: token, key: t}}}]}]
presubmits:
  example/repo:
  - name: unit
    namespace: jobs
    spec: {volumes: [{name: v, secret: {secretName: files}}]}
//- other.yaml
jobs:
  periodics:
  - {name: a, spec: {volumes: [{name: v, secret: {secretName: files}}]}}
",
        &expect![[r#"
            # loose manifests
            ProwJob unit reads files in jobs at 9 (volume)
            ProwJob nightly/main reads token[t] in * at 4 (env T)
        "#]],
    );
}
