//! What files tell of the clusters that a generator chooses. Nobody sees the clusters themselves, but
//! folders and values files are called after them.
//!
//! Invariant: a name that is found this way is a guess: a root made with it is opaque.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use sealine_model::Value;
use sealine_model::tree::Tree;
use sealine_source::{folder_of, join};

use super::set::{Parameters, action, filled, parameter_name};
use super::sources::{named, sources_of, values_path};
use crate::delivery::inventory::{RepoId, file_name};
use crate::delivery::lookup::Lookup;

/// How many clusters files may tell of for one parameter set.
const MAX_CLUSTERS: usize = 64;

/// A cluster that files tell of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// The parameters that its files are called after: `name`, `metadata.labels.env`.
    parameters: BTreeMap<String, String>,
    /// Whether it is a folder that tells, and not a values file.
    pub(super) by_folder: bool,
}

impl Told {
    /// Returns what the files call it.
    pub(super) fn name(&self) -> String {
        let named = self.parameters.get("name");
        named.cloned().unwrap_or_else(|| {
            self.parameters.values().map(String::as_str).collect::<Vec<_>>().join(" ")
        })
    }

    /// Returns a parameter set with what the files tell.
    pub(super) fn fill(&self, set: &Parameters) -> Parameters {
        let mut filled = set.clone();
        for (key, text) in &self.parameters {
            filled.insert(key.clone(), Value::known(text.as_str(), None));
        }
        if let Some(name) = self.parameters.get("name") {
            let normal = sealine_template::argo_name(name);
            filled.entry("nameNormalized".to_owned()).or_insert_with(|| (&*normal).into());
        }
        filled
    }
}

/// Returns whether a generator chooses clusters, by itself or in one of those that it puts together.
pub(super) fn are_chosen(generator: &Tree) -> bool {
    let inner = ["matrix", "merge"].iter().find_map(|kind| generator.get(kind));
    let inner = inner.and_then(|inner| inner.get("generators")).map(Tree::items);
    generator.get("clusters").is_some()
        || inner.unwrap_or_default().iter().any(|inner| inner.get("clusters").is_some())
}

/// Returns the clusters that the folders of a template, or else its values files, tell of, for a
/// parameter set that does not know them.
pub(super) fn told(
    template: &Tree,
    set: &Parameters,
    home: RepoId,
    lookup: &Lookup<'_>,
) -> Vec<Told> {
    let Some(spec) = template.get("spec") else { return Vec::new() };
    let sources = sources_of(spec);
    let look = Look { set, sources: &sources, home, lookup };
    let folders = sources.iter().map(|source| look.by_folder(source));
    let files = sources.iter().flat_map(|source| {
        let files = source.get("helm").and_then(|helm| helm.get("valueFiles"));
        let files = files.map_or(&[][..], Tree::items).iter().filter_map(Tree::text);
        files.map(|file| look.by_values_file(source, &file))
    });
    let found = folders.chain(files).flatten().find(|found| !found.is_empty());
    found.into_iter().flatten().take(MAX_CLUSTERS).collect()
}

struct Look<'a> {
    set: &'a Parameters,
    sources: &'a [&'a Tree],
    home: RepoId,
    lookup: &'a Lookup<'a>,
}

/// A path with a mark for each parameter of a cluster that is not known.
struct Pattern {
    text: String,
    /// The parameters, in the order of their marks.
    names: Vec<String>,
}

impl Look<'_> {
    fn by_folder(&self, source: &Tree) -> Option<BTreeSet<Told>> {
        let mut pattern = self.pattern(&source.get("path")?.text()?)?;
        pattern.text = join("", pattern.text.trim_start_matches('/'))?;
        // A path that is nothing but a parameter would tell of every folder at the top.
        let says_enough = pattern.text.contains(|character: char| character.is_alphanumeric());
        if says_enough { self.matches(source, &pattern, true) } else { None }
    }

    fn by_values_file(&self, source: &Tree, file: &str) -> Option<BTreeSet<Told>> {
        let mut pattern = self.pattern(file).filter(|pattern| !pattern.text.contains("://"))?;
        let folder = self.folder(source);
        let (name, path) = values_path(&pattern.text, folder.as_deref().unwrap_or_default())?;
        let source = match name {
            Some(name) => named(self.sources, name)?,
            None => folder.and(Some(source))?,
        };
        pattern.text = path;
        self.matches(source, &pattern, false)
    }

    /// Returns the folder of a source, when the parameters tell it.
    fn folder(&self, source: &Tree) -> Option<String> {
        let folder = filled(source.get("path")?.value()?, self.set).text()?;
        join("", folder.trim_start_matches('/'))
    }

    /// Returns a text of a template as a pattern; `None` when it asks for no parameter of a cluster, or for
    /// something else that is not known.
    fn pattern(&self, text: &str) -> Option<Pattern> {
        let mut pattern = Pattern { text: String::new(), names: Vec::new() };
        let mut done = 0;
        while let Some((range, expression)) = action(text, done) {
            pattern.text.push_str(text.get(done..range.start)?);
            done = range.end;
            let name = parameter_name(expression);
            if let Some(known) = self.set.get(&name).and_then(Value::text) {
                pattern.text.push_str(&known);
                continue;
            }
            let is_of_cluster = name == "name"
                || ["metadata.labels.", "metadata.annotations."]
                    .iter()
                    .any(|prefix| name.starts_with(prefix));
            if !is_of_cluster {
                return None;
            }
            let known = pattern.names.iter().position(|known| *known == name);
            let index = known.unwrap_or_else(|| {
                pattern.names.push(name);
                pattern.names.len() - 1
            });
            pattern.text.push(mark(index)?);
        }
        pattern.text.push_str(text.get(done..)?);
        (!pattern.names.is_empty()).then_some(pattern)
    }

    /// Returns what the files of a source's repository tell, when a pattern fits their paths or, for a
    /// folder, the beginning of these.
    fn matches(&self, source: &Tree, pattern: &Pattern, by_folder: bool) -> Option<BTreeSet<Told>> {
        let before = pattern.text.split(is_mark).next().unwrap_or_default();
        let folder = folder_of(before);
        let url = source.get("repoURL").and_then(Tree::value);
        let url = url.map(|url| filled(url, self.set));
        let repo = self.lookup.repository(url.as_ref(), folder, self.home).ok()?;
        let fits = pattern.regex(by_folder)?;
        let mut found = BTreeSet::new();
        for path in self.lookup.inventory.shelves.get(repo)?.repository.paths_below(folder) {
            let Some(parts) = fits.captures(path) else { continue };
            let parts = parts.iter().skip(1).flatten().map(|part| part.as_str().to_owned());
            let parameters: BTreeMap<String, String> =
                pattern.names.iter().cloned().zip(parts).collect();
            let told = Told { parameters, by_folder };
            // The files that every chart has are called after no cluster.
            let is_path = by_folder || !matches!(file_name(path), "Chart.yaml" | "values.yaml");
            if is_path && pattern.with(&told).is_some_and(|text| path.starts_with(&text)) {
                found.insert(told);
            }
        }
        Some(found)
    }
}

impl Pattern {
    /// Returns what finds the paths that fit, with a group for the first mark of each parameter.
    fn regex(&self, by_folder: bool) -> Option<Regex> {
        let mut text = String::from("^");
        let mut seen = 0;
        for character in self.text.chars() {
            match character {
                _ if Some(character) == mark(seen) => {
                    text.push_str("([^/]+?)");
                    seen += 1;
                }
                _ if is_mark(character) => text.push_str("[^/]+?"),
                _ => text.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
            }
        }
        text.push(if by_folder { '/' } else { '$' });
        Regex::new(&text).ok()
    }

    /// Returns the path with what is told of its parameters.
    fn with(&self, told: &Told) -> Option<String> {
        let mut text = self.text.clone();
        for (index, name) in self.names.iter().enumerate() {
            text = text.replace(mark(index)?, told.parameters.get(name)?);
        }
        Some(text)
    }
}

/// The characters that stand for parameters in paths: private ones, which no person writes.
const MARKS: std::ops::Range<u32> = 0xF_0000..0xF_1000;

fn mark(index: usize) -> Option<char> {
    MARKS.clone().nth(index).and_then(char::from_u32)
}

fn is_mark(character: char) -> bool {
    MARKS.contains(&u32::from(character))
}
