//! Texts made to hurt: each is read on a 2 MB stack and answers with problems, not with a crash.

use std::fmt::Write as _;

use sealine_yaml::{Limits, Parsed, ProblemKind, parse, parse_with};

/// Reads `text` as a thread of a server would.
fn read(text: impl Into<String>) -> Parsed {
    let text = text.into();
    let reader = std::thread::Builder::new().stack_size(2 << 20);
    let thread = reader.spawn(move || {
        let parsed = parse(&text);
        let shown = format!("{parsed:?}").len();
        assert!(shown > 0);
        parsed
    });
    thread.expect("a thread").join().expect("no panic")
}

fn kinds(parsed: &Parsed) -> Vec<ProblemKind> {
    parsed.problems.iter().map(|problem| problem.kind).collect()
}

#[test]
fn deep_nesting_is_a_limit_and_not_a_crash() {
    let block_map = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level)));
    for text in [
        format!("{}x", "- ".repeat(20_000)),
        format!("{}x", "- ".repeat(5_000)),
        format!("{}x", "? ".repeat(20_000)),
        "[".repeat(100_000),
        "{a: ".repeat(20_000),
        "[{a: ".repeat(100),
        block_map.collect(),
    ] {
        let parsed = read(text);
        assert_eq!(kinds(&parsed), [ProblemKind::LimitExceeded]);
        assert!(parsed.documents.is_empty());
    }
}

#[test]
fn nesting_below_the_limit_is_read_and_neighbours_are_kept() {
    let deep = format!("{}x{}", "[".repeat(128), "]".repeat(128));
    assert_eq!(kinds(&read(deep.clone())), []);
    let parsed = read(format!("a: 1\n---\n[{deep}]\n---\nb: 2\n"));
    assert_eq!(kinds(&parsed), [ProblemKind::LimitExceeded]);
    assert_eq!(parsed.documents.len(), 2);
}

#[test]
fn aliases_of_aliases_stay_within_the_budget() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        let items = [below.as_str(); 9].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{items}]");
    }
    assert_eq!(kinds(&read(text)), [ProblemKind::LimitExceeded]);

    let mut merges = "m0: &m0 {k0: 1}\nm1: &m1 {k1: 1}\n".to_owned();
    for level in 2..200 {
        let (below, lower) = (level - 1, level - 2);
        let _ = writeln!(merges, "m{level}: &m{level}");
        let _ = writeln!(merges, "  <<: [*m{below}, *m{lower}]\n  k{level}: 1");
    }
    assert_eq!(kinds(&read(merges)), [ProblemKind::LimitExceeded]);

    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(1000));
    assert_eq!(kinds(&read(long)), [ProblemKind::LimitExceeded]);
}

#[test]
fn aliases_may_not_make_a_tree_deeper_than_the_limit() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    assert_eq!(kinds(&read(text)), [ProblemKind::LimitExceeded]);
}

#[test]
fn an_alias_inside_what_it_names_is_a_cycle() {
    let parsed = read("a: &x [*x]\nb: 1\n");
    assert_eq!(kinds(&parsed), [ProblemKind::Cycle]);
    let root = parsed.root().unwrap();
    assert!(root.get("a").unwrap().items()[0].is_null());
    assert_eq!(root.str_at(&["b"]), Some("1"));
}

#[test]
fn an_unknown_alias_is_null_with_a_problem() {
    let parsed = read("a: *nope\nb: 1\n");
    assert_eq!(kinds(&parsed), [ProblemKind::UnknownAlias]);
    assert_eq!(parsed.root().unwrap().str_at(&["b"]), Some("1"));
}

#[test]
fn a_block_scalar_may_end_with_the_text() {
    for text in ["a: |\n  x", "a: >-\n  x", "a: |", "- |+\n\n"] {
        assert_eq!(kinds(&read(text)), [], "{text:?}");
    }
}

#[test]
fn a_duplicate_key_is_reported_where_it_comes_again() {
    let parsed = read("a: 1\na: 2\n");
    assert_eq!(kinds(&parsed), [ProblemKind::DuplicateKey]);
    assert_eq!(parsed.problems[0].range.bytes(), 5..6);
    assert_eq!(parsed.root().unwrap().str_at(&["a"]), Some("2"));
}

#[test]
fn odd_characters_are_named_and_take_only_their_document_along() {
    for text in ["a: b\0c\n---\nok: 1\n", "a: \u{7}\n---\nok: 1\n", "\0a\n---\nok: 1\n"] {
        let parsed = read(text);
        assert_eq!(kinds(&parsed), [ProblemKind::Encoding], "{text:?}");
        assert_eq!(parsed.documents.len(), 1, "{text:?}");
        assert_eq!(parsed.root().unwrap().str_at(&["ok"]), Some("1"));
    }
    let text = "\u{feff}a: \"x\u{2028}y\"\rb: ü\r\nc: z\n";
    let parsed = read(text);
    assert_eq!(kinds(&parsed), []);
    let root = parsed.root().unwrap();
    assert_eq!(&text[root.get("c").unwrap().range.bytes()], "z");
    assert_eq!(&text[root.get("b").unwrap().range.bytes()], "ü");
}

#[test]
fn a_broken_document_does_not_take_its_neighbours_along() {
    for broken in
        ["b: [1", "b: \"x", "b: 'x\ny", "b: c: d", "b: {", "\tb: - x", "b: @x", "%X\nb: 1"]
    {
        let text = format!("a: 1\n---\n{broken}\n---\nc: 3\n");
        let parsed = read(text.clone());
        assert_eq!(kinds(&parsed), [ProblemKind::Syntax], "{text:?}");
        assert_eq!(parsed.documents.len(), 2, "{text:?}");
        assert_eq!(parsed.documents[1].root.str_at(&["c"]), Some("3"));
        let at = text.find("c: 3").unwrap();
        assert_eq!(parsed.documents[1].root.range.start as usize, at);
    }
}

#[test]
fn too_many_nodes_end_the_text() {
    let limits = Limits { nodes: 100, ..Limits::default() };
    let parsed = parse_with(&"- a\n".repeat(200), &limits);
    assert_eq!(kinds(&parsed), [ProblemKind::LimitExceeded]);
}

#[test]
fn reading_is_linear() {
    let keys = |count: usize| {
        let keys: Vec<String> = (0..count).map(|key| format!("key{key}: v\n")).collect();
        keys.concat()
    };
    let plain = |count: usize| format!("a: {}\n", "x".repeat(count * 15));
    let quoted = |count: usize| format!("a: \"{}\"\n", "x\\n".repeat(count * 5));
    let literal = |count: usize| format!("a: |\n{}", "  line\n".repeat(count));
    let comments = |count: usize| format!("{}a: 1\n", "# x\n".repeat(count));
    let folded = |count: usize| format!("a: >\n{}", "  line\n".repeat(count));
    let makers: [&dyn Fn(usize) -> String; 6] =
        [&keys, &plain, &quoted, &literal, &comments, &folded];
    // A quadratic reader would not come to an end before anyone's patience.
    for maker in makers {
        assert_eq!(kinds(&parse(&maker(400_000))), []);
    }
}

/// The shell goes on at the left, and YAML takes it for a key.
#[test]
fn a_text_that_stands_too_far_left_is_told_as_such() {
    let parsed = read("a:\n  script: |\n    cat <<X\nGRANT all\n    X\n");
    let told: Vec<&str> = parsed.problems.iter().map(|problem| problem.message.as_str()).collect();
    let expected =
        "expected `:` behind this key; a text that goes on stands further right than its key";
    assert_eq!(told, [expected]);
}
