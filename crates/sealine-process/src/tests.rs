//! Children end, their groups too, and what they print is bounded.

use std::time::Instant;

use super::*;

async fn sh(script: &str, limit: Duration, most: usize) -> Result<Ended, ChildError> {
    let arguments = ["-c", script].map(OsStr::new);
    let environment = BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]);
    let call = Call {
        program: Path::new("/bin/sh"),
        arguments: &arguments,
        folder: Path::new("/"),
        environment: &environment,
        limit,
        most,
    };
    run(&call).await
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn code_output_and_last_words_come_back() {
    let ended =
        sh("echo canary; env; cat; echo bad >&2; exit 3", LONG, 1000).await.expect("an end");
    let output = String::from_utf8_lossy(ended.output.expose()).into_owned();
    assert!(output.starts_with("canary\n") && !output.contains("HOME="), "{output}");
    assert_eq!((ended.code, ended.last_words.join("")), (Some(3), "bad".to_owned()));
    assert!(!format!("{ended:?}").contains("canary"));
}

#[tokio::test]
async fn a_child_that_hangs_is_killed_with_its_children() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("alive");
    let script = format!("(sleep 2; touch {}) & sleep 60", mark.display());
    let started = Instant::now();
    let error = sh(&script, Duration::from_millis(200), 1000).await.expect_err("too long");
    assert!(matches!(error, ChildError::TooLong { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
    tokio::time::sleep(Duration::from_millis(2300)).await;
    assert!(!mark.exists(), "the grandchild lived on");
}

#[tokio::test]
async fn a_flood_is_stopped() {
    let error = sh("while :; do echo yyyyyyyyyyyyyyyy; done", LONG, 100_000).await;
    let error = error.expect_err("too much");
    assert!(matches!(error, ChildError::TooMuch { .. }), "{error}");
    let ended = sh("yes 2>/dev/null | head -c 3000000 >&2; exit 1", LONG, 10).await;
    assert_eq!(ended.expect("an end").last_words.len(), 12);
}

#[test]
fn a_program_of_the_repository_is_never_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path();
    for path in ["repository/.git", "repository/root", "repository/bin", "tools"] {
        std::fs::create_dir_all(top.join(path)).expect("a folder");
    }
    let file = |path: &str| {
        let file = top.join(path);
        std::os::unix::fs::symlink("/bin/sh", &file).expect("a link");
        file
    };
    file("repository/bin/terraform");
    file("repository/root/terraform");
    let root = top.join("repository/root");
    let folders = [".".into(), "".into(), root.clone(), top.join("repository/bin")];
    let path = std::env::join_paths(folders.iter()).expect("a path");
    assert_eq!(
        find("terraform", None, &path, &root),
        Err(NotFound::OnPath("terraform".to_owned()))
    );
    let good = file("tools/terraform");
    let path = std::env::join_paths(folders.iter().chain([&top.join("tools")])).expect("a path");
    assert_eq!(find("terraform", None, &path, &root), Ok(good.clone()));
    assert_eq!(find("x", Some(&good), OsStr::new(""), &root), Ok(good));
    let relative = Path::new("tools/terraform");
    assert_eq!(
        find("x", Some(relative), &path, &root),
        Err(NotFound::Relative(relative.to_owned()))
    );
}
