//! The SOPS facts of a project: which files are encrypted, and which ought to be.
//!
//! Invariant: a file is only called unencrypted when a rule names it by more than its extension and
//! it holds, in clear, a value which that rule selects.

use std::collections::BTreeMap;

use sealine_model::{Coverage, Facts, Problem, ProblemKind};
use sealine_source::{Project, Repository, Source, ancestors, file_name, in_folder, join};
use sealine_yaml::{Document, Node, parse};

use crate::format::each_leaf;
use crate::{CreationRule, Format, SopsConfig, is_encrypted_text, is_sops, parse_config, rule_for};

/// The name SOPS looks for.
const CONFIG: &str = ".sops.yaml";

/// Returns whether this reader asks for the file of this path. What a creation rule names is asked
/// for by its path.
pub fn wants(path: &str) -> bool {
    file_name(path) == CONFIG
}

/// Reads the SOPS facts of all repositories.
pub fn read(project: &Project) -> Vec<Facts> {
    project.repositories.iter().filter_map(read_repository).collect()
}

fn read_repository(repository: &Repository) -> Option<Facts> {
    let mut facts =
        Facts { repo: repository.name.clone(), unit: "sops".to_owned(), ..Facts::default() };
    let mut configs = BTreeMap::new();
    for source in repository.files().filter(|source| file_name(source.path()) == CONFIG) {
        configs.extend(read_config(source, &mut facts));
    }
    for source in repository.files() {
        if Format::of(source.path()).is_some_and(|format| is_encrypted(format, source.text())) {
            facts.sops.encrypted.push(source.top());
        }
    }
    for (folder, (config_source, config)) in &configs {
        for path in repository.paths_below(folder) {
            if nearest(&configs, path) != Some(folder) {
                continue;
            }
            let inside = path.strip_prefix(folder.as_str()).unwrap_or(path);
            let Some(rule) = rule_for(config, inside.trim_start_matches('/')) else { continue };
            if !is_specific(rule) || !is_candidate(path) {
                continue;
            }
            let Some(source) = repository.get(path) else { continue };
            facts.reads.push(path.to_owned());
            if is_in_clear(source, rule) {
                facts.sops.unencrypted.push((source.top(), config_source.place(rule.range)));
            }
        }
    }
    let is_empty =
        configs.is_empty() && facts.sops.encrypted.is_empty() && facts.problems.is_empty();
    (!is_empty).then_some(facts)
}

type Configs<'a> = BTreeMap<String, (&'a Source, SopsConfig)>;

fn read_config<'a>(
    source: &'a Source,
    facts: &mut Facts,
) -> Option<(String, (&'a Source, SopsConfig))> {
    facts.reads.push(source.path().to_owned());
    facts.coverage.documents += 1;
    let parsed = parse(source.text());
    let Some(root) = parsed.root() else {
        facts.problems.extend(parsed.problems.first().map(|problem| Problem {
            kind: match problem.kind {
                sealine_yaml::ProblemKind::LimitExceeded => ProblemKind::Limit,
                _ => ProblemKind::Syntax,
            },
            place: source.place(problem.range),
            message: problem.message.clone(),
        }));
        return None;
    };
    facts.coverage = Coverage { understood: facts.coverage.understood + 1, ..facts.coverage };
    Some((source.name().folder().to_owned(), (source, parse_config(root))))
}

/// Returns the folder of the configuration that SOPS finds upward from `path`.
fn nearest<'a>(configs: &'a Configs<'_>, path: &str) -> Option<&'a String> {
    ancestors(path).find_map(|folder| configs.get_key_value(folder)).map(|(known, _)| known)
}

/// Returns whether a rule says of certain files that they are encrypted, rather than of any file
/// that somebody may want to encrypt.
fn is_specific(rule: &CreationRule) -> bool {
    const EXTENSIONS: [&str; 7] = ["yaml", "yml", "ya", "ml", "json", "env", "ini"];
    let Some(pattern) = &rule.path_regex else { return false };
    let words = pattern.text.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| word.len() > 1).any(|word| !EXTENSIONS.contains(&word))
}

/// Returns whether a file of this name may hold secrets at all.
fn is_candidate(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let is_known = matches!(&*name, ".sops.yaml" | "chart.yaml" | "chart.lock")
        || name.starts_with("kustomization.");
    Format::of(path).is_some()
        && !sealine_source::is_sample(path)
        && !is_known
        && join("", path).is_some()
}

/// Returns whether a file is encrypted, or a creation rule encrypts it when it is made; `None` when
/// the rules cannot be followed.
pub fn covers(repository: &Repository, path: &str) -> Option<bool> {
    if let Some(source) = repository.get(path)
        && Format::of(path).is_some_and(|format| is_encrypted(format, source.text()))
    {
        return Some(true);
    }
    for folder in ancestors(path) {
        let Some(source) = repository.get(&in_folder(folder, CONFIG)) else { continue };
        let parsed = parse(source.text());
        let config = parse_config(parsed.root()?);
        let inside = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
        let is_broken = |rule: &CreationRule| {
            rule.path_regex.as_ref().is_some_and(|pattern| pattern.is_match("").is_none())
        };
        return match rule_for(&config, inside) {
            Some(_) => Some(true),
            None if config.rules.iter().any(is_broken) => None,
            None => Some(false),
        };
    }
    Some(false)
}

fn is_encrypted(format: Format, text: &str) -> bool {
    // The cheap search decides first; most files hold neither.
    if !text.contains("sops") || !is_encrypted_text(format, text) {
        return false;
    }
    !format.is_tree() || parse(text).documents.iter().any(|document| is_sops(&document.root))
}

/// Returns whether the file holds a value in clear that the rule selects.
fn is_in_clear(source: &Source, rule: &CreationRule) -> bool {
    match Format::of(source.path()) {
        Some(format) if format.is_tree() => {
            let parsed = parse(source.text());
            parsed.problems.is_empty()
                && !parsed
                    .documents
                    .iter()
                    .any(|document| is_sops(&document.root) || is_template(&document.root))
                && parsed.documents.iter().any(|document| {
                    may_hold_secrets(document, source.path())
                        && has_clear_leaf(&document.root, rule)
                })
        }
        Some(format) => {
            !is_encrypted_text(format, source.text())
                && source.text().lines().any(|line| {
                    let line = line.trim();
                    let is_comment = line.starts_with(['#', ';', '[']);
                    line.split_once('=').is_some_and(|(name, value)| {
                        !is_comment && is_clear(rule, &[name.trim()], value.trim())
                    })
                })
        }
        None => false,
    }
}

/// Objects of Kubernetes other than Secrets stay readable even below a folder that a rule names,
/// unless the file's own name says otherwise.
fn may_hold_secrets(document: &Document, path: &str) -> bool {
    let name = file_name(path);
    let is_named = [".sops.", ".enc.", ".encrypted."].iter().any(|mark| name.contains(mark));
    let text = |key: &str| document.root.str_at(&[key]);
    match (text("apiVersion"), text("kind")) {
        (Some(_), Some(kind)) => kind == "Secret" || is_named,
        _ => true,
    }
}

/// Whether a mapping is a key: `{{ name }}` without quotes, which something fills in before anybody
/// reads the file.
fn is_template(node: &Node) -> bool {
    node.items().iter().any(is_template)
        || node
            .own_entries()
            .iter()
            .any(|entry| entry.key.is_mapping() || is_template(&entry.value))
}

fn has_clear_leaf(root: &Node, rule: &CreationRule) -> bool {
    let mut found = false;
    each_leaf(root, &mut |path, leaf| {
        // `!env_var NAME`: the reader of the file takes the value from elsewhere.
        let is_named = leaf.tag.as_deref().is_some_and(|tag| !tag.starts_with("!!"));
        found |= !is_named && leaf.as_str().is_some_and(|text| is_clear(rule, path, text));
    });
    found
}

/// Empty values are not encrypted, and those of other tools are filled in later.
fn is_clear(rule: &CreationRule, path: &[&str], text: &str) -> bool {
    const FOREIGN: [&str; 6] = ["{{", "${", "<path:", "ref+", "vault:", "op://"];
    !text.is_empty()
        && !crate::is_encrypted_value(text)
        && !FOREIGN.iter().any(|mark| text.contains(mark))
        && rule.selection.selects(path) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_source::FileName;
    use std::sync::Arc;

    const RULES: &str = "creation_rules:\n- path_regex: secrets/.*\\.(yaml|env)$\n  age: a\n- path_regex: .*\\.yaml\n  encrypted_regex: ^(data|stringData)$\n  age: a\n";

    fn unencrypted(files: &[(&str, &str)]) -> Vec<String> {
        let mut repository = Repository::new("r");
        for (path, text) in files {
            repository.add(Arc::new(Source::new(FileName::new("r", *path), *text)));
        }
        let facts = read(&Project { repositories: vec![repository] });
        let found = facts.iter().flat_map(|facts| &facts.sops.unencrypted);
        found.map(|(file, rule)| format!("{file} {rule}")).collect()
    }

    #[test]
    fn a_file_that_a_rule_names_must_be_encrypted() {
        let value = "ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]";
        let encrypted = format!("a: {value}\nsops: {{mac: x, version: 3.9.0}}\n");
        let found = unencrypted(&[
            (".sops.yaml", RULES),
            ("secrets/a.yaml", "password: x\n"),
            ("secrets/b.yaml", &encrypted),
            ("secrets/c.env", "A=1\n"),
            ("secrets/empty.yaml", "password: ''\n"),
            ("secrets/kustomization.yaml", "resources: [a.yaml]\n"),
            ("secrets/example.yaml", "password: x\n"),
            ("secrets/filled.yaml", "user: x\npassword: {{ password }}\n"),
            ("secrets/named.yaml", "password: !env_var PASSWORD\n"),
            ("secrets/external.yaml", "apiVersion: v1\nkind: ExternalSecret\nspec: {a: b}\n"),
            ("apps/values.yaml", "data: x\n"),
        ]);
        assert_eq!(
            found,
            ["secrets/a.yaml:1:1 .sops.yaml:2:3", "secrets/c.env:1:1 .sops.yaml:2:3"]
        );
    }

    #[test]
    fn the_nearest_configuration_counts() {
        let found = unencrypted(&[
            (".sops.yaml", RULES),
            ("sub/.sops.yaml", "creation_rules: []\n"),
            ("sub/secrets/a.yaml", "password: x\n"),
        ]);
        assert!(found.is_empty());
    }
}
