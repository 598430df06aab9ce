//! Charts that want to hang, flood or lead astray, and the way back from what is rendered.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use sealine_model::{Asked, Value};
use sealine_source::{FileName, Loader, Project, Repository, Source};

use super::archive::tests::packed;
use super::{Templating, template};
use crate::{Options, read};

/// Files that are no text.
#[derive(Debug, Default)]
struct Memory(Vec<(&'static str, Vec<u8>)>);

impl Loader for Memory {
    fn load(&self, _: &str) -> Option<Source> {
        None
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.0.iter().find(|(known, _)| *known == path).map(|(_, bytes)| bytes.clone())
    }
}

fn project(fixture: &str, archives: Vec<(&'static str, Vec<u8>)>) -> Project {
    let mut repository = Repository::new("repo");
    for part in fixture.split("//- ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        repository.add(Arc::new(Source::new(FileName::new("repo", path.trim()), text)));
    }
    for (path, _) in &archives {
        repository.note(*path);
    }
    repository.loader = Some(Arc::new(Memory(archives)));
    Project { repositories: vec![repository] }
}

const CHART: &str = "//- Chart.yaml\napiVersion: v2\nname: app\nversion: 1.0.0\n";

/// Shows the notes of a chart and which templates printed something.
fn notes(fixture: &str, archives: Vec<(&'static str, Vec<u8>)>) -> String {
    let project = project(&format!("{CHART}{fixture}"), archives);
    let call = Templating { release: "r".into(), namespace: "n".into(), ..Templating::default() };
    let templated = template(&project, "repo", "", &call).unwrap();
    let notes = templated.notes.iter().map(|note| {
        let path = &note.place.file.path;
        format!("{path}:{}: {}\n", note.place.line, note.message)
    });
    let opaque = templated.opaque.iter().map(|why| format!("opaque: {why}\n"));
    let printed = templated.outputs.iter().map(|output| format!("{} is there\n", output.template));
    notes.chain(opaque).chain(printed).collect()
}

/// Shows where the Secrets stand that the objects of a chart read.
fn check_places(fixture: &str, archives: Vec<(&'static str, Vec<u8>)>, expected: &Expect) {
    let project = project(&format!("{CHART}{fixture}"), archives);
    let mut lines = String::new();
    for used in read(&project, &Options::default()).facts.iter().flat_map(|facts| &facts.uses) {
        let place = &used.place;
        let pieces = used.secret.pieces().iter().filter_map(|piece| match piece {
            sealine_model::Piece::Literal { text, place: Some(at) } => {
                Some(format!(" {text:?} at {}:{}", at.file.path, at.line))
            }
            _ => None,
        });
        let (path, line) = (&place.file.path, place.line);
        let pieces: String = pieces.collect();
        let _ = writeln!(lines, "{} {path}:{line}{pieces}", used.secret);
    }
    expected.assert_eq(&lines);
}

#[test]
fn one_endless_template_takes_no_other_along() {
    expect![[r#"
        templates/a.yaml:2: the template cannot be rendered: the template makes a list of more than 1048576 items
        opaque: app/templates/a.yaml cannot be rendered
        app/templates/b.yaml is there
    "#]].assert_eq(&notes(
        "//- templates/a.yaml\n\n{{ range until 9999999 }}{{ range until 9999999 }}{{ end }}{{ end }}\n//- templates/b.yaml\na: b\n",
        Vec::new(),
    ));
}

#[test]
fn a_flood_ends_at_the_limits() {
    let template = "//- templates/N.yaml\n# {{ repeat 9000000 \"x\" }}\n";
    let many: String = (10..16).map(|index| template.replace('N', &index.to_string())).collect();
    let found = notes(
        &format!("//- templates/z.yaml\n{{{{ repeat 2000000000 \"x\" }}}}\n{many}"),
        Vec::new(),
    );
    expect![[r#"
        templates/z.yaml:1: the template cannot be rendered: the template makes more than 16777216 bytes of text
        opaque: app/templates/z.yaml cannot be rendered
        opaque: app/templates/13.yaml is not rendered: the chart is over its limits
        opaque: app/templates/12.yaml is not rendered: the chart is over its limits
        opaque: app/templates/11.yaml is not rendered: the chart is over its limits
        opaque: app/templates/10.yaml is not rendered: the chart is over its limits
        app/templates/15.yaml is there
        app/templates/14.yaml is there
    "#]].assert_eq(&found);
}

#[test]
fn templates_that_all_hit_their_limits_are_not_all_tried() {
    let template = "//- templates/N.yaml\n{{ repeat 2000000000 \"x\" }}\n";
    let many: String = (10..16).map(|index| template.replace('N', &index.to_string())).collect();
    expect![[r#"
        templates/15.yaml:1: the template cannot be rendered: the template makes more than 16777216 bytes of text
        templates/14.yaml:1: the template cannot be rendered: the template makes more than 16777216 bytes of text
        templates/13.yaml:1: the template cannot be rendered: the template makes more than 16777216 bytes of text
        templates/12.yaml:1: the template cannot be rendered: the template makes more than 16777216 bytes of text
        opaque: app/templates/15.yaml cannot be rendered
        opaque: app/templates/14.yaml cannot be rendered
        opaque: app/templates/13.yaml cannot be rendered
        opaque: app/templates/12.yaml cannot be rendered
        opaque: app/templates/11.yaml is not rendered: the chart is over its limits
        opaque: app/templates/10.yaml is not rendered: the chart is over its limits
    "#]].assert_eq(&notes(&many, Vec::new()));
}

#[test]
fn archives_that_lead_astray_are_left_out() {
    let bomb = vec![0; 6 << 20];
    let archives = vec![
        ("charts/bomb.tgz", packed(&[("bomb/Chart.yaml", b"name: bomb"), ("bomb/a", &bomb)])),
        ("charts/evil.tgz", packed(&[("evil/Chart.yaml", b"name: evil"), ("evil/../../x", b"")])),
        ("charts/text.tgz", b"no archive".to_vec()),
        (
            "charts/good.tgz",
            packed(&[
                ("good/Chart.yaml", b"name: good"),
                ("good/templates/a.yaml", b"a: b"),
                ("good/charts/good.tgz", b"nothing"),
            ]),
        ),
    ];
    expect![[r#"
        charts/bomb.tgz:1: the packed chart is left out: the archive is larger than a chart may be
        charts/evil.tgz:1: the packed chart is left out: the archive holds a path that leads out of the chart
        charts/text.tgz:1: the packed chart is left out: the archive cannot be read: invalid gzip header
        charts/good.tgz/charts/good.tgz:1: the packed chart is left out: the archive cannot be read: unexpected end of file
        app/charts/good/templates/a.yaml is there
        app/templates/a.yaml is there
    "#]].assert_eq(&notes("//- templates/a.yaml\na: b\n", archives));
}

#[test]
fn values_of_the_wrong_type_are_noted() {
    expect![[r#"
        charts/sub/values.yaml:1: the values are no map, which Helm refuses
        values.yaml:1: the values are no map, which Helm refuses
        app/templates/a.yaml is there
    "#]].assert_eq(&notes(
        "//- values.yaml\n- a\n//- charts/sub/Chart.yaml\nname: sub\n//- charts/sub/values.yaml\ntext\n//- templates/a.yaml\na: {{ .Values.a }}\n",
        Vec::new(),
    ));
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: main\n      envFrom:\n        - secretRef: {name: NAME}\n";

#[test]
fn values_of_a_packed_chart_stand_in_the_file_that_gave_them() {
    let own = POD.replace("NAME", "{{ .Values.own }}");
    let given = POD.replace("NAME", "{{ .Values.given }}");
    let written = POD.replace("NAME", "written-there");
    let archive = packed(&[
        ("sub/Chart.yaml", b"name: sub"),
        ("sub/values.yaml", b"\nown: own-secret\ngiven: replaced"),
        ("sub/templates/own.yaml", own.as_bytes()),
        ("sub/templates/given.yaml", given.as_bytes()),
        ("sub/templates/written.yaml", written.as_bytes()),
    ]);
    check_places(
        "//- values.yaml\nsub:\n  given: given-secret\n",
        vec![("charts/sub.tgz", archive)],
        &expect![[r#"
            given-secret values.yaml:2 "given-secret" at values.yaml:2
            own-secret charts/sub.tgz/values.yaml:2 "own-secret" at charts/sub.tgz/values.yaml:2
            written-there charts/sub.tgz/templates/written.yaml:8 "written-there" at charts/sub.tgz/templates/written.yaml:8
        "#]],
    );
}

#[test]
fn what_tpl_renders_stands_where_it_was_written() {
    let in_file = POD.replace("NAME", "{{ .Release.Name }}-{{ .Values.name }}");
    let plain = POD.replace("NAME", "plain");
    check_places(
        &format!(
            "//- values.yaml\nname: from-values\nextra: |\n  apiVersion: v1\n  kind: Pod\n  metadata: {{name: x}}\n  spec: {{imagePullSecrets: [{{name: 'in-{{{{ .Values.name }}}}'}}]}}\n//- files/pod.yaml\n{in_file}//- files/plain.yaml\n\n{plain}//- templates/_h.tpl\n{{{{ define \"pod\" }}}}\n{{{{ tpl (.Files.Get \"files/pod.yaml\") . }}}}\n{{{{ end }}}}\n//- templates/a.yaml\n{{{{ include \"pod\" . }}}}\n//- templates/b.yaml\n{{{{ tpl .Values.extra . }}}}\n//- templates/c.yaml\n{{{{ .Files.Get \"files/plain.yaml\" }}}}\n"
        ),
        Vec::new(),
        &expect![[r#"
            *-from-values templates/a.yaml:1 "-" at files/pod.yaml:8 "from-values" at values.yaml:1
            in-from-values templates/b.yaml:1 "from-values" at values.yaml:1
            plain files/plain.yaml:9 "plain" at files/plain.yaml:9
            plain files/plain.yaml:9 "plain" at files/plain.yaml:9
        "#]],
    );
}

#[test]
fn what_a_template_is_that_only_calls_is_asked_for_in_the_named_one() {
    let fixture = "//- values.yaml
name: db
//- templates/_h.tpl
{{ define \"pod\" }}
apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  imagePullSecrets:
    - name: {{ .Values.name }}
{{ end }}
//- templates/a.yaml
{{- if .Values.name }}
{{- include \"pod\" . }}
{{- end }}
";
    assert_eq!(asked(fixture), ["templates/_h.tpl:7"]);
}

#[test]
fn what_an_operator_names_is_asked_for_in_the_template() {
    let fixture = "//- values.yaml
secret: web-oidc
//- templates/client.yaml
apiVersion: v1.edp.epam.com/v1
kind: KeycloakClient
metadata: {name: web}
spec:
  secret: {{ .Values.secret }}
";
    assert_eq!(asked(fixture), ["templates/client.yaml:5"]);
}

/// Returns where a chart asks for the Secrets that its values name.
fn asked(fixture: &str) -> Vec<String> {
    let project = project(&format!("{CHART}{fixture}"), Vec::new());
    let facts = read(&project, &Options::default()).facts;
    let uses = facts.iter().flat_map(|facts| &facts.uses);
    let asked = uses.filter_map(|read| read.asked.as_ref());
    asked.map(|at| format!("{}:{}", at.file.path, at.line)).collect()
}

#[test]
fn entries_within_a_text_of_a_provider_class_stand_in_the_values() {
    let fixture = "//- values.yaml
secrets:
  - kv: db-password
    key: PASSWORD
  - kv: jwt
    key: JWT
name: made
//- templates/spc.yaml
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: app}
spec:
  provider: azure
  parameters:
    keyvaultName: kv-app
    objects: |
      array:
        {{- range .Values.secrets }}
        - |
          objectName: {{ .kv }}
          objectType: secret
        {{- end }}
  secretObjects:
    - secretName: {{ .Values.name }}
      data:
        {{- range .Values.secrets }}
        - {objectName: {{ .kv }}, key: {{ .key }}}
        {{- end }}
";
    let project = project(&format!("{CHART}{fixture}"), Vec::new());
    let facts = read(&project, &Options::default()).facts;
    let line = |at: &sealine_source::Place| format!("{}:{}", at.file.path, at.line);
    let both = |name: &Value, place, asked: &Asked| {
        let asked = asked.as_deref().map(line).unwrap_or_default();
        format!("{name} {} {asked}", line(place))
    };
    let reads = facts.iter().flat_map(|facts| &facts.entry_reads);
    let made = facts.iter().flat_map(|facts| &facts.secrets);
    assert_eq!(
        reads.map(|read| both(&read.name, &read.place, &read.asked)).collect::<Vec<_>>(),
        [
            "db-password values.yaml:2 templates/spc.yaml:12",
            "jwt values.yaml:4 templates/spc.yaml:12"
        ]
    );
    assert_eq!(
        made.map(|made| both(&made.name, &made.place, &made.asked)).collect::<Vec<_>>(),
        ["made values.yaml:6 templates/spc.yaml:16"]
    );
}

/// A chart that speaks of `v1beta1` alone is for a cluster that serves it.
#[test]
fn former_versions_are_served_to_charts_that_know_no_other() {
    let old = "
//- templates/old.yaml
{{- if .Capabilities.APIVersions.Has \"external-secrets.io/v1beta1\" }}
apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
imagePullSecrets: [{name: pull}]
{{- end }}
";
    check_places(
        old,
        Vec::new(),
        &expect![[r#"
        pull templates/old.yaml:5 "pull" at templates/old.yaml:5
    "#]],
    );
    let both = format!("{old}//- templates/new.yaml\n# external-secrets.io/v1\n");
    check_places(&both, Vec::new(), &expect![[r#""#]]);
}

#[test]
fn what_is_imported_makes_no_tree_that_is_too_deep() {
    let chart = |parent: &str, manifest: &str| {
        let text = format!(
            "//- Chart.yaml\napiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- name: sub\n  \
             version: 1.0.0\n  import-values: [{{child: data, parent: {parent}}}]\n\
             //- charts/sub/Chart.yaml\napiVersion: v2\nname: sub\nversion: 1.0.0\n\
             //- charts/sub/values.yaml\ndata: {{x: y}}\n//- templates/a.yaml\n{manifest}\n"
        );
        let project = project(&text, Vec::new());
        let templated = template(&project, "repo", "", &Templating::default()).unwrap();
        templated.outputs.len()
    };
    assert_eq!(chart("a.b", "{{ if .Values.a.b.x }}a: b{{ end }}"), 1);
    assert_eq!(chart(&vec!["a"; 8_000].join("."), "a: b"), 1);
}
