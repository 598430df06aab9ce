//! What the real tool cannot judge: places, secrecy, and builds of anything at all.

use std::sync::Arc;

use proptest::prelude::*;
use sealine_model::Piece;
use sealine_model::tree::{MAX_DEPTH, Tree};
use sealine_source::{FileName, Project, Repository, Source};

use super::{Kustomized, kustomize};

fn project(files: &[(String, String)]) -> Project {
    let mut repository = Repository::new("r");
    for (path, text) in files {
        let name = FileName::new("r", path.as_str());
        repository.add(Arc::new(Source::new(name, text.as_str())));
    }
    Project { repositories: vec![repository] }
}

fn build(fixture: &str) -> Kustomized {
    let files = fixture.split("//- ").skip(1).map(|part| {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        (path.to_owned(), text.to_owned())
    });
    kustomize(&project(&files.collect::<Vec<_>>()), "r", "").unwrap_or_default()
}

/// Returns the pieces of a value as `text@file:line`.
fn pieces(object: &Tree, path: &[&str]) -> Vec<String> {
    let value = object.at(path).and_then(Tree::value);
    let piece = |piece: &Piece| match piece {
        Piece::Literal { text, place: Some(place) } => {
            format!("{text}@{}:{}", place.file.path, place.line)
        }
        Piece::Literal { text, place: None } => text.to_string(),
        Piece::Hole => "*".to_owned(),
    };
    value.map(|value| value.pieces().iter().map(piece).collect()).unwrap_or_default()
}

#[test]
fn what_a_step_sets_stands_where_a_person_wrote_it() {
    let built = build(
        "//- kustomization.yaml
namePrefix: p-
namespace: apps
resources: [pod.yaml]
secretGenerator:
  - {name: token, literals: [a=1]}
patches:
  - patch: |
      apiVersion: v1
      kind: Pod
      metadata: {name: web}
      spec: {imagePullSecrets: [{name: inline}]}
  - path: patch.yaml
  - target: {kind: Pod}
    patch: |
      - op: replace
        path: /spec/volumes/0/secret/secretName
        value: replaced
//- patch.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: runner
//- pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets: [{name: own}]
  volumes: [{name: a, secret: {secretName: b}}]
  containers: [{name: main, envFrom: [{secretRef: {name: token}}]}]
",
    );
    let [pod, secret] = built.objects.as_slice() else { panic!("{built:?}") };
    assert_eq!(pieces(pod, &["metadata", "name"]), ["p-@kustomization.yaml:1", "web@pod.yaml:3"]);
    assert_eq!(pieces(pod, &["metadata", "namespace"]), ["apps@kustomization.yaml:2"]);
    assert_eq!(pieces(pod, &["spec", "serviceAccountName"]), ["runner@patch.yaml:5"]);
    let list = |key, index| pod.at(&["spec", key]).map(Tree::items).and_then(|all| all.get(index));
    let pull = list("imagePullSecrets", 0).expect("a secret");
    assert_eq!(pieces(pull, &["name"]), ["inline@kustomization.yaml:11"]);
    let own = list("imagePullSecrets", 1).expect("a secret");
    assert_eq!(pieces(own, &["name"]), ["own@pod.yaml:5"]);
    let volume = list("volumes", 0).expect("a volume");
    assert_eq!(pieces(volume, &["secret", "secretName"]), ["replaced@kustomization.yaml:17"]);
    let name = ["p-@kustomization.yaml:1", "token@kustomization.yaml:5", "-25khgmg44c"];
    assert_eq!(pieces(secret, &["metadata", "name"]), name);
}

#[test]
fn no_value_of_a_secret_is_in_the_result() {
    let built = build(
        "//- kustomization.yaml
resources: [all.yaml]
secretGenerator:
  - {name: token, literals: [a=canary-literal], files: [canary.txt], envs: [canary.env]}
patches:
  - target: {kind: Secret, name: db}
    patch: |
      - {op: add, path: /stringData, value: {a: canary-operation}}
  - target: {kind: Secret, name: db}
    patch: |
      apiVersion: v1
      kind: Other
      metadata: {name: db}
      data: {b: canary-merge}
replacements:
  - source: {kind: Secret, name: db, fieldPath: stringData.a}
    targets: [{select: {kind: ConfigMap}, fieldPaths: [data.copy]}]
  - sourceValue: canary-source
    targets: [{select: {kind: Secret, name: db}, fieldPaths: [data.c], options: {create: true}}]
vars:
  - {name: A, objref: {kind: Secret, name: db, apiVersion: v1}, fieldref: {fieldpath: stringData.a}}
//- canary.txt
canary-file
//- canary.env
KEY=canary-variable
//- all.yaml
apiVersion: v1
kind: Secret
metadata: {name: db}
data: {d: canary-written}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, annotations: {a: $(A)}}
data: {copy: x}
",
    );
    assert_eq!(built.opaque, Vec::<String>::new());
    let secrets = built
        .objects
        .iter()
        .filter(|object| object.get("kind").and_then(Tree::text).as_deref() == Some("Secret"));
    let keys: Vec<usize> =
        secrets.map(|object| object.at(&["data"]).map_or(0, |data| data.entries().len())).collect();
    assert_eq!(keys, [3, 3]);
    let shown = format!("{built:?}").replace("canary.txt", "").replace("canary.env", "");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn what_is_refused_is_told_and_the_rest_goes_on() {
    let built = build(
        "//- kustomization.yaml
nonsense: true
namespace: [a]
resources: [../out.yaml, gone.yaml, pod.yaml, .]
patches:
  - target: {kind: '['}
    patch: |
      - {op: remove, path: /spec}
//- pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
",
    );
    assert_eq!(built.objects.len(), 1);
    assert_eq!(built.problems.len(), 1);
    let notes: Vec<(u32, &str)> =
        built.notes.iter().map(|note| (note.place.line, note.message.as_str())).collect();
    assert_eq!(
        notes,
        [
            (1, "a kustomization has no field `nonsense`"),
            (2, "`namespace` has the wrong type"),
            (3, "`gone.yaml` does not exist"),
            (3, "`` includes itself"),
            (5, "`[` is no regular expression"),
        ]
    );
}

#[test]
fn what_is_put_into_a_text_or_merged_by_a_schema_is_noted() {
    let built = build(
        "//- kustomization.yaml
resources: [map.yaml]
openapi: {path: schema.json}
replacements:
  - sourceValue: db
    targets: [{select: {kind: ConfigMap}, fieldPaths: [data.app.secret]}]
//- map.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app: '{\"secret\": \"old\"}', other: kept}
",
    );
    let notes: Vec<(u32, &str)> =
        built.notes.iter().map(|note| (note.place.line, note.message.as_str())).collect();
    assert_eq!(
        notes,
        [
            (2, "`openapi` is not looked at: lists merge by Kustomize's own schema"),
            (4, "`data.app.secret` leads into a text or an unknown: what it holds is open"),
        ]
    );
    let [map] = built.objects.as_slice() else { panic!("{built:?}") };
    assert_eq!(pieces(map, &["data", "app"]), ["*"]);
    assert_eq!(pieces(map, &["data", "other"]), ["kept@map.yaml:4"]);
    assert_eq!(built.opaque, Vec::<String>::new());
}

/// Parts of kustomizations that may meet in any way.
const PARTS: &[&str] = &[
    "resources: [secret.yaml, pod.yaml, ../a, ../b, .., ../c/pod.yaml]\n",
    "resources: [pod.yaml]\n",
    "components: [../b]\nkind: Component\n",
    "bases: [../c]\n",
    "namePrefix: p-\nnameSuffix: -s\n",
    "namespace: n1\n",
    "namespace: n\n",
    "secretGenerator: [{name: db, behavior: merge, literals: [a=1]}, {name: t, files: [pod.yaml]}]\n",
    "configMapGenerator: [{name: c, envs: [secret.yaml]}, {literals: [x]}]\n",
    "generatorOptions: {disableNameSuffixHash: true, labels: {a: b}}\n",
    "patches: [{path: patch.yaml}, {patch: '- {op: add, path: /a/-1/~1, value: [[]]}', target: {}}]\n",
    "patches: [{patch: '{$patch: delete, kind: Pod, metadata: {name: web}}', target: {name: .*}}]\n",
    "patchesStrategicMerge: [patch.yaml, 'kind: x']\npatchesJson6902: [{path: patch.yaml, target: {name: (}}]\n",
    "replacements: [{source: {kind: Pod}, targets: [{select: {}, fieldPaths: ['a.[b=c].*.0', metadata.labels.x], options: {create: true, delimiter: '', index: -3}}]}]\n",
    "replacements: [{path: patch.yaml}]\nvars: [{name: V, objref: {kind: Pod, name: web}, fieldref: {fieldpath: 'spec.a[0]'}}]\n",
    "labels: [{pairs: {a: b}, includeSelectors: true, fields: [{path: spec/containers, create: true}]}]\n",
    "commonLabels: {a: b}\ncommonAnnotations: {c: $(V)}\n",
    "configurations: [patch.yaml, pod.yaml]\ncrds: [secret.yaml]\n",
    "transformers: [patch.yaml, \"apiVersion: builtin\\nkind: PrefixTransformer\\nprefix: x\\n\"]\n",
    "helmCharts: [{name: c}, {name: ../a}]\nhelmGlobals: {chartHome: ..}\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, envFrom: [{secretRef: {name: db}}]}]}\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: n1}\ndata: {a: $(V)}\n---\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {$patch: replace, containers: [{$patch: delete}, {name: a, $patch: merge}, null]}\n",
    "kind: List\nitems: [{kind: Pod}, {}]\n",
    "- {op: move, from: /spec, path: /spec/x}\n- {op: copy, from: '', path: /metadata}\n",
    "a: &a [*a]\n",
    "[",
];

fn any_file() -> impl Strategy<Value = (String, String)> {
    let folder = prop::sample::select(vec!["", "a/", "b/", "c/", "a/b/"]);
    let name = prop::sample::select(vec![
        "kustomization.yaml",
        "Kustomization",
        "secret.yaml",
        "pod.yaml",
        "patch.yaml",
    ]);
    let text = prop::collection::vec(prop::sample::select(PARTS), 0..4);
    (folder, name, text).prop_map(|(folder, name, text)| (format!("{folder}{name}"), text.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_build_ends_and_does_not_depend_on_the_order_of_files(
        mut files in prop::collection::vec(any_file(), 1..12),
    ) {
        files.sort();
        files.dedup_by(|one, other| one.0 == other.0);
        let build = |files: &[(String, String)]| {
            let project = project(files);
            ["", "a", "b", "c", "a/b"].map(|folder| format!("{:?}", kustomize(&project, "r", folder)))
        };
        let first = build(&files);
        files.reverse();
        prop_assert_eq!(first, build(&files));
    }
}

/// Of the real tool's own annotations each object has some while it is built, and of labels none.
#[test]
fn a_patch_may_add_the_first_annotation() {
    for (path, expected) in [("annotations", 0), ("labels", 1)] {
        let built = build(&format!(
            "//- kustomization.yaml
resources: [account.yaml]
patches:
  - target: {{kind: ServiceAccount}}
    patch: |
      - {{op: add, path: /metadata/{path}/example.com~1role, value: reader}}
//- account.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {{name: web}}
"
        ));
        assert_eq!(built.opaque.len(), expected, "{:?}", built.opaque);
        let [account] = built.objects.as_slice() else { panic!("{built:?}") };
        let added = account.at(&["metadata", path, "example.com/role"]).and_then(Tree::text);
        assert_eq!(added.as_deref(), (expected == 0).then_some("reader"), "{path}");
    }
}

#[test]
fn replacements_and_labels_make_no_tree_that_is_too_deep() {
    let path = |length: usize, separator: &str| vec!["a"; length].join(separator);
    let built = |kustomization: &str| {
        build(&format!(
            "//- pod.yaml\napiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{a: b}}\n\
             //- kustomization.yaml\nresources: [pod.yaml]\n{kustomization}"
        ))
    };
    let fits = |built: &Kustomized| {
        let mut objects = built.objects.iter();
        objects.all(|object| object.fits(MAX_DEPTH, &mut 1_000_000))
    };
    let made = |path: &str| {
        built(&format!(
            "replacements:\n- sourceValue: v\n  targets:\n  - select: {{kind: Pod}}\n    \
             fieldPaths: [{path}]\n    options: {{create: true}}\n"
        ))
    };
    assert!(fits(&made(&path(3_000, "."))));
    let labels = path(3_000, "/");
    assert!(fits(&built(&format!(
        "labels:\n- pairs: {{x: y}}\n  fields: [{{path: {labels}, create: true}}]\n"
    ))));
    let nested = |field: &str| {
        format!(
            "- source: {{kind: Pod, name: web, fieldPath: spec}}\n  targets:\n  - select: \
             {{kind: Pod}}\n    fieldPaths: [spec.{field}]\n    options: {{create: true}}\n"
        )
    };
    let deep = nested("x").repeat(3_000);
    assert!(fits(&built(&format!("replacements:\n{deep}"))));
    let wide = (nested("x") + &nested("y")).repeat(30);
    assert!(fits(&built(&format!("replacements:\n{wide}"))));
}
