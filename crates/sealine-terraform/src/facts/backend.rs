//! Backends: as a block of the configuration gives them, and as Terragrunt writes them.
//!
//! Invariant: a backend is read as it stands. What an expression would come to is unknown.

use sealine_model::secret_attributes::is_backend_credential;
use sealine_model::terraform::{Attribute, Backend};
use sealine_model::{SortedMap, Value};
use sealine_source::{FileName, Source, file_name, folder_of, join};

use super::places::{insert, plain_attribute};
use crate::config::Config;
use crate::syntax::{
    self, Block, Body, Expression, ExpressionKind, ObjectItem, Step, TemplatePiece,
};
use crate::world::{LOCAL_FILE, World};

/// What must stand in a backend block for it to be whole; more may come from outside else.
const REQUIRED: &[(&str, &[&str])] = &[
    ("azurerm", &["storage_account_name", "container_name", "key"]),
    ("consul", &["path"]),
    ("cos", &["bucket"]),
    ("gcs", &["bucket"]),
    ("http", &["address"]),
    ("kubernetes", &["secret_suffix"]),
    ("oci", &["bucket"]),
    ("oss", &["bucket"]),
    ("s3", &["bucket", "key"]),
];

/// Stands in a text that Terragrunt generates for what it puts in.
const UNKNOWN: &str = "${dependency.unknown}";

type Attributes = SortedMap<String, Attribute>;

/// Returns what a `backend` or `cloud` block says.
pub(super) fn backend_of(source: &Source, block: &Block) -> Backend {
    let kind = block.label(0).unwrap_or("cloud");
    let mut attributes = Attributes::default();
    from_body(source, kind, "", &block.body, &mut attributes, 0);
    let partial = is_partial(kind, &attributes);
    attributes.shrink_to_fit();
    let (place, insert) = (source.place(block.head), insert(source, block));
    Backend { kind: kind.to_owned(), place, attributes, partial, insert }
}

/// Returns whether more must come from outside for a backend to be whole.
fn is_partial(kind: &str, attributes: &Attributes) -> bool {
    let required = REQUIRED.iter().find(|(known, _)| *known == kind).map_or(&[][..], |it| it.1);
    let needs_more = required.iter().any(|name| !attributes.contains_key(*name));
    needs_more || attributes.is_empty() && kind != "local"
}

/// Recurses no deeper than blocks may be nested.
fn from_body(
    source: &Source,
    kind: &str,
    prefix: &str,
    body: &Body,
    found: &mut Attributes,
    depth: usize,
) {
    for attribute in &body.attributes {
        add(source, kind, format!("{prefix}{}", attribute.name), &attribute.value, found);
    }
    for block in &body.blocks {
        if depth < 4 {
            let prefix = format!("{prefix}{}.", block.kind);
            from_body(source, kind, &prefix, &block.body, found, depth + 1);
        }
    }
}

fn add(source: &Source, kind: &str, name: String, value: &Expression, found: &mut Attributes) {
    // Workspaces and assumed roles may be given as an object, too.
    if let ExpressionKind::Object(items) = &value.bare().kind {
        for item in items {
            let Some(key) = item.key.word() else { continue };
            let name = format!("{name}.{key}");
            let is_secret = |text: &str| is_backend_credential(kind, &name, text);
            let value = plain_attribute(source, &item.value, is_secret);
            found.insert(name, value);
        }
    }
    let is_secret = |text: &str| is_backend_credential(kind, &name, text);
    let value = plain_attribute(source, value, is_secret);
    found.insert(name, value);
}

/// Returns the backends that Terragrunt writes when it runs this module, each block once.
pub(super) fn written_backends(world: &World<'_>, config: &Config<'_>) -> Vec<Backend> {
    let mut found: Vec<Backend> = Vec::new();
    for (source, block) in written(world, config) {
        let backend = match &*block.kind {
            "remote_state" => remote_state(source, block),
            _ => generated(source, block),
        };
        let is_known = |new: &Backend| found.iter().any(|known| known.place == new.place);
        found.extend(backend.filter(|new| !is_known(new)));
    }
    found
}

/// Endings of files that a person or a script makes a configuration from, and of scripts that write one.
const WRITES_CONFIGURATION: &[&str] =
    &[".dist", ".example", ".j2", ".sample", ".sh", ".template", ".tftpl", ".tmpl", ".tpl"];

/// Returns whether something beside the configuration writes a backend into it before it is run: a
/// template or a script in its folder, or a `local_file` of any configuration of the repository.
pub(super) fn is_backend_written(world: &World<'_>, config: &Config<'_>) -> bool {
    let repository = config.repository;
    let mut beside = repository.paths_below(&config.folder).into_iter().filter(|path| {
        folder_of(path) == config.folder
            && WRITES_CONFIGURATION.iter().any(|ending| path.ends_with(ending))
    });
    let holds_backend =
        |text: &str| text.lines().any(|line| line.trim_start().starts_with("backend \""));
    let in_folder =
        |path: &str| repository.get(path).is_some_and(|source| holds_backend(source.text()));
    beside.any(in_folder)
        || world
            .file_writers()
            .filter(|other| other.repository.name == repository.name)
            .any(|other| writes_backend_into(other, &config.folder))
}

/// Whether a configuration has a `local_file` that is a backend of this folder, or of one that cannot be
/// told.
fn writes_backend_into(config: &Config<'_>, folder: &str) -> bool {
    let mut files = config.resources.iter().filter(|resource| resource.kind == LOCAL_FILE);
    files.any(|file| {
        let name = file.declared.attribute("filename");
        let Some(ExpressionKind::Template(pieces)) = name.map(|it| &it.expression.bare().kind)
        else {
            return false;
        };
        let Some(TemplatePiece::Literal { text: end, .. }) = pieces.last() else { return false };
        if !file_name(end).strip_suffix(".tf").is_some_and(|stem| stem.contains("backend")) {
            return false;
        }
        let is_here = |piece: &TemplatePiece| match piece {
            TemplatePiece::Interpolation(inner) => is_own_folder(inner),
            _ => false,
        };
        match &**pieces {
            [_] => join(&config.folder, folder_of(end)).as_deref() == Some(folder),
            [first, _] if is_here(first) => {
                let below = folder_of(end).trim_start_matches('/');
                join(&config.folder, below).as_deref() == Some(folder)
            }
            _ => true,
        }
    })
}

/// Whether an expression is `path.module` or `path.root`.
fn is_own_folder(expression: &Expression) -> bool {
    let ExpressionKind::Get(base, steps) = &expression.bare().kind else { return false };
    let names = ["module", "root"];
    base.word().as_deref() == Some("path")
        && matches!(&**steps, [Step::Attribute(name)] if names.contains(&&**name))
}

/// Returns whether Terragrunt has `OpenTofu` encrypt the state.
pub(super) fn writes_encryption(world: &World<'_>, config: &Config<'_>) -> bool {
    written(world, config).any(|(_, block)| block.body.attribute("encryption").is_some())
}

/// The blocks of Terragrunt's files that write the backend of this module.
fn written<'a>(
    world: &'a World<'_>,
    config: &Config<'_>,
) -> impl Iterator<Item = (&'a Source, &'a Block)> {
    let files = world.runs_of(config).iter().filter_map(|id| world.files.get(*id as usize));
    files.flat_map(|file| file.parsed.body.blocks.iter().map(|block| (file.source, block)))
}

/// Reads `remote_state { backend = "s3", config = { ... } }`.
fn remote_state(source: &Source, block: &Block) -> Option<Backend> {
    let kind = block.body.attribute("backend")?.value.literal_text()?;
    let ExpressionKind::Object(items) = &block.body.attribute("config")?.value.bare().kind else {
        return None;
    };
    let mut attributes = Attributes::default();
    let name = |item: &ObjectItem| item.key.word();
    for item in items {
        if let Some(name) = name(item) {
            add(source, &kind, name, &item.value, &mut attributes);
        }
    }
    let is_open = items.iter().any(|item| name(item).is_none());
    let partial = is_open || is_partial(&kind, &attributes);
    attributes.shrink_to_fit();
    Some(Backend { kind, place: source.place(block.head), attributes, partial, insert: None })
}

/// Reads `generate "backend" { contents = <<EOF ... EOF }`. What it says stands at the head of that
/// block.
fn generated(source: &Source, block: &Block) -> Option<Backend> {
    let ExpressionKind::Template(pieces) = &block.body.attribute("contents")?.value.bare().kind
    else {
        return None;
    };
    let parts = pieces.iter().map(|piece| match piece {
        TemplatePiece::Literal { text, .. } => &**text,
        _ => UNKNOWN,
    });
    let text: String = parts.collect();
    let text = Source::new(FileName::new(source.repo(), "generated.tf"), text);
    let parsed = syntax::parse(&text);
    let mut settings = parsed.body.blocks_of("terraform");
    let backend = backend_of(&text, settings.find_map(|it| it.body.block("backend"))?);
    let place = source.place(block.head);
    let here = |(name, given): (&String, &Attribute)| {
        let value = given.value.text().map_or_else(Value::unknown, |text| Value::known(text, None));
        (name.clone(), Attribute { value, literal: false, place: place.clone(), ..given.clone() })
    };
    let attributes = backend.attributes.iter().map(here).collect();
    Some(Backend { attributes, place, insert: None, ..backend })
}
