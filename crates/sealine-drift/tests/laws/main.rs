//! Laws that fuzzing holds, over the seeds and over seeds that are broken: each in 200 ways, or in as
//! many as `SEALINE_ROUNDS` says.

#![allow(clippy::disallowed_methods, reason = "seeds are read")]

mod planted;

use std::path::Path;

const PIECES: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "true",
    "-1",
    "1e999",
    "\\ud800",
    "[[[[[[",
    "{\"a\":",
    "\"module.\"",
    "\u{0}",
];

#[test]
fn broken_plans_are_refused_or_judged_and_no_secret_is_told() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/plan");
    let mut random: u64 = 11;
    let mut next = |below: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).expect("31 bits") % below
    };
    let rounds = std::env::var("SEALINE_ROUNDS").ok().and_then(|text| text.parse().ok());
    let mut seen = 0;
    for entry in std::fs::read_dir(seeds).expect("seeds") {
        let seed = std::fs::read(entry.expect("a seed").path()).expect("a seed");
        planted::holds(&seed);
        seen += 1;
        for _ in 0..rounds.unwrap_or(200) {
            let mut bytes = seed.clone();
            for _ in 0..=next(3) {
                let (from, length) = (next(bytes.len().max(1)), next(12));
                let to = (from + length).min(bytes.len());
                let piece = PIECES[next(PIECES.len())].as_bytes().to_vec();
                match next(4) {
                    0 => drop(bytes.splice(from..to, piece)),
                    1 => drop(bytes.splice(from..from, piece)),
                    2 => drop(bytes.splice(from..to, Vec::new())),
                    _ => bytes.truncate(from.max(1)),
                }
            }
            planted::holds(&bytes);
        }
    }
    assert!(seen >= 4, "{seen} seeds");
}
