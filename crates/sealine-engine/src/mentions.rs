//! Names of Secrets that stand somewhere as a whole word, in a form that no reader knows.
//!
//! "Nobody reads this" and "nobody makes this" are statements about everything, so before one is made the
//! texts are searched once more for the bare name: in the values of a chart, in a field of an unknown
//! resource, in a script, whether a reader asked for that file or not. A mention is no edge of the
//! chain; it only silences or softens that statement.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use sealine_model::Facts;
use sealine_model::graph::{Links, Mentions, ProducerId};
use sealine_source::{FileName, Place, Project, Repository, Source, TextRange, file_name};

/// Searches the texts for the Secrets that nobody reads, and for those that nothing makes.
pub(crate) fn search(project: &Project, facts: &[Facts], links: &Links) -> Mentions {
    let wanted = Wanted { makers: unread(facts, links), missing: missing(facts, links) };
    // Another one of the same name may be unread.
    let names: BTreeSet<&str> =
        wanted.makers.keys().chain(&wanted.missing).map(String::as_str).collect();
    let Some(names) = Names::of(names) else { return Mentions::default() };
    let kept: Vec<&Arc<Source>> = project.repositories.iter().flat_map(Repository::files).collect();
    let kept = kept.par_iter().map(|source| wanted.in_text(&names, source, true));
    let noted = noted(project);
    let noted = noted.par_iter().filter_map(|(repository, path)| {
        Some(wanted.in_text(&names, &repository.read_noted(path)?, false))
    });
    let mut mentions = Mentions::default();
    for mention in kept.chain(noted).flatten_iter().collect::<Vec<Mention>>() {
        match mention {
            Mention::Unread(name) => {
                mentions.unread.insert(name);
            }
            // Of several scripts the first one in the order of files.
            Mention::Made(name, place) => match mentions.made_by_scripts.get(&name) {
                Some(known) if *known <= place => {}
                _ => _ = mentions.made_by_scripts.insert(name, place),
            },
        }
    }
    mentions
}

/// What a text says of a Secret that is searched for.
enum Mention {
    /// Something that is not read stands here.
    Unread(String),
    /// A script makes it here, or a comment says how to.
    Made(String, Place),
}

/// The Secrets that the texts are searched for.
struct Wanted<'a> {
    /// Unread Secrets, and the files that make them.
    makers: HashMap<String, HashSet<&'a FileName>>,
    /// Secrets that are needed and that nothing makes.
    missing: HashSet<String>,
}

impl Wanted<'_> {
    /// What one text says; `asked` tells whether a reader asked for it.
    fn in_text(&self, names: &Names<'_>, source: &Source, asked: bool) -> Vec<Mention> {
        let makes = source.text().contains(CREATES);
        let comments = OnceCell::new();
        let is_comment = |at| comments.get_or_init(|| Comments::of(source.text())).holds(at);
        // One that was mentioned once is not asked for again.
        let (mut found, mut created) = (HashSet::new(), HashSet::new());
        let hits = names.found_in(source).flat_map(|(name, range)| {
            // In a program, what is one plain word is mostly that word and no Secret.
            let other = |files: &HashSet<&FileName>| {
                (asked || name.contains('-')) && !files.contains(&**source.name())
            };
            let unread = !found.contains(name)
                && self.makers.get(name).is_some_and(other)
                && !is_comment(range.start as usize);
            // A comment that says how to make it is as good as a script.
            let made = makes
                && !created.contains(name)
                && self.missing.contains(name)
                && is_created(source.text(), range);
            found.extend(unread.then_some(name));
            created.extend(made.then_some(name));
            let unread = unread.then(|| Mention::Unread(name.to_owned()));
            unread
                .into_iter()
                .chain(made.then(|| Mention::Made(name.to_owned(), source.place(range))))
        });
        hits.collect()
    }
}

/// Names of Secrets that a reader needs and that nothing makes.
fn missing(facts: &[Facts], links: &Links) -> HashSet<String> {
    let unmade = links.uses.iter().filter(|link| link.producers.is_empty());
    let reads = unmade.filter_map(|link| facts.get(link.reader.unit)?.uses.get(link.reader.item));
    reads.filter(|read| read.is_required()).filter_map(|read| read.secret.text()).collect()
}

/// Where the comments of a text start.
struct Comments<'t> {
    text: &'t str,
    /// The number signs before which a space or nothing stands in their line.
    marks: Vec<usize>,
}

impl<'t> Comments<'t> {
    fn of(text: &'t str) -> Self {
        let mut marks = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let first = line.len() - line.trim_start().len();
            let is_mark = |at: &usize| *at == first || line.as_bytes().get(at - 1) == Some(&b' ');
            let signs = memchr::memchr_iter(b'#', line.as_bytes()).filter(is_mark);
            marks.extend(signs.map(|at| start + at));
            start += line.len();
        }
        Self { text, marks }
    }

    /// Returns whether what stands at a byte is behind a mark in its line.
    fn holds(&self, at: usize) -> bool {
        let next = self.marks.partition_point(|mark| *mark < at);
        let Some(mark) = next.checked_sub(1).and_then(|last| self.marks.get(last)) else {
            return false;
        };
        // Of a line that goes on and on, as no person writes it, nobody knows what is a comment.
        let between = self.text.as_bytes().get(*mark..at).unwrap_or_default();
        between.len() < LOOK_BACK && memchr::memchr(b'\n', between).is_none()
    }
}

/// What makes a Secret in a script or by hand.
const CREATES: &str = "create secret ";

/// How much stands at most between a command and the name of what it makes.
const MAX_BETWEEN: usize = 120;

/// Whether the command that makes a Secret stands right before its name, on the same line or on the one
/// that it goes on from.
fn is_created(text: &str, name: TextRange) -> bool {
    let end = name.start as usize;
    let from = text.floor_char_boundary(end.saturating_sub(CREATES.len() + MAX_BETWEEN));
    let before = text.get(from..end).unwrap_or_default();
    let command = before.rfind(CREATES).and_then(|at| before.get(at + CREATES.len()..));
    command.is_some_and(|between| {
        let words = between.split_whitespace().filter(|word| !matches!(*word, "\\" | "#" | "//"));
        between.len() < MAX_BETWEEN
            && words.count() <= 3
            && !between.replace("\\\n", "").contains('\n')
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
    fn of(names: BTreeSet<&'a str>) -> Option<Self> {
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let search = AhoCorasick::new(&names).ok().filter(|_| !names.is_empty())?;
        Some(Self { search, names })
    }

    /// Returns the names that stand in a text as whole words, and where.
    fn found_in<'t>(
        &'t self,
        source: &'t Source,
    ) -> impl Iterator<Item = (&'a str, TextRange)> + 't {
        let text = source.text();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        self.search.find_overlapping_iter(text).filter_map(move |hit| {
            let name = self.names.get(hit.pattern().as_usize())?;
            let (before, after) = (text.get(..hit.start())?, text.get(hit.end()..)?);
            let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
            is_whole.then(|| (*name, TextRange::new(hit.start(), hit.end())))
        })
    }
}

/// How far before a name the mark of a comment is looked for.
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
    let name = file_name(path);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_by_their_marks() {
        let long = format!("x #{}name", " ".repeat(LOOK_BACK));
        for (text, expected) in [
            ("# name", true),
            ("\t # name", true),
            ("a # b # name", true),
            ("a#name", false),
            ("# a\nname", false),
            ("name # a", false),
            ("é#ü name", false),
            ("é #ü name", true),
            (long.as_str(), false),
        ] {
            let at = text.find("name").unwrap();
            assert_eq!(Comments::of(text).holds(at), expected, "{text:.20}");
        }
    }

    #[test]
    fn a_command_stands_right_before_what_it_makes() {
        for (between, expected) in [
            ("generic ", true),
            ("generic \\\n  ", true),
            ("generic\n", false),
            (&" ".repeat(MAX_BETWEEN - 1), true),
            (&" ".repeat(MAX_BETWEEN), false),
        ] {
            let text = format!("kubectl create secret {between}name");
            let name = TextRange::new(text.len() - 4, text.len());
            assert_eq!(is_created(&text, name), expected, "{between:?}");
        }
    }

    #[test]
    fn a_name_is_told_once_of_a_text() {
        let maker = FileName::new("r", "es.yaml");
        let makers = HashMap::from([("db-login".to_owned(), HashSet::from([&maker]))]);
        let wanted = Wanted { makers, missing: HashSet::new() };
        let names = Names::of(BTreeSet::from(["db-login"])).unwrap();
        let found = |text: &str| {
            let source = Source::new(FileName::new("r", "a.json"), text);
            wanted.in_text(&names, &source, true).len()
        };
        assert_eq!(found(&"db-login ".repeat(1_000)), 1);
        assert_eq!(found("# db-login\ndb-login"), 1);
        assert_eq!(found("# db-login\nxdb-login db-login-x"), 0);
    }
}
