//! The README shows what its first command really prints.

use std::process::Command;

use crate::{UPDATE, hold, read, top};

const MARK: &str = "<!-- A test holds this block against what the program prints. -->\n```text\n";

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let text = read("README.md");
    let command = text.lines().find_map(|line| line.strip_prefix("$ cargo run -q -p sealine -- "));
    let command = command.expect("the README has a first command");
    let output = Command::new(env!("CARGO_BIN_EXE_sealine"))
        .args(command.split_whitespace())
        .current_dir(top())
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("a program that runs");
    assert_eq!(output.status.code(), Some(2), "the first command finds something");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("text");
    // The point of the example: the two sides stand in two languages.
    assert!(printed.contains(".yaml:") && printed.contains(".tf:"), "{printed}");
    let (head, rest) = text.split_once(MARK).unwrap_or_else(|| panic!("no block: {UPDATE}"));
    let (_, tail) = rest.split_once("```").expect("the block ends");
    hold("README.md", &format!("{head}{MARK}{printed}```{tail}"));
}
