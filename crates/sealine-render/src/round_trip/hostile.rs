//! Values that break what is not made for them.
//!
//! Invariant: each is a value that a person or a generator of passwords may well choose.

use super::Consumer;

/// A value, and what is odd about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hostile {
    /// What is odd, for people.
    pub(crate) kind: &'static str,
    /// The value.
    value: &'static str,
    /// How often it is repeated.
    times: usize,
}

impl Hostile {
    /// Returns the value.
    pub(crate) fn value(&self) -> Vec<u8> {
        self.value.repeat(self.times).into_bytes()
    }

    /// Returns whether the consumer can hold such a value at all, however it is written.
    pub(crate) fn fits(&self, consumer: Consumer) -> bool {
        match self.kind {
            // Drivers refuse it in any notation, and so do files of lines.
            "a null byte" => matches!(
                consumer,
                Consumer::Json
                    | Consumer::Registries
                    | Consumer::Yaml
                    | Consumer::Operator
                    | Consumer::Airflow
            ),
            "a line break" | "a carriage return" | "a line break at the end" => {
                !matches!(consumer, Consumer::Pgpass)
            }
            _ => true,
        }
    }
}

macro_rules! hostile {
    ($($kind:literal: $value:literal,)*) => {
        &[$(Hostile { kind: $kind, value: $value, times: 1 },)*
          Hostile { kind: "64 KiB", value: "0123456789abcdef", times: 4096 }]
    };
}

/// All of them, those of one odd letter before those that have more.
pub(crate) const HOSTILE: &[Hostile] = hostile! {
    "`@`": "p@ss",
    "`/`": "p/ss",
    "`?`": "p?ss",
    "`#`": "p#ss",
    "`+`": "p+ss",
    "`:`": "p:ss",
    "`[`": "p[ss",
    "`]`": "p]ss",
    "a space": "p ss",
    "`\"`": "p\"ss",
    "`'`": "p'ss",
    "`\\`": "p\\ss",
    "a line break": "p\nss",
    "a carriage return": "p\rss",
    "a tab": "p\tss",
    "a null byte": "p\0ss",
    "`&`": "p&ss",
    "`=`": "p=ss",
    "`;`": "p;ss",
    "`,`": "p,ss",
    "` #`": "p #ss",
    "`%`": "p%41ss",
    "`%`": "100%",
    "`: `": "p: ss",
    "a space at the end": "pass ",
    "`\"`": "\"pass\"",
    "`'`": "'pass'",
    "`\\`": "p\\nss",
    "`\\`": "pass\\",
    "a line break": "one: 1\ntwo: 2\n\nthree",
    "a line break at the end": "pass\n",
    "a letter beyond ASCII": "pässwörd€🔑",
    "`<`": "p<s>s",
    "`{` at the start": "{pass",
    "`{` at the start": "{\"a\": 1}",
    "`[` at the start": "[pass",
    "`*` at the start": "*pass",
    "`&` at the start": "&pass",
    "`!` at the start": "!pass",
    "`-` at the start": "- pass",
    "`|` at the start": "|pass",
    "`#` at the start": "#pass",
    "base64": "cGFzc3dvcmQ=",
    "base64": "-_8=",
    "a word that YAML takes for something else": "on",
    "a word that YAML takes for something else": "null",
    "a word that YAML takes for something else": "~",
    "a number": "0755",
    "a number": "1e3",
    "a number": "1_000",
};

/// Makes a form of a key or certificate.
pub(crate) type Form = fn(&str) -> String;

/// A key or certificate as people store it, by the ends of its lines.
pub(crate) const PEM_FORMS: &[(&str, Form)] = &[
    ("no line break at the end", |pem| pem.trim_end().to_owned()),
    ("line breaks of Windows", |pem| pem.replace('\n', "\r\n")),
    ("an empty line at the end", |pem| format!("{pem}\n")),
];
