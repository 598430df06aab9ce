//! What a delivery root does to its objects that nobody can have meant.
//!
//! Invariant: only a build that was seen as a whole is judged by what is absent from it.

use sealine_model::Value;
use sealine_model::delivery::{DeliveryKind, Mishap, MishapKind};
use sealine_model::tree::Tree;
use sealine_source::Place;

use super::object::{Made, Object, group, kind, place_of, value_at};
use super::root::{Part, Root};
use crate::kustomize::Built;
use crate::manifest::object::is_cluster_wide;

/// Groups whose kinds are known by heart.
const KNOWN_GROUPS: &[&str] = &[
    "",
    "apps",
    "batch",
    "cert-manager.io",
    "external-secrets.io",
    "helm.toolkit.fluxcd.io",
    "kustomize.toolkit.fluxcd.io",
    "source.toolkit.fluxcd.io",
];

/// How many places one finding shows.
const MAX_PLACES: usize = 12;

/// Returns what became of the objects of a root, before variables are put in.
pub(super) fn find(root: &Root, built: &Built) -> Vec<Mishap> {
    let mut found = root.mishaps.clone();
    if let Some(substitution) = &root.substitution {
        for object in built.objects.iter().filter(|object| holds_secret(object)) {
            let eaten = substitution.mishaps(&object.tree).into_iter();
            found.extend(eaten.map(|mishap| Mishap { object: label(&object.tree), ..mishap }));
        }
    }
    found.extend(without_namespace(root, built));
    let by_tool =
        matches!(root.kind, DeliveryKind::FluxKustomization | DeliveryKind::ArgoApplication);
    if by_tool && !root.decrypts {
        found.extend(built.objects.iter().filter_map(encrypted));
    }
    found
}

fn holds_secret(object: &Object) -> bool {
    let group = object.group();
    group == "external-secrets.io" || group.is_empty() && object.kind() == "Secret"
}

fn label(object: &Tree) -> String {
    let name = value_at(object, &["metadata", "name"]).unwrap_or_else(Value::unknown);
    format!("{} {name}", kind(object))
}

/// Returns the objects that reach the cluster without a namespace: Flux does not give them one.
fn without_namespace(root: &Root, built: &Built) -> Option<Mishap> {
    let [Part::Folder(folder)] = root.parts.as_slice() else { return None };
    let is_whole = built.opaque.is_empty() && built.notes.is_empty() && built.problems.is_empty();
    if root.kind != DeliveryKind::FluxKustomization
        || folder.overrides.namespace.is_some()
        || !is_whole
    {
        return None;
    }
    let homeless: Vec<&Object> =
        built.objects.iter().filter(|object| is_homeless(object)).collect();
    let (first, others) = homeless.split_first()?;
    let places = others.iter().filter_map(|object| place_of(&object.tree)).cloned();
    Some(Mishap {
        kind: MishapKind::NoNamespace,
        object: label(&first.tree),
        words: root.label(),
        place: place_of(&first.tree)?.clone(),
        also: places.take(MAX_PLACES).chain([root.place.clone()]).collect(),
        edits: Vec::new(),
    })
}

fn is_homeless(object: &Object) -> bool {
    let (group, kind) = (group(&object.tree), kind(&object.tree));
    let names_none = match object.tree.get("metadata") {
        Some(Tree::Map(map)) => {
            !map.open && map.entries.iter().all(|entry| entry.key != "namespace")
        }
        _ => false,
    };
    let known = KNOWN_GROUPS.contains(&group.as_str()) && !kind.is_empty();
    names_none && known && object.made == Made::Written && !is_cluster_wide(&group, &kind)
}

/// Returns whether SOPS encrypted a document.
pub(crate) fn is_encrypted(tree: &Tree) -> bool {
    let sops = tree.get("sops");
    sops.is_some_and(|sops| sops.get("mac").is_some() && sops.get("lastmodified").is_some())
}

/// Returns whether SOPS encrypted a scalar: what it says is not known, and is never a name.
pub(crate) fn is_ciphertext(text: &str) -> bool {
    text.starts_with("ENC[AES256_GCM,") && text.ends_with(']')
}

fn encrypted(object: &Object) -> Option<Mishap> {
    if !is_encrypted(&object.tree) {
        return None;
    }
    let place = place_of(&object.tree)?.clone();
    Some(Mishap {
        kind: MishapKind::EncryptedManifest,
        object: label(&object.tree),
        words: place.file.path.clone(),
        place,
        also: Vec::new(),
        edits: Vec::new(),
    })
}

/// Returns that values which SOPS encrypted are given to a chart that cannot read them.
pub(crate) fn encrypted_values(name: &Value, path: &str, place: &Place) -> Mishap {
    Mishap {
        kind: MishapKind::EncryptedValues,
        object: name.to_string(),
        words: path.to_owned(),
        place: place.clone(),
        also: Vec::new(),
        edits: Vec::new(),
    }
}
