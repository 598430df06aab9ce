//! Argo CD Image Updater: the Secrets with which it asks registries for images and writes to git.
//!
//! Annotations of an application name them, or fields of an `ImageUpdater`.
//!
//! ```yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: web
//!   annotations:
//!     argocd-image-updater.argoproj.io/web.pull-secret: pullsecret:argocd/registry
//!     argocd-image-updater.argoproj.io/api.pull-secret: secret:argocd/token#password
//!     argocd-image-updater.argoproj.io/write-back-method: git:secret:argocd/git
//! ---
//! apiVersion: argocd-image-updater.argoproj.io/v1alpha1
//! kind: ImageUpdater
//! metadata: {name: all}
//! spec:
//!   commonUpdateSettings: {pullSecret: 'pullsecret:argocd/registry'}
//!   writeBackConfig: {method: 'git:secret:argocd/git'}
//! ```
//!
//! ```text
//! Application web reads registry in argocd at 6 (bootstrap)
//! Application web reads token[password] in argocd at 7 (bootstrap)
//! Application web reads git in argocd at 8 (bootstrap)
//! ImageUpdater all reads registry in argocd at 14 (bootstrap)
//! ImageUpdater all reads git in argocd at 15 (bootstrap)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::{Kind, path};
use crate::manifest::names::part_of;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind =
    Kind::new(&["argoproj.io", "argocd-image-updater.argoproj.io"], &[]).with(updates);

/// What its annotations begin with.
const ANNOTATIONS: &str = "argocd-image-updater.argoproj.io/";

/// What a reference to a Secret begins with.
const WORDS: &[&str] = &["pullsecret:", "secret:", "git:secret:"];

fn updates(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    let annotations = match object.kind.as_str() {
        "Application" => object.tree.at(&["metadata", "annotations"]),
        "ApplicationSet" => object.tree.at(&["spec", "template", "metadata", "annotations"]),
        "ImageUpdater" => {
            for field in ["spec.**.pullSecret", "spec.**.writeBackConfig.method"] {
                path::find(object.tree, field, &mut |scalar| read(&reader, scalar, out));
            }
            None
        }
        _ => None,
    };
    for entry in annotations.map(Tree::entries).unwrap_or_default() {
        let name = entry.key.strip_prefix(ANNOTATIONS);
        if name.is_some_and(|it| it == "write-back-method" || it.ends_with("pull-secret")) {
            read(&reader, &entry.value, out);
        }
    }
}

/// Notes the Secret behind one of the words: `namespace/name`, perhaps with `#key`.
fn read(reader: &Reader, scalar: &Tree, out: &mut Facts) {
    let (Some(text), Some(place)) = (scalar.text(), scalar.place()) else { return };
    let Some(rest) = WORDS.iter().find_map(|word| text.strip_prefix(word)) else { return };
    let Some((namespace, rest)) = rest.split_once('/') else { return };
    let (name, key) = match rest.split_once('#') {
        Some((name, key)) => (name, Some(key)),
        None => (rest, None),
    };
    let start = text.len() - rest.len();
    let exact = scalar.value().and_then(Value::single_place);
    let part = |start: usize, text_of_part: &str| {
        let at = exact.map(|place| part_of(place, &text, start, text_of_part.len()));
        let place = at.clone().unwrap_or_else(|| place.clone());
        Tree::Scalar { value: Value::known(text_of_part, at), place }
    };
    let name_at = part(start, name);
    let key_at = key.map(|key| part(start + name.len() + 1, key));
    let mut read = Read::new(&name_at, UseKind::Bootstrap);
    read.key = key_at.as_ref();
    read.namespace = Some(Value::from(namespace));
    note(reader, read, out);
}
