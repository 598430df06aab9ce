//! Laws that hold for any text.

use proptest::prelude::*;
use sealine_source::TextRange;
use sealine_yaml::{Node, NodeValue, edit, parse};

/// Texts that look enough like YAML to get past the first character.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b: ",
        ": ",
        "- ",
        "\n",
        "\r\n",
        "  ",
        "    ",
        "\n  ",
        "\n- ",
        "\n  - ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        "\"",
        "'",
        "''",
        "\\n",
        "\\",
        "|",
        ">",
        "|-\n",
        ">+\n",
        "|2\n",
        "# c",
        " # d\n",
        "&x ",
        "*x",
        "!t ",
        "!!str ",
        "---\n",
        "...\n",
        "<<: ",
        "~",
        "null",
        "1",
        "ü",
        "\u{1F600}",
        "\u{feff}",
        "\t",
        "%",
        "@",
        "x y",
        "k",
        "\nk: ",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

/// Documents that are always well formed.
fn documents() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "plain",
        "'it''s'",
        "\"q\\n\\u00fc\"",
        "12",
        "true",
        "~",
        "",
        "[a, 'b', {c: d}]",
        "{x: 1, y: }",
        "[]",
        "# c",
        "two words  # c",
        "|\n    line\n\n    two\n",
        ">-\n    fold\n    ed\n",
        "\n    - i\n    -\n    - k: v\n      l: w # c\n",
        "\n  - same\n",
        "\n    n: m\n    o: p",
        "| # c\n    x\n",
        "|\n",
        "!t tagged",
        "[\n    a, # c\n    b # d\n  ]",
        "plain\n    more\n\n    lines",
    ]);
    let ending = prop::sample::select(vec!["\n", "\r\n"]);
    (prop::collection::vec(scalar, 1..8), ending, any::<bool>()).prop_map(
        |(values, ending, bom)| {
            let entries: Vec<String> = values
                .iter()
                .enumerate()
                .map(|(number, value)| {
                    let gap = if value.is_empty() || value.starts_with('\n') { "" } else { " " };
                    format!("  key{number}:{gap}{value}\n")
                })
                .collect();
            let text = format!(
                "{}top: # t\n{}last: 1\n",
                if bom { "\u{feff}" } else { "" },
                entries.concat()
            );
            text.replace('\n', ending)
        },
    )
}

fn strings() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[a-z:# \n'\"-]{0,8}",
        any::<String>(),
        "[0-9.:_-]{1,6}",
        "[ \n\ta]{0,6}"
    ]
}

/// All nodes below `node`, in the order of the text.
fn all<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    found.push(node);
    for item in node.items() {
        all(item, found);
    }
    for entry in node.own_entries() {
        all(&entry.key, found);
        all(&entry.value, found);
    }
}

fn nodes(parsed: &sealine_yaml::Parsed) -> Vec<&Node> {
    let mut found = Vec::new();
    for document in &parsed.documents {
        all(&document.root, &mut found);
    }
    found
}

fn shape(parsed: &sealine_yaml::Parsed) -> Vec<String> {
    nodes(parsed).into_iter().map(describe).collect()
}

fn describe(node: &Node) -> String {
    match &node.value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Scalar(scalar) => format!("scalar {}", scalar.text),
        NodeValue::Sequence(items) => format!("sequence of {}", items.len()),
        NodeValue::Mapping(mapping) => format!("mapping of {}", mapping.entries.len()),
    }
}

fn apply(text: &str, (range, new): &(TextRange, String)) -> String {
    format!("{}{new}{}", &text[..range.start as usize], &text[range.end as usize..])
}

fn comments(text: &str) -> Vec<String> {
    parse(text).comments.iter().map(|comment| text[comment.range.bytes()].to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_ranges_lie_in_the_text(text in prop_oneof![texts(), any::<String>()]) {
        let parsed = parse(&text);
        for node in nodes(&parsed) {
            prop_assert!(text.get(node.range.bytes()).is_some(), "{node:?}");
        }
        for range in parsed.problems.iter().map(|problem| problem.range) {
            prop_assert!(text.get(range.bytes()).is_some());
        }
        for comment in &parsed.comments {
            prop_assert!(text[comment.range.bytes()].starts_with('#'));
        }
    }

    #[test]
    fn source_ranges_hold_the_bytes_of_the_text(text in prop_oneof![texts(), documents()]) {
        let parsed = parse(&text);
        for scalar in nodes(&parsed).into_iter().filter_map(Node::as_scalar) {
            let ends: Vec<usize> = scalar.text.char_indices().map(|(at, _)| at).chain([scalar.text.len()]).collect();
            for pair in ends.windows(2) {
                if let Some(range) = scalar.source_range(pair[0], pair[1]) {
                    prop_assert_eq!(&text[range.bytes()], &scalar.text[pair[0]..pair[1]]);
                }
                if let Some(cover) = scalar.source_cover(pair[0], pair[1]) {
                    prop_assert!(text.get(cover.bytes()).is_some());
                }
            }
        }
    }

    #[test]
    fn appending_adds_one_item_only(text in prop_oneof![texts(), documents()], new in strings(), pick in any::<prop::sample::Index>()) {
        let parsed = parse(&text);
        let found = nodes(&parsed);
        let lists: Vec<&Node> = found.iter().copied().filter(|node| node.is_sequence()).collect();
        if !parsed.problems.is_empty() || text.contains('*') || lists.is_empty() {
            return Ok(());
        }
        let node = lists[pick.index(lists.len())];
        let mut below = Vec::new();
        all(node, &mut below);
        let Some(change) = edit::append_item(&text, node, &new) else { return Ok(()) };
        let changed = apply(&text, &change);
        let after = parse(&changed);
        let mut expected = shape(&parsed);
        let index = found.iter().position(|other| std::ptr::eq(*other, node)).unwrap();
        expected[index] = format!("sequence of {}", node.items().len() + 1);
        expected.insert(index + below.len(), format!("scalar {new}"));
        prop_assert_eq!(shape(&after), expected, "{:?} -> {:?}", text, changed);
        prop_assert_eq!(comments(&changed), comments(&text), "{:?} -> {:?}", text, changed);
    }
}
