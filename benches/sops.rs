//! How fast a file of 2,000 values is encrypted and decrypted, beside one process of the real `sops`.
//!
//! `cargo bench -p sealine-sops` does both in turn, with the same age key, which is wrapped and
//! unwrapped each time; the best of a few runs counts. Files are read from the disk both ways.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the disk and itself")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../crates/sealine-testing/src/peers.rs"]
#[expect(unreachable_pub, unused_imports, reason = "it is part of another crate")]
mod peers;
#[path = "../crates/sealine-testing/src/peers_table.rs"]
mod peers_table;
#[path = "../crates/sealine-sops/tests/sops_peer/tool.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod tool;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sealine_sops::{Change, Encrypted, Format, Leaf, Path, Plain, Rule, encrypt};
use tool::Tool;

const RUNS: usize = 5;
const GROUPS: usize = 100;
const LEAVES: usize = 20;

fn main() {
    let Some(tool) = Tool::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain.yaml");
    std::fs::write(&file, document()).unwrap();
    let [mut seal, mut real_seal, mut open, mut real_open, mut edit] = [Duration::MAX; 5];
    for _ in 0..RUNS {
        let start = Instant::now();
        let text = std::fs::read_to_string(&file).unwrap();
        let (key, keys) = tool.data_key();
        let plain = Plain::read(Format::Yaml, &text).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let ours = encrypt(Format::Yaml, &plain, &Rule::default(), &key, &keys, now).unwrap();
        seal = seal.min(start.elapsed());

        let start = Instant::now();
        let theirs = tool.encrypt("plain.yaml", &text, "").unwrap();
        real_seal = real_seal.min(start.elapsed());

        let sealed = folder.path().join("sealed.yaml");
        std::fs::write(&sealed, &theirs).unwrap();
        let start = Instant::now();
        let text = std::fs::read_to_string(&sealed).unwrap();
        let read = Encrypted::read(Format::Yaml, &text).unwrap();
        let plain = read.decrypt(&tool.unwrap(&read)).unwrap();
        std::hint::black_box(plain.write(Format::Yaml).unwrap());
        open = open.min(start.elapsed());

        let start = Instant::now();
        tool.decrypt("sealed.yaml", &ours).unwrap();
        real_open = real_open.min(start.elapsed());

        let start = Instant::now();
        let key = tool.unwrap(&read);
        let change = Change::set_leaf(Path::keys(["group7", "key7"]), Leaf::string("new"));
        std::hint::black_box(read.edit(&key, &[change], now).unwrap());
        edit = edit.min(start.elapsed());
    }
    println!("{} values, milliseconds:", GROUPS * LEAVES);
    print("encrypt", seal, real_seal);
    print("decrypt", open, real_open);
    println!("edit one  {:8.1}", edit.as_secs_f64() * 1e3);
}

fn print(what: &str, own: Duration, real: Duration) {
    let (own, real) = (own.as_secs_f64() * 1e3, real.as_secs_f64() * 1e3);
    println!("{what:9} {own:8.1} sops {real:8.1} ratio {:5.1}", real / own);
}

fn document() -> String {
    let mut text = String::new();
    for group in 0..GROUPS {
        writeln!(text, "# group {group}\ngroup{group}:").unwrap();
        for leaf in 0..LEAVES {
            match leaf % 4 {
                0 => writeln!(text, "  key{leaf}: {}", group * leaf),
                1 => writeln!(text, "  key{leaf}: value {group} of some length, {leaf}"),
                2 => writeln!(text, "  key{leaf}: 'host{group}.example.org:{leaf}'"),
                _ => writeln!(text, "  key{leaf}: {}", leaf % 8 == 3),
            }
            .unwrap();
        }
    }
    text
}
