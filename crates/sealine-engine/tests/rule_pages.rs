//! Every rule's page, run as a test: with only that rule selected, the example fires it, the fix
//! yields exactly what "Use instead" shows, and that is clean.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use sealine_engine::{
    Analysis, Collected, Config, Linked, analyse, collect, config, fix, judge_all,
};
use sealine_model::Finding;
use sealine_rules::{RULES, Rule, RuleSetting};
use sealine_source::{FileName, GitData};

/// What the path of a file begins with that stood there when the facts were published:
/// `//- earlier PATH`.
const EARLIER: &str = "earlier ";

/// A repository's tag, made of the fixture's own files: `//- git REPO TAG`.
#[derive(Debug)]
struct Tag {
    name: String,
    files: Vec<String>,
}

impl GitData for Tag {
    fn has_ref(&self, reference: &str) -> Option<bool> {
        Some(reference == self.name)
    }

    fn has_path(&self, reference: &str, path: &str) -> Option<bool> {
        let below = |file: &String| file == path || file.starts_with(&format!("{path}/"));
        Some(reference == self.name && self.files.iter().any(below))
    }
}

/// The files of a fixture: `//- path`, or `//- repo:path` where there are several repositories.
fn files(fixture: &str) -> Vec<(String, String, String)> {
    let mut files: Vec<(String, String, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("//- ") {
            let name = name.trim();
            let (repo, path) = name.split_once(':').unwrap_or(("repo", name));
            files.push((repo.to_owned(), path.to_owned(), String::new()));
        } else if let Some((_, _, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    files
}

fn look(files: &[(String, String, String)]) -> (Analysis, Config) {
    let configuration = files.iter().find(|(_, path, _)| path == "sealine.yaml");
    let config = configuration.map_or_else(Config::default, |(repo, path, text)| {
        config::read(FileName::new(repo, path), text, Path::new(""))
            .unwrap_or_else(|(_, faults)| panic!("the page's configuration: {faults:?}"))
    });
    let (tags, files): (Vec<_>, Vec<_>) =
        files.iter().partition(|(_, path, _)| path.starts_with("git "));
    let (earlier, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(_, path, _)| path.starts_with(EARLIER));
    let all = files.iter().map(|(repo, path, text)| (repo.as_str(), path.as_str(), text.as_str()));
    let mut project = collect::from_memory(all);
    for (_, line, _) in tags {
        let (repo, name) = line["git ".len()..].split_once(' ').expect("a repository and a tag");
        let own = files.iter().filter(|(other, ..)| other == repo);
        let files = own.map(|(_, path, _)| path.clone()).collect();
        if let Some(known) = project.repositories.iter_mut().find(|known| known.name == repo) {
            known.git = Some(Arc::new(Tag { name: name.to_owned(), files }));
        }
    }
    for (name, repo) in &config.file.repos {
        let known = project.repositories.iter_mut().find(|known| known.name == *name);
        if let (Some(known), Some(remote)) = (known, &repo.remote) {
            known.remotes.push(remote.clone());
        }
    }
    let mut linked = Linked::default();
    if !earlier.is_empty() {
        let files = earlier.iter().map(|(repo, path, text)| {
            (repo.as_str(), path.trim_start_matches(EARLIER), text.as_str())
        });
        let project = collect::from_memory(files);
        linked.earlier = analyse(Collected { project, ..Collected::default() }, &config).facts;
    }
    (analyse(Collected { project, linked, ..Collected::default() }, &config), config)
}

fn findings(rule: &Rule, analysis: &Analysis, config: &Config) -> Vec<Finding> {
    // A permission is judged by the rule that it names, so that one runs, too.
    let about_permissions = rule.name.contains("suppression");
    let mut rules: BTreeMap<String, RuleSetting> = RULES
        .iter()
        .filter(|other| other.name != rule.name && !about_permissions)
        .map(|other| (other.name.to_owned(), RuleSetting::Off))
        .collect();
    for general in rule.replaces {
        rules.insert((*general).to_owned(), RuleSetting::Off);
    }
    let verdict = judge_all(analysis, config, &rules, date(2026, 1, 1));
    verdict.findings.into_iter().filter(|finding| finding.rule == rule.name).collect()
}

fn check(rule: &Rule) -> Result<(), String> {
    let page = rule.page();
    let bad = files(page.fixture("Example").ok_or("no example")?);
    let good = files(page.fixture("Use instead").ok_or("no repair")?);
    let (analysis, config) = look(&bad);
    let found = findings(rule, &analysis, &config);
    if found.is_empty() {
        return Err(format!("the example fires nothing; problems: {:?}", problems(&analysis)));
    }
    let (clean, clean_config) = look(&good);
    let left = findings(rule, &clean, &clean_config);
    if let Some(finding) = left.first() {
        return Err(format!(
            "\"Use instead\" is not clean: {} at {}",
            finding.message, finding.place
        ));
    }
    if found.iter().all(|finding| finding.fix.is_none()) {
        return Ok(());
    }
    let fixed = fix::apply(&analysis.project, &found, true);
    for (repo, path, text) in &bad {
        let name = FileName::new(repo, path);
        let now = fixed.files.iter().find(|(known, _)| ***known == name);
        let now = now.map_or(text, |(_, now)| now);
        let wanted = good.iter().find(|(other, file, _)| other == repo && file == path);
        let wanted = wanted.map(|(_, _, text)| text);
        if wanted != Some(now) {
            return Err(format!("the fix gives, for {path}:\n{now}"));
        }
    }
    Ok(())
}

fn problems(analysis: &Analysis) -> Vec<&str> {
    let all = analysis.facts.iter().flat_map(|facts| &facts.problems);
    all.map(|problem| problem.message.as_str()).collect()
}

#[test]
fn every_page_is_true() {
    let only = std::env::args().skip(1).find(|argument| Rule::named(argument).is_some());
    let faults: Vec<String> = RULES
        .iter()
        .filter(|rule| only.as_deref().is_none_or(|name| name == rule.name))
        .filter_map(|rule| Some(format!("{}: {}", rule.name, check(rule).err()?)))
        .collect();
    assert!(faults.is_empty(), "{} pages are not true\n{}", faults.len(), faults.join("\n"));
}
