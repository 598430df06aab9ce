//! Pod specs and containers, wherever they stand.

use sealine_model::kubernetes::{ClassMount, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value, asked};

use super::names::{name_at, name_of, text_at};
use super::plain;
use super::reads::{Read, Reader, note, note_map};

/// Volume types that name a Secret in `secretRef`.
const VOLUMES_WITH_SECRET_REF: &[&str] =
    &["cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"];

/// Notes the Secrets that a pod spec reads.
pub(crate) fn spec(spec: &Tree, reader: &Reader, out: &mut Facts) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for item in spec.get(list).map(Tree::items).unwrap_or_default() {
            container(item, reader, out);
        }
    }
    for volume in spec.get("volumes").map(Tree::items).unwrap_or_default() {
        self::volume(volume, reader, out);
    }
    image_pull_secrets(spec, reader, out);
}

/// Notes the Secrets that a container's environment reads.
pub(crate) fn container(container: &Tree, reader: &Reader, out: &mut Facts) {
    let reader = reader.part(text_at(container, &["name"]));
    for item in container.get("env").map(Tree::items).unwrap_or_default() {
        let Some(reference) = item.at(&["valueFrom", "secretKeyRef"]) else {
            plain::item(item, &reader, out);
            continue;
        };
        let variable = name_at(item, "name").unwrap_or_else(Value::unknown);
        if let Some(read) = Read::of_map(reference, "name", "key", UseKind::Env(variable)) {
            note(&reader, read, out);
        }
    }
    for item in container.get("envFrom").map(Tree::items).unwrap_or_default() {
        let Some(reference) = item.get("secretRef") else { continue };
        let prefix = text_at(item, &["prefix"]).unwrap_or_default();
        if let Some(mut read) = Read::of_map(reference, "name", "", UseKind::EnvFrom(prefix)) {
            read.key = None;
            note(&reader, read, out);
        }
    }
}

/// Notes the Secrets that one volume reads.
pub(crate) fn volume(volume: &Tree, reader: &Reader, out: &mut Facts) {
    if let Some(secret) = volume.get("secret") {
        with_items(secret, "secretName", reader, out);
    }
    let sources = volume.at(&["projected", "sources"]).map(Tree::items).unwrap_or_default();
    for source in sources.iter().filter_map(|source| source.get("secret")) {
        with_items(source, "name", reader, out);
    }
    class_mount(volume, reader, out);
    if let Some(reference) = volume.at(&["csi", "nodePublishSecretRef"]) {
        note_map(reader, reference, UseKind::Volume, out);
    }
    if let Some(name) = volume.at(&["azureFile", "secretName"]) {
        note(reader, Read::new(name, UseKind::Volume), out);
    }
    for kind in VOLUMES_WITH_SECRET_REF {
        if let Some(reference) = volume.at(&[kind, "secretRef"]) {
            note_map(reader, reference, UseKind::Volume, out);
        }
    }
}

/// Notes the `SecretProviderClass` that one volume shows.
pub(crate) fn class_mount(volume: &Tree, reader: &Reader, out: &mut Facts) {
    if let Some(attributes) = volume.at(&["csi", "volumeAttributes"])
        && let Some(entry) = attributes.entry("secretProviderClass")
        && let Some((class, place)) = name_of(&entry.value).zip(entry.value.place())
    {
        out.class_mounts.push(ClassMount {
            scope: reader.scope.clone(),
            consumer: reader.consumer.clone(),
            class,
            place: place.clone(),
            asked: asked(&entry.place, place),
            certainty: reader.certainty,
        });
    }
}

/// One use for each item, or one for the whole Secret.
fn with_items(source: &Tree, name: &str, reader: &Reader, out: &mut Facts) {
    let items = source.get("items").map(Tree::items).unwrap_or_default();
    let keys: Vec<&Tree> = items.iter().filter_map(|item| item.get("key")).collect();
    let mut once = |key: Option<&Tree>| {
        if let Some(read) = Read::of_map(source, name, "", UseKind::Volume) {
            note(reader, Read { key, ..read }, out);
        }
    };
    if keys.is_empty() {
        once(None);
    }
    for key in keys {
        once(Some(key));
    }
}

/// Notes the Secrets of `imagePullSecrets`: names, or maps with a name.
pub(crate) fn image_pull_secrets(spec: &Tree, reader: &Reader, out: &mut Facts) {
    for item in spec.get("imagePullSecrets").map(Tree::items).unwrap_or_default() {
        let entry = item.entry("name");
        let name = entry.map_or(item, |entry| &entry.value);
        if name_of(name).is_some() {
            let asked = entry.map(|entry| &entry.place);
            note(reader, Read { asked, ..Read::new(name, UseKind::ImagePull) }, out);
        }
    }
}
