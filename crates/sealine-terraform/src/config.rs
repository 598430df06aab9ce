//! The configuration of one module: what the files of its folder declare together.
//!
//! Invariant: override files are merged, and a `.tofu` file hides the `.tf` file of its name, as the
//! tools do.

use std::collections::{BTreeMap, HashMap};

use sealine_source::{Repository, Source, file_name};

use crate::syntax::{Attribute, Block, Expression, Parsed};
use crate::terragrunt::Run;

/// A parsed file.
pub(crate) struct File<'p> {
    pub(crate) source: &'p Source,
    pub(crate) parsed: Parsed,
    /// The run that the values of this file are given to, when Terragrunt gives them.
    pub(crate) run: Option<Run>,
}

/// An expression and the file it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Written<'w> {
    pub(crate) file: u32,
    pub(crate) expression: &'w Expression,
}

/// A block and the blocks of override files that change it.
#[derive(Clone)]
pub(crate) struct Declared<'w> {
    pub(crate) file: u32,
    pub(crate) block: &'w Block,
    overrides: Vec<(u32, &'w Block)>,
}

/// Managed resource, data source or ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mode {
    Managed,
    Data,
    Ephemeral,
}

/// A resource of any mode.
#[derive(Clone)]
pub(crate) struct ResourceConfig<'w> {
    pub(crate) mode: Mode,
    pub(crate) kind: &'w str,
    pub(crate) name: &'w str,
    pub(crate) declared: Declared<'w>,
}

/// A module's configuration.
pub(crate) struct Config<'w> {
    pub(crate) repository: &'w Repository,
    pub(crate) folder: String,
    /// The files it is made of, in the order in which they count.
    pub(crate) files: Vec<u32>,
    pub(crate) variables: BTreeMap<&'w str, Declared<'w>>,
    pub(crate) locals: HashMap<&'w str, Written<'w>>,
    pub(crate) outputs: BTreeMap<&'w str, Declared<'w>>,
    pub(crate) calls: Vec<(&'w str, Declared<'w>)>,
    pub(crate) resources: Vec<ResourceConfig<'w>>,
    resource_index: HashMap<(Mode, &'w str, &'w str), usize>,
    pub(crate) providers: Vec<Declared<'w>>,
    pub(crate) settings: Vec<(u32, &'w Block)>,
}

impl<'w> Declared<'w> {
    fn new(file: u32, block: &'w Block) -> Self {
        Self { file, block, overrides: Vec::new() }
    }

    fn parts(&self) -> impl DoubleEndedIterator<Item = (u32, &'w Block)> {
        std::iter::once((self.file, self.block)).chain(self.overrides.iter().copied())
    }

    /// Returns the value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<Written<'w>> {
        self.parts().rev().find_map(|(file, block)| {
            let attribute = block.body.attribute(name)?;
            Some(Written { file, expression: &attribute.value })
        })
    }

    /// Returns each attribute once.
    pub(crate) fn attributes(&self) -> Vec<(u32, &'w Attribute)> {
        let mut found: Vec<(u32, &'w Attribute)> = Vec::new();
        for (file, block) in self.parts() {
            for attribute in &block.body.attributes {
                found.retain(|(_, known)| known.name != attribute.name);
                found.push((file, attribute));
            }
        }
        found
    }

    /// Returns the nested blocks; those of an override replace all of their kind.
    pub(crate) fn blocks(&self) -> Vec<(u32, &'w Block)> {
        let mut found: Vec<(u32, &'w Block)> = Vec::new();
        for (file, block) in self.parts() {
            found.retain(|(_, known)| block.body.block(&known.kind).is_none());
            found.extend(block.body.blocks.iter().map(|nested| (file, nested)));
        }
        found
    }

    /// Returns the first nested block of this kind.
    pub(crate) fn nested(&self, kind: &str) -> Option<(u32, &'w Block)> {
        self.parts().rev().find_map(|(file, block)| Some((file, block.body.block(kind)?)))
    }
}

impl<'w> Config<'w> {
    /// Returns the configuration made of these files of one folder.
    pub(crate) fn new(
        repository: &'w Repository,
        folder: &str,
        mut ids: Vec<u32>,
        files: &'w [File<'w>],
    ) -> Self {
        let name =
            |id: u32| files.get(id as usize).map_or("", |file| file_name(file.source.path()));
        let names: Vec<&str> = ids.iter().map(|id| name(*id)).collect();
        ids.retain(|id| {
            let twin = name(*id).replace(".tf", ".tofu");
            name(*id).contains(".tofu") || !names.contains(&twin.as_str())
        });
        ids.sort_by_key(|id| (is_override(name(*id)), name(*id)));
        let mut config = Self {
            repository,
            folder: folder.to_owned(),
            files: ids.clone(),
            variables: BTreeMap::new(),
            locals: HashMap::new(),
            outputs: BTreeMap::new(),
            calls: Vec::new(),
            resources: Vec::new(),
            resource_index: HashMap::new(),
            providers: Vec::new(),
            settings: Vec::new(),
        };
        for id in ids {
            let Some(file) = files.get(id as usize) else { continue };
            let overrides = is_override(name(id));
            for block in &file.parsed.body.blocks {
                config.add(id, block, overrides);
            }
        }
        config
    }

    fn add(&mut self, file: u32, block: &'w Block, overrides: bool) {
        let declared = Declared::new(file, block);
        match (&*block.kind, block.label(0), block.label(1)) {
            ("variable", Some(name), _) => merge(&mut self.variables, name, declared, overrides),
            ("output", Some(name), _) => merge(&mut self.outputs, name, declared, overrides),
            ("locals", ..) => {
                for attribute in &block.body.attributes {
                    let written = Written { file, expression: &attribute.value };
                    self.locals.insert(&attribute.name, written);
                }
            }
            ("module", Some(name), _) => {
                match self.calls.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) if overrides => known.overrides.push((file, block)),
                    _ => self.calls.push((name, declared)),
                }
            }
            ("resource", Some(kind), Some(name)) => {
                self.resource(Mode::Managed, kind, name, declared, overrides);
            }
            ("data", Some(kind), Some(name)) => {
                self.resource(Mode::Data, kind, name, declared, overrides);
            }
            ("ephemeral", Some(kind), Some(name)) => {
                self.resource(Mode::Ephemeral, kind, name, declared, overrides);
            }
            ("provider", Some(_), _) => self.providers.push(declared),
            ("terraform", ..) => self.settings.push((file, block)),
            _ => {}
        }
    }

    fn resource(
        &mut self,
        mode: Mode,
        kind: &'w str,
        name: &'w str,
        declared: Declared<'w>,
        overrides: bool,
    ) {
        let key = (mode, kind, name);
        match self.resource_index.get(&key).and_then(|index| self.resources.get_mut(*index)) {
            Some(known) if overrides => {
                known.declared.overrides.push((declared.file, declared.block));
            }
            Some(_) => {}
            None => {
                self.resource_index.insert(key, self.resources.len());
                self.resources.push(ResourceConfig { mode, kind, name, declared });
            }
        }
    }

    /// Returns the number of a resource.
    pub(crate) fn find(&self, mode: Mode, kind: &str, name: &str) -> Option<usize> {
        self.resource_index.get(&(mode, kind, name)).copied()
    }

    /// Returns the number of a module call.
    pub(crate) fn find_call(&self, name: &str) -> Option<usize> {
        self.calls.iter().position(|(known, _)| *known == name)
    }

    /// Returns the nested blocks of this kind in all `terraform` blocks.
    pub(crate) fn setting_blocks(&self, kind: &'static str) -> Vec<(u32, &'w Block)> {
        let of_kind = |(file, block): &(u32, &'w Block)| -> Vec<(u32, &'w Block)> {
            block.body.blocks_of(kind).map(|nested| (*file, nested)).collect()
        };
        self.settings.iter().flat_map(of_kind).collect()
    }

    /// Returns the module's name for people: its folder, or the repository at its top.
    pub(crate) fn label(&self) -> &str {
        if self.folder.is_empty() { &self.repository.name } else { &self.folder }
    }
}

fn merge<'w>(
    known: &mut BTreeMap<&'w str, Declared<'w>>,
    name: &'w str,
    declared: Declared<'w>,
    overrides: bool,
) {
    match known.get_mut(name) {
        Some(before) if overrides => before.overrides.push((declared.file, declared.block)),
        Some(_) => {}
        None => {
            known.insert(name, declared);
        }
    }
}

fn is_override(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    stem == "override" || stem.ends_with("_override")
}
