//! Terragrunt: which modules its files run, and what they give them.
//!
//! A `terragrunt.hcl` names a module and its inputs; files above it share inputs and write the
//! backend, and others hold locals that several of them read. Of the expressions what is constant is
//! carried out; what a `dependency` hands on is left to the evaluation of the module.
//!
//! Invariant: an input that is not constant is given, and unknown; it never falls back to the
//! default of its variable.

mod constants;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use sealine_model::terraform::SourceKind;
use sealine_source::{Project, file_name, in_folder, join, upwards};

use constants::{Constants, MAX_STEPS, Unit};

use crate::config::File;
use crate::module_source;
use crate::syntax::{Block, Body, Expression, ExpressionKind, Parsed, TemplatePiece};

/// The name of the file that runs a module.
const UNIT: &str = "terragrunt.hcl";
/// How deep constants may refer to one another.
const MAX_DEPTH: usize = 16;
/// How many files may share the inputs of one.
const MAX_INCLUDES: usize = 8;

/// A module that Terragrunt runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The repository of the module.
    pub(crate) repo: String,
    /// Its folder there.
    pub(crate) folder: String,
    /// The folder of the file that runs it.
    pub(crate) unit: String,
}

/// Returns whether this may be a file of Terragrunt.
pub(crate) fn is_file(path: &str) -> bool {
    let others = [".terraform.lock.hcl", ".pkr.hcl", ".nomad.hcl", ".tflint.hcl"];
    path.strip_suffix(".hcl").is_some() && !others.iter().any(|other| path.ends_with(other))
}

/// Returns the values of each run, to be read as those of `-var-file` are: one file for each that
/// gives some, the weakest first. The blocks that write the run's backend stand in one of them.
pub(crate) fn runs<'p>(project: &'p Project, files: &[File<'p>]) -> Vec<File<'p>> {
    let all = All::new(project, files);
    let units = files.iter().filter(|file| file_name(file.source.path()) == UNIT);
    units.flat_map(|file| all.run(file)).collect()
}

/// The files of Terragrunt by repository and path.
struct All<'a, 'p> {
    project: &'p Project,
    by_path: HashMap<(&'a str, &'a str), &'a File<'p>>,
    /// The folders that hold modules, by repository, with the names of their variables.
    modules: HashMap<&'a str, BTreeMap<&'a str, Vec<&'a str>>>,
}

impl<'a, 'p> All<'a, 'p> {
    fn new(project: &'p Project, files: &'a [File<'p>]) -> Self {
        let mut all = Self { project, by_path: HashMap::new(), modules: HashMap::new() };
        for file in files {
            let (repo, path) = (file.source.repo(), file.source.path());
            if is_file(path) {
                all.by_path.insert((repo, path), file);
            } else if crate::world::is_configuration(path) {
                let folders = all.modules.entry(repo).or_default();
                let variables = folders.entry(file.source.name().folder()).or_default();
                let declared = file.parsed.body.blocks_of("variable");
                variables.extend(declared.filter_map(|block| block.label(0)));
            }
        }
        all
    }

    fn file(&self, repo: &str, path: &str) -> Option<&'a File<'p>> {
        self.by_path.get(&(repo, path)).copied()
    }

    fn run(&self, file: &'a File<'p>) -> Vec<File<'p>> {
        let (repo, unit) = (file.source.repo(), file.source.name().folder());
        let chain = self.chain(file);
        let found = chain.iter().find_map(|file| {
            let source = file.parsed.body.block("terraform")?.body.attribute("source")?;
            self.module(file, unit, &source.value)
        });
        // Without a source the module lies beside the file.
        let beside = || self.has_module(repo, unit).then(|| (repo.to_owned(), unit.to_owned()));
        let Some((repo, folder)) = found.or_else(beside) else { return Vec::new() };
        let variables = self.modules.get(&*repo).and_then(|all| all.get(&*folder));
        let variables = variables.map_or(&[][..], Vec::as_slice);
        let run = Run { repo, folder, unit: unit.to_owned() };
        let backends = |file: &File<'p>| -> Vec<Block> {
            let blocks = file.parsed.body.blocks.iter();
            blocks.filter(|block| writes_backend(block)).cloned().collect()
        };
        // The nearest file replaces what those above it say.
        let mut backend = chain.iter().map(|file| (file.source.path(), backends(file)));
        let backend = backend.find(|(_, blocks)| !blocks.is_empty());
        let steps = Cell::new(MAX_STEPS);
        let unit = Unit { folder: unit, chain: &chain, steps: &steps };
        let values = chain.iter().rev().map(|file| {
            let inputs = file.parsed.body.attribute("inputs");
            let constants = Constants { all: self, file, unit };
            let attributes = inputs.map(|inputs| constants.inputs(&inputs.value, variables));
            let own = backend.iter().filter(|(path, _)| *path == file.source.path());
            let blocks = own.flat_map(|(_, blocks)| blocks.clone()).collect();
            let body = Body { attributes: attributes.unwrap_or_default(), blocks };
            let parsed = Parsed { body, problems: Vec::new() };
            File { source: file.source, parsed, run: Some(run.clone()) }
        });
        values.collect()
    }

    /// Returns a file and those that it includes, the nearest first.
    fn chain(&self, file: &'a File<'p>) -> Vec<&'a File<'p>> {
        let mut chain = vec![file];
        let unit = file.source.name().folder();
        for include in file.parsed.body.blocks_of("include").take(MAX_INCLUDES) {
            let Some(path) = include.body.attribute("path") else { continue };
            let found = self.included(file, unit, &path.value);
            chain.extend(found.filter(|found| found.source.path() != file.source.path()));
        }
        chain
    }

    /// Returns the file that an `include` or a `read_terragrunt_config` names.
    fn included(&self, file: &File<'p>, unit: &str, path: &Expression) -> Option<&'a File<'p>> {
        let repo = file.source.repo();
        match &path.bare().kind {
            ExpressionKind::Call { name, arguments, .. } if &**name == "find_in_parent_folders" => {
                let wanted = arguments.first().and_then(Expression::literal_text);
                let names = wanted.map_or_else(
                    || vec!["terragrunt.hcl".to_owned(), "root.hcl".to_owned()],
                    |name| vec![name],
                );
                let above = upwards(unit).skip(1);
                let mut paths = above.flat_map(|folder| {
                    names.iter().map(move |name| in_folder(folder, name)).collect::<Vec<_>>()
                });
                paths.find_map(|path| self.file(repo, &path))
            }
            ExpressionKind::Template(pieces) => {
                if let Some(path) = path.literal_text() {
                    return self.file(repo, &join(unit, &path)?);
                }
                let tail = tail(pieces);
                let tail = beyond(&tail);
                let mut ending = self.by_path.iter().filter(|((own, path), _)| {
                    *own == repo && !tail.is_empty() && ends_in(path, tail)
                });
                let found = ending.next()?;
                ending.next().is_none().then_some(*found.1)
            }
            _ => None,
        }
    }

    /// Returns the folder of the unit that a path leads to from the folder of another one.
    fn unit_at(&self, repo: &str, from: &str, path: &Expression) -> Option<String> {
        let is_unit = |folder: &String| self.file(repo, &in_folder(folder, UNIT)).is_some();
        let ExpressionKind::Template(pieces) = &path.bare().kind else { return None };
        if let Some(path) = path.literal_text() {
            return join(from, &path).filter(is_unit);
        }
        // What is not known is the folder of the unit, or one that the rest is below.
        let tail = tail(pieces);
        let tail = tail.trim_matches('/');
        if tail.starts_with('.')
            && let Some(beside) = join(from, tail).filter(is_unit)
        {
            return Some(beside);
        }
        let tail = beyond(tail);
        if tail.is_empty() || is_unit(&tail.to_owned()) {
            return (!tail.is_empty()).then(|| tail.to_owned());
        }
        let units = self.by_path.keys().filter(|(own, _)| *own == repo);
        let folders = units.filter_map(|(_, path)| path.strip_suffix(UNIT)?.strip_suffix('/'));
        let mut fitting = folders.filter(|folder| ends_in(folder, tail));
        let found = match fitting.next() {
            Some(found) => fitting.next().is_none().then_some(found),
            None => within(tail, |folder| is_unit(&folder.to_owned())),
        };
        found.map(str::to_owned)
    }

    fn has_module(&self, repo: &str, folder: &str) -> bool {
        self.modules.get(repo).is_some_and(|all| all.contains_key(folder))
    }

    /// Returns where the module lies that a `source` names, when it is loaded.
    fn module(&self, file: &File<'p>, unit: &str, source: &Expression) -> Option<(String, String)> {
        let mut texts = Vec::new();
        candidates(source, 0, &mut texts);
        texts.iter().find_map(|(open, text)| {
            let repo = file.source.repo();
            let plain = text.split('?').next().unwrap_or_default();
            if *open {
                let tail = plain.replace("//", "/");
                let tail = tail.trim_start_matches(['/', '.']);
                let all = self.modules.get(repo)?;
                let mut fitting = all.keys().filter(|folder| ends_in(folder, tail));
                let found = match fitting.next().filter(|_| !tail.is_empty()) {
                    Some(found) => fitting.next().is_none().then_some(*found),
                    None => within(tail, |folder| all.contains_key(folder)),
                };
                return found.map(|found| (repo.to_owned(), found.to_owned()));
            }
            let parsed = module_source::parse(text);
            let (repo, folder) = match parsed.kind {
                SourceKind::Local => {
                    let path = plain.replace("//", "/");
                    (repo.to_owned(), join(unit, path.trim_end_matches('/'))?)
                }
                SourceKind::Git => {
                    let remote = self.project.by_remote(parsed.remote.as_deref()?)?;
                    (remote.name.clone(), parsed.path)
                }
                _ => return None,
            };
            self.has_module(&repo, &folder).then_some((repo, folder))
        })
    }
}

/// Returns whether a block writes the backend of the module that is run.
fn writes_backend(block: &Block) -> bool {
    let contents = block.body.attribute("contents").map(|contents| &contents.value.bare().kind);
    match (&*block.kind, contents) {
        ("remote_state", _) => true,
        ("generate", Some(ExpressionKind::Template(pieces))) => pieces.iter().any(
            |piece| matches!(piece, TemplatePiece::Literal { text, .. } if text.contains("backend")),
        ),
        _ => false,
    }
}

/// Returns the texts that a source may be: those of all branches, and whether something that is not
/// known stands before them.
fn candidates(source: &Expression, depth: usize, found: &mut Vec<(bool, String)>) {
    if depth > MAX_DEPTH {
        return;
    }
    match &source.bare().kind {
        ExpressionKind::Conditional(branches, last) => {
            for (_, then) in branches {
                candidates(then, depth + 1, found);
            }
            candidates(last, depth + 1, found);
        }
        ExpressionKind::Template(pieces) => match (source.bare().literal_text(), &**pieces) {
            (Some(text), _) => found.push((false, text)),
            (None, [TemplatePiece::Interpolation(inner)]) => candidates(inner, depth + 1, found),
            (None, [TemplatePiece::Literal { text, .. }, ..]) if text.contains("//") => {
                // What is not known is the reference behind the path.
                found.push((false, text.to_string()));
            }
            (None, pieces) => found.push((true, tail(pieces))),
        },
        _ => {}
    }
}

/// Returns the text behind the last part of a template that is not known, up to a question mark.
fn tail(pieces: &[TemplatePiece]) -> String {
    let mut tail = String::new();
    for piece in pieces {
        match piece {
            TemplatePiece::Literal { text, .. } => tail.push_str(text),
            // What follows the path is the reference.
            _ if tail.contains('?') => break,
            _ => tail.clear(),
        }
    }
    tail
}

/// Returns the part of a path that leads down again.
fn beyond(path: &str) -> &str {
    path.rsplit_once("../").map_or(path, |(_, below)| below)
}

/// Returns the end of a path, of two parts at least, that exists: the repository may be a part of the one
/// that the path was written for.
fn within(path: &str, exists: impl Fn(&str) -> bool) -> Option<&str> {
    let ends = path.match_indices('/').filter_map(|(slash, _)| path.get(slash + 1..));
    ends.filter(|end| end.contains('/')).find(|end| exists(end))
}

/// Returns whether a path ends in these parts.
fn ends_in(path: &str, tail: &str) -> bool {
    let tail = tail.trim_matches('/');
    path == tail || path.strip_suffix(tail).is_some_and(|rest| rest.ends_with('/'))
}
