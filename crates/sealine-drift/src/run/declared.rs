//! What the files of a root module and of its modules say that a plan does not: `ignore_changes`,
//! where a block stands, which variables are sensitive, and which programs a plan starts.
//!
//! Invariant: only files that the program reads itself are read, each to a bound; what cannot be
//! read says nothing.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sealine_source::{FileName, Source};
use sealine_terraform::syntax::{Block, Expression, ExpressionKind, Step, parse};
use serde::Deserialize;

use crate::judge::DeclaredResources;
use crate::redact::Secrets;

/// No file of a module is larger.
const MOST_FILE: u64 = 4 << 20;

/// No more modules are looked at.
const MOST_MODULES: usize = 5_000;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) resources: DeclaredResources,
    /// What starts programs that are no providers: `data.external.x at a.tf:3`.
    pub(super) programs: Vec<String>,
    /// Sensitive variables of the root module.
    pub(super) sensitive: Vec<String>,
    /// What stands as their default.
    pub(super) defaults: Secrets,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    modules: Vec<ManifestModule>,
}

#[derive(Deserialize)]
struct ManifestModule {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Dir", default)]
    folder: PathBuf,
}

/// Reads the root module in `folder`, and the modules that `init` noted in `data`.
pub(super) fn read(folder: &Path, repository: &Path, data: &Path) -> Declared {
    let mut declared = Declared::default();
    let manifest = text(&data.join("modules/modules.json"));
    let manifest = manifest.and_then(|text| serde_json::from_str::<Manifest>(&text).ok());
    let mut modules = vec![(String::new(), folder.to_owned())];
    for module in manifest.into_iter().flat_map(|manifest| manifest.modules).take(MOST_MODULES) {
        if !module.key.is_empty() {
            let path: Vec<String> =
                module.key.split('.').map(|key| format!("module.{key}")).collect();
            modules.push((format!("{}.", path.join(".")), folder.join(module.folder)));
        }
    }
    for (prefix, folder) in modules {
        read_module(&mut declared, &prefix, &folder, repository);
    }
    declared
}

fn read_module(declared: &mut Declared, prefix: &str, folder: &Path, repository: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.ends_with(end))
        })
        .collect();
    files.sort();
    for file in files {
        let Some(text) = text(&file) else { continue };
        let shown = file.strip_prefix(repository).unwrap_or(&file).display().to_string();
        let source = Source::new(FileName::new("", &shown), text);
        let parsed = parse(&source);
        let line = |block: &Block| {
            let place = source.place(block.head);
            format!("{shown}:{}", place.line)
        };
        for block in &parsed.body.blocks {
            read_block(declared, prefix, block, &line);
        }
    }
}

fn read_block(
    declared: &mut Declared,
    prefix: &str,
    block: &Block,
    line: &impl Fn(&Block) -> String,
) {
    match (&*block.kind, block.label(0), block.label(1)) {
        ("resource", Some(kind), Some(name)) => {
            let ignore_changes = block.body.block("lifecycle").and_then(|lifecycle| {
                lifecycle.body.attribute("ignore_changes").map(|it| ignored(&it.value))
            });
            let said = declared.resources.entry(format!("{prefix}{kind}.{name}")).or_default();
            // An override file adds to what stands already.
            said.ignore_changes.extend(ignore_changes.unwrap_or_default());
            said.place.get_or_insert_with(|| line(block));
            let local = block.body.blocks_of("provisioner");
            if { local }.any(|provisioner| provisioner.label(0) == Some("local-exec")) {
                let told = format!("`local-exec` of {prefix}{kind}.{name} at {}", line(block));
                declared.programs.push(told);
            }
        }
        ("data", Some("external"), Some(name)) => {
            let told = format!("{prefix}data.external.{name} at {}", line(block));
            declared.programs.push(told);
        }
        ("variable", Some(name), _) if prefix.is_empty() => {
            let sensitive = block.body.attribute("sensitive").map(|it| &it.value.bare().kind);
            if matches!(sensitive, Some(ExpressionKind::Bool(true))) {
                declared.sensitive.push(name.to_owned());
                if let Some(default) = block.body.attribute("default") {
                    learn(&mut declared.defaults, &default.value);
                }
            }
        }
        _ => {}
    }
}

/// The names in `ignore_changes`, dotted.
fn ignored(value: &Expression) -> Vec<String> {
    match &value.bare().kind {
        ExpressionKind::Tuple(items) => items.iter().filter_map(spelled).collect(),
        _ => spelled(value).into_iter().collect(),
    }
}

fn spelled(expression: &Expression) -> Option<String> {
    let bare = expression.bare();
    let ExpressionKind::Get(base, steps) = &bare.kind else {
        // In JSON, and in older files, it is a text.
        return bare
            .word()
            .or_else(|| bare.literal_text())
            .map(|it| crate::plan::path::dotted(&it));
    };
    let mut path = base.word()?;
    for step in steps {
        let part = match step {
            Step::Attribute(name) => name.to_string(),
            Step::Index(index) => match &index.kind {
                ExpressionKind::Number(number) => number.to_string(),
                _ => index.literal_text()?,
            },
            Step::Splat | Step::AttributeSplat => "*".to_owned(),
        };
        path = format!("{path}.{part}");
    }
    Some(path)
}

/// Learns the values that files and the environment give to sensitive variables.
pub(super) fn learn_variables(
    secrets: &mut Secrets,
    declared: &Declared,
    files: &[PathBuf],
    given: &BTreeMap<String, String>,
) {
    for name in &declared.sensitive {
        if let Some(value) = given.get(name) {
            secrets.learn_text(value);
        }
    }
    for file in files {
        let Some(text) = text(file) else { continue };
        let parsed = parse(&Source::new(FileName::new("", file.display().to_string()), text));
        for attribute in &parsed.body.attributes {
            if declared.sensitive.iter().any(|name| **name == *attribute.name) {
                learn(secrets, &attribute.value);
            }
        }
    }
}

/// Learns every literal of a value. The depth is bounded by the parser.
fn learn(secrets: &mut Secrets, value: &Expression) {
    let bare = value.bare();
    if let Some(text) = bare.literal_text() {
        secrets.learn_text(&text);
    }
    match &bare.kind {
        ExpressionKind::Tuple(items) => items.iter().for_each(|item| learn(secrets, item)),
        ExpressionKind::Object(items) => items.iter().for_each(|item| learn(secrets, &item.value)),
        _ => {}
    }
}

/// Files of variables that the program loads by itself.
pub(super) fn automatic_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_automatic = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = name.strip_suffix(".json").unwrap_or(name);
        name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_automatic).collect();
    files.sort();
    files
}

fn text(file: &Path) -> Option<String> {
    // A pipe would be waited for.
    if !std::fs::metadata(file).ok()?.is_file() {
        return None;
    }
    let opened = std::fs::File::open(file).ok()?;
    let mut text = String::new();
    opened.take(MOST_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_say_what_plans_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| {
            let mut file = std::fs::File::create(at(name)).expect("a file");
            std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
        };
        write(
            "main.tf",
            "variable \"s\" {\n  sensitive = true\n}\n\nresource \"t\" \"a\" {\n  lifecycle {\n    \
             ignore_changes = [value, tags[\"x\"], metadata[0].annotations]\n  }\n  provisioner \
             \"local-exec\" {}\n}\ndata \"external\" \"e\" {}\n",
        );
        write("b.tf", "resource \"t\" \"b\" {\n  lifecycle { ignore_changes = all }\n}\n");
        write("x.auto.tfvars", "s = \"canary-66\"\nr = \"plain\"\n");
        let declared = read(folder.path(), folder.path(), &at("none"));
        let a = &declared.resources["t.a"];
        assert_eq!(a.ignore_changes, ["value", "tags.x", "metadata.0.annotations"]);
        assert_eq!(a.place.as_deref(), Some("main.tf:5"));
        assert_eq!(declared.resources["t.b"].ignore_changes, ["all"]);
        assert_eq!(declared.programs.len(), 2);
        let mut secrets = Secrets::default();
        let files = automatic_files(folder.path());
        learn_variables(&mut secrets, &declared, &files, &BTreeMap::new());
        assert_eq!(secrets.scrub("plain canary-66"), "plain (hidden)");
    }
}
