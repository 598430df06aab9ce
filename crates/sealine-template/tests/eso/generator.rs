//! Makes templates: the same ones for the same seed.
//!
//! Most of them are well-formed, and what is piped mostly has the type that the function wants, so
//! that as much as possible is executed; the rest shows that both engines refuse the same.

use super::words::{
    BOOLS, BYTES_TO_TEXT, LIST_TO_ANY, LIST_TO_LIST, LISTS, MAP_TO_ANY, MAPS, NUMBER_TO_ANY,
    NUMBERS, TEXT_TO_ANY, TEXT_TO_TEXT, TEXTS, WHOLE,
};

/// A small generator of numbers, splitmix64: good enough to choose by.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices.get(self.below(choices.len())).copied().unwrap_or_default()
    }
}

/// Returns `count` templates.
pub(crate) fn templates(seed: u64, count: usize) -> Vec<String> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|_| {
            let mut out = String::new();
            let pieces = 1 + dice.below(3);
            nodes(&mut dice, pieces, 2, &mut out);
            if dice.below(40) == 0 {
                spoil(&mut dice, &mut out);
            }
            out
        })
        .collect()
}

/// Takes a byte away or puts one in, where that leaves a text.
fn spoil(dice: &mut Dice, text: &mut String) {
    let at = dice.below(text.len() + 1);
    if !text.is_char_boundary(at) {
        return;
    }
    match dice.below(3) {
        0 if at < text.len() => drop(text.remove(at)),
        1 => {
            text.insert_str(at, dice.pick(&["}", "{{", "(", ")", "|", ".", "\"", "$", "-", "end"]));
        }
        _ => text.truncate(at),
    }
}

fn nodes(dice: &mut Dice, count: usize, depth: usize, out: &mut String) {
    for _ in 0..count {
        let open = if dice.below(12) == 0 { "{{- " } else { "{{ " };
        let close = if dice.below(12) == 0 { " -}}" } else { " }}" };
        let action = |dice: &mut Dice, out: &mut String, before: &str| {
            out.extend([open, before, &pipeline(dice), close]);
        };
        match dice.below(if depth == 0 { 8 } else { 13 }) {
            0 | 1 => {
                out.push_str(dice.pick(&["text ", " x: ", "\n", "  - ", "é", "\t", "\"", "}"]));
            }
            2..=7 => action(dice, out, ""),
            8 | 9 => {
                action(dice, out, "if ");
                nodes(dice, 1, depth - 1, out);
                if dice.below(2) == 0 {
                    out.push_str("{{ else }}");
                    nodes(dice, 1, depth - 1, out);
                }
                out.push_str("{{ end }}");
            }
            10 => {
                action(dice, out, "with ");
                out.push_str(dice.pick(&[
                    "{{ . }}",
                    "{{ . | toJson }}",
                    "{{ $.user }}",
                    "{{ .a }}",
                ]));
                out.push_str("{{ end }}");
            }
            11 => {
                let choices = if dice.below(2) == 0 { LISTS } else { MAPS };
                let list = dice.pick(choices);
                out.extend(["{{ range $i, $e := ", list, " }}{{ $i }}={{ $e"]);
                if dice.below(2) == 0 {
                    out.extend([" | ", dice.pick(TEXT_TO_TEXT)]);
                }
                out.push_str(" }};{{ else }}none{{ end }}");
            }
            _ => {
                out.extend(["{{ $v := ", &pipeline(dice), " }}{{ $v"]);
                if dice.below(2) == 0 {
                    out.extend([" | ", dice.pick(TEXT_TO_ANY)]);
                }
                out.push_str(" }}");
            }
        }
    }
}

/// Returns a value that goes through functions.
fn pipeline(dice: &mut Dice) -> String {
    let (start, functions, last): (&[&str], &[&str], &[&str]) = match dice.below(12) {
        0 if dice.below(8) == 0 => (&[".binary"], BYTES_TO_TEXT, TEXT_TO_ANY),
        0..=5 => (TEXTS, TEXT_TO_TEXT, TEXT_TO_ANY),
        6 | 7 => (LISTS, LIST_TO_LIST, LIST_TO_ANY),
        8 => (MAPS, &["deepCopy", "merge (dict)"], MAP_TO_ANY),
        9 => {
            (BOOLS, &["not"], &["ternary \"a\" \"b\"", "print", "toJson", "quote", "and 1", "or 0"])
        }
        _ => (NUMBERS, NUMBER_TO_ANY, NUMBER_TO_ANY),
    };
    let mut out = if dice.below(10) == 0 { called(dice) } else { dice.pick(start).to_owned() };
    for _ in 0..dice.below(4) {
        // Now and then a function of another kind, to see what is refused.
        let functions = match dice.below(25) {
            0 => NUMBER_TO_ANY,
            1 => LIST_TO_ANY,
            2 => TEXT_TO_TEXT,
            _ => functions,
        };
        out.extend([" | ", dice.pick(functions)]);
    }
    if dice.below(2) == 0 {
        out.extend([" | ", dice.pick(last)]);
    }
    out
}

/// Returns a call with arguments of its own.
fn called(dice: &mut Dice) -> String {
    let text = dice.pick(TEXTS);
    let (other, list, map) = (dice.pick(TEXTS), dice.pick(LISTS), dice.pick(MAPS));
    let (number, whole) = (dice.pick(NUMBERS), dice.pick(WHOLE));
    let wide = dice.pick(WHOLE);
    match dice.below(26) {
        0 => format!("printf \"%v|%s|%d\" {number} {text} {whole}"),
        1 => format!("printf \"%[2]v %[1]q %*d\" {text} {number} {whole}"),
        2 => format!("cat {text} {number} {list}"),
        3 => format!("print {text} {number} {whole} {other}"),
        4 => format!("substr {whole} {wide} {text}"),
        5 => format!("trunc {whole} {text}"),
        6 => format!("replace {other} \"-\" {text}"),
        7 => format!("abbrevboth {whole} {wide} {text}"),
        8 => format!("index {list} {whole}"),
        9 => format!("slice {list} {whole} {wide}"),
        10 => format!("add {number} {text} {whole}"),
        11 => format!("divf {number} {whole}"),
        12 => format!("round {number} {whole}"),
        13 => format!("untilStep {whole} {wide} 2"),
        14 => format!("seq {whole} {wide}"),
        15 => format!("merge {map} (dict \"a\" {number} \"n\" {list})"),
        16 => format!("dict \"a\" {text} \"b\" {list} \"c\" {map}"),
        17 => format!("list {text} {number} {map} nil {list}"),
        18 => format!("ternary {text} {number} {}", dice.pick(BOOLS)),
        19 => format!("splitn {other} {whole} {text}"),
        20 => format!("wrapWith {whole} {other} {text}"),
        21 => format!("coalesce {} {text} {number}", "\"\""),
        22 => format!("eq {text} {other} {number}"),
        23 => format!("trimAll {other} {text}"),
        24 => format!("pick {map} \"a\" \"k\""),
        _ => format!("max {number} {text} {whole}"),
    }
}
