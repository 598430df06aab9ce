//! `sealine explain`: pages of rules and of types of connections.

use sealine_testing::Run;

fn sealine(arguments: &[&str]) -> Run {
    super::sealine_in(std::path::Path::new("."), arguments)
}

#[test]
fn types_of_connections_have_pages() {
    let run = sealine(&["explain", "connection:salesforce"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.starts_with("# connection:salesforce\n"), "{}", run.stdout);
    assert!(run.stdout.contains("no field takes a refresh token"), "{}", run.stdout);
    let list = sealine(&["explain", "connection:"]);
    assert!(list.stdout.lines().any(|line| line.starts_with("wasb ")), "{}", list.stdout);
}

#[test]
fn what_is_lacking_is_told_for_each_way() {
    let have = "consumer_key,consumer_secret,domain=acme.my";
    let run = sealine(&["explain", "connection:salesforce", "--have", have]);
    let taken = "client credentials: complete: this one is taken";
    assert!(run.stdout.contains(taken), "{}", run.stdout);
}

#[test]
fn near_misses_are_named() {
    let run = sealine(&["explain", "connection:salesfroce"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("did you mean `salesforce`?"), "{}", run.stderr);
    let run = sealine(&["explain", "missing-secret", "--have", "login"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("is about a type of connections"), "{}", run.stderr);
}
