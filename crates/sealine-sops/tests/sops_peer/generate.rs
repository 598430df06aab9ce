//! Documents of every kind of value, layout and comment, always the same ones.

use std::fmt::Write as _;

/// A generator of numbers that needs no luck.
pub(crate) struct Dice(u64);

impl Dice {
    /// Returns the generator of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % sides as u64) as usize
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.roll(from.len())]
    }
}

const KEYS: &[&str] = &[
    "a",
    "name",
    "data",
    "stringData",
    "x_unencrypted",
    "y_encrypted",
    "'quoted key'",
    "\"a:b\"",
    "\"true\"",
    "'12'",
    "yes",
    "n",
    "ümläut",
    "\"tab\\tkey\"",
    "dash-ed",
    "under_score",
    "a.b.c",
    "\"# no comment\"",
    "k3y",
    "UPPER",
    "'on'",
    "\"\\U0001F600\"",
    "_",
    "x/y",
    "'*star'",
    "\"null\"",
];

const SCALARS: &[&str] = &[
    "plain",
    "two words",
    "",
    "~",
    "null",
    "true",
    "False",
    "yes",
    "'no'",
    "0",
    "5",
    "-17",
    "+5",
    "0755",
    "0o17",
    "0x1F",
    "0b101",
    "1_000",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1.5",
    "1.50",
    "1e3",
    ".5",
    "5.",
    "08",
    "1e-7",
    "6.02e23",
    "0.1",
    ".inf",
    "-.Inf",
    "2020-01-02",
    "2020-01-02T03:04:05Z",
    "2020-01-02 03:04:05.678",
    "2020-1-2T3:4:5.5+02:00",
    "'2020-01-02'",
    "12:30:45",
    "1.2.3",
    "''",
    "\"\"",
    "\" lead\"",
    "'it''s'",
    "\"esc \\\" \\\\ \\n \\t \\u00e9 \\U0001F600\"",
    "\"nul \\0 end\"",
    "grüße 😀",
    "http://x/y?z=1#f",
    "a:b",
    "key=value",
    "'{{ .Values.x }}'",
    "\"ENC[not really]\"",
    "'- x'",
    "'# x'",
    "\"%\"",
    "'@'",
    "!!str 5",
    "!!float 5",
    "!!int '7'",
    "!!binary aGVsbG8=",
    "!custom x",
    "'  '",
    "0x",
    "1__0",
    "._5",
    "1e999",
    "'\"'",
    "a'b",
    "=",
    "<<",
    "\"\\x7f\"",
    "\"\\r\\n\"",
    "{}",
    "[]",
    "{a: 1, 'b c': [x, 2.5, null]}",
    "[1, 'two', [3, {k: v}]]",
];

const COMMENTS: &[&str] =
    &["# comment", "#tight", "# übel: x", "#", "# password: x", "## two", "# keep"];

/// A YAML document.
struct Yaml {
    text: String,
    dice: Dice,
    anchors: usize,
    lists: usize,
    comments_in_lists: bool,
}

/// Returns the document of this seed.
pub(crate) fn yaml(seed: u64, comments_in_lists: bool) -> String {
    let mut yaml = Yaml {
        text: String::new(),
        dice: Dice::new(seed),
        anchors: 0,
        lists: 0,
        comments_in_lists,
    };
    yaml.map(0, 3, true);
    yaml.text
}

impl Yaml {
    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// An empty comment of a list becomes an empty item of it with `sops`: lists have none.
    fn comment_text(&mut self) -> &'static str {
        let comment = self.dice.pick(COMMENTS);
        if self.lists > 0 && comment == "#" { "# x" } else { comment }
    }

    fn comment(&mut self, indent: usize, allowed: bool) {
        if allowed && self.dice.roll(5) == 0 {
            let comment = self.comment_text();
            self.line(indent, comment);
        }
    }

    fn keys(&mut self) -> Vec<String> {
        let start = self.dice.roll(KEYS.len());
        let count = 1 + self.dice.roll(5);
        let step = [1, 3, 5, 7][self.dice.roll(4)];
        let mut keys: Vec<String> =
            (0..count).map(|index| KEYS[(start + index * step) % KEYS.len()].to_owned()).collect();
        keys.dedup();
        if self.dice.roll(25) == 0 {
            keys.push("long".repeat(40));
        }
        keys
    }

    fn map(&mut self, indent: usize, depth: usize, comments: bool) {
        for key in self.keys() {
            self.comment(indent, comments);
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str(&key);
            self.text.push(':');
            self.value(indent, depth, comments);
        }
        if depth < 3 {
            self.comment(indent, comments);
        }
    }

    /// Writes what follows a `:` or `-`, to the end of the line.
    fn value(&mut self, indent: usize, depth: usize, comments: bool) {
        match self.dice.roll(if depth == 0 { 12 } else { 16 }) {
            0 => self.block(indent),
            1 if self.anchors == 0 => self.text.push_str(" first\n"),
            1 => {
                let anchor = self.dice.roll(self.anchors);
                writeln!(self.text, " *a{anchor}").unwrap();
            }
            2 => {
                let anchor = self.anchors;
                writeln!(self.text, " &a{anchor} anchored{anchor}").unwrap();
                self.anchors += 1;
            }
            3..12 => {
                let scalar = self.dice.pick(SCALARS);
                let comment = if comments && self.dice.roll(8) == 0 {
                    format!(" {}", self.comment_text())
                } else {
                    String::new()
                };
                let gap = if scalar.is_empty() { "" } else { " " };
                writeln!(self.text, "{gap}{scalar}{comment}").unwrap();
            }
            12 | 13 => {
                self.text.push('\n');
                let step = [2, 4, 3][self.dice.roll(3)];
                self.map(indent + step, depth - 1, comments);
            }
            _ => {
                self.text.push('\n');
                let indent = indent + [0, 2, 4][self.dice.roll(3)].max(usize::from(depth < 3) * 2);
                self.list(indent, depth - 1, comments && self.comments_in_lists);
            }
        }
    }

    fn list(&mut self, indent: usize, depth: usize, comments: bool) {
        self.lists += 1;
        for _ in 0..=self.dice.roll(4) {
            self.comment(indent, comments);
            self.text.push_str(&" ".repeat(indent));
            self.text.push('-');
            if depth > 0 && self.dice.roll(4) == 0 {
                let key = self.dice.pick(KEYS);
                write!(self.text, " {key}:").unwrap();
                self.value(indent + 2, depth - 1, false);
            } else {
                self.value(indent, depth.min(1).saturating_sub(1), comments);
            }
        }
        self.lists -= 1;
    }

    fn block(&mut self, indent: usize) {
        let header = self.dice.pick(&["|", "|-", "|+", ">", ">-"]);
        writeln!(self.text, " {header}").unwrap();
        let body =
            self.dice.pick(&["one\n", "one\n  two\n\nthree\n", "# no comment\nb: c\n", "ü\n\n"]);
        for line in body.lines() {
            let line = if line.is_empty() {
                String::new()
            } else {
                format!("{}{line}", " ".repeat(indent + 2))
            };
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }
}

const JSON_SCALARS: &[&str] = &[
    "\"text\"",
    "\"\"",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "17",
    "-9223372036854775808",
    "9223372036854775808",
    "1.5",
    "1.0",
    "1e3",
    "1E-7",
    "6.02e23",
    "0.1",
    "\"2020-01-02\"",
    "\"\\u00fc\\ud83d\\ude00\"",
    "\"\\ud800x\"",
    "\"a\\/b\\\\c\\\"d\"",
    "\"\\b\\f\\n\\r\\t\\u0000\"",
    "\"<&>\"",
    "\"\u{2028}\"",
    "\"grüße\"",
    "{}",
    "[]",
    "\"yes\"",
    "\"0755\"",
    "\"# x\"",
];

/// Returns the JSON value of this seed.
pub(crate) fn json(dice: &mut Dice, depth: usize) -> String {
    let count = 1 + dice.roll(5);
    match dice.roll(if depth == 0 { 4 } else { 7 }) {
        0..=3 if depth < 3 => dice.pick(JSON_SCALARS).to_owned(),
        5 => {
            let items: Vec<_> = (0..count).map(|_| json(dice, depth.saturating_sub(1))).collect();
            format!("[{}]", items.join(", "))
        }
        _ => {
            let start = dice.roll(100);
            let members: Vec<_> = (0..count)
                .map(|index| {
                    let name = ["k", "data", "ü ", "x_unencrypted", "a:b"][(start + index) % 5];
                    let blank = ["", " ", "\n\t"][dice.roll(3)];
                    format!("\"{name}{index}\":{blank}{}", json(dice, depth.saturating_sub(1)))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

const DOTENV_VALUES: &[&str] = &[
    "plain",
    "",
    "\"quoted\"",
    "'single'",
    "a=b",
    " lead and trail ",
    "two\\nlines",
    "# no comment",
    "$OTHER",
    "5",
    "true",
    "grüße 😀",
    "tab\there",
    "ENC[",
    "back\\\\slash",
    "{\"a\": 1}",
];

/// Returns the lines of this seed, their names beginning with `prefix`.
pub(crate) fn dotenv(dice: &mut Dice, prefix: &str) -> String {
    let mut text = String::new();
    for index in 0..=dice.roll(6) {
        match dice.roll(6) {
            0 => writeln!(text, "{}", dice.pick(COMMENTS)).unwrap(),
            1 => text.push('\n'),
            _ => {}
        }
        let tail = ["", "_unencrypted", ".dot", " blank"][dice.roll(4)];
        writeln!(text, "{prefix}{index}{tail}={}", dice.pick(DOTENV_VALUES)).unwrap();
    }
    text
}
