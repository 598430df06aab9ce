//! Where output comes from: the values line and the template node of every piece.

use crate::{FileId, Map, Options, Segment, Set, Value, chart, execute, parse, read};

const HELPERS: FileId = FileId(1);
const TEMPLATE: FileId = FileId(2);
const VALUES: FileId = FileId(3);

/// A piece of output: its text, the values it is, whole or not, and the node's text.
#[derive(Debug, PartialEq)]
struct Piece {
    text: String,
    value: Option<String>,
    whole: bool,
    node: String,
    verbatim: bool,
}

struct Case {
    helpers: &'static str,
    template: &'static str,
    values: &'static str,
}

impl Case {
    fn run(&self) -> (String, Vec<Segment>) {
        let options = Options::helm();
        let mut set = Set::default();
        for (file, name, text) in
            [(HELPERS, "_helpers.tpl", self.helpers), (TEMPLATE, "t.yaml", self.template)]
        {
            set.add(file, parse(name, text, options.functions).expect("a template"));
        }
        let parsed = sealine_yaml::parse(self.values);
        let values = parsed.root().map(|root| read::value(root, Some(VALUES)));
        let root = Map::default();
        root.set("Values", values.unwrap_or_else(|| Map::default().into()));
        let mut files = chart::Files::default();
        files.add("config.yaml", b"url: http://x\n".to_vec(), Some(FileId(4)));
        root.set("Files", files.value());
        let rendered = execute(&set, "t.yaml", &Value::from(root), &options);
        let rendered = rendered.unwrap_or_else(|error| panic!("{error}"));
        (rendered.text, rendered.segments)
    }

    /// Returns the piece of the output that holds `needle`.
    #[track_caller]
    fn piece(&self, needle: &str) -> Piece {
        let (text, segments) = self.run();
        let at = text.find(needle).unwrap_or_else(|| panic!("no {needle:?} in {text:?}")) as u32;
        let segment = segments
            .iter()
            .find(|segment| segment.output.start <= at && at < segment.output.end)
            .expect("a segment");
        let node_text = match segment.file {
            HELPERS => self.helpers,
            TEMPLATE => self.template,
            _ => "url: http://x\n",
        };
        Piece {
            text: text[segment.output.bytes()].to_owned(),
            value: segment.value.map(|value| self.values[value.range.bytes()].to_owned()),
            whole: segment.whole,
            node: node_text[segment.node.bytes()].to_owned(),
            verbatim: segment.verbatim,
        }
    }
}

#[track_caller]
fn is_value(case: &Case, needle: &str, value: &str, whole: bool) {
    let piece = case.piece(needle);
    assert_eq!((piece.value.as_deref(), piece.whole), (Some(value), whole), "{piece:?}");
}

const ENV: &str = "env:\n  - name: DB\n    valueFrom:\n      secretKeyRef: {name: 'my-db', key: \"pass\"}\n  - name: PORT\n    value: \"8080\"\nport: 5432\nlong: |\n  first\n  second\n";

#[test]
fn to_yaml_keeps_the_line_of_each_scalar() {
    let case = Case {
        helpers: "",
        template: "env:\n  {{- toYaml .Values.env | nindent 2 }}\nall: {{ .Values | toJson }}\n",
        values: ENV,
    };
    let (text, _) = case.run();
    assert!(text.starts_with("env:\n  - name: DB\n    valueFrom:\n      secretKeyRef:\n        key: pass\n        name: my-db\n"), "{text}");
    is_value(&case, "DB", "DB", true);
    is_value(&case, "my-db", "'my-db'", true);
    is_value(&case, "pass", "\"pass\"", true);
    is_value(&case, "secretKeyRef", "secretKeyRef", true);
    is_value(&case, "5432", "5432", true);
    let piece = case.piece("my-db");
    assert_eq!(piece.text, "my-db");
    assert_eq!(piece.node, "{{- toYaml .Values.env | nindent 2 }}");
}

#[test]
fn functions_that_move_or_choose_keep_the_value() {
    for (template, needle, value, whole) in [
        ("{{ .Values.port }}", "5432", "5432", true),
        ("{{ .Values.port | quote }}", "5432", "5432", true),
        ("{{ default \"x\" .Values.port }}", "5432", "5432", true),
        ("{{ (index .Values.env 0).name | squote }}", "DB", "DB", true),
        ("{{ printf \"p-%s-%v\" (index .Values.env 0).name .Values.port }}", "5432", "5432", true),
        ("{{ (index .Values.env 0).name | b64enc }}", "REI=", "DB", false),
        ("{{ (index .Values.env 0).name | lower }}", "db", "DB", false),
        ("{{ (index .Values.env 0).name | trunc 1 }}", "D", "DB", false),
        ("{{ range $k, $v := .Values }}{{ $k }} {{ end }}", "port", "port", true),
        ("{{ range .Values.env }}{{ .name }} {{ end }}", "PORT", "PORT", true),
        ("{{ with .Values.port }}{{ . }}{{ end }}", "5432", "5432", true),
        ("{{ join \",\" (list .Values.port \"x\") }}", "5432", "5432", true),
        ("{{ coalesce nil .Values.port | toString | trim }}", "5432", "5432", true),
        ("{{ (toYaml .Values | fromYaml).port }}", "5432", "5432", true),
        ("{{ (deepCopy .Values).port }}", "5432", "5432", true),
        ("{{ (merge (dict) .Values).port }}", "5432", "5432", true),
        ("{{ replace \"x\" \"y\" (printf \"ax%v\" .Values.port) }}", "5432", "5432", true),
        ("{{ tpl \"{{ .Values.port }}\" . }}", "5432", "5432", true),
        ("{{ html (toString .Values.port) }}", "5432", "5432", true),
    ] {
        is_value(&Case { helpers: "", template, values: ENV }, needle, value, whole);
    }
}

#[test]
fn a_text_with_two_sources_has_none() {
    let template = "{{ printf \"%v%v\" .Values.port (index .Values.env 0).name | b64enc }}";
    let case = Case { helpers: "", template, values: ENV };
    assert_eq!(case.piece("NTQ").value, None);
}

#[test]
fn included_templates_keep_their_nodes() {
    let case = Case {
        helpers: "{{ define \"labels\" }}app: {{ .Values.port }}\ntier: web{{ end }}",
        template: "labels:\n  {{- include \"labels\" . | nindent 2 }}\nagain: {{ template \"labels\" . }}\nmap: {{ (include \"labels\" . | fromYaml).tier }}",
        values: ENV,
    };
    let piece = case.piece("tier");
    assert_eq!((piece.node.as_str(), piece.verbatim), (piece.text.as_str(), true));
    assert_eq!(piece.text, "tier: web");
    is_value(&case, "5432", "5432", true);
    let (text, segments) = case.run();
    let last = segments.last().expect("a segment");
    assert_eq!(&text[last.output.bytes()], "web");
    assert_eq!((last.file, last.verbatim), (HELPERS, true));
}

#[test]
fn strings_given_to_tpl_point_at_their_values_line() {
    let values = "greeting: 'hello {{ .Values.name }} and bye'\nname: web\n";
    let case = Case { helpers: "", template: "x: {{ tpl .Values.greeting . }}", values };
    is_value(&case, "hello", "'hello {{ .Values.name }} and bye'", false);
    is_value(&case, "web", "web", true);
    assert_eq!(case.piece("bye").node, "tpl .Values.greeting .");
}

#[test]
fn literals_and_files_are_copies() {
    let case = Case {
        helpers: "",
        template: "a: {{ `{{ .password }}` | quote }}\nb: |\n{{ .Files.Get \"config.yaml\" | indent 2 }}",
        values: "",
    };
    let piece = case.piece("{{ .password }}");
    assert_eq!((piece.node.as_str(), piece.verbatim), ("{{ .password }}", true));
    let piece = case.piece("url");
    assert_eq!((piece.node.as_str(), piece.verbatim), ("url: http://x\n", true));
}

#[test]
fn what_changes_each_time_is_marked() {
    for template in [
        "{{ randAlphaNum 8 }}",
        "{{ randAlphaNum 8 | b64enc | quote }}",
        "{{ printf \"%s\" (uuidv4) | upper }}",
        "{{ now | date \"2006\" }}",
        "{{ (genCA \"x\" 1).Key | b64enc }}",
        "{{ now | dateModify \"1h\" | unixEpoch }}",
    ] {
        let (text, segments) = Case { helpers: "", template, values: "" }.run();
        assert!(segments.iter().any(|segment| segment.generated), "{template}: {text}");
    }
    let (_, segments) = Case { helpers: "", template: "{{ \"a\" | b64enc }}", values: "" }.run();
    assert!(segments.iter().all(|segment| !segment.generated));
}
