//! The laws over their seeds, and over each seed broken in dozens of ways: always the same ones,
//! so that a failure stays. `fuzz/` looks for new ones.

use std::panic::catch_unwind;
use std::path::Path;

use sealine_testing::laws::{LAWS, Law};
use sealine_testing::tree;

/// How many broken forms of each seed are tried.
const FORMS: u64 = 60;

fn seeds(law: &Law) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(law.name);
    let files = tree::files(&folder).into_iter();
    files.map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

/// Text that is likely to mean something to a parser.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    ":",
    ": ",
    "- ",
    "#",
    "\"",
    "'",
    "`",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "{{",
    "}}",
    "${",
    "%{",
    "<<EOT\n",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
    "---\n",
    "...\n",
    "<<: ",
    "\\",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "\u{202e}",
    "ü",
    "😀",
    "=",
    ",",
    "/",
    "..",
    "$",
    "@",
    "null",
    "~",
    "0",
    "-1",
    "//- x.yaml\n",
    "if ",
    "else",
    "for ",
    "def f(",
    "lambda: ",
    "import ",
    "range ",
    "end",
];

/// A small generator of numbers: the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

/// A broken form of `text`.
fn broken(text: &str, numbers: &mut Numbers) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.next(3) {
        let at = numbers.next(chars.len() + 1);
        let to = (at + numbers.next(12)).min(chars.len());
        match numbers.next(6) {
            0 => chars.truncate(at),
            1 => drop(chars.drain(at..to)),
            2 => {
                let copy: Vec<char> = chars[at..to].to_vec();
                let goal = numbers.next(chars.len() + 1);
                chars.splice(goal..goal, copy);
            }
            3 => {
                let copy: Vec<char> = chars[at..to].to_vec();
                chars.splice(at..at, copy.repeat(20));
            }
            _ => {
                let piece = PIECES[numbers.next(PIECES.len())];
                chars.splice(at..to.min(at + 1), piece.chars());
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn laws_hold_for_seeds_and_what_becomes_of_them() {
    let mut faults = Vec::new();
    for law in LAWS {
        let seeds = seeds(law);
        assert!(seeds.len() >= 3, "the law `{}` has too few seeds", law.name);
        for (index, (name, seed)) in seeds.iter().enumerate() {
            let mut numbers = Numbers(index as u64 + 1);
            let forms = (0..FORMS).map(|_| broken(seed, &mut numbers));
            for text in std::iter::once(seed.clone()).chain(forms) {
                // A test's thread has 2 MiB of stack, which is what a reader must do with.
                if catch_unwind(|| (law.hold)(&text)).is_err() {
                    faults.push(format!("{} ({name}):\n{text:?}", law.name));
                    break;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}
