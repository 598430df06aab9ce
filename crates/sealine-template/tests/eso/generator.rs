//! Makes templates: the same ones for the same seed.
//!
//! Most of them are well-formed, and what is piped mostly has the type that the function wants, so
//! that as much as possible is executed; the rest shows that both engines refuse the same.

/// What texts come from.
const TEXTS: &[&str] = &[
    ".user",
    ".password",
    ".empty",
    ".number",
    ".float",
    ".big",
    ".negative",
    ".octal",
    ".truth",
    ".json",
    ".array",
    ".yaml",
    ".lines",
    ".spaces",
    ".unicode",
    ".mixed",
    ".base64",
    ".hex",
    ".url",
    ".date",
    ".version",
    ".csv",
    ".words",
    ".path",
    ".html",
    "(index . \"with-dash\")",
    "(index . \"nothing\")",
    "\"\"",
    "\"a b\"",
    "\"é,x\"",
    "`x\"y`",
    "\"12\"",
    "\"-3.50\"",
    "\"1,2,3\"",
    "\"A1b2\"",
    "\"\\n\"",
    "\"%d\"",
    "\"a/b.c\"",
    "$.user",
    "(snakecase .mixed)",
    "(kebabcase .words)",
    "(snakecase .lines)",
    "(kebabcase .csv)",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "-4",
    "7",
    "10",
    "42",
    "1.5",
    "-0.25",
    "2.0",
    "1e3",
    "1e21",
    "0x1f",
    "1e6",
    "123456789.5",
    "'a'",
    "(int .number)",
    "(int64 7)",
    "(float64 .float)",
    "(len .user)",
];

const WHOLE: &[&str] = &["0", "1", "2", "3", "5", "8", "-1", "(len .user)", "(int .number)"];

const LISTS: &[&str] = &[
    "(list)",
    "(list 1 2 3)",
    "(list \"b\" \"a\" \"c\" \"a\")",
    "(list nil \"\" 0 \"x\")",
    "(splitList \",\" .csv)",
    "(until 4)",
    "(fromJson .array)",
    "(list (list 1) (dict \"k\" 2))",
    "(list 1.5 true \"z\")",
    "(splitList \" \" .words)",
];

const MAPS: &[&str] = &[
    "(dict)",
    "(dict \"a\" 1 \"b\" \"x\")",
    "(fromJson .json)",
    "(fromYaml .yaml)",
    "(dict \"a\" (dict \"b\" (list 1 2)) \"z\" nil)",
    "(dict \"k\" .user \"p\" .password)",
];

const BOOLS: &[&str] =
    &["true", "false", "(eq .user \"alice\")", "(not .empty)", "(hasPrefix \"a\" .user)"];

/// Functions from a text to a text.
const TEXT_TO_TEXT: &[&str] = &[
    "upper",
    "lower",
    "title",
    "untitle",
    "trim",
    "nospace",
    "initials",
    "swapcase",
    "quote",
    "squote",
    "b64enc",
    "b64dec",
    "b32enc",
    "b32dec",
    "sha1sum",
    "sha256sum",
    "adler32sum",
    "toString",
    "html",
    "js",
    "urlquery",
    "base",
    "dir",
    "clean",
    "ext",
    "regexQuoteMeta",
    "toJson",
    "toRawJson",
    "toYaml",
    "toPrettyJson",
    "print",
    "println",
    "trunc 5",
    "trunc -4",
    "abbrev 8",
    "abbrevboth 2 9",
    "substr 1 4",
    "substr 0 -1",
    "repeat 2",
    "trimAll \"a\"",
    "trimPrefix \"a\"",
    "trimSuffix \"e\"",
    "replace \"a\" \"-\"",
    "indent 2",
    "nindent 1",
    "wrap 6",
    "wrapWith 4 \"|\"",
    "cat \"x\"",
    "default \"none\"",
    "printf \"%s!\"",
    "printf \"%q\"",
    "printf \"%10s|\"",
    "printf \"%-8s|\"",
    "printf \"%.3s\"",
    "printf \"%x\"",
    "printf \"%v\"",
    "printf \"%d\"",
    "printf \"%+q\"",
    "printf \"%#v\"",
    "coalesce \"\"",
    "regexReplaceAll \"[aeiou]+\" .user",
    "plural \"one\" .user 2 | cat",
    "osBase",
    "regexFind \"[a-z]+\"",
    "regexReplaceAllLiteral \"a\" .words",
];

/// Functions from bytes that are no text to a text.
const BYTES_TO_TEXT: &[&str] = &[
    "quote",
    "squote",
    "b64enc",
    "b32enc",
    "sha256sum",
    "toString",
    "html",
    "js",
    "urlquery",
    "toJson",
    "base",
    "dir",
    "clean",
    "regexQuoteMeta",
    "trunc 2",
    "trunc -3",
    "substr 0 2",
    "repeat 2",
    "upper",
    "replace \"o\" \"-\"",
    "indent 2",
    "wrapWith 2 \"|\"",
    "printf \"%q\"",
    "printf \"%x\"",
    "trim",
    "printf \"%6s|\"",
    "printf \"%.2s\"",
    "default \"none\"",
    "nospace",
    "adler32sum",
    "toYaml",
];

/// Functions from a text to something else.
const TEXT_TO_ANY: &[&str] = &[
    "len",
    "atoi",
    "int",
    "int64",
    "float64",
    "toDecimal",
    "empty",
    "kindOf",
    "typeOf",
    "contains \"a\"",
    "hasPrefix \"a\"",
    "hasSuffix \"e\"",
    "splitList \",\"",
    "splitList \"\"",
    "split \"a\"",
    "splitn \"a\" 2",
    "fromJson",
    "toStrings",
    "sortAlpha",
    "isAbs",
    "regexMatch \"^[a-z]\"",
    "regexSplit \"[, ]\" .csv",
    "eq \"alice\"",
    "lt \"m\"",
    "ge .user",
    "mustFromJson",
    "urlParse",
    "semver",
    "semverCompare \">=1.0\"",
    "add 1",
    "mul 2",
    "ceil",
    "floor",
    "round 2 | print",
    "duration",
    "durationRound",
    "all 1",
    "any 0",
    "typeIs \"string\"",
    "join \"+\"",
    "deepEqual \"a\"",
    "index . ",
    "first",
    "has \"a\"",
    "ternary 1 2",
    "not",
    "and 1",
    "or 0",
];

const LIST_TO_LIST: &[&str] = &[
    "rest",
    "initial",
    "reverse",
    "uniq",
    "compact",
    "sortAlpha",
    "toStrings",
    "without 1 \"a\"",
    "append 9",
    "concat (list 0)",
    "chunk 2",
    "mustUniq",
    "mustReverse",
    "mustCompact",
];

const LIST_TO_ANY: &[&str] = &[
    "len",
    "first",
    "last",
    "join \"-\"",
    "has \"a\"",
    "toJson",
    "toYaml",
    "print",
    "quote",
    "empty",
    "toPrettyJson",
    "printf \"%v\"",
    "printf \"%s\"",
    "printf \"%q\"",
    "printf \"%d\"",
    "kindOf",
    "typeOf",
    "printf \"%#v\"",
    "printf \"%x\"",
    "squote",
    "cat",
    "mustFirst",
    "mustLast",
    "html",
    "toString",
    "deepEqual (list 1 2 3)",
    "default 1",
    "printf \"%5v|\"",
    "toRawJson",
    "max 1",
    "join",
    "len | add 1",
];

const MAP_TO_ANY: &[&str] = &[
    "len",
    "keys | sortAlpha",
    "toJson",
    "toYaml",
    "toPrettyJson",
    "print",
    "quote",
    "empty",
    "toRawJson",
    "printf \"%v\"",
    "printf \"%s\"",
    "printf \"%d\"",
    "kindOf",
    "typeOf",
    "dig \"a\" \"b\" \"none\"",
    "merge (dict \"a\" 7 \"q\" 8)",
    "mergeOverwrite (dict \"a\" 7)",
    "deepCopy",
    "printf \"%#v\"",
    "values | len",
    "pluck \"a\"",
    "toString",
    "dig \"a\" 0",
    "first",
    "join \",\"",
    "html",
    "squote",
    "printf \"%q\"",
    "urlJoin",
];

const NUMBER_TO_ANY: &[&str] = &[
    "add 1",
    "sub 5",
    "mul 3",
    "div 100",
    "mod 7",
    "add1",
    "addf 0.5",
    "subf 1",
    "mulf 1.1",
    "divf 3",
    "add1f",
    "max 2",
    "min 2",
    "maxf 2.5",
    "minf 2.5",
    "ceil",
    "floor",
    "int",
    "int64",
    "float64",
    "toString",
    "print",
    "quote",
    "toJson",
    "toYaml",
    "kindOf",
    "typeOf",
    "printf \"%d\"",
    "printf \"%v\"",
    "printf \"%5.2f|\"",
    "printf \"%x\"",
    "printf \"%08d\"",
    "printf \"%e\"",
    "printf \"%g\"",
    "printf \"%c\"",
    "printf \"%q\"",
    "printf \"%U\"",
    "printf \"%t\"",
    "printf \"%#v\"",
    "printf \"%+d\"",
    "until | len",
    "seq",
    "eq 1",
    "lt 2",
    "gt 1.5",
    "empty",
    "default 3",
    "toDecimal",
    "list 1",
    "duration",
    "html",
    "squote",
    "printf \"%o\"",
    "printf \"%b\"",
    "printf \"%s\"",
    "not",
    "trunc 2",
    "repeat 2",
    "upper",
    "cat \"n\"",
    "printf \"%G\"",
    "printf \"%6.1e|\"",
    "printf \"%+.3g|\"",
    "printf \"%-8v|\"",
];

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
