//! What a run costs beside the bare program: side by side, in turn, the best of several.
//!
//! `cargo test --release -p sealine-drift --test overhead -- --ignored --nocapture` prints figures.

mod common;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use common::{Bench, engines};
use sealine_drift::report::Outcome;

const TURNS: usize = 7;

fn project(resources: usize) -> String {
    (0..resources).fold(String::new(), |mut text, number| {
        let _ = write!(
            text,
            "resource \"terraform_data\" \"r{number}\" {{\n  input = {{ a = \"{number}\", b = \"{}\" }}\n}}\n",
            "x".repeat(200)
        );
        text
    })
}

/// The highest memory of this process so far, in kB.
fn peak() -> u64 {
    let status = std::fs::File::open("/proc/self/status").map(std::io::read_to_string);
    let status = status.ok().and_then(Result::ok).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

#[tokio::test]
#[ignore = "a measurement"]
async fn a_run_beside_the_bare_program() {
    for engine in engines(false) {
        for resources in [1, 1_000] {
            let bench = Bench::new(&engine, &project(resources));
            bench.apply();
            // Prepares both.
            assert_eq!(bench.run().await.outcome, Outcome::Clean);
            let before = peak();
            let (mut bare, mut ours) = (Duration::MAX, Duration::MAX);
            for _ in 0..TURNS {
                let started = Instant::now();
                let plan = bench.path("plan");
                for words in [
                    &["plan", "-input=false", "-lock=false", "-out=plan"][..],
                    &["show", "-json", "plan"],
                ] {
                    let output = bench.command().args(words).output().expect("a program");
                    assert!(output.status.success());
                }
                bare = bare.min(started.elapsed());
                std::fs::remove_file(plan).expect("removed");
                let started = Instant::now();
                assert_eq!(bench.run().await.outcome, Outcome::Clean);
                ours = ours.min(started.elapsed());
            }
            let name = engine.tool.program();
            println!(
                "{name}, {resources} resources: bare {bare:.0?}, run {ours:.0?}, memory {} kB more",
                peak() - before
            );
            assert!(ours < bare + bare.mul_f64(0.05).max(Duration::from_millis(100)));
        }
    }
}
