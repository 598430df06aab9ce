//! Facts as short lines, for tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sealine_model::kubernetes::{
    Consumer, ExternalSecret, Keys, Scope, Secret, SecretUse, UseKind,
};
use sealine_model::tree::Tree;
use sealine_model::vault::VaultIdentity;
use sealine_model::{Certainty, Facts, Value};
use sealine_source::{FileName, Origin, Place, Source};

use crate::manifest::{Context, Understood, from_yaml, read_object};

/// Returns the tree of a YAML text.
pub(crate) fn tree(text: &str) -> Tree {
    trees(text).into_iter().next().unwrap_or(Tree::Null)
}

/// Returns the trees of all documents of a YAML text.
pub(crate) fn trees(text: &str) -> Vec<Tree> {
    let origin = Origin::File(Arc::new(Source::new(FileName::new("repo", "file.yaml"), text)));
    let documents = sealine_yaml::parse(text).documents;
    documents.iter().map(|document| from_yaml(&document.root, &origin)).collect()
}

/// Returns a release that reads Secrets as its values say.
pub(crate) fn release() -> Consumer {
    let file = Arc::new(FileName::new("repo", "values.yaml"));
    Consumer {
        kind: "HelmRelease".to_owned(),
        name: Value::from("app"),
        part: String::new(),
        place: Place { file, start: 0, end: 0, line: 1, column: 1 },
    }
}

/// Reads all objects of a YAML text, which is delivered to namespace `ns`.
pub(crate) fn read(text: &str) -> (Facts, Vec<Understood>) {
    let trees = trees(text);
    let config_maps: BTreeMap<String, Tree> =
        trees.iter().filter_map(crate::manifest::config_map).collect();
    let context = Context {
        scope: Scope::undelivered(Value::from("ns")),
        override_namespace: None,
        rendered: false,
        from_terraform: false,
        config_maps: &config_maps,
        for_rendering: true,
    };
    let mut facts = Facts::default();
    let understood = trees.iter().map(|tree| read_object(tree, &context, &mut facts)).collect();
    (facts, understood)
}

/// Returns what is read from a YAML text, one fact a line; objects are left out.
pub(crate) fn facts_of(text: &str) -> String {
    dump(&read(text).0)
}

/// Returns facts, one a line; objects are left out.
pub(crate) fn dump(facts: &Facts) -> String {
    let mut out = String::new();
    for store in &facts.stores {
        let vault = store.vault.as_ref().map_or("no vault".to_owned(), |vault| {
            let parts = vault.parts.iter().map(|(name, value)| format!(" {name}={value}"));
            format!("{}{}", vault.kind.name(), parts.collect::<String>())
        });
        let _ = write!(out, "store {} in {}: {vault}", store.name, namespace(&store.scope));
        if !store.key_prefix.is_empty() {
            let _ = write!(out, " prefix {}", store.key_prefix);
        }
        if let Some(allowed) = &store.allowed_namespaces {
            let _ = write!(out, " only {:?} {:?}", allowed.names, allowed.expressions);
            out.push_str(if allowed.by_selector { " or by selector" } else { "" });
        }
        out.push('\n');
    }
    for external in &facts.external_secrets {
        external_secret(&mut out, external);
    }
    for push in &facts.pushes {
        let stores: Vec<String> = push.stores.iter().map(|store| store.name.pattern()).collect();
        let _ = writeln!(
            out,
            "{} pushes {} to {} of {}{}",
            push.name,
            push.secret,
            push.remote_key,
            stores.join(" "),
            push.property.as_ref().map(|name| format!(" property {name}")).unwrap_or_default(),
        );
    }
    for secret in &facts.secrets {
        made(&mut out, secret);
    }
    for read in &facts.uses {
        used(&mut out, read);
    }
    for read in &facts.entry_reads {
        let vault = read.vault.as_ref().map_or("?".to_owned(), VaultIdentity::label);
        let _ = writeln!(out, "{} reads entry {} of {vault}", read.reader, read.name);
    }
    for mount in &facts.class_mounts {
        let Consumer { kind, name, .. } = &mount.consumer;
        let _ = writeln!(out, "{kind} {name} mounts class {} at {}", mount.class, mount.place.line);
    }
    for note in &facts.notes {
        let _ = writeln!(out, "{}: {}", note.place.line, note.message);
    }
    out
}

fn namespace(scope: &Scope) -> String {
    match scope.namespace.text() {
        Some(text) if text.is_empty() => "cluster".to_owned(),
        _ => scope.namespace.pattern(),
    }
}

fn keys(keys: &Keys) -> String {
    let mut names: Vec<&str> = keys.known.iter().map(|(name, _)| name.as_str()).collect();
    names.extend(keys.open.then_some("*"));
    format!("[{}]", names.join(" "))
}

fn external_secret(out: &mut String, external: &ExternalSecret) {
    let target = &external.target;
    let _ = writeln!(
        out,
        "{} {} {} in {} makes {} {} {}{}",
        external.kind,
        external.version,
        external.name,
        namespace(&external.scope),
        target.name,
        keys(&target.keys),
        target.creation_policy,
        if external.open_keys { ", open" } else { "" },
    );
    if target.read_by_controller {
        out.push_str("  for a controller\n");
    }
    let store = |reference: &sealine_model::kubernetes::StoreReference| {
        format!("{}{}", if reference.cluster_wide { "cluster " } else { "" }, reference.name)
    };
    for read in &external.reads {
        let name = read.secret_key.as_ref().map_or("(extract)", |(name, _)| name);
        let of = read.store.as_ref().or(external.store.as_ref()).map(store).unwrap_or_default();
        let property = read.property.as_ref().map(|(name, _)| format!(".{name}"));
        let property = property.unwrap_or_default();
        let place = &read.place;
        let _ = writeln!(out, "  {name} = {}{property} of {of} at {}", read.key, place.line);
    }
    if let Some(template) = &target.template {
        for text in &template.texts {
            let place = &text.place;
            let _ = writeln!(out, "  template {} {:?} at {}", text.key, text.text, place.line);
        }
        if template.opaque {
            out.push_str("  template opaque\n");
        }
    }
    for (rule, reason) in &external.allowed {
        let _ = writeln!(out, "  allows {rule}: {reason}");
    }
}

fn made(out: &mut String, secret: &Secret) {
    let _ = write!(out, "{} makes {} in {}", secret.maker, secret.name, namespace(&secret.scope));
    let _ = write!(out, " {} at {}", keys(&secret.keys), secret.place.line);
    out.push_str(if secret.plaintext { " in clear" } else { "" });
    out.push_str(if secret.read_by_controller { " for a controller" } else { "" });
    out.push('\n');
}

fn used(out: &mut String, read: &SecretUse) {
    let consumer = &read.consumer;
    let part = if consumer.part.is_empty() { "" } else { "/" };
    let _ = write!(out, "{} {}{part}{}", consumer.kind, consumer.name, consumer.part);
    let _ = write!(out, " reads {}", read.secret);
    if let Some((key, _)) = &read.key {
        let _ = write!(out, "[{key}]");
    }
    let _ = write!(out, " in {} at {}", namespace(&read.scope), read.place.line);
    let kind = match &read.kind {
        UseKind::Env(name) => format!("env {name}"),
        UseKind::EnvFrom(prefix) => format!("envFrom {prefix}").trim_end().to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let _ = write!(out, " ({kind}");
    out.push_str(if read.optional { ", optional" } else { "" });
    if read.certainty != Certainty::Exact {
        let _ = write!(out, ", {}", read.certainty.name());
    }
    out.push_str(")\n");
}
