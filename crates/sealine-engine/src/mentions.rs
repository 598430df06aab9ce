//! Names of Secrets that stand somewhere as a whole word, in a form that no reader knows.
//!
//! "Nobody reads this" and "nobody makes this" are statements about everything, so before one is made the
//! texts are searched once more for the bare name: in the values of a chart, in a field of an unknown
//! resource, in a script, whether a reader asked for that file or not. A mention is no edge of the
//! chain; it only silences or softens that statement.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use sealine_model::Facts;
use sealine_model::graph::{Links, ProducerId};
use sealine_source::{FileName, Place, Project, Repository, Source, TextRange};

/// Returns the names of unread Secrets that are mentioned outside of the files that make them.
pub(crate) fn of_unread(project: &Project, facts: &[Facts], links: &Links) -> HashSet<String> {
    let makers = unread(facts, links);
    // In a program, what is one plain word is mostly that word and no Secret.
    let special = Names::of(makers.keys().filter(|name| name.contains('-')));
    let (Some(all), Some(special)) = (Names::of(makers.keys()), special) else {
        return HashSet::new();
    };
    let mentioned = |names: &Names<'_>, source: &Source| -> HashSet<String> {
        let own =
            |name: &str| makers.get(name).is_some_and(|files| files.contains(&**source.name()));
        names
            .found_in(source)
            .filter(|(name, _)| !own(name))
            .map(|(name, _)| name.to_owned())
            .collect()
    };
    let kept: Vec<&Arc<Source>> = project.repositories.iter().flat_map(Repository::files).collect();
    let kept = kept.par_iter().map(|source| mentioned(&all, source));
    let noted = noted(project);
    let noted = noted
        .par_iter()
        .filter_map(|(repository, path)| Some(mentioned(&special, &repository.read_noted(path)?)));
    kept.chain(noted).flatten_iter().collect()
}

/// Returns the names of Secrets that are read and that nothing makes but a script, and where one does:
/// `kubectl create secret generic NAME`.
pub(crate) fn made_by_scripts(
    project: &Project,
    facts: &[Facts],
    links: &Links,
) -> BTreeMap<String, Place> {
    let unmade = links.uses.iter().filter(|link| link.producers.is_empty());
    let reads = unmade.filter_map(|link| facts.get(link.reader.unit)?.uses.get(link.reader.item));
    let wanted: HashSet<String> = reads.filter_map(|read| read.secret.text()).collect();
    let Some(names) = Names::of(wanted.iter()) else { return BTreeMap::new() };
    let made = |source: &Source| -> Vec<(String, Place)> {
        if !source.text().contains(CREATES) {
            return Vec::new();
        }
        let made = names.found_in(source).filter(|(_, range)| is_created(source.text(), *range));
        made.map(|(name, range)| (name.to_owned(), source.place(range))).collect()
    };
    let kept: Vec<&Arc<Source>> = project.repositories.iter().flat_map(Repository::files).collect();
    let kept = kept.par_iter().map(|source| made(source));
    let noted = noted(project);
    let noted =
        noted.par_iter().filter_map(|(repository, path)| Some(made(&repository.read_noted(path)?)));
    let mut found: Vec<(String, Place)> = kept.chain(noted).flatten_iter().collect();
    // Of several the first place in the order of files.
    found.sort_unstable_by(|one, two| two.cmp(one));
    found.into_iter().collect()
}

/// What makes a Secret in a script.
const CREATES: &str = "create secret ";

/// Whether the command that makes a Secret stands right before its name, on the same line or on the one
/// that it goes on from.
fn is_created(text: &str, name: TextRange) -> bool {
    let end = name.start as usize;
    let from = text.floor_char_boundary(end.saturating_sub(LOOK_BACK));
    let before = text.get(from..end).unwrap_or_default();
    let command = before.rfind(CREATES).and_then(|at| before.get(at + CREATES.len()..));
    command.is_some_and(|between| {
        let words = between.split_whitespace().filter(|word| *word != "\\");
        between.len() < 120 && words.count() <= 3 && !between.replace("\\\n", "").contains('\n')
    })
}

/// The files that no reader asked for and that may use or make a Secret.
fn noted(project: &Project) -> Vec<(&Repository, &str)> {
    let all = project.repositories.iter();
    let noted = all.flat_map(|repository| repository.noted().map(move |path| (repository, path)));
    noted.filter(|(_, path)| may_mention(path)).collect()
}

/// Names that texts are searched for, all at once.
struct Names<'a> {
    search: AhoCorasick,
    names: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// Returns the search for these names; `None` for none, and when they are too many.
    fn of(names: impl Iterator<Item = &'a String>) -> Option<Self> {
        let names: Vec<&str> = names.map(String::as_str).filter(|name| !name.is_empty()).collect();
        let search = AhoCorasick::new(&names).ok().filter(|_| !names.is_empty())?;
        Some(Self { search, names })
    }

    /// Returns the names that stand in a text as whole words, outside of comments, and where.
    fn found_in<'t>(
        &'t self,
        source: &'t Source,
    ) -> impl Iterator<Item = (&'a str, TextRange)> + 't {
        let text = source.text();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        self.search.find_overlapping_iter(text).filter_map(move |hit| {
            let name = self.names.get(hit.pattern().as_usize())?;
            let from = text.floor_char_boundary(hit.start().saturating_sub(LOOK_BACK));
            let before = text.get(from..hit.start())?;
            let after = text.get(hit.end()..)?;
            let line = before.rsplit('\n').next().unwrap_or_default();
            let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
            let is_comment = line.trim_start().starts_with('#') || line.contains(" #");
            (is_whole && !is_comment).then(|| (*name, TextRange::new(hit.start(), hit.end())))
        })
    }
}

/// How far before a name its line is looked at.
const LOOK_BACK: usize = 4096;

/// Whether a file of this name, which no reader asked for, may use a Secret: a script or a
/// configuration.
fn may_mention(path: &str) -> bool {
    const EXTENSIONS: [&str; 28] = [
        "bash",
        "cfg",
        "conf",
        "cue",
        "env",
        "go",
        "gotmpl",
        "groovy",
        "hcl",
        "ini",
        "j2",
        "java",
        "js",
        "json",
        "jsonnet",
        "kt",
        "libsonnet",
        "properties",
        "py",
        "rb",
        "rs",
        "sh",
        "tmpl",
        "toml",
        "tpl",
        "ts",
        "yaml",
        "yml",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    EXTENSIONS.contains(&extension) || matches!(name, "Jenkinsfile" | "Makefile" | "justfile")
}

/// Unread Secrets, and the files that make them.
fn unread<'a>(facts: &'a [Facts], links: &Links) -> HashMap<String, HashSet<&'a FileName>> {
    let read: HashSet<ProducerId> =
        links.uses.iter().flat_map(|link| link.producers.iter().map(|(id, _)| *id)).collect();
    let mut makers: HashMap<String, HashSet<&FileName>> = HashMap::new();
    for (unit, of_unit) in facts.iter().enumerate() {
        for (item, external) in of_unit.external_secrets.iter().enumerate() {
            let id = ProducerId::External(sealine_model::graph::FactId { unit, item });
            if let Some(name) = external.target.name.text().filter(|_| !read.contains(&id)) {
                let files = makers.entry(name).or_default();
                files.extend([&*external.place.file, &*external.target.place.file]);
            }
        }
    }
    makers
}
