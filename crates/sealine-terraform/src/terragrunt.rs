//! Terragrunt: which modules its files run, and what they give them.
//!
//! A `terragrunt.hcl` names a module and its inputs; files above it share inputs and write the
//! backend, and others hold locals that several of them read. Of the expressions what is constant is
//! carried out.
//!
//! Invariant: an input that is not constant is given, and unknown; it never falls back to the
//! default of its variable.

use std::collections::{BTreeMap, HashMap};

use sealine_model::terraform::SourceKind;
use sealine_source::{Project, TextRange, file_name, in_folder, join, upwards};

use crate::config::File;
use crate::module_source;
use crate::syntax::{
    Attribute, Block, Body, Expression, ExpressionKind, Parsed, Step, TemplatePiece,
};

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
    let units = files.iter().filter(|file| file_name(file.source.path()) == "terragrunt.hcl");
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
        let chain = self.chain(file);
        let (repo, unit) = (file.source.repo(), file.source.name().folder());
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
        let values = chain.iter().rev().map(|file| {
            let inputs = file.parsed.body.attribute("inputs");
            let attributes = inputs.map(|inputs| self.inputs(file, &inputs.value, variables));
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
                let tail = tail(pieces);
                if let Some(path) = path.literal_text() {
                    return self.file(repo, &join(unit, &path)?);
                }
                let mut ending = self.by_path.iter().filter(|((own, path), _)| {
                    *own == repo && !tail.is_empty() && ends_in(path, &tail)
                });
                let found = ending.next()?;
                ending.next().is_none().then_some(*found.1)
            }
            _ => None,
        }
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
                let found = fitting.next().filter(|_| !tail.is_empty())?;
                return fitting.next().is_none().then(|| (repo.to_owned(), (*found).to_owned()));
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

    /// Returns the inputs that an expression gives; one that is not constant may give any variable.
    fn inputs(
        &self,
        file: &'a File<'p>,
        inputs: &'a Expression,
        variables: &[&str],
    ) -> Vec<Attribute> {
        let inputs = inputs.bare();
        let objects = match &inputs.kind {
            ExpressionKind::Call { name, arguments, .. } if &**name == "merge" => &**arguments,
            _ => std::slice::from_ref(inputs),
        };
        let mut found: Vec<Attribute> = Vec::new();
        for object in objects {
            let constant = Constants { all: self, file }.of(object, 0);
            let ExpressionKind::Object(items) = constant.kind else {
                let any = variables.iter().map(|name| Attribute {
                    name: (*name).into(),
                    name_range: object.range,
                    value: unknown(object.range),
                });
                found = any.collect();
                continue;
            };
            for item in items {
                let name = item.key.word().or_else(|| item.key.literal_text());
                let Some(name) = name else { continue };
                found.retain(|known| *known.name != *name);
                let (name, name_range) = (name.into(), item.key.range);
                found.push(Attribute { name, name_range, value: item.value });
            }
        }
        found
    }
}

/// What is constant in one file.
#[derive(Clone, Copy)]
struct Constants<'c, 'a, 'p> {
    all: &'c All<'a, 'p>,
    file: &'a File<'p>,
}

impl Constants<'_, '_, '_> {
    /// Returns an expression with its locals put in, and with unknowns for what is not constant.
    fn of(self, expression: &Expression, depth: usize) -> Expression {
        let unknown = || unknown(expression.range);
        if depth > MAX_DEPTH {
            return unknown();
        }
        let of = |inner: &Expression| self.of(inner, depth + 1);
        let kind = match &expression.kind {
            ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) => {
                return expression.clone();
            }
            ExpressionKind::Parentheses(inner) => return of(inner),
            ExpressionKind::Template(pieces) => ExpressionKind::Template(
                pieces.iter().map(|piece| self.piece(piece, depth)).collect(),
            ),
            ExpressionKind::Tuple(items) => ExpressionKind::Tuple(items.iter().map(of).collect()),
            ExpressionKind::Object(items) => {
                let mut items = items.clone();
                for item in &mut items {
                    item.value = of(&item.value);
                }
                ExpressionKind::Object(items)
            }
            ExpressionKind::Get(base, steps) => match (&base.kind, &**steps) {
                (ExpressionKind::Name(root), [Step::Attribute(name), below @ ..])
                    if &**root == "local" =>
                {
                    let mut value = self.local(name, below, depth).unwrap_or_else(unknown);
                    // It may stand in another file: here it was taken.
                    relocate(&mut value, expression.range);
                    return value;
                }
                _ => return unknown(),
            },
            _ => return unknown(),
        };
        Expression { kind, range: expression.range }
    }

    fn piece(self, piece: &TemplatePiece, depth: usize) -> TemplatePiece {
        match piece {
            TemplatePiece::Literal { .. } => piece.clone(),
            TemplatePiece::Interpolation(inner) => {
                TemplatePiece::Interpolation(self.of(inner, depth + 1))
            }
            TemplatePiece::If(part) => TemplatePiece::Interpolation(unknown(part.condition.range)),
            TemplatePiece::For(part) => {
                TemplatePiece::Interpolation(unknown(part.collection.range))
            }
        }
    }

    /// Returns what a local comes to, or what a file that it stands for says below `locals`.
    fn local(self, name: &str, below: &[Step], depth: usize) -> Option<Expression> {
        let value = local(&self.file.parsed.body, name)?;
        let (first, rest) = match below {
            [] => return Some(self.of(value, depth + 1)),
            [Step::Attribute(first), rest @ ..] => (first, rest),
            _ => return None,
        };
        match &value.bare().kind {
            ExpressionKind::Call { name, arguments, .. } if &**name == "read_terragrunt_config" => {
                let unit = self.file.source.name().folder();
                let file = self.all.included(self.file, unit, arguments.first()?)?;
                match (&**first, rest) {
                    ("locals", [Step::Attribute(name), below @ ..]) => {
                        Constants { file, ..self }.local(name, below, depth + 1)
                    }
                    _ => None,
                }
            }
            ExpressionKind::Object(items) if rest.is_empty() => {
                let named = |key: &Expression| key.word().or_else(|| key.literal_text());
                let item = items.iter().find(|item| named(&item.key).as_deref() == Some(&**first));
                Some(self.of(&item?.value, depth + 1))
            }
            _ => None,
        }
    }
}

/// Gives an expression, and all that stands in it, the place of another one. What [`Constants`] made
/// has no other kinds than these.
fn relocate(expression: &mut Expression, to: TextRange) {
    expression.range = to;
    match &mut expression.kind {
        ExpressionKind::Template(pieces) => {
            for piece in pieces {
                match piece {
                    TemplatePiece::Literal { range, exact, .. } => (*range, *exact) = (to, false),
                    TemplatePiece::Interpolation(inner) => relocate(inner, to),
                    TemplatePiece::If { .. } | TemplatePiece::For { .. } => {}
                }
            }
        }
        ExpressionKind::Tuple(items) => items.iter_mut().for_each(|item| relocate(item, to)),
        ExpressionKind::Object(items) => {
            for item in items {
                relocate(&mut item.key, to);
                relocate(&mut item.value, to);
            }
        }
        _ => {}
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

fn local<'b>(body: &'b Body, name: &str) -> Option<&'b Expression> {
    let blocks = body.blocks_of("locals");
    let mut found = blocks.filter_map(|block: &Block| block.body.attribute(name));
    found.next().map(|attribute| &attribute.value)
}

/// Returns an expression that comes to nothing known: what Terragrunt takes from another run.
fn unknown(range: TextRange) -> Expression {
    let base = Expression { kind: ExpressionKind::Name("dependency".into()), range };
    let steps = ["unknown", "outputs"].map(|step| Step::Attribute(step.into()));
    Expression { kind: ExpressionKind::Get(Box::new(base), steps.into()), range }
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

/// Returns whether a path ends in these parts.
fn ends_in(path: &str, tail: &str) -> bool {
    let tail = tail.trim_matches('/');
    path == tail || path.strip_suffix(tail).is_some_and(|rest| rest.ends_with('/'))
}
