//! Repairs in charts: after each, the real `helm template` prints a manifest whose template says what was
//! wanted. Where a shape cannot be written so, there is no repair and the file stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use sealine_engine::{Collected, Config, Linked, analyse, collect, fix, judge_all};
use sealine_testing::peers::peer;
use sealine_testing::tree::Tree;

const CHART: &str = "\
//- Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
//- values.yaml
host: h
enabled: true
uri: \"postgres://u:{{ .pw }}@h/d\"
literal: \"postgres://u:{{ `{{ .pw }}` }}@h/d\"
";

const URI: &str = "postgres://u:{{ .pw | urlquery | replace \"+\" \"%20\" }}@h/d";
const JSON: &str = "{\"conn_type\":\"postgres\",\"password\":{{ .pw | toJson }}}";

/// What stands in the template of a chart, and what the operator gets after the repair; nothing where
/// there shall be none.
const SHAPES: &[(&str, Option<&str>)] = &[
    // Values that are not encoded in a URI.
    ("\"postgres://u:{{ `{{ .pw }}` }}@h/d\"", Some(URI)),
    ("'postgres://u:{{ `{{ .pw }}` }}@h/d'", Some(URI)),
    ("postgres://u:{{ `{{ .pw }}` }}@h/d", Some(URI)),
    ("'postgres://u:{{ \"{{ .pw }}\" }}@h/d'", Some(URI)),
    ("\"postgres://u:{{ \"{{ .pw }}\" }}@h/d\"", Some(URI)),
    ("\"postgres://u:{{ \"{{\" }} .pw {{ \"}}\" }}@h/d\"", Some(URI)),
    ("{{ \"postgres://u:{{ .pw }}@h/d\" | quote }}", Some(URI)),
    ("{{ `postgres://u:{{ .pw }}@h/d` | quote }}", Some(URI)),
    ("{{ `postgres://u:{{ .pw }}@h/d` | squote }}", Some(URI)),
    ("{{ `postgres://u:{{ .pw }}@h/d` | toJson }}", Some(URI)),
    ("\"{{ `postgres://u:{{ .pw }}@h/d` }}\"", Some(URI)),
    ("'{{ `postgres://u:{{ .pw }}@h/d` }}'", Some(URI)),
    ("|-\n          postgres://u:{{ `{{ .pw }}` }}@h/d", Some(URI)),
    ("{{ .Values.uri | quote }}", Some(URI)),
    ("{{- if .Values.enabled }} \"postgres://u:{{ `{{ .pw }}` }}@h/d\"{{ end }}", Some(URI)),
    ("{{ printf \"postgres://u:{{ .pw }}@%s/d\" .Values.host | quote }}", None),
    ("\"{{ .Values.uri }}\"", None),
    ("{{ tpl .Values.literal . | quote }}", None),
    // Values that are not escaped in JSON, and keys that Airflow does not know.
    ("'{{ `{\"conn_type\":\"postgres\",\"password\":\"{{ .pw }}\"}` }}'", Some(JSON)),
    ("{{ `{\"conn_type\":\"postgres\",\"pass\":{{ .pw | toJson }}}` | quote }}", Some(JSON)),
    ("'{\"conn_type\":\"postgres\",\"pass\":{{ `{{ .pw | toJson }}` }}}'", Some(JSON)),
    // Actions that Helm carries out.
    ("{{ .pw }}", Some("{{ .pw }}")),
    ("{{ .pw | quote }}", Some("{{ .pw | quote }}")),
    ("\"{{ index . \"pw\" }}\"", Some("{{ index . \"pw\" }}")),
    ("\"{{ .pw | replace \"+\" \"%20\" }}\"", Some("{{ .pw | replace \"+\" \"%20\" }}")),
    ("{{ .pw | replace `a` `b` }}", Some("{{ .pw | replace `a` `b` }}")),
    ("'{{ .pw | replace \"'\" \"\" }}'", Some("{{ .pw | replace \"'\" \"\" }}")),
    ("x {{ .pw }}:{{ .pw }} # y", Some("x {{ .pw }}:{{ .pw }}")),
    ("{{ .pw }}:{{ .pw }} # y", Some("{{ .pw }}:{{ .pw }}")),
    ("|-\n          {{ .pw | quote }}", Some("{{ .pw | quote }}")),
    ("{{ .pw }}{{ .Values.host }}", None),
];

#[test]
fn helm_prints_what_a_repair_meant() {
    let Some(helm) = peer("helm") else { return };
    let mut differences = String::new();
    for (written, expected) in SHAPES {
        let before = format!("{CHART}//- templates/external-secret.yaml\n{}", manifest(written));
        let tree = Tree::new(&before);
        let repaired = repair(&tree);
        let found = match (repaired, expected) {
            (false, None) => continue,
            (true, None) => "a repair".to_owned(),
            (false, Some(_)) => "no repair".to_owned(),
            (true, Some(expected)) => match printed(&helm, tree.root()) {
                Ok(text) if text == *expected => continue,
                Ok(text) => text,
                Err(error) => error,
            },
        };
        let _ = writeln!(differences, "{written}\n  {found}");
    }
    assert!(differences.is_empty(), "{differences}");
}

fn manifest(written: &str) -> String {
    format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: app\n\
         spec:\n  secretStoreRef: {{name: kv-app, kind: ClusterSecretStore}}\n  target:\n    \
         template:\n      data:\n        AIRFLOW_CONN_APP: {written}\n  data:\n    \
         - secretKey: pw\n      remoteRef: {{key: app-password}}\n"
    )
}

/// Applies the safe repairs to the files of a chart; whether there were some.
fn repair(tree: &Tree) -> bool {
    let files = tree.files();
    let texts =
        files.iter().map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).unwrap()));
    let project = collect::from_memory(texts.map(|(path, text)| ("repo", path, text)));
    let config = Config::default();
    let collected =
        Collected { project, facts: Vec::new(), unreadable: Vec::new(), linked: Linked::default() };
    let analysis = analyse(collected, &config);
    let today = jiff::civil::date(2026, 1, 1);
    let verdict = judge_all(&analysis, &config, &BTreeMap::new(), today);
    let fixed = fix::apply(&analysis.project, &verdict.findings, false);
    for (name, text) in &fixed.files {
        tree.write(&name.path, text);
    }
    !fixed.files.is_empty()
}

/// What the real Helm prints for the operator.
fn printed(helm: &Path, chart: &Path) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "the peer is what this test compares with")]
    let output = Command::new(helm).args(["template", "app", "."]).current_dir(chart).output();
    let output = output.unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let parsed = sealine_yaml::parse(&text);
    let documents = parsed.documents.iter();
    let mut data = documents.filter_map(|document| {
        let template = document.root.get("spec")?.get("target")?.get("template")?;
        Some(template.get("data")?.get("AIRFLOW_CONN_APP")?.as_str()?.to_owned())
    });
    data.next_back().ok_or_else(|| format!("{:?} in {text}", parsed.problems))
}
