//! `docs/rules.md`: an index, and the page of every rule.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::date;
use sealine_engine::{Collected, Config, analyse, collect, config, judge_all};
use sealine_model::Safety;
use sealine_rules::{RULES, Rule, RuleSetting};
use sealine_source::FileName;

use crate::hold;

const HEAD: &str = "\
# Rules

This page is written by a test from the heads of the files in `crates/sealine-rules/src/rules/`;
`sealine explain RULE` prints the same. Each example is a small tree, its files introduced by
`//- path` (`//- repository:path` where there are several), and a test runs every one of them: the
rule fires on *Example*, and *Use instead* is clean.

The severity is the default one; a page says when a finding is milder. Where a repair is *safe*,
`--fix` makes it; where it is *unsafe*, `--fix --unsafe-fixes` does.

| rule | severity | what it finds | repair |
|---|---|---|---|
";

#[test]
fn the_rules_have_their_page() {
    let mut rules: Vec<&Rule> = RULES.to_vec();
    rules.sort_by_key(|rule| rule.name);
    let mut page = HEAD.to_owned();
    for rule in &rules {
        let (name, severity) = (rule.name, rule.severity.name());
        let _ = writeln!(
            page,
            "| [`{name}`](#{name}) | {severity} | {} | {} |",
            rule.summary,
            repair(rule)
        );
    }
    for rule in &rules {
        page.push('\n');
        page.push_str(&one_level_down(&rule.page().text));
    }
    hold("docs/rules.md", &page);
}

#[test]
fn a_rule_that_repairs_shows_it_on_its_page() {
    let silent =
        RULES.iter().filter(|rule| rule.source.contains(".fix(") && repair(rule).is_empty());
    let silent: Vec<&str> = silent.map(|rule| rule.name).collect();
    assert!(silent.is_empty(), "the examples of these get no repair: {silent:?}");
}

/// The page with each heading one level deeper.
fn one_level_down(page: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        if line.starts_with('#') && !fenced {
            out.push('#');
        }
        out.push_str(line);
        out.push('\n');
    }
    out.trim_end().to_owned() + "\n"
}

/// How the rule repairs its own example.
fn repair(rule: &Rule) -> &'static str {
    let page = rule.page();
    let example = page.fixture("Example").unwrap_or_default();
    let files = files(example);
    let configuration = files.iter().find(|(_, path, _)| *path == "sealine.yaml");
    let config = configuration.and_then(|(repo, path, text)| {
        config::read(FileName::new(*repo, *path), text, Path::new("")).ok()
    });
    let config = config.unwrap_or_else(Config::default);
    let all = files.iter().map(|(repo, path, text)| (*repo, *path, text.as_str()));
    let project = collect::from_memory(all);
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let verdict = judge_all(&analysis, &config, &only(rule), date(2026, 1, 1));
    let mut own = verdict.findings.iter().filter(|finding| finding.rule == rule.name);
    match own.find_map(|finding| Some(finding.fix.as_ref()?.safety)) {
        Some(Safety::Safe) => "safe",
        Some(Safety::Unsafe) => "unsafe",
        None => "",
    }
}

fn only(rule: &Rule) -> BTreeMap<String, RuleSetting> {
    let others = RULES.iter().filter(|other| other.name != rule.name);
    others.map(|other| (other.name.to_owned(), RuleSetting::Off)).collect()
}

/// The files of a page's example: repository, path, text.
fn files(example: &str) -> Vec<(&str, &str, String)> {
    let mut files: Vec<(&str, &str, String)> = Vec::new();
    for line in example.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("//- ") {
            let (repo, path) = name.trim().split_once(':').unwrap_or(("repo", name.trim()));
            files.push((repo, path, String::new()));
        } else if let Some((_, _, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    files
}
