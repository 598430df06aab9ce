//! `sealine render`: where values come from, what is shown, exit codes.

use sealine_testing::run::{command, finish};
use sealine_testing::{Run, Tree, run};

use super::sealine;

/// One that reads an entry, a property and all fields of an entry.
const APP: &str = "\
//- manifests/app.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: app
  namespace: apps
spec:
  secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
  target:
    template:
      metadata:
        labels: {team: crm, user: '{{ .user }}'}
      data:
        DATABASE_URL: 'postgresql://{{ .user }}:{{ .password | urlquery }}@db:5432/app'
  data:
    - secretKey: password
      remoteRef: {key: app-db, property: password}
  dataFrom:
    - extract: {key: app-db}
//- values.yaml
app-db: {user: alice, password: 'Harbour/Tulip'}
";

#[test]
fn values_are_covered_unless_asked_for() {
    let tree = Tree::new(APP);
    let run = sealine(&tree, &["render", "--data", "values.yaml"]).exits(0);
    assert!(run.stdout.contains("  DATABASE_URL: \"**** (under 64 bytes)\""), "{}", run.stdout);
    assert!(run.stdout.contains("    team: crm\n    user: \"**** ("), "{}", run.stdout);
    assert!(run.stdout.starts_with("# ExternalSecret apps/app (manifests/app.yaml:4:9)\n"));
    let run = sealine(&tree, &["render", "--data", "values.yaml", "--reveal", "apps/app"]).exits(0);
    let shown = "DATABASE_URL: \"postgresql://alice:Harbour%2FTulip@db:5432/app\"";
    assert!(run.stdout.contains(shown), "{}", run.stdout);
}

#[test]
fn values_come_from_standard_input_and_from_lines() {
    let tree = Tree::new(APP);
    let lines = "app-db='{\"user\": \"bob\", \"password\": \"x\"}'\n";
    tree.write("lines.env", lines);
    let arguments = ["render", "--data", "-", "--reveal", "-o", "json"];
    let mut piped = command(env!("CARGO_BIN_EXE_sealine"), tree.root(), &arguments);
    piped.stdin(std::fs::File::open(tree.path("lines.env")).expect("the file"));
    let json = finish(piped).exits(0).json();
    let secret = &json["rendered"][0]["secret"];
    assert_eq!(secret["stringData"]["DATABASE_URL"], "postgresql://bob:x@db:5432/app");
    assert_eq!(secret["metadata"]["labels"]["user"], "bob");
}

#[test]
fn the_flags_of_the_operators_own_tool() {
    let tree = Tree::new(APP);
    tree.write("fetched.yaml", "user: YWxpY2U=\npassword: eA==\n");
    let run = sealine(
        &tree,
        &[
            "render",
            "--source-templated-object",
            "manifests/app.yaml",
            "--source-secret-data-file",
            "fetched.yaml",
            "--reveal",
        ],
    );
    assert!(run.exits(0).stdout.contains("postgresql://alice:x@db:5432/app"));
}

#[test]
fn texts_of_objects_that_are_not_delivered_are_given_by_hand() {
    let tree = Tree::new(
        "\
//- es.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: apps}
spec:
  secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
  target:
    template:
      templateFrom:
        - configMap: {name: texts, items: [{key: app.conf}]}
        - secret: {name: more, items: [{key: pairs, templateAs: KeysAndValues}]}
  data:
    - secretKey: password
      remoteRef: {key: app}
//- texts.yaml.txt
{kind: ConfigMap, metadata: {name: texts}, data: {app.conf: 'p={{ .password }}'}}
//- more.yaml.txt
{kind: Secret, metadata: {name: more}, stringData: {pairs: 'mode: 0755'}}
",
    );
    let given = ["--template-from-config-map", "texts.yaml.txt"];
    let all = [&["render", "--sample", "--reveal"][..], &given].concat();
    let run = sealine(&tree, &all).exits(1);
    assert!(run.stderr.contains("the Secret `more` is not known"), "{}", run.stderr);
    let all = [&all[..], &["--template-from-secret", "more.yaml.txt"]].concat();
    let run = sealine(&tree, &all).exits(0);
    assert!(run.stdout.contains("  app.conf: \"p=sample-password\"\n"), "{}", run.stdout);
    assert!(run.stdout.contains("  mode: \"493\"\n"), "{}", run.stdout);
}

fn failing(arguments: &[&str]) -> Run {
    let tree = Tree::new(APP);
    tree.write("none.yaml", "app-db: {user: alice}\n");
    tree.write("broken.yaml", "a: [hunter2\n");
    run(env!("CARGO_BIN_EXE_sealine"), tree.root(), arguments)
}

#[test]
fn what_does_not_render_is_two_and_names_the_line() {
    let run = failing(&["render", "--data", "none.yaml"]).exits(2);
    let message = "`apps/app` does not render: the entry `app-db` has no property `password`";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert!(run.stderr.contains("--> manifests/app.yaml:16:42"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_read_is_one() {
    for (arguments, message) in [
        (&["render"][..], "there are no values to render with"),
        (&["render", "--data", "nowhere.yaml"], "cannot read `nowhere.yaml`"),
        (&["render", "--data", "broken.yaml"], "cannot use `broken.yaml`"),
        (&["render", "--sample", "apps/other"], "there is no `apps/other`"),
        (&["render", "--sample", "none.yaml"], "there is no ExternalSecret"),
        (&["render", "--sample", "--data", "none.yaml"], "cannot be used with"),
    ] {
        let run = failing(arguments).exits(1);
        assert!(run.stderr.contains(message), "{arguments:?}\n{}", run.stderr);
        assert!(!run.output().contains("hunter2"));
    }
}

#[test]
fn values_that_do_not_arrive_are_two_and_name_what_mends_them() {
    let tree = Tree::new(APP);
    let run = sealine(&tree, &["render", "--check"]).exits(2);
    let at = "  --> manifests/app.yaml:13:49\n  = ";
    assert!(run.stdout.contains(at), "{}", run.stdout);
    assert!(run.stdout.contains("by a value with a space"), "{}", run.stdout);
    assert!(run.stdout.contains(r#"write `| replace "+" "%20"` after it"#), "{}", run.stdout);
    let json = sealine(&tree, &["render", "--check", "-o", "json"]).exits(2).json();
    let keys: Vec<&str> = json["lost"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|lost| lost["key"].as_str())
        .collect();
    assert_eq!(keys, ["password", "user"]);
}

#[test]
fn templates_that_every_value_passes_are_zero() {
    let encoded = ".user | urlquery | replace \"+\" \"%20\"";
    let passing = APP
        .replace("| urlquery }}", "| urlquery | replace \"+\" \"%20\" }}")
        .replace("//{{ .user }}", &format!("//{{{{ {encoded} }}}}"));
    let run = sealine(&Tree::new(&passing), &["render", "--check"]).exits(0);
    assert_eq!(run.stdout, "1 template passes the round trip, 0 values may not arrive\n");
}

/// An object that is no Secret, with texts in its fields.
const OBJECT: &str = "\
//- es.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: rules, namespace: apps}
spec:
  secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
  target:
    manifest: {apiVersion: example.com/v1, kind: Policy}
    template:
      metadata: {labels: {team: '{{ plain }}'}}
      templateFrom:
        - {literal: '[{{ .address | quote }}]', target: 'spec.rules[1].from'}
        - {literal: 'ports: 0755', target: 'spec.rules[1]'}
        - {literal: 'a: {{ .address }}', target: annotations}
      data: {note: 'on {{ .address }}'}
  data:
    - secretKey: address
      remoteRef: {key: app-address}
//- values.yaml
app-address: 10.0.0.0/8
";

#[test]
fn fields_of_other_objects_are_set() {
    let tree = Tree::new(OBJECT);
    let run = sealine(&tree, &["render", "--data", "values.yaml", "--reveal"]).exits(0);
    let expected = "\
apiVersion: example.com/v1
kind: Policy
metadata:
  annotations:
    a: \"10.0.0.0/8\"
  labels:
    team: \"{{ plain }}\"
  name: rules
  namespace: apps
data:
  note: \"on 10.0.0.0/8\"
spec:
  rules:
    - null
    - from:
        - \"10.0.0.0/8\"
      ports: 493
";
    assert!(run.stdout.ends_with(expected), "{}", run.stdout);
    let run = sealine(&tree, &["render", "--data", "values.yaml", "-o", "json"]).exits(0).json();
    let object = &run["rendered"][0]["object"];
    assert_eq!(object["spec"]["rules"][1]["ports"], "**** (under 16 bytes)");
    assert_eq!(object["metadata"]["labels"]["team"], "{{ plain }}");
}

#[test]
fn fields_that_cannot_be_set_are_said() {
    let path = "'spec.rules[1].from'";
    for (from, to, exit, message) in [
        (path, "'spec..x'", 2, "does not render: `spec..x` is no path: a segment is empty"),
        (path, "'spec[0]'", 2, "`spec[0]` cannot be set: `[0]` is no item of a list"),
        ("'[{{", "'[[{{", 2, "what it renders to is no YAML"),
        (
            "literal: 'ports: 0755'",
            "configMap: {name: texts, items: [{key: a}]}",
            1,
            "only a `literal` gets into other fields",
        ),
        (
            "manifest: {apiVersion: example.com/v1, kind: Policy}",
            "name: x",
            2,
            "`spec.rules[1].from` is no field of a Secret that a template may set",
        ),
    ] {
        let texts = "//- texts.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts, namespace: apps}\ndata: {a: x}\n";
        let tree = Tree::new(&format!("{}{texts}", OBJECT.replace(from, to)));
        let run = sealine(&tree, &["render", "--data", "values.yaml", "es.yaml", "texts.yaml"]);
        let run = run.exits(exit);
        assert!(run.stderr.contains(message), "{to}\n{}", run.stderr);
        assert!(!run.output().contains("10.0.0.0"), "{}", run.output());
    }
}

#[test]
fn entries_are_found_by_path_and_name_but_not_by_tags() {
    let tree = |find: &str| {
        Tree::new(&format!(
            "\
//- es.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: app, namespace: apps}}
spec:
  secretStoreRef: {{name: kv-app, kind: ClusterSecretStore}}
  dataFrom:
    - find: {find}
//- values.yaml
app-one: a
app-two: b
other-two: c
"
        ))
    };
    for (find, expected) in [
        ("{name: {regexp: two}}", &["app-two", "other-two"][..]),
        ("{name: {regexp: '^app-'}}", &["app-one", "app-two"]),
        ("{path: app-}", &["app-one", "app-two"]),
        ("{path: app-, name: {regexp: 'two$'}}", &["app-two"]),
        ("{name: {regexp: nothing}}", &[]),
    ] {
        let arguments = ["render", "--data", "values.yaml", "-o", "json"];
        let json = sealine(&tree(find), &arguments).exits(0).json();
        let data = json["rendered"][0]["secret"]["stringData"].as_object();
        let keys: Vec<&String> = data.into_iter().flat_map(|data| data.keys()).collect();
        assert_eq!(keys, expected, "{find}");
    }
    for (find, exit, message) in [
        ("{tags: {team: crm}}", 1, "the data that is given says nothing of tags"),
        ("{name: {regexp: '('}}", 2, "`regexp` is no regular expression"),
    ] {
        let run = sealine(&tree(find), &["render", "--data", "values.yaml"]).exits(exit);
        assert!(run.stderr.contains(message), "{find}\n{}", run.stderr);
    }
}

#[test]
fn what_no_value_can_mend_is_told_without_values() {
    for (text, fails) in [
        ("{{ .password.name }}", true),
        ("{{ range .password }}{{ end }}", true),
        ("{{ fail \"x\" }}", true),
        ("{{ if eq .password \"x\" }}{{ .password.name }}{{ end }}", false),
        ("{{ (.password | split \",\")._1 }}", false),
    ] {
        let tree = Tree::new(
            &APP.replace("postgresql://{{ .user }}:{{ .password | urlquery }}@db:5432/app", text),
        );
        let run = sealine(&tree, &["render", "--check", "manifests"]);
        let run = run.exits(if fails { 2 } else { 0 });
        let told = run.stderr.contains("does not render") && run.stderr.contains("app.yaml:13:");
        assert_eq!(told, fails, "{text}: {}", run.stderr);
    }
}
