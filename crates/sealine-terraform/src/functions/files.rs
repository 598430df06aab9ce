//! Functions that read files of the project.
//!
//! Invariant: only files that the project holds are read; a path that leads out of the repository,
//! or to a file that was not kept, gives unknown.

use std::rc::Rc;

use sealine_source::{Source, in_folder};

use super::{Arguments, path};
use crate::data::{Data, Kind, Spot, Text};
use crate::evaluate::{Evaluator, Scope};
use crate::syntax::{self, Expression};

/// Files longer than this are not read into a value.
const MAX_FILE: usize = 1 << 20;

impl<'w> Evaluator<'w> {
    /// Calls a function of files; nothing when it is another function or not known.
    pub(super) fn file_function(
        &self,
        scope: &Scope<'w>,
        name: &str,
        arguments: &Arguments,
    ) -> Option<Data> {
        match name {
            "file" => self.file_text(self.find_file(scope, &arguments.known(0)?)?),
            "fileexists" => {
                let found = self.find_file(scope, &arguments.known(0)?).is_some();
                found.then(|| Data::new(Kind::Bool(true)))
            }
            "fileset" => self.file_set(scope, &arguments.known(0)?, &arguments.known(1)?),
            "templatefile" => {
                let source = self.find_file(scope, &arguments.known(0)?)?;
                self.template_file(scope, source, &arguments.get(1))
            }
            "basename" => {
                let whole = arguments.known(0)?;
                Some(Data::text(path::base_name(&Self::absolute(scope, &whole))))
            }
            "dirname" => Some(Data::text(path::folder(&arguments.known(0)?))),
            "abspath" => Some(Data::text(Self::absolute(scope, &arguments.known(0)?))),
            "pathexpand" => Some(arguments.get(0)),
            _ => None,
        }
    }

    /// Returns a path seen from the root module as one inside its repository, so that the last parts
    /// of absolute paths are what they are when Terraform runs.
    fn absolute(scope: &Scope<'w>, written: &str) -> String {
        if written.starts_with('/') || !written.starts_with('.') {
            return written.to_owned();
        }
        let (repository, folder) = home(scope);
        let inside = path::clean(&format!("{folder}/{written}"));
        format!("/{repository}/{}", inside.trim_start_matches("./"))
    }

    /// Finds a file by its path as seen from the root module.
    pub(crate) fn find_file(&self, scope: &Scope<'w>, written: &str) -> Option<&'w Source> {
        let (repository, file) = Self::locate(scope, written)?;
        self.reads.borrow_mut().insert((repository.to_owned(), file.clone()));
        self.world.project.repository(repository)?.get(&file).map(AsRef::as_ref)
    }

    /// Returns the repository and path that a path in an expression means.
    fn locate(scope: &Scope<'w>, written: &str) -> Option<(&'w str, String)> {
        // Files beside a module that comes from another repository stand there, not in `.terraform`.
        let mut instance = Some(&scope.instance);
        while let Some(known) = instance {
            if known.directory().starts_with(".terraform/")
                && let Some(rest) = written.strip_prefix(known.directory())
                && (rest.is_empty() || rest.starts_with('/'))
            {
                let config = known.config;
                let file = sealine_source::join(&config.folder, rest.trim_start_matches('/'))?;
                return Some((&config.repository.name, file));
            }
            instance = known.caller.as_ref().map(|caller| &caller.instance);
        }
        let (repository, folder) = home(scope);
        if let Some(inside) = written.strip_prefix(&format!("/{repository}/")) {
            return Some((repository, sealine_source::join("", inside)?));
        }
        Some((repository, sealine_source::join(folder, written)?))
    }

    pub(crate) fn file_text(&self, source: &'w Source) -> Option<Data> {
        let text = source.text();
        if text.len() > MAX_FILE || !self.spend(text.len() / 16) {
            return None;
        }
        let file = self.number_of(source);
        let range = sealine_source::TextRange::new(0, text.len());
        Some(Data::new(Kind::Text(Text::known(text, Some(Spot { file, range })))))
    }

    pub(crate) fn file_set(&self, scope: &Scope<'w>, folder: &str, pattern: &str) -> Option<Data> {
        let (repository, folder) = Self::locate(scope, folder)?;
        let repository = self.world.project.repository(repository)?;
        let prefix = in_folder(&folder, "");
        let expression = self.expression(&path::expression(pattern))?;
        let mut found = Vec::new();
        for file in repository.paths_below(&folder) {
            if !self.spend(1) {
                return None;
            }
            let inside = file.strip_prefix(&prefix).unwrap_or_default();
            if expression.is_match(inside) {
                found.push(Data::text(inside));
            }
        }
        Some(Data::new(Kind::set(found, false)))
    }

    pub(crate) fn template_file(
        &self,
        scope: &Scope<'w>,
        source: &'w Source,
        names: &Data,
    ) -> Option<Data> {
        let file = self.number_of(source);
        let template = self.parsed_template(file, source)?;
        let inner = Scope::new(&scope.instance, file).with_keys(names.as_map()?);
        Some(self.evaluate(&inner, &template))
    }

    fn parsed_template(&self, file: u32, source: &Source) -> Option<Rc<Expression>> {
        let known = self.templates.borrow().get(&file).cloned();
        known.unwrap_or_else(|| {
            let small = source.text().len() <= MAX_FILE;
            let parsed = small.then(|| syntax::parse_template(source).ok()).flatten().map(Rc::new);
            self.templates.borrow_mut().insert(file, parsed.clone());
            parsed
        })
    }
}

/// Returns the repository and folder of the root module.
fn home<'w>(scope: &Scope<'w>) -> (&'w str, &'w str) {
    let root = scope.instance.root_config();
    (&root.repository.name, &root.folder)
}
