//! What is read of configuration files, whole ones and broken ones.

use sealine_source::{FileName, Source};

use super::*;

fn source(text: &str) -> Source {
    Source::new(FileName::new("repo", "main.tf"), text)
}

fn faults(text: &str) -> Vec<String> {
    let problems = parse(&source(text)).problems;
    problems.iter().map(|found| format!("{}: {}", found.place.line, found.message)).collect()
}

#[track_caller]
fn accepts(text: &str) {
    assert_eq!(faults(text), Vec::<String>::new(), "{text}");
}

#[test]
fn accepts_what_terraform_accepts() {
    for text in [
        "",
        "\u{feff}a = 1\n",
        "a = 1\r\nb = \"x\"\r\n",
        "a = (\n  var.x\n  ? 1\n  : 2\n)\n",
        "a = { x = 1, x = 2 }\n",
        "a = { \"x\": 1, (var.y) = 2\n z = 3 }\n",
        "b \"l\" l2 { a = 1 }\n",
        "b {}\n",
        "a = [for k, v in m : k if v != null]\n",
        "a = { for k, v in m : k => v... if v }\n",
        "a = f(1, 2, [3]...)\n",
        "a = provider::x::f(1)\n",
        "a = x.0.y[*].z.*.w[\"k\"]\n",
        "a = !x && -y < 3 || z == \"q\"\n",
        "a = <<EOT\n  ${x}\nEOT\n",
        "a = <<-EOT\n  x\n  EOT\nb = 1",
        "a = [<<A\nx\nA\n, <<B\ny\nB\n]\n",
        "a = \"${x ? \"a\" : \"${y}\"} $${z} %%{w} $ % \\n \\u00fc\"\n",
        "a = \"%{ if x }a%{ else }b%{ endif }%{ for k, v in m ~} ${v} %{~ endfor }\"\n",
        "/* c */ a = 1 // x\n# y\nb = 2 /* z */\n",
        "a = 1.5e-3\nb = [\n1,\n# c\n2,\n]\n",
        "a = foo(<<EOT\nx\nEOT\n)\n",
        "a = {\n  # only a comment\n}\n",
        "a = cond ? { x = 1 } : {}\n",
        "ü-x = 1\n",
    ] {
        accepts(text);
    }
}

#[test]
fn what_another_program_fills_in_is_no_fault() {
    for text in [
        "bucket = \"${{ values.name }}\"\n",
        "versions = { enabled = ${{ values.versions | default(true) }} }\n",
        "name = {{cookiecutter.name}}\n",
        "{% if values.logs %}\na = 1\n{% endif %}\n",
    ] {
        accepts(text);
    }
    assert_eq!(faults("a = \n# {{ x }}\n").len(), 1);
}

#[test]
fn says_where_and_what() {
    for (text, fault) in [
        ("a = \n", "1: expected an expression, found the end of the line"),
        ("a {\n b = 1\n", "1: this `a` block is not closed"),
        ("a = \"x\n", "1: this string is not closed on its line"),
        ("a = <<EOT\nx\n", "1: the heredoc `EOT` is not closed"),
        ("a = 1 b = 2\n", "1: expected the end of the line, found `b`"),
        ("a = 1\na = 2\n", "2: `a` is set twice in one block"),
        ("\"x\" = 1\n", "1: expected a block or an attribute, found `\"`"),
        ("a = \"%{ if x }\"\n", "1: a directive of this template is not closed"),
        ("a \"${x}\" {}\n", "1: a label cannot hold an interpolation"),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn a_broken_block_leaves_its_neighbours() {
    let text = "variable \"a\" {}\nresource \"x\" \"b\" {\n  y = [1\n}\nlocals {\n  z = 1\n}\n";
    let parsed = parse(&source(text));
    let kinds: Vec<&str> = parsed.body.blocks.iter().map(|block| &*block.kind).collect();
    assert_eq!(kinds, ["variable", "locals"]);
    assert_eq!(parsed.problems.len(), 1);
}

/// Shows operators with explicit parentheses.
fn show(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Name(name) => name.to_string(),
        ExpressionKind::Parentheses(inner) => format!("p{}", show(inner)),
        ExpressionKind::Unary(operators, operand) => {
            let signs = operators.iter().map(|operator| match operator {
                UnaryOperator::Negate => '-',
                UnaryOperator::Not => '!',
            });
            format!("{}{}", signs.collect::<String>(), show(operand))
        }
        ExpressionKind::Binary(first, rest) => {
            let rest = rest.iter().map(|(operator, it)| format!(" {operator:?} {}", show(it)));
            format!("({}{})", show(first), rest.collect::<Vec<_>>().concat())
        }
        ExpressionKind::Conditional(arms, last) => {
            let arms = arms.iter().map(|(is, then)| format!("{} ? {} : ", show(is), show(then)));
            format!("[{}{}]", arms.collect::<Vec<_>>().concat(), show(last))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn operators_group_by_precedence() {
    for (text, expected) in [
        ("a + b * c - d", "(a Add (b Multiply c) Subtract d)"),
        ("a || b && c == d + e", "(a Or (b And (c Equal (d Add e))))"),
        ("a * b + c == d && e || f", "(((((a Multiply b) Add c) Equal d) And e) Or f)"),
        ("a == b ? c : d ? e : f", "[(a Equal b) ? c : d ? e : f]"),
        ("!a && -b < c", "(!a And (-b Less c))"),
        ("a / b / c % d", "(a Divide b Divide c Modulo d)"),
        ("(a + b) * c", "(p(a Add b) Multiply c)"),
    ] {
        let parsed = parse(&source(&format!("x = {text}\n")));
        assert_eq!(show(&parsed.body.attributes[0].value), expected, "{text}");
    }
}

#[test]
fn literals_know_where_they_stand() {
    let text = "a = \"ab\\nc${x}d\"\nb = <<-E\n    one\n      two ${y}\n  E\n";
    let source = source(text);
    let parsed = parse(&source);
    let literals = |index: usize| -> Vec<(String, String, bool)> {
        let ExpressionKind::Template(pieces) = &parsed.body.attributes[index].value.kind else {
            panic!("a template");
        };
        let literal = |piece: &TemplatePiece| match piece {
            TemplatePiece::Literal { text, range, exact } => {
                Some((text.to_string(), source.slice(*range).to_owned(), *exact))
            }
            _ => None,
        };
        pieces.iter().filter_map(literal).collect()
    };
    let owned = |text: &str, bytes: &str, exact| (text.to_owned(), bytes.to_owned(), exact);
    let quoted = [
        owned("ab", "ab", true),
        owned("\n", "\\n", false),
        owned("c", "c", true),
        owned("d", "d", true),
    ];
    assert_eq!(literals(0), quoted);
    let heredoc =
        [owned("one\n", "one\n", true), owned("  two ", "  two ", true), owned("\n", "\n", true)];
    assert_eq!(literals(1), heredoc);
}

#[test]
fn json_reads_as_the_same_tree() {
    let name = FileName::new("repo", "main.tf.json");
    let text = r#"{"resource": {"a_b": {"c": {"name": "x-${var.y}", "lifecycle": {"ignore_changes": ["value"]}}}},
      "variable": {"v": {"default": "${literal}"}}}"#;
    let parsed = parse(&Source::new(name, text));
    let resource = &parsed.body.blocks[0];
    assert_eq!((resource.label(0), resource.label(1)), (Some("a_b"), Some("c")));
    let ExpressionKind::Template(pieces) = &resource.body.attribute("name").unwrap().value.kind
    else {
        panic!("a template");
    };
    assert_eq!(pieces.len(), 2);
    assert!(resource.body.block("lifecycle").is_some());
    let default = &parsed.body.blocks[1].body.attribute("default").unwrap().value;
    assert_eq!(default.literal_text().as_deref(), Some("${literal}"));
}

/// Runs `test` as a thread of a server or a test run would: with a stack of 2 MB.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap();
    thread.join().unwrap();
}

#[test]
fn deep_nesting_is_a_limit_not_an_overflow() {
    on_small_stack(|| {
        let deep = 20_000;
        for text in [
            format!("a = {}", "[".repeat(deep)),
            format!("a = {}1{}", "(".repeat(deep), ")".repeat(deep)),
            "b {\n".repeat(deep),
            format!("a = {}", "\"${".repeat(5_000)),
            format!("a = {}", "{ a = ".repeat(deep)),
            format!("a = {}", "f(".repeat(deep)),
            format!("a = x{}", "[y".repeat(deep)),
            format!("a = {}", "x ? ".repeat(deep)),
            format!("a = \"{}\"", "%{ if x }".repeat(deep)),
        ] {
            let problems = parse(&source(&text)).problems;
            assert!(!problems.is_empty(), "{}", &text[..20]);
        }
    });
}

#[test]
fn long_chains_are_legal() {
    on_small_stack(|| {
        accepts(&format!("a = 1{}", " + 1".repeat(2_000)));
        accepts(&format!("a = {}1", "x ? 2 : ".repeat(2_000)));
        accepts(&format!("a = {}x", "!".repeat(20_000)));
        accepts(&format!("a = x{}", ".y".repeat(20_000)));
    });
}

#[test]
fn an_unterminated_heredoc_is_found_at_once() {
    let text = format!("a = <<EOT\n{}", "${x}\n".repeat(300_000));
    assert_eq!(faults(&text).len(), 1);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[a-c\"${}%~\\\\=<\\-\nE( )\\[\\]?:.,ü#/*1]{0,80}") {
        let parsed = parse(&source(&text));
        drop(parsed);
        let _ = parse_template(&source(&text));
        let json = Source::new(FileName::new("repo", "x.tf.json"), text);
        drop(parse(&json));
    }
}

proptest::proptest! {
    /// What another parser of the language accepts is accepted here.
    #[test]
    fn accepts_what_hcl_edit_accepts(
        text in "(a|b)( \"x\")? ?(=|\\{) ?(\"[a${}%{if ]{0,6}\"|[0-9a.\\[\\]{}(),=?:!<>+*-]{0,12}|f\\(a, \\[1\\]\\.\\.\\.\\)|<<A\nx\n A|\\{for k, v in a: k => v\\})\n(b = 1\n)?\\}?"
    ) {
        if hcl_edit::parser::parse_body(&text).is_ok() {
            proptest::prop_assert!(faults(&text).is_empty(), "{}: {:?}", text, faults(&text));
        }
    }
}
