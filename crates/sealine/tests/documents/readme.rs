//! The README shows what its first command really prints.

use std::process::Command;

use crate::{UPDATE, hold, read, top};

const MARK: &str = "<!-- A test holds this block against what the program prints. -->\n```text\n";

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let text = read("README.md");
    let command = text
        .lines()
        .find_map(|line| line.strip_prefix("$ cargo run -q -p sealine --no-default-features -- "));
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

const HELD: &str = "<!-- A test holds this block: ";

/// The other blocks name the folder and the arguments that print them.
#[test]
fn blocks_show_what_is_printed() {
    let mut text = read("README.md");
    let commands: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix(HELD)?.strip_suffix(" -->").map(str::to_owned))
        .collect();
    assert!(commands.len() > 1, "the README shows a trace and an impact report");
    for command in commands {
        let mut words = command.split_whitespace();
        let folder = words.next().expect("a folder");
        let output = Command::new(env!("CARGO_BIN_EXE_sealine"))
            .args(words)
            .current_dir(top().join(folder))
            .env_remove("CLICOLOR_FORCE")
            .output()
            .expect("a program that runs");
        let printed = String::from_utf8(output.stdout).expect("text");
        assert!(printed.lines().count() > 5, "{command}: {printed}");
        let mark = format!("{HELD}{command} -->\n```text\n");
        let (head, rest) = text.split_once(&mark).unwrap_or_else(|| panic!("no block: {UPDATE}"));
        let (_, tail) = rest.split_once("```").expect("the block ends");
        text = format!("{head}{mark}{printed}```{tail}");
    }
    hold("README.md", &text);
}
