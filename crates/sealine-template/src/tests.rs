//! Templates as a caller runs them, by Go's rules.

use sealine_source::TextRange;

use crate::{
    ErrorKind, FileId, Functions, Map, MapType, Options, Rendered, Set, TemplateError, Value,
    ValueOrigin, execute, parse,
};

fn run(text: &str, data: &Value, options: &Options) -> Result<Rendered, Box<TemplateError>> {
    let template = parse("t", text, options.functions)?;
    execute(&Set::of(FileId(1), template), "t", data, options)
}

fn data() -> Value {
    let inner = Map::default();
    inner.set("name", Value::from("web"));
    inner.set("none", Value::nil());
    inner.set("port", Value::float(8080.0));
    let map = Map::default();
    map.set("a", inner.into());
    map.set("list", Value::list(vec![Value::from("x"), Value::from("y")]));
    map.set("empty", Value::list(Vec::new()));
    map.set("text", Value::from("hello"));
    map.into()
}

#[track_caller]
fn gives(text: &str, expected: &str) {
    match run(text, &data(), &Options::go()) {
        Ok(rendered) => assert_eq!(rendered.text, expected),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn refuses(text: &str, expected: &str) {
    let error = run(text, &data(), &Options::go()).expect_err("an error");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn actions_print() {
    gives("{{ .text }} {{.a.name}}:{{ .a.port }}", "hello web:8080");
    gives("a {{- /* gone */ -}} b", "ab");
    gives("{{ 'a' }} {{ 0x10 }} {{ 1e3 }} {{ 1.0 }} {{ true }}", "97 16 1000 1 true");
    gives("{{ .missing }}{{ .missing.deeper }}", "<no value><no value>");
    gives("{{ .a.none }}", "<no value>");
}

#[test]
fn variables_have_gos_scope() {
    gives("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2");
    gives("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1");
    gives("{{ with .a }}{{ .name }}{{ $.text }}{{ end }}", "webhello");
    refuses("{{ $y }}", "template: t:1: undefined variable \"$y\"");
}

#[test]
fn branches_take_the_first_true_arm() {
    gives("{{ if .empty }}1{{ else if .none }}2{{ else if .a }}3{{ else }}4{{ end }}", "3");
    gives("{{ with .empty }}1{{ else with .text }}{{ . }}{{ end }}", "hello");
    gives("{{ with .empty }}1{{ else }}{{ .text }}{{ end }}", "hello");
}

#[test]
fn ranges_walk_lists_maps_and_numbers() {
    gives("{{ range .list }}{{ . }},{{ end }}", "x,y,");
    gives("{{ range $i, $e := .list }}{{ $i }}{{ $e }}{{ end }}", "0x1y");
    gives(
        "{{ range $k, $v := .a }}{{ $k }}={{ $v }};{{ end }}",
        "name=web;none=<no value>;port=8080;",
    );
    gives("{{ range 3 }}{{ . }}{{ end }}", "012");
    gives("{{ range .empty }}{{ else }}none{{ end }}", "none");
    gives(
        "{{ range 9 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if gt . 4 }}{{ break }}{{ end }}{{ . }}{{ end }}",
        "0134",
    );
    refuses(
        "{{ range .text }}{{ end }}",
        "template: t:1:9: executing \"t\" at <.text>: range can't iterate over string",
    );
}

#[test]
fn named_templates_see_only_their_dot() {
    gives("{{ define \"x\" }}[{{ . }}{{ $ }}]{{ end }}{{ template \"x\" .text }}", "[hellohello]");
    gives("{{ block \"y\" .a }}{{ .name }}{{ end }}", "web");
    refuses(
        "{{ template \"z\" }}",
        "template: t:1:0: executing \"t\" at <{{ template \"z\" }}>: template \"z\" not defined",
    );
}

#[test]
fn pipelines_give_the_last_argument() {
    gives("{{ \"%s-%s\" | printf | printf \"%s\" }}", "%!s(MISSING)-%!s(MISSING)");
    gives("{{ .text | printf \"%s-%s\" \"a\" }}", "a-hello");
    gives("{{ (index .list 1) | len }}", "1");
    gives("{{ and .text .empty }}{{ or .empty .text }}{{ not .empty }}", "[]hellotrue");
    gives("{{ and false (index .list 9) }}", "false");
    refuses(
        "{{ .text 1 }}",
        "template: t:1:3: executing \"t\" at <.text>: text is not a method but has arguments",
    );
    refuses("{{ 1 | 2 }}", "template: t:1: non executable command in pipeline stage 2");
}

#[test]
fn comparisons_refuse_other_kinds() {
    gives(
        "{{ eq .a.port 8080.0 }}{{ eq 1 2 1 }}{{ lt \"a\" \"b\" }}{{ eq .none nil }}",
        "truetruetruetrue",
    );
    refuses(
        "{{ eq .a.port 8080 }}",
        "template: t:1:3: executing \"t\" at <eq .a.port 8080>: error calling eq: incompatible types for comparison: float64 and int",
    );
    refuses(
        "{{ lt 1 \"a\" }}",
        "template: t:1:3: executing \"t\" at <lt 1 \"a\">: error calling lt: incompatible types for comparison: int and string",
    );
}

#[test]
fn fields_of_nil_are_an_error_and_fields_of_nothing_are_not() {
    gives("{{ (.a.none).x }}", "<no value>");
    refuses(
        "{{ .a.none.x }}",
        "template: t:1:3: executing \"t\" at <.a.none.x>: nil pointer evaluating interface {}.x",
    );
    refuses(
        "{{ .text.x }}",
        "template: t:1:3: executing \"t\" at <.text.x>: can't evaluate field x in type interface {}",
    );
    refuses(
        "{{ .a.name.x }}",
        "template: t:1:3: executing \"t\" at <.a.name.x>: can't evaluate field x in type interface {}",
    );
}

#[test]
fn secret_data_refuses_missing_keys_but_not_through_index() {
    let map = Map::new(MapType::Text);
    map.set("user", Value::from("app"));
    let gives = |text: &str| run(text, &Value::from(map.clone()), &Options::eso());
    assert_eq!(gives("{{ .user }}{{ index . \"foo\" }}").expect("a text").text, "app");
    let error = gives("{{ .foo }}").expect_err("an error");
    assert_eq!(
        error.to_string(),
        "template: t:1:3: executing \"t\" at <.foo>: map has no entry for key \"foo\""
    );
}

#[test]
fn undefined_functions_are_refused_when_parsed() {
    refuses("a\n{{ env \"PATH\" }}", "template: t:2: function \"env\" not defined");
    let error = parse("t", "{{ getHostByName \"a\" }}", Functions::eso()).expect_err("an error");
    assert_eq!(error.kind, ErrorKind::Parse);
    assert_eq!(error.range, TextRange::new(3, 16));
}

#[test]
fn every_byte_knows_its_node_and_its_value() {
    let origin = ValueOrigin { file: FileId(7), range: TextRange::new(10, 13) };
    let map = Map::default();
    map.set("x", Value::from("abc").at(Some(origin)));
    map.set("n", Value::int(5).at(Some(origin)));
    let text = "a: {{ .x }}{{ `{{ .y }}` }} {{ .n }}";
    let rendered = run(text, &map.into(), &Options::go()).expect("a text");
    assert_eq!(rendered.text, "a: abc{{ .y }} 5");
    let pieces: Vec<_> = rendered
        .segments
        .iter()
        .map(|segment| {
            let node = &text[segment.node.bytes()];
            (&rendered.text[segment.output.bytes()], node, segment.verbatim, segment.value)
        })
        .collect();
    assert_eq!(
        pieces,
        [
            ("a: ", "a: ", true, None),
            ("abc", "{{ .x }}", false, Some(origin)),
            ("{{ .y }}", "{{ .y }}", true, None),
            (" ", " ", true, None),
            ("5", "{{ .n }}", false, Some(origin)),
        ]
    );
}
