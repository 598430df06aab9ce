//! Prefixes, and objects without a namespace.

use super::{check, external_secret, findings, flux, workload};

const PREFIX: &str = "prefix-breaks-external-secret missing-secret unknown-store";
const NAMESPACE: &str = "namespace-not-specified";

fn prefixed(kustomization: &str, external: &str, reference: &str) -> String {
    format!(
        "//- kustomization.yaml\nnamespace: app\n{kustomization}\nresources: [db.yaml, app.yaml]\n\
         //- db.yaml\n{external}//- app.yaml\n{}",
        workload("Deployment", "", reference)
    )
}

#[test]
fn a_prefix_breaks_what_keeps_the_old_name() {
    let plain = external_secret("", "");
    let found = ["prefix-breaks-external-secret app.yaml:11"];
    let prefix = "namePrefix: dev-";
    check(PREFIX, &prefixed(prefix, &plain, "{name: db}"), &found);
    check(PREFIX, &prefixed("nameSuffix: -dev", &plain, "{name: db}"), &found);
    for (kustomization, external, reference) in [
        ("", plain.clone(), "{name: db}"),
        (prefix, external_secret("", "  target: {name: db}"), "{name: db}"),
        (prefix, plain.clone(), "{name: dev-db}"),
        (prefix, plain.clone(), "{name: db, optional: true}"),
        // Another one may make it there.
        ("namePrefix: dev-\ncomponents: ['https://example.com/c']", plain, "{name: db}"),
    ] {
        check(PREFIX, &prefixed(kustomization, &external, reference), &[]);
    }
}

#[test]
fn a_prefix_breaks_the_way_to_a_store() {
    let store = "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: kv}\n\
                 spec: {provider: {azurekv: {vaultUrl: 'https://kv.vault.azure.net'}}}\n";
    let external = external_secret("", "").replace("ClusterSecretStore", "SecretStore");
    let fixture = |named: &str| {
        let external = external.replace("name: kv,", &format!("name: {named},"));
        format!(
            "//- kustomization.yaml\nnamespace: app\nnamePrefix: dev-\nresources: [db.yaml, kv.yaml]\n\
             //- db.yaml\n{external}//- kv.yaml\n{store}"
        )
    };
    check(PREFIX, &fixture("kv"), &["prefix-breaks-external-secret db.yaml:6"]);
    check(PREFIX, &fixture("dev-kv"), &[]);
}

#[test]
fn flux_gives_no_namespace() {
    let object = external_secret("", "");
    let fixture = |spec: &str, more: &str| {
        format!("//- root.yaml\n{}//- app/db.yaml\n{object}{more}", flux("app", "app", spec))
    };
    check(NAMESPACE, &fixture("", ""), &["namespace-not-specified app/db.yaml:4"]);
    check(NAMESPACE, &fixture("  targetNamespace: app\n", ""), &[]);
    let kustomization = |text: &str| format!("//- app/kustomization.yaml\n{text}");
    check(NAMESPACE, &fixture("", &kustomization("namespace: app\nresources: [db.yaml]\n")), &[]);
    // What else is done to the objects is not known.
    let remote = "resources: [db.yaml]\ncomponents: ['https://example.com/c']\n";
    check(NAMESPACE, &fixture("", &kustomization(remote)), &[]);
    let patched = "resources: [db.yaml]\ntransformers: [own.yaml]\n";
    check(NAMESPACE, &fixture("", &kustomization(patched)), &[]);
    // A kind without namespaces, and one of which that is not known.
    for (api, kind) in [("v1", "Namespace"), ("example.com/v1", "Thing")] {
        let other = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\n");
        let fixture = format!("//- root.yaml\n{}//- app/x.yaml\n{other}", flux("app", "app", ""));
        check(NAMESPACE, &fixture, &[]);
    }
}

const GENERATOR: &str = "\
//- flux.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: flux-system}
spec:
  path: ./app
  sourceRef: {kind: GitRepository, name: flux-system}
//- app/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: web
resources: [workload.yaml, monitor.yaml]
secretGenerator:
  - name: app-env
    literals: [TOKEN=changeme]
//- app/workload.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers:
        - name: app
          envFrom: [{secretRef: {name: app-env}}]
//- app/monitor.yaml
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: app}
spec:
  endpoints:
    - bearerTokenSecret: {name: app-env, key: TOKEN}
";

#[test]
fn a_field_that_does_not_follow_the_hash_of_a_generated_name_is_told() {
    let found = findings(GENERATOR);
    let [missing] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((missing.rule, missing.place.line), ("missing-secret", 6));
    assert_eq!(missing.place.file.path, "app/monitor.yaml");
    assert!(missing.help.as_deref().is_some_and(|help| help.contains("disableNameSuffixHash")));
    let generator = missing.related.iter().map(|(place, _)| (&*place.file.path, place.line));
    assert_eq!(generator.collect::<Vec<_>>(), [("app/kustomization.yaml", 6)]);
}

#[test]
fn a_generated_name_without_a_hash_is_found_by_all() {
    let plain = GENERATOR.replace(
        "literals: [TOKEN=changeme]",
        "literals: [TOKEN=changeme]\n    options: {disableNameSuffixHash: true}",
    );
    check("missing-secret", &plain, &[]);
}

#[test]
fn a_text_that_a_generator_takes_from_a_file_stands_there() {
    let fixture = "
//- kustomization.yaml
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
  - name: tpl
    files: [provider.json]
resources: [es.yaml]
namespace: app
//- es.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: cfg}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target:
    template:
      templateFrom:
        - configMap: {name: tpl, items: [{key: provider.json}]}
  data: [{secretKey: OAUTH, remoteRef: {key: a}}]
//- provider.json
{
  \"name\": \"dex\",
  \"client_secret\": \"{{.OAUTH}}\"
}
";
    check("unescaped-in-json", fixture, &["unescaped-in-json provider.json:3"]);
}

#[test]
fn values_that_a_patch_gives_stand_in_the_patch() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n";
    let fixture = format!(
        "//- base/kustomization.yaml\nresources: [db.yaml]\n//- base/db.yaml\n{head}\
         //- top/kustomization.yaml\nresources: [../base]\npatches: [{{path: patch.yaml}}]\n\
         //- top/patch.yaml\n{head}stringData:\n  password: hunter2\n"
    );
    check("plaintext-secret", &fixture, &["plaintext-secret top/patch.yaml:5"]);
}
