//! The writer is killed at any moment: the file is the old one or the new one, whole.

use std::time::{Duration, Instant};

use crate::{command, export, output, repository, state};

const TARGET: &str = "gitops/values.yaml";

/// How often the writer is killed.
const KILLS: u32 = 500;

/// The next number of a small generator; the moments need not be good ones, only many.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[test]
fn a_killed_writer_leaves_the_old_file_or_the_new_one() {
    let tree = repository();
    let states = ["a.json", "b.json"];
    for (name, letter) in states.iter().zip(["A", "B"]) {
        let outputs: Vec<String> = (0..40)
            .map(|n| output(&format!("o{n}"), &format!("\"canary-{letter}-{n}\"")))
            .collect();
        tree.write(name, state(1, &outputs.join(",")));
    }
    let arguments = |name| ["--from", name, "--to", TARGET, "--allow-older-serial", "-q"];
    let started = Instant::now();
    let _ = export(tree.root(), &arguments(states[0])).exits(0);
    let _ = export(tree.root(), &arguments(states[1])).exits(0);
    let usual = started.elapsed() / 2;
    let mut seed = 7;
    let (mut old, mut finished, mut interrupted) = (tree.read(TARGET), 0, 0);
    for round in 0..KILLS {
        let name = states[round as usize % 2];
        let mut child = command(tree.root(), &arguments(name))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the writer starts");
        let span = u64::try_from(usual.as_micros()).unwrap_or(20_000) * 5 / 4;
        std::thread::sleep(Duration::from_micros(next(&mut seed) % span));
        let _ = child.kill();
        child.wait().expect("its end");
        let there = tree.read(TARGET);
        if there == old {
            interrupted += 1;
            continue;
        }
        finished += 1;
        // Every value and the MAC are right, and they are those of one state.
        let whole = sealine_sops_whole(&there);
        assert!(whole, "round {round}: {there}");
        old = there;
    }
    assert!(interrupted > 0 && finished > 0, "{interrupted} interrupted, {finished} finished");
    for (path, bytes) in tree.files() {
        if path.starts_with("gitops/") {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("canary-"), "{path} holds a value in clear");
        }
    }
    // The next export is whole, and takes away what the killed ones left.
    let last = export(tree.root(), &arguments(states[0]));
    let _ = last.exits(0);
    let _ = export(tree.root(), &["--from", "a.json", "--to", TARGET, "--check"]).exits(0);
    let _ = export(tree.root(), &arguments(states[1])).exits(0);
    let left: Vec<String> =
        tree.files().into_keys().filter(|path| path.starts_with("gitops/")).collect();
    assert_eq!(left, [TARGET]);
}

/// Whether a text has its values, its MAC and its end. What it holds is asked of `--check` at the
/// end; here a process for each of the rounds would take most of the time.
fn sealine_sops_whole(text: &str) -> bool {
    let values = text.lines().filter(|line| line.starts_with('o') && line.contains("ENC[")).count();
    let has = |key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
    values == 40 && has("mac: ENC[") && has("lastmodified:") && text.ends_with("version: 3.13.3\n")
}
