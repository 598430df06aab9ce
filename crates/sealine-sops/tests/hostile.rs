//! Texts made to hurt: each is read on a 2 MB stack and ends with a tree or a fault, in time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write as _;

use jiff::Timestamp;
use sealine_sops::{
    Change, DataKey, Encrypted, Format, Leaf, Master, Path, Plain, Rule, WrappedKey, encrypt,
};

fn key() -> DataKey {
    DataKey::from_bytes(&[7; 32]).unwrap()
}

fn wrapped() -> Vec<WrappedKey> {
    let master = Master::Age { recipient: "age1example".to_owned() };
    vec![WrappedKey { master, enc: "wrapped\n".to_owned(), created_at: None }]
}

/// Reads a text, and what can be read goes the whole way: encrypted, edited, decrypted, written.
fn whole_way(format: Format, text: String) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let _ = Encrypted::read(format, &text).map(|file| file.decrypt(&key()));
        let Ok(plain) = Plain::read(format, &text) else { return };
        let now = Timestamp::UNIX_EPOCH;
        let file = encrypt(format, &plain, &Rule::default(), &key(), &wrapped(), now).unwrap();
        let change = Change::set_leaf(Path::keys(["NEW"]), Leaf::string("x"));
        let edited = Encrypted::read(format, &file).unwrap().edit(&key(), &[change], now).unwrap();
        let opened = Encrypted::read(format, &edited.text).unwrap().decrypt(&key()).unwrap();
        opened.write(format).unwrap();
    });
    thread.unwrap().join().unwrap();
}

fn lines(line: impl Fn(usize) -> String) -> String {
    (0..4_000).map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn depth_aliases_and_width_have_limits() {
    let deep = |open: &str, count: usize, close: &str| {
        format!("{}x{}", open.repeat(count), close.repeat(count))
    };
    let mut laughs = "a0: &a0 x\n".to_owned();
    for level in 1..10 {
        let item = format!("*a{}, ", level - 1).repeat(9);
        writeln!(laughs, "a{level}: &a{level} [{item}]").unwrap();
    }
    let mut nested = String::new();
    for level in 0..120 {
        writeln!(nested, "{}k:", " ".repeat(level)).unwrap();
    }
    let wide = lines(|index| format!("key{index}: value"));
    for text in [
        format!("a: {}", deep("[", 100_000, "]")),
        deep("- ", 20_000, ""),
        deep("? ", 20_000, ""),
        laughs,
        nested,
        wide,
        "a: &x [*x]\n".to_owned(),
        format!("a: '{}'\n", "x".repeat(1 << 20)),
        "#".repeat(100_000),
        "\u{feff}a: 1\r\nb: |\r\n  x".to_owned(),
    ] {
        whole_way(Format::Yaml, text);
    }
    let wide: Vec<String> = (0..4_000).map(|index| format!("\"k{index}\":{index}")).collect();
    for text in [
        format!("{{\"a\":{}}}", deep("[", 100_000, "]")),
        format!("{{\"a\":{}1{}}}", "[".repeat(120), "]".repeat(120)),
        format!("{{{}}}", wide.join(",")),
        "{\"a\":\"\\u0000\\u001f\u{2028}\"}".to_owned(),
    ] {
        whole_way(Format::Json, text);
    }
    let wide = lines(|index| format!("K{index}=v"));
    for text in [wide, "A=\r\nB=\\n\\n\\\\n\n".to_owned(), "=\n".to_owned()] {
        whole_way(Format::Dotenv, text);
    }
}
