//! The program that holds Airflow's own parser, and the texts that it is asked about.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A running oracle; it ends when it is dropped.
pub(crate) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Whether its Python refuses what stands beside the brackets of a host.
    pub(crate) strict_brackets: bool,
}

impl Oracle {
    /// Starts the oracle, where there is one.
    #[expect(clippy::disallowed_methods, reason = "the oracle is a program")]
    pub(crate) fn start() -> Option<Self> {
        let program = crate::peers::peer("airflow-oracle")?;
        let mut child = Command::new(program)
            .env_clear()
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the oracle starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut oracle = Self { child, input, output, strict_brackets: false };
        oracle.strict_brackets = oracle.answer()["strict_brackets"] == true;
        Some(oracle)
    }

    /// Returns the answers to all requests, in their order.
    pub(crate) fn ask(&mut self, requests: impl Iterator<Item = Value>) -> Vec<Value> {
        requests
            .map(|request| {
                let input = self.input.as_mut().expect("the oracle was not asked to end");
                writeln!(input, "{request}").expect("the oracle reads");
                self.answer()
            })
            .collect()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the oracle answers");
        serde_json::from_str(&line).expect("with JSON")
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input is the end of the program.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// A generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// Joins some of the pieces.
    fn some(&mut self, from: &[&str], most: usize) -> String {
        (0..self.roll(most + 1)).map(|_| self.pick(from)).collect()
    }
}

const SIGNS: &[&str] = &[
    "a", "B", "7", "-", "_", ".", "~", "%40", "%2F", "%25", "%zz", "%c3%a9", "%ff", "é", "+", " ",
    "@", ":", "/", "?", "#", "[", "]", "&", "=", "\"", "'", "\\", "\t", "%0A", "日", "\u{ff0f}",
    "://", "İ", "%", "word", "word", "word", "name", "name",
];

fn joined(text: &mut String, more: std::fmt::Arguments<'_>) {
    use std::fmt::Write as _;
    let _ = text.write_fmt(more);
}

/// Returns texts like URIs, most of them sound.
pub(crate) fn uris(count: usize) -> impl Iterator<Item = String> {
    let mut dice = Dice(7);
    let plain: Vec<&str> =
        SIGNS.iter().copied().filter(|sign| !"@:/?#[]&=://".contains(sign)).collect();
    (0..count).map(move |_| {
        let wild = dice.roll(4) == 0;
        let signs = if wild { SIGNS } else { plain.as_slice() };
        let scheme = dice.pick(&[
            "postgresql",
            "postgres",
            "http",
            "HTTP",
            "google-cloud-platform",
            "my_type",
            "a+b",
            "",
            "7z",
            "aws",
            "x",
        ]);
        let mut text = format!("{}{scheme}://", dice.pick(&["", "", "", " ", "\n", "\u{1f}"]));
        if dice.roll(8) == 0 {
            text += dice.pick(&["http://", "https://", "x://", "_://"]);
        }
        match dice.roll(4) {
            0 => {}
            1 => joined(&mut text, format_args!("{}@", dice.some(signs, 5))),
            _ => {
                joined(&mut text, format_args!("{}:{}@", dice.some(signs, 4), dice.some(signs, 6)));
            }
        }
        text += dice.pick(&[
            "host",
            "Host.Example",
            "",
            "[::1]",
            "[FE80::1%25Eth0]",
            "%2Fvar%2FRun",
            "1.2.3.4",
            "https%3A%2F%2FApi.example%2Fp",
            "bücher.example",
            "[::1]x",
            "[1.2.3.4]",
            "[v1.x]",
        ]);
        text += dice.pick(&["", ":5432", ":0", ":", ":65535", ":65536", ":x", ":007", ":٥", ":-1"]);
        if dice.roll(3) > 0 {
            joined(&mut text, format_args!("/{}", dice.some(signs, 4)));
        }
        if dice.roll(3) == 0 {
            text += "?";
            for _ in 0..dice.roll(4) {
                let name = dice.some(&["a", "b", "%20", "+", "é"], 2);
                joined(&mut text, format_args!("{name}={}&", dice.some(signs, 3)));
            }
        }
        if dice.roll(10) == 0 {
            let extra = dice.pick(&[
                "%7B%22a%22%3A1%7D",
                "%5B1%5D",
                "n",
                "",
                "{\"a\": 1.5}",
                "5",
                "null",
                "%7B%22a%22%3A+1%7D",
            ]);
            joined(&mut text, format_args!("{}__extra__={extra}", dice.pick(&["?", "&"])));
        }
        if wild && dice.roll(3) == 0 {
            let cut = dice.roll(text.len());
            text.truncate(text.floor_char_boundary(cut));
        }
        text
    })
}

/// Returns texts like JSON documents, most of them sound.
pub(crate) fn json_documents(count: usize) -> impl Iterator<Item = String> {
    let mut dice = Dice(11);
    (0..count).map(move |_| {
        let mut members = Vec::new();
        for _ in 0..dice.roll(7) {
            let (key, value) = member(&mut dice);
            members.push(format!("\"{key}\":{}{value}", dice.pick(&["", " ", "\n"])));
        }
        let mut text = format!("{{{}}}", members.join(dice.pick(&[",", ", ", " ,\r\n"])));
        if dice.roll(12) == 0 {
            let from = dice.roll(text.len());
            let from = text.floor_char_boundary(from);
            let odd = dice
                .pick(&["", "\"", ",", "}", "\\", "\n", "\u{1}", "'", "x", "\u{feff}", "1", "//"]);
            let rest = text.split_off(from);
            text += odd;
            text += rest.get(1..).unwrap_or_default();
        }
        text
    })
}

fn member(dice: &mut Dice) -> (&'static str, String) {
    let key = dice.pick(&[
        "conn_type",
        "conn_type",
        "description",
        "host",
        "host",
        "login",
        "login",
        "password",
        "password",
        "schema",
        "port",
        "port",
        "extra",
        "extra",
        "extra",
    ]);
    let odd = dice.roll(40);
    let key = match odd {
        0 => dice.pick(&[
            "user",
            "username",
            "extras",
            "conn_id",
            "uri",
            "uri",
            "",
            "self",
            "e\\u0078tra",
        ]),
        _ => key,
    };
    let value = match (key, dice.roll(5)) {
        ("extra", 0..=2) => object(dice),
        ("extra", 3) => dice
            .pick(&["\"{\\\"a\\\": [1, null]}\"", "\"n\"", "\"\"", "\"[1]\"", "\" {}\"", "\"NaN\""])
            .to_owned(),
        ("conn_type", 0..=3) => {
            format!(
                "\"{}\"",
                dice.pick(&["postgresql", "google-cloud-platform", "Http", "a_b", "-", "aws"])
            )
        }
        ("port", 0..=3) => dice
            .pick(&[
                "5432",
                "\"5432\"",
                "0",
                "\"0\"",
                "\"\"",
                "5.9",
                "-1",
                "\" 1_0 \"",
                "\"x\"",
                "true",
                "false",
                "null",
                "1e3",
                "1e999",
                "NaN",
                "\"٥\"",
                "\"+5\"",
                "\"1__0\"",
                "[]",
                "[1]",
                "{}",
                "\"1.5\"",
                "-0.5",
                "\"𝟝\"",
                "\"۵५\"",
            ])
            .to_owned(),
        ("uri", 0..=3) => dice.pick(&["\"http://a:b@c/d?e=f\"", "\"\"", "null", "5"]).to_owned(),
        (_, 0) => scalar(dice),
        _ => string(dice),
    };
    (key, value)
}

fn object(dice: &mut Dice) -> String {
    let mut members = Vec::new();
    for _ in 0..dice.roll(4) {
        let key = dice.pick(&["a", "sslmode", "b", "a", "é"]);
        let value = match dice.roll(4) {
            0 => format!("[{}, {}]", scalar(dice), string(dice)),
            1 => format!("{{\"n\": {}}}", scalar(dice)),
            2 => scalar(dice),
            _ => string(dice),
        };
        members.push(format!("\"{key}\": {value}"));
    }
    format!("{{{}}}", members.join(", "))
}

fn scalar(dice: &mut Dice) -> String {
    dice.pick(&[
        "null",
        "true",
        "false",
        "0",
        "-0",
        "0.0",
        "1",
        "-1.5e3",
        "12345678901234567890",
        "\"\"",
        "[]",
        "{}",
        "[\"-\"]",
        "{\"-\": 1}",
        "01",
        "1.",
        "+1",
        "nul",
    ])
    .to_owned()
}

fn string(dice: &mut Dice) -> String {
    let signs = &[
        "a",
        "word",
        " ",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud83d",
        "é",
        "日",
        "@",
        "%40",
        "\u{7f}",
        "\u{2028}",
    ];
    format!("\"{}\"", dice.some(signs, 4))
}
