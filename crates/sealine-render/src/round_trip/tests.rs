//! Templates that pass and templates that do not, with what mends them.

use super::*;

const NOTHING: Text<'_> = Text { key: "", text: "", secret_type: None, source_keys: &[] };

/// Returns each key that breaks, with how many kinds break it, who reads it and what mends it.
fn shown(key: &str, text: &str) -> String {
    shown_of(key, None, text)
}

fn shown_of(key: &str, secret_type: Option<&str>, text: &str) -> String {
    let text = Text { key, text, secret_type, source_keys: &[] };
    match check(&text) {
        Verdict::Unknown => "unknown".to_owned(),
        Verdict::Passes(consumer) => format!("passes as {}", consumer.name()),
        Verdict::Fails(breaks) => {
            let one = |broken: &Break| {
                let mend = broken.mend.as_ref().map_or("nothing", |mend| mend.encoder);
                let quotes = match broken.mend.as_ref().map(|mend| mend.quotes) {
                    Some(Quotes::Dropped) => " without quotes",
                    Some(Quotes::Added) => " between quotes",
                    Some(Quotes::Made) => " instead of quote",
                    _ => "",
                };
                format!("{} in {}: {mend}{quotes}", broken.key, broken.consumer.name())
            };
            breaks.iter().map(one).collect::<Vec<_>>().join("; ")
        }
    }
}

const URL: &str = r#"urlquery | replace "+" "%20""#;

#[test]
fn uris() {
    for (text, expected) in [
        ("postgresql://app:{{ .p }}@db:5432/app", format!("p in a URI: {URL}")),
        (
            "postgresql://app:{{ .p | urlquery }}@db:5432/app",
            r#"p in a URI: replace "+" "%20""#.to_owned(),
        ),
        (
            r#"postgresql://app:{{ .p | urlquery | replace "+" "%20" }}@db:5432/app"#,
            "passes as a URI".to_owned(),
        ),
        (
            r#"redis://{{ .u | urlquery | replace "+" "%20" }}:{{ .p }}@{{ .host }}:{{ .port }}/0"#,
            format!("p in a URI: {URL}"),
        ),
        ("mongodb://a,b/?authSource={{ .p | urlquery }}", "passes as a URI".to_owned()),
        ("https://{{ .host }}/x", "unknown".to_owned()),
        (
            "jdbc:postgresql://db/app?user=a&password={{ .p | urlquery }}",
            "passes as a JDBC URL".to_owned(),
        ),
        ("jdbc:postgresql://db/app?user=a&password={{ .p }}", format!("p in a JDBC URL: {URL}")),
    ] {
        assert_eq!(shown("URL", text), expected, "{text}");
    }
}

#[test]
fn documents() {
    for (text, expected) in [
        (r#"{"a": "{{ .a }}"}"#, "a in a JSON document: toJson without quotes"),
        (r#"{"a": {{ .a | toJson }}, "port": {{ .port }}}"#, "passes as a JSON document"),
        (
            r#"{"a": "Bearer {{ .a }}"}"#,
            r#"a in a JSON document: toJson | trimPrefix "\"" | trimSuffix "\"""#,
        ),
        (r#"{ {{ .a | toJson }}: {"b": {{ .b | toJson }}}}"#, "passes as a JSON document"),
        (r#"{ "{{ .a }}": {"b": 1}}"#, "a in a JSON document: toJson without quotes"),
        // Without the quotes it would begin with `{{{`, which is no action.
        (
            r#"{"{{ .a }}": {"b": 1}}"#,
            r#"a in a JSON document: toJson | trimPrefix "\"" | trimSuffix "\"""#,
        ),
        (r#"{{ dict "a" .a "b" .b | toJson }}"#, "passes as a JSON document"),
        (r#"{"a": {{ .a | quote }}}"#, "a in a JSON document: toJson instead of quote"),
        ("{ caddy {{ .a }} }", "unknown"),
        ("{{ .a }}", "unknown"),
        (
            r#"{"url": "postgresql://u:{{ .p }}@h/d"}"#,
            "p in a URI: urlquery | replace \"+\" \"%20\"",
        ),
    ] {
        assert_eq!(shown("K", text), expected, "{text}");
    }
    assert_eq!(shown("a.yaml", "a: {{ .a }}\nb: 1"), "a in a YAML document: toJson");
    assert_eq!(shown("a.yaml", "a: {{ .a | toJson }}\nb: 1"), "passes as a YAML document");
}

#[test]
fn files_and_connection_strings() {
    let libpq = r#"host=db password={{ .p }} dbname=app"#;
    assert_eq!(
        shown("DSN", libpq),
        r#"p in a connection string of libpq: replace "\\" "\\\\" | replace "'" "\\'" between quotes"#
    );
    let pgpass = r#"db:5432:app:app:{{ .p | replace "\\" "\\\\" | replace ":" "\\:" }}"#;
    assert_eq!(shown(".pgpass", pgpass), "passes as a `.pgpass` file");
    assert!(
        shown(".pgpass", "db:5432:app:app:{{ .p }}").starts_with("p in a `.pgpass` file: replace")
    );
    assert_eq!(shown("app.env", "A={{ .a }}\nB=x"), "a in a `.env` file: toRawJson");
    assert_eq!(shown("app.env", "A={{ .a | toRawJson }}\nB=x"), "passes as a `.env` file");
    assert_eq!(
        shown("DSN", "app:{{ .p }}@tcp(db:3306)/app"),
        "passes as a connection string of MySQL"
    );
    let auth = r#"{"auths": {"r": {"username": {{ .u | toJson }}, "auth": "{{ printf "%s:%s" "u" .p | b64enc }}"}}}"#;
    assert_eq!(shown(".dockerconfigjson", auth), "passes as the credentials of registries");
}

#[test]
fn keys_and_certificates() {
    let tls = Some("kubernetes.io/tls");
    assert_eq!(shown_of("tls.crt", tls, "{{ .crt }}"), "passes as PEM");
    assert_eq!(shown_of("tls.crt", tls, "{{ .crt }}{{ .chain }}"), "crt in PEM: nothing");
    assert_eq!(shown_of("tls.crt", tls, "{{ .crt }}\n{{ .chain }}"), "passes as PEM");
}

#[test]
fn connections_of_airflow() {
    let naive =
        r#"{"conn_type": "http", "password": "{{ .p }}", "extra": {"a": {{ .a | toJson }}}}"#;
    assert_eq!(shown("AIRFLOW_CONN_X", naive), "p in an Airflow connection: toJson without quotes");
    let uri = "http://u:{{ .p }}@h:80/?a={{ .a | urlquery }}";
    assert_eq!(shown("AIRFLOW_CONN_X", uri), format!("p in an Airflow connection: {URL}"));
    let good = r#"postgresql://u:{{ .p | urlquery | replace "+" "%20" }}@h:5432/app"#;
    assert_eq!(shown("AIRFLOW_CONN_X", good), "passes as an Airflow connection");
    assert_eq!(shown("AIRFLOW_CONN_X", "{{ .whole }}"), "unknown");
}

#[test]
fn keys_and_values() {
    assert_eq!(shown("", "a: {{ .a }}\nb: x"), "a in keys and values: toJson");
    assert_eq!(shown("", "a: {{ .a | toJson }}\nb: x"), "passes as keys and values");
    let uri = "url: postgresql://u:{{ .p }}@h/d\nb: x";
    assert!(shown("", uri).starts_with("p in "), "{}", shown("", uri));
}

#[test]
fn what_is_changed_on_purpose_is_no_break() {
    let trimmed = r#"{"a": {{ .a | trim | toJson }}}"#;
    assert_eq!(shown("K", trimmed), "passes as a JSON document");
    let refused = r#"{"a": {{ if contains "\n" .a }}{{ fail "no" }}{{ end }}{{ .a | toJson }}}"#;
    assert_eq!(shown("K", refused), "passes as a JSON document");
}

#[test]
fn what_would_take_long_is_not_tried_out() {
    let keys: Vec<String> = (0..100).map(|index| format!("\"{{{{ .k{index} }}}}\"")).collect();
    for text in [
        r#"{"a": "{{ range until 200000 }}{{ end }}{{ .a }}"}"#.to_owned(),
        r#"{{ define "x" }}{{ template "x" . }}{{ end }}{"a": "{{ .a }}{{ template "x" . }}"}"#
            .to_owned(),
        format!("[{}]", keys.join(", ")),
        format!(r#"{{"a": "{{{{ .a }}}}{}"}}"#, "x".repeat(70_000)),
        r#"{"a": "{{ repeat 900000 "x" }}{{ repeat 900000 "x" }}{{ .a }}"}"#.to_owned(),
        "{{ .a".to_owned(),
    ] {
        assert_eq!(shown("K", &text), "unknown", "{}", text.get(..60).unwrap_or(&text));
    }
}

#[test]
fn null_bytes_are_tried_where_they_can_be_written() {
    let kinds = |key: &str, text: &str| match check(&Text { key, text, ..NOTHING }) {
        Verdict::Fails(breaks) => breaks.into_iter().flat_map(|broken| broken.kinds).collect(),
        _ => Vec::new(),
    };
    let is_tried = |key, text| kinds(key, text).contains(&"a null byte");
    assert!(is_tried("a.yaml", "a: \"{{ .a }}\""));
    assert!(is_tried("", "a: \"{{ .a }}\""));
    assert!(is_tried("AIRFLOW_CONN_X", r#"{"conn_type": "http", "password": "{{ .p }}"}"#));
    for (key, text) in [
        ("URL", "postgresql://u:{{ .p }}@h/d"),
        ("DSN", "host=db password={{ .p }}"),
        ("URL", "jdbc:postgresql://db/app?user=a&password={{ .p }}"),
        (".pgpass", "db:5432:app:app:{{ .p }}"),
        ("app.env", "A={{ .a }}"),
    ] {
        assert!(!kinds(key, text).is_empty(), "{text}");
        assert!(!is_tried(key, text), "{text}");
    }
}

#[test]
fn no_consumer_stumbles_over_null_bytes_and_what_is_no_utf8() {
    for (key, text) in [
        ("URL", "postgresql://u:{{ .p }}@h/d?x={{ .p | urlquery }}"),
        ("URL", "jdbc:postgresql://db/app?user=a&password={{ .p }}"),
        ("DSN", "host=db password={{ .p }}"),
        ("DSN", "app:{{ .p }}@tcp(db:3306)/app"),
        ("K", r#"{"a": {{ .p | toJson }}, "b": "{{ .p }}"}"#),
        (
            ".dockerconfigjson",
            r#"{"auths": {"r": {"username": "{{ .p }}", "auth": "{{ printf "%s:%s" "u" .p | b64enc }}"}}}"#,
        ),
        ("a.yaml", "a: {{ .p }}"),
        ("a.env", "A={{ .p }}"),
        (".pgpass", "db:5432:app:app:{{ .p }}"),
        ("tls.crt", "{{ .p }}"),
        ("AIRFLOW_CONN_X", r#"{"conn_type": "http", "password": "{{ .p }}"}"#),
        ("AIRFLOW_CONN_X", "http://u:{{ .p }}@h:80/?a={{ .p | urlquery }}"),
        ("", "a: {{ .p }}"),
    ] {
        let text = Text { key, text, secret_type: Some("kubernetes.io/tls"), ..NOTHING };
        let parsed = parse("k", text.text, Functions::eso()).expect("a template");
        let analysis = analyse(&parsed);
        let subject = Subject { text, analysis: &analysis };
        let harmless = Harmless::find(&subject).expect(text.text);
        for slot in harmless.judged() {
            for value in [&b"\0"[..], b"\0hunter2", b"\xff", b"\xc3hunter2", b"\0\xff\r\n\0", b""] {
                let broken = harmless.broken_by(&subject, slot, "odd bytes", value);
                assert!(
                    broken.is_none_or(|(_, effect)| !effect.contains("hunter2")),
                    "{}",
                    text.text
                );
            }
        }
    }
}

#[test]
fn fields_of_values_that_are_json() {
    let uri = "postgresql://app:{{ (.db | fromJson).password }}@db/app";
    assert_eq!(shown("URL", uri), format!("db in a URI: {URL}"));
    let encoded = r#"{{ $db := .db | fromJson }}{"p": {{ $db.password | toJson }}}"#;
    assert_eq!(shown("K", encoded), "passes as a JSON document");
}
