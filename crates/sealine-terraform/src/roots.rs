//! Which modules are root modules, and which files give their variables values.
//!
//! Invariant: a folder that merely nobody calls is no root; there must be a sign that somebody runs
//! Terraform there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sealine_source::{file_name, folder_of};

use crate::config::Config;
use crate::world::{ConfigId, World, folder_key};

/// At most this many alternative sets of variable values are evaluated for one root.
const MAX_ALTERNATIVES: usize = 16;
/// How many runs of Terragrunt one module may have: each is a root of its own.
const MAX_RUNS: usize = 256;

/// Folders that hold one file or folder of values for each environment.
const VALUE_FOLDERS: &[&str] = &[
    "variables",
    "vars",
    "tfvars",
    "var-files",
    "var_files",
    "envs",
    "env",
    "environments",
    "environment",
    "config",
    "configs",
    "configuration",
    "values",
    "params",
    "parameters",
    "workspaces",
    "stages",
];

/// Names of value files that all roots of an environment share.
const SHARED_VALUES: &[&str] = &["common", "shared", "global", "globals", "default", "defaults"];

/// How strong a file of values is among those of its environment.
const SHARED_RANK: u8 = 1;
const OWN_RANK: u8 = 2;

/// The signs of all root modules.
#[derive(Default)]
pub(crate) struct Roots {
    signs: HashMap<ConfigId, String>,
    called: BTreeSet<ConfigId>,
}

impl Roots {
    /// Returns by which sign a module is a root.
    pub(crate) fn sign(&self, config: ConfigId) -> Option<&str> {
        self.signs.get(&config).map(String::as_str)
    }

    /// Returns whether a module block of a loaded module leads to this one.
    pub(crate) fn is_called(&self, config: ConfigId) -> bool {
        self.called.contains(&config)
    }
}

/// One set of variable files for a root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alternative {
    /// The environment's name, when the files have one: a folder's or a file's.
    pub(crate) name: Option<String>,
    /// The files, the strongest last.
    pub(crate) files: Vec<u32>,
}

/// Finds the root modules.
pub(crate) fn find(world: &World<'_>) -> Roots {
    let mut roots = Roots::default();
    for config in &world.configs {
        for (_, call) in &config.calls {
            let source = call.attribute("source").and_then(|it| it.expression.literal_text());
            let Some(source) = source else { continue };
            if let (_, Some(called)) = world.resolve_call(config, &source, None) {
                roots.called.insert(called);
            }
        }
    }
    for (id, config) in world.configs.iter().enumerate() {
        let strong = strong_sign(world, config);
        let sign =
            strong.or_else(|| if roots.is_called(id) { None } else { weak_sign(world, config) });
        if let Some(sign) = sign {
            roots.signs.insert(id, sign.to_owned());
        }
    }
    roots
}

/// Returns a sign that holds even where another module calls this one.
fn strong_sign(world: &World<'_>, config: &Config<'_>) -> Option<&'static str> {
    if !config.setting_blocks("backend").is_empty() {
        return Some("backend");
    }
    if !config.setting_blocks("cloud").is_empty() {
        return Some("cloud");
    }
    if !world.runs_of(config).is_empty() {
        return Some("terragrunt");
    }
    let folder = (config.repository.name.clone(), config.folder.clone());
    world.options.workflow_folders.contains(&folder).then_some("workflow")
}

fn weak_sign(world: &World<'_>, config: &Config<'_>) -> Option<&'static str> {
    let lock = sealine_source::join(&config.folder, ".terraform.lock.hcl")?;
    if config.repository.exists(&lock) {
        return Some("lock file");
    }
    let is_configured = |provider: &crate::config::Declared<'_>| {
        let attributes = provider.attributes();
        let nested = !provider.blocks().is_empty();
        nested || attributes.iter().any(|(_, it)| !matches!(&*it.name, "alias" | "version"))
    };
    if config.providers.iter().any(is_configured) {
        return Some("provider");
    }
    values_in(world, config, &config.folder).is_some().then_some("tfvars")
}

/// Returns the files that Terraform loads by itself: `terraform.tfvars` and `*.auto.tfvars`.
pub(crate) fn automatic_values(world: &World<'_>, config: &Config<'_>) -> Vec<u32> {
    let Some(files) = values_in(world, config, &config.folder) else { return Vec::new() };
    let mut automatic: Vec<(bool, &str, u32)> = Vec::new();
    for id in files {
        let name = world.file(*id).map_or("", |source| file_name(source.path()));
        let is_auto = name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
        if is_auto || name == "terraform.tfvars" || name == "terraform.tfvars.json" {
            automatic.push((is_auto, name, *id));
        }
    }
    automatic.sort_unstable();
    automatic.into_iter().map(|(.., id)| id).collect()
}

fn values_in<'a>(world: &'a World<'_>, config: &Config<'_>, folder: &str) -> Option<&'a [u32]> {
    world.value_files.get(&folder_key(&config.repository.name, folder)).map(Vec::as_slice)
}

/// Returns the alternative sets of values that people pass with `-var-file`: files beside the root,
/// and files for it in a tree of environments beside it or above it.
pub(crate) fn alternatives(world: &World<'_>, config: &Config<'_>) -> Vec<Alternative> {
    let runs = world.runs_of(config);
    if !runs.is_empty() {
        return alternatives_of_runs(world, runs);
    }
    let mut by_name: BTreeMap<String, Vec<(u8, u32)>> = BTreeMap::new();
    beside(world, config, &mut by_name);
    let mut above = config.folder.as_str();
    let depth = if world.value_files.is_empty() { 0 } else { 4 };
    for _ in 0..depth {
        for folder in VALUE_FOLDERS {
            let Some(tree) = sealine_source::join(above, folder) else { continue };
            environments(world, config, &tree, &mut by_name);
        }
        if above.is_empty() || !by_name.is_empty() {
            break;
        }
        above = folder_of(above);
    }
    let is_shared = |name: &String| SHARED_VALUES.contains(&name.as_str());
    let shared: Vec<(u8, u32)> =
        by_name.iter().filter(|(name, _)| is_shared(name)).flat_map(|(_, it)| it.clone()).collect();
    // Where some environments have values of the root's own, the others do not run it.
    let is_own = |files: &[(u8, u32)]| files.iter().any(|(rank, _)| *rank > SHARED_RANK);
    let some_own = by_name.iter().any(|(name, files)| !is_shared(name) && is_own(files));
    let mut found = Vec::new();
    for (name, files) in by_name {
        if is_shared(&name) || (some_own && !is_own(&files)) {
            continue;
        }
        let mut files: Vec<(u8, u32)> =
            shared.iter().map(|(_, id)| (0, *id)).chain(files).collect();
        files.sort_unstable();
        let files = files.into_iter().map(|(_, id)| id).collect();
        found.push(Alternative { name: Some(name), files });
        if found.len() == MAX_ALTERNATIVES {
            break;
        }
    }
    if found.is_empty() {
        let files = shared.into_iter().map(|(_, id)| id).collect();
        found.push(Alternative { name: None, files });
    }
    found
}

/// One set of values for each run of Terragrunt, known by its folder.
fn alternatives_of_runs(world: &World<'_>, runs: &[u32]) -> Vec<Alternative> {
    let mut found: Vec<Alternative> = Vec::new();
    for id in runs {
        let run = world.files.get(*id as usize).and_then(|file| file.run.as_ref());
        let name = run.map(|run| run.unit.clone());
        if let Some(last) = found.last_mut().filter(|last| last.name == name) {
            last.files.push(*id);
        } else if found.len() < MAX_RUNS {
            found.push(Alternative { name, files: vec![*id] });
        } else {
            break;
        }
    }
    found
}

fn stem(world: &World<'_>, id: u32) -> String {
    let name = world.file(id).map_or("", |source| file_name(source.path()));
    name.split(".tfvars").next().unwrap_or_default().to_owned()
}

/// Value files in the root's own folder that are not loaded by themselves.
fn beside(world: &World<'_>, config: &Config<'_>, found: &mut BTreeMap<String, Vec<(u8, u32)>>) {
    let automatic = automatic_values(world, config);
    for id in values_in(world, config, &config.folder).unwrap_or_default() {
        let stem = stem(world, *id);
        let is_sample = ["example", "sample", "template"].iter().any(|word| stem.contains(word));
        if !automatic.contains(id) && !is_sample {
            found.entry(stem).or_default().push((OWN_RANK, *id));
        }
    }
}

/// Value files below `tree`: `<tree>/<environment>/<root>.tfvars`, with what the environment's roots
/// share, and `<tree>/<root>/<environment>.tfvars` or `<tree>/<environment>.tfvars`. A file
/// `terraform.tfvars` beside a configuration is that root's own.
fn environments(
    world: &World<'_>,
    config: &Config<'_>,
    tree: &str,
    found: &mut BTreeMap<String, Vec<(u8, u32)>>,
) {
    let root_name = file_name(&config.folder);
    let first = folder_key(&config.repository.name, tree);
    let below = world.value_files.range(first.clone()..);
    let below = below.take_while(|(folder, _)| folder.starts_with(&first));
    let own_tree = tree.strip_prefix(config.folder.as_str()).is_some();
    for (folder, files) in below {
        let Some(inside) = folder.strip_prefix(&first) else { continue };
        // A sibling such as `variables-old` only begins like the tree.
        if !inside.is_empty() && !inside.starts_with('/') {
            continue;
        }
        let inside = inside.trim_start_matches('/');
        let holds_root = world.has_config(folder);
        for id in files {
            let stem = stem(world, *id);
            if inside.is_empty() {
                // Values for all roots below a tree of several roots are theirs only in part.
                if own_tree {
                    found.entry(stem).or_default().push((OWN_RANK, *id));
                }
            } else if inside == root_name || (own_tree && !stem_is_shared(&stem)) {
                let name = if inside == root_name { stem } else { inside.to_owned() };
                found.entry(name).or_default().push((OWN_RANK, *id));
            } else if stem == root_name {
                found.entry(inside.to_owned()).or_default().push((OWN_RANK, *id));
            } else if !inside.contains('/')
                && (stem_is_shared(&stem) || stem == "terraform" && !holds_root)
            {
                found.entry(inside.to_owned()).or_default().push((SHARED_RANK, *id));
            }
        }
    }
}

fn stem_is_shared(stem: &str) -> bool {
    SHARED_VALUES.contains(&stem)
}
