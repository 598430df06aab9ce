//! What a module's own text says: backend, variables, outputs, providers, module calls.
//!
//! Invariant: nothing here depends on how the module is called.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::secret_attributes::is_provider_credential;
use sealine_model::terraform::{
    Attribute, Backend, Module, ModuleCall, Output, ReferenceState, SourceKind, Variable,
};
use sealine_model::{Problem, ProblemKind, vault};
use sealine_source::{Place, Source, TextRange};

use super::backend::{backend_of, is_backend_written, writes_encryption, written_backends};
use super::output_secrets::secret_source;
use super::places::insert;
use super::resource::secret_literal;
use crate::config::{Config, Declared};
use crate::syntax::{Block, Body};
use crate::world::World;

/// Returns the module as its text describes it, without resources and calls.
pub(super) fn module(world: &World<'_>, config: &Config<'_>, root: Option<&str>) -> Module {
    let mut module = Module {
        repo: config.repository.name.clone(),
        folder: config.folder.clone(),
        root: root.map(str::to_owned),
        place: place(world, config),
        backend: backend(world, config),
        resources: Vec::new(),
        variables: Vec::new(),
        outputs: Vec::new(),
        calls: Vec::new(),
        providers: Vec::new(),
        credentials: Vec::new(),
        required_version: None,
        required_providers: BTreeMap::new(),
        locked_providers: locked_providers(config),
        encrypts_state: !config.setting_blocks("encryption").is_empty()
            || writes_encryption(world, config),
        backend_elsewhere: has_terragrunt(config)
            || has_terraformignore(config)
            || !world.runs_of(config).is_empty()
            || root.is_some() && is_backend_written(world, config),
        written_backends: written_backends(world, config),
        used_entries: BTreeSet::new(),
        passings: BTreeSet::new(),
        dormant: BTreeSet::new(),
        dormant_entries: Vec::new(),
        dormant_secrets: Vec::new(),
    };
    for (name, declared) in &config.variables {
        module.variables.extend(variable(world, name, declared));
    }
    for (name, declared) in &config.outputs {
        module.outputs.extend(output(world, config, name, declared));
    }
    for provider in &config.providers {
        if let (Some(source), Some(kind)) = (world.file(provider.file), provider.block.label(0)) {
            module.providers.push((kind.to_owned(), source.place(provider.block.head)));
            module.credentials.extend(credentials(kind, source, &provider.block.body));
        }
    }
    for (_, block) in &config.settings {
        let version = block.body.attribute("required_version");
        let version = version.and_then(|it| it.value.literal_text());
        module.required_version = version.or(module.required_version);
    }
    for (_, block) in config.setting_blocks("required_providers") {
        required_providers(&block.body, &mut module.required_providers);
    }
    module
}

/// Returns the literals that a provider is given for its credentials; what only serves a copy on one's own machine
/// has none.
fn credentials(kind: &str, source: &Source, body: &Body) -> Vec<(String, Attribute)> {
    const SKIPS: [&str; 2] = ["skip_credentials_validation", "skip_requesting_account_id"];
    if SKIPS.iter().any(|skip| body.attribute(skip).is_some()) {
        return Vec::new();
    }
    let blocks = body.blocks.iter().map(|block| (format!("{}.", block.kind), &block.body));
    let bodies = std::iter::once((String::new(), body)).chain(blocks);
    let mut found = Vec::new();
    for (prefix, body) in bodies {
        for attribute in &body.attributes {
            let name = format!("{prefix}{}", attribute.name);
            let text = attribute.value.literal_text().filter(|text| !text.is_empty());
            if let Some(text) = text.filter(|text| is_provider_credential(kind, &name, text)) {
                let place = source.place(attribute.value.range);
                found.push((format!("{kind}.{name}"), secret_literal(&text, place, false)));
            }
        }
    }
    found
}

/// Returns where the module as a whole is spoken of.
fn place(world: &World<'_>, config: &Config<'_>) -> Place {
    let settings = config.settings.iter().copied();
    let providers = config.providers.iter().map(|provider| (provider.file, provider.block));
    let mut blocks = settings.chain(providers);
    let block = blocks.find_map(|(file, block)| Some(world.file(file)?.place(block.head)));
    let first = || config.files.first().and_then(|file| world.file(*file)).map(Source::top);
    if let Some(place) = block.or_else(first) {
        return place;
    }
    let name = sealine_source::FileName::new(&config.repository.name, &config.folder);
    Source::new(name, "").top()
}

fn is_true(declared: &Declared<'_>, name: &str) -> bool {
    let value = declared.attribute(name).map(|it| &it.expression.bare().kind);
    matches!(value, Some(crate::syntax::ExpressionKind::Bool(true)))
}

/// Whether a text is the name of a variable of the environment, as a secret of a forge has one: `KUBE_TOKEN`.
fn is_name_of_variable(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    text.contains('_') && text.split('_').all(is_word)
}

fn variable(world: &World<'_>, name: &str, declared: &Declared<'_>) -> Option<Variable> {
    let source = world.file(declared.file)?;
    let default = declared.attribute("default");
    let text = default.and_then(|it| it.expression.literal_text()).filter(|it| !it.is_empty());
    let stands = |file: u32, range: TextRange| Some(world.file(file)?.place(range));
    Some(Variable {
        name: name.to_owned(),
        sensitive: is_true(declared, "sensitive"),
        ephemeral: is_true(declared, "ephemeral"),
        literal_default: default
            .filter(|_| text.is_some())
            .and_then(|it| stands(it.file, it.expression.range)),
        stand_in: text.as_deref().is_some_and(|text| {
            // The name of an entry may be a path.
            let is_name =
                text.split('/').all(sealine_model::is_word) && sealine_model::names_no_secret(name);
            is_name
                || is_name_of_variable(text)
                || sealine_model::is_answer(text)
                || sealine_model::is_no_secret_in(name, text)
        }),
        default_fingerprint: text.map(|text| vault::fingerprint(&text)),
        place: source.place(declared.block.head),
    })
}

fn output(
    world: &World<'_>,
    config: &Config<'_>,
    name: &str,
    declared: &Declared<'_>,
) -> Option<Output> {
    let source = world.file(declared.file)?;
    let value = declared.attribute("value");
    Some(Output {
        name: name.to_owned(),
        sensitive: is_true(declared, "sensitive"),
        ephemeral: is_true(declared, "ephemeral"),
        secret_source: value.and_then(|value| secret_source(world, config, value.expression)),
        place: source.place(declared.block.head),
        insert: insert(source, declared.block)
            .filter(|_| declared.attribute("sensitive").is_none()),
    })
}

fn backend(world: &World<'_>, config: &Config<'_>) -> Option<Backend> {
    let backends = config.setting_blocks("backend");
    let clouds = config.setting_blocks("cloud");
    // An override file's block replaces the others.
    let (file, block) = backends.last().or_else(|| clouds.last()).copied()?;
    let source = world.file(file)?;
    let mut backend = backend_of(source, block);
    let folder = (config.repository.name.clone(), config.folder.clone());
    backend.partial |= world.options.backend_config_folders.contains(&folder);
    Some(backend)
}

/// Returns whether a tool above Terraform runs this module and writes its backend.
fn has_terragrunt(config: &Config<'_>) -> bool {
    let file = sealine_source::join(&config.folder, "terragrunt.hcl");
    file.is_some_and(|file| config.repository.exists(&file))
}

/// Returns whether a file says what HCP Terraform is not to take along: its workspaces keep the state,
/// also where nothing in the configuration names them.
fn has_terraformignore(config: &Config<'_>) -> bool {
    let name = ".terraformignore";
    let beside = sealine_source::join(&config.folder, name);
    config.repository.exists(name) || beside.is_some_and(|file| config.repository.exists(&file))
}

fn required_providers(body: &Body, found: &mut BTreeMap<String, (String, String)>) {
    for attribute in &body.attributes {
        let name = attribute.name.to_string();
        let (mut source, mut version) = (format!("hashicorp/{name}"), String::new());
        match &attribute.value.bare().kind {
            crate::syntax::ExpressionKind::Object(items) => {
                for item in items {
                    match (item.key.word().as_deref(), item.value.literal_text()) {
                        (Some("source"), Some(text)) => source = text,
                        (Some("version"), Some(text)) => version = text,
                        _ => {}
                    }
                }
            }
            _ => version = attribute.value.literal_text().unwrap_or_default(),
        }
        found.insert(name, (source, version));
    }
}

/// Reads `.terraform.lock.hcl`: the provider's source without the registry's host, to its version.
fn locked_providers(config: &Config<'_>) -> BTreeMap<String, String> {
    let lock = sealine_source::join(&config.folder, ".terraform.lock.hcl");
    let source = lock.and_then(|lock| config.repository.get(&lock));
    let Some(source) = source else { return BTreeMap::new() };
    let parsed = crate::syntax::parse(source);
    let version = |block: &Block| {
        let name = block.label(0)?;
        let name = name.split_once('/').map_or(name, |(_, rest)| rest);
        Some((name.to_owned(), block.body.attribute("version")?.value.literal_text()?))
    };
    parsed.body.blocks_of("provider").filter_map(version).collect()
}

/// Returns a module call, and a problem where its path leaves the repository.
pub(super) fn call(
    world: &World<'_>,
    config: &Config<'_>,
    (name, declared): &(&str, Declared<'_>),
    root: (&Config<'_>, &str),
) -> Option<(ModuleCall, Option<Problem>)> {
    let source_file = world.file(declared.file)?;
    let written = declared.attribute("source");
    let text = written.and_then(|it| it.expression.literal_text());
    let place = match written {
        Some(it) => world.file(it.file)?.place(inside_quotes(it.expression.range, text.as_deref())),
        None => source_file.place(declared.block.head),
    };
    let version = declared.attribute("version").and_then(|it| it.expression.literal_text());
    let mut call = ModuleCall {
        name: (*name).to_owned(),
        source: text.clone().unwrap_or_default(),
        place: place.clone(),
        version,
        kind: SourceKind::Unknown,
        remote: None,
        path: String::new(),
        reference: None,
        resolved: None,
        reference_state: None,
    };
    let Some(text) = text else { return Some((call, None)) };
    let (parsed, loaded) = world.resolve_call(config, &text, Some(root));
    let leaves = parsed.kind == SourceKind::Local
        && sealine_source::join(&config.folder, &parsed.path).is_none();
    call.path = match parsed.kind {
        SourceKind::Local => {
            sealine_source::join(&config.folder, &parsed.path).unwrap_or(parsed.path)
        }
        _ => parsed.path,
    };
    (call.kind, call.remote, call.reference) = (parsed.kind, parsed.remote, parsed.reference);
    call.reference_state = reference_state(world, &call);
    let loaded = loaded.and_then(|id| world.config(id));
    call.resolved = loaded.map(|it| (it.repository.name.clone(), it.folder.clone()));
    let problem = leaves.then(|| Problem {
        kind: ProblemKind::PathEscape,
        place,
        message: format!("the module source `{text}` leads out of the repository"),
    });
    Some((call, problem))
}

/// Asks the git data of the loaded repository for the call's ref, and for the path at it.
fn reference_state(world: &World<'_>, call: &ModuleCall) -> Option<ReferenceState> {
    let reference = call.reference.as_deref()?;
    let repository = world.project.by_remote(call.remote.as_deref()?)?;
    let git = repository.git.as_ref()?;
    if !git.has_ref(reference)? {
        return Some(ReferenceState::Missing);
    }
    if call.path.is_empty() {
        return Some(ReferenceState::Present);
    }
    let has_path = git.has_path(reference, &call.path)?;
    Some(if has_path { ReferenceState::Present } else { ReferenceState::PathMissing })
}

/// Returns the range of a quoted text without its quotes.
fn inside_quotes(range: TextRange, text: Option<&str>) -> TextRange {
    match text {
        Some(text) if range.end - range.start == text.len() as u32 + 2 => {
            TextRange { start: range.start + 1, end: range.end - 1 }
        }
        _ => range,
    }
}
