//! Terraform that is killed at any moment: a look is right or it failed, and the next one is whole.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sealine_testing::{Tree, run};

use super::killed::number;

/// Kills every Terraform that works for this tree; returns how many there were.
fn kill(tree: &Tree) -> usize {
    let root = tree.root().to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").expect("processes").filter_map(Result::ok);
    let ours = processes.filter(|process| {
        let part = |name| std::fs::read(process.path().join(name)).unwrap_or_default();
        let (line, environment) = (part("cmdline"), part("environ"));
        let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
        program.ends_with(b"/terraform") && String::from_utf8_lossy(&environment).contains(&root)
    });
    let ids: Vec<String> =
        ours.map(|process| process.file_name().to_string_lossy().into_owned()).collect();
    if !ids.is_empty() {
        let words = format!("kill -KILL {} 2> /dev/null || true", ids.join(" "));
        let killed = std::process::Command::new("sh").arg("-c").arg(words).status();
        assert!(killed.expect("a shell").success());
    }
    ids.len()
}

#[cfg(target_os = "linux")]
#[test]
fn a_look_whose_terraform_was_killed_is_never_clean() {
    let Some(tree) = super::applied() else { return };
    let (kills, began) = (number(4), Instant::now());
    // There is a difference, so a look that says that all is well is wrong.
    tree.write("platform/tf/main.tf", super::MAIN.replace("\"x\"", "\"y\""));
    std::fs::create_dir(tree.path("runtime")).expect("a folder");
    let look = || {
        let mut command = super::in_platform(&tree, &["run", "-q"]);
        command.env("XDG_RUNTIME_DIR", tree.path("runtime"));
        command
    };
    let whole = run::finish(look()).exits(2).took.as_millis();
    let (mut dice, mut hit, mut failed) = (99_u64, 0, 0);
    while hit < kills || failed == 0 {
        let mut child =
            look().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let wait = u128::from(dice >> 33) % whole;
        std::thread::sleep(Duration::from_millis(u64::try_from(wait).expect("not long")));
        let killed = kill(&tree) > 0;
        let code = child.wait().expect("ended").code();
        assert!(matches!(code, Some(1 | 2)), "{code:?} after {wait} ms");
        hit += u64::from(killed);
        failed += u64::from(code == Some(1));
        let left = std::fs::read_dir(tree.path("runtime")).expect("a folder").count();
        assert_eq!(left, 0, "a plan is on disk");
        assert!(!tree.files().keys().any(|path| path.ends_with(".lock.info")), "a lock is left");
        assert!(began.elapsed() < Duration::from_secs(120 + 10 * kills), "{hit} of {kills}");
    }
    // Nothing that was half done is in the way of the next look.
    let _ = run::finish(look()).exits(2);
    println!("terraform: {hit} kills in {:.0?}: {failed} looks failed", began.elapsed());
}
