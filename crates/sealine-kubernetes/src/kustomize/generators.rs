//! `configMapGenerator` and `secretGenerator`.
//!
//! Invariant: the values of a generated Secret are kept for the hash at the end of its name alone,
//! never in its tree, and no longer than the build takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_model::{Piece, SecretValue, Value};
use sealine_source::{Place, Source, TextRange};

use super::file::{Generator, Item, item, items};
use super::identity::{Found, current, find};
use super::layer::Build;
use crate::delivery::inventory::file_name;
use crate::delivery::object::{Made, Object};
use crate::delivery::tree::{at_mut, first_place, is_true, map_at, remove, set, text_at};

/// What the hash at the end of a generated name is made of.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// What the object's tree says: a `ConfigMap`.
    Open,
    /// The values of a Secret.
    Secret(BTreeMap<String, Arc<SecretValue>>),
    /// Not all of it is known.
    Unknown,
}

/// Adds what a generator makes, or merges it into what is there.
pub(super) fn run(
    build: &mut Build<'_>,
    folder: &str,
    generator: &Generator,
    options: Option<&Tree>,
    objects: &mut Vec<Object>,
) {
    let Some(place) = first_place(&generator.tree).cloned() else { return };
    let Some(name) = item(generator.tree.get("name")) else {
        build.fail(&place, "a generator has no name".to_owned());
        return;
    };
    let pairs = Pairs::read(build, folder, generator, &place);
    let options = Options { own: generator.tree.get("options"), global: options };
    let object = made(generator, &name, pairs, &options, &place);
    let behavior = generator.tree.get("behavior").and_then(Tree::text);
    let merges = matches!(behavior.as_deref(), Some("merge" | "replace"));
    match find(objects, &current(&object)) {
        Found::None if merges => {
            build.fail(&place, format!("no {} is there to be merged into", current(&object)));
            objects.push(object);
        }
        Found::None => objects.push(object),
        Found::One(index) if merges => {
            if let Some(old) = objects.get_mut(index) {
                let new = std::mem::replace(old, object);
                absorb(old, new, behavior.as_deref() == Some("merge"));
            }
        }
        Found::One(_) => {
            build.fail(&place, format!("{} is there already", current(&object)));
        }
        Found::Several => {
            build.fail(&place, format!("{} is there more than once", current(&object)));
        }
    }
}

/// What a generator says of the object itself, and what the kustomization says of all of them.
struct Options<'a> {
    own: Option<&'a Tree>,
    global: Option<&'a Tree>,
}

impl Options<'_> {
    fn is_set(&self, key: &str) -> bool {
        [self.own, self.global].into_iter().flatten().any(|tree| is_true(tree.get(key)))
    }

    /// Returns labels or annotations; a generator's own come before those of all.
    fn marks(&self, key: &str) -> Vec<TreeEntry> {
        let mut found: Vec<TreeEntry> = Vec::new();
        for tree in [self.own, self.global].into_iter().flatten() {
            for entry in tree.get(key).map(Tree::entries).unwrap_or_default() {
                if found.iter().all(|own| own.key != entry.key) {
                    found.push(entry.clone());
                }
            }
        }
        found
    }
}

fn made(
    generator: &Generator,
    name: &Item,
    pairs: Pairs,
    options: &Options<'_>,
    place: &Place,
) -> Object {
    let scalar =
        |item: &Item| Tree::Scalar { value: item.value.clone(), place: item.place.clone() };
    let mut metadata = vec![("name".to_owned(), scalar(name))];
    if let Some(namespace) = item(generator.tree.get("namespace")) {
        metadata.push(("namespace".to_owned(), scalar(&namespace)));
    }
    for key in ["labels", "annotations"] {
        let entries = options.marks(key);
        if !entries.is_empty() {
            metadata.push((
                key.to_owned(),
                Tree::Map(TreeMap { entries: entries.into(), open: false }),
            ));
        }
    }
    let mut entries = vec![
        ("apiVersion".to_owned(), text_at("v1", place)),
        ("kind".to_owned(), text_at(generator.kind, place)),
        ("metadata".to_owned(), map_at(metadata, place)),
    ];
    let is_secret = generator.kind == "Secret";
    if is_secret {
        let of = item(generator.tree.get("type"));
        let of = of.as_ref().map_or_else(|| text_at("Opaque", place), scalar);
        entries.push(("type".to_owned(), of));
    }
    if !pairs.binary.entries.is_empty() {
        entries.push(("binaryData".to_owned(), Tree::Map(pairs.binary)));
    }
    if is_secret || !pairs.data.entries.is_empty() || pairs.data.open {
        entries.push(("data".to_owned(), Tree::Map(pairs.data)));
    }
    if options.is_set("immutable") {
        entries.push(("immutable".to_owned(), text_at("true", place)));
    }
    let mut object = Object::made(map_at(entries, place), Made::Generated);
    object.trail.hashed = (!options.is_set("disableNameSuffixHash")).then_some(pairs.content);
    object
}

/// Makes `object`, which has taken the place of `old`, go on where that one stopped.
fn absorb(object: &mut Object, old: Object, merges: bool) {
    for path in [&["metadata", "name"][..], &["metadata", "namespace"]] {
        match old.tree.at(path) {
            Some(known) => {
                let place = known.place().or_else(|| first_place(&old.tree)).cloned();
                if let Some(place) = place {
                    set(&mut object.tree, path, known.clone(), &place);
                }
            }
            None => {
                if let Some(metadata) = at_mut(&mut object.tree, &path[..1]) {
                    remove(metadata, path[1]);
                }
            }
        }
    }
    for key in ["labels", "annotations"] {
        join(object, &old, &["metadata", key]);
    }
    if merges {
        join(object, &old, &["data"]);
        join(object, &old, &["binaryData"]);
    }
    let mut trail = old.trail;
    trail.hashed = match (trail.hashed, object.trail.hashed.take()) {
        (Some(Content::Secret(mut values)), Some(Content::Secret(new))) => {
            if !merges {
                values.clear();
            }
            values.extend(new);
            Some(Content::Secret(values))
        }
        (Some(_), Some(Content::Secret(new))) if !merges => Some(Content::Secret(new)),
        (Some(Content::Open), Some(Content::Open)) => Some(Content::Open),
        (Some(_), Some(_)) => Some(Content::Unknown),
        _ => None,
    };
    object.trail = trail;
}

/// Adds the entries of the old map that the new one does not have.
fn join(object: &mut Object, old: &Object, path: &[&str]) {
    let Some(Tree::Map(before)) = old.tree.at(path) else { return };
    if let Some(Tree::Map(map)) = at_mut(&mut object.tree, path) {
        let mut entries = before.entries.clone();
        entries.retain(|own| map.entries.iter().all(|new| new.key != own.key));
        map.open |= before.open;
        map.entries.splice(0..0, entries);
    } else if let Some(place) = before.entries.first().map(|entry| entry.place.clone()) {
        set(&mut object.tree, path, Tree::Map(before.clone()), &place);
    }
}

/// The keys and values of a generated object.
struct Pairs {
    data: TreeMap,
    /// What is no text: `binaryData` of a `ConfigMap`.
    binary: TreeMap,
    content: Content,
}

/// One key with its value, `None` where that is not known.
struct Pair {
    key: String,
    place: Place,
    value: Option<Text>,
    /// Whether the value is known to be no text.
    binary: bool,
}

/// The text of a value, and where it stands.
struct Text {
    text: SecretValue,
    place: Option<Place>,
}

impl Pairs {
    /// Reads environment files, literals and files, in the order of the real tool.
    fn read(build: &mut Build<'_>, folder: &str, generator: &Generator, place: &Place) -> Self {
        let mut pairs = Vec::new();
        let mut open = false;
        let mut variables = items(generator.tree.get("envs"));
        variables.extend(item(generator.tree.get("env")));
        for file in variables {
            match source_of(build, folder, &file) {
                Some(source) => open |= lines(source, &file.place, &mut pairs),
                None => open = true,
            }
        }
        for literal in items(generator.tree.get("literals")) {
            if let Some(pair) = literal_pair(&literal) {
                pairs.push(pair);
            } else {
                build.fail(&literal.place, "a literal is no `key=value`".to_owned());
                open = true;
            }
        }
        for file in items(generator.tree.get("files")) {
            match file_pair(build, folder, &file) {
                Some(pair) => pairs.push(pair),
                None => open = true,
            }
        }
        let mut repeated = pairs.iter().enumerate().filter(|(index, pair)| {
            pairs.iter().take(*index).any(|earlier| earlier.key == pair.key)
        });
        if let Some((_, pair)) = repeated.next() {
            build.fail(place, format!("the key `{}` is generated twice", pair.key));
        }
        if generator.kind == "Secret" { secret(pairs, open) } else { config_map(pairs, open) }
    }
}

fn secret(pairs: Vec<Pair>, open: bool) -> Pairs {
    let mut data = TreeMap { open, ..TreeMap::default() };
    let mut content = Some(BTreeMap::new()).filter(|_| !open);
    for pair in pairs {
        let value = Tree::Scalar { value: Value::unknown(), place: pair.place.clone() };
        data.entries.push(TreeEntry { key: pair.key.as_str().into(), place: pair.place, value });
        content = match (content, pair.value) {
            (Some(mut values), Some(text)) => {
                values.insert(pair.key, Arc::new(text.text));
                Some(values)
            }
            _ => None,
        };
    }
    Pairs {
        data,
        binary: TreeMap::default(),
        content: content.map_or(Content::Unknown, Content::Secret),
    }
}

fn config_map(pairs: Vec<Pair>, open: bool) -> Pairs {
    let (mut data, mut binary) = (TreeMap { open, ..TreeMap::default() }, TreeMap::default());
    for pair in pairs {
        let text = pair.value.and_then(|text| {
            let known = String::from_utf8(text.text.expose().to_vec()).ok()?;
            Some(Value::known(known, text.place))
        });
        let value = text.unwrap_or_else(Value::unknown);
        let value = Tree::Scalar { value, place: pair.place.clone() };
        let map = if pair.binary { &mut binary } else { &mut data };
        map.entries.push(TreeEntry { key: pair.key.into(), place: pair.place, value });
    }
    Pairs { data, binary, content: Content::Open }
}

/// Reads `key=value`; quotes around the whole value are no part of it.
fn literal_pair(literal: &Item) -> Option<Pair> {
    let (key, _) = literal.value.head().split_once('=').filter(|(key, _)| !key.is_empty())?;
    let text = literal.value.text();
    let value = text.as_deref().and_then(|text| {
        let (_, value) = text.split_once('=')?;
        let quoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        let start = key.len() + 1 + usize::from(quoted.is_some());
        let value = quoted.unwrap_or(value);
        let whole = literal.value.single_place();
        let place = match Piece::part(text, whole, start, start + value.len()) {
            Piece::Literal { place, .. } => place,
            Piece::Hole => None,
        };
        Some(Text { text: SecretValue::new(value), place })
    });
    Some(Pair { key: key.to_owned(), place: literal.place.clone(), value, binary: false })
}

/// Reads `path` or `key=path`.
fn file_pair(build: &mut Build<'_>, folder: &str, file: &Item) -> Option<Pair> {
    let Some(text) = file.text() else {
        build.opaque(format!("`{}` is not known", file.value));
        return None;
    };
    let (key, path) = match text.split_once('=') {
        None => (file_name(&text), text.as_str()),
        Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => {
            (key, path)
        }
        Some(_) => {
            build.fail(&file.place, format!("`{text}` is no `key=path`"));
            return None;
        }
    };
    let item = Item { value: Value::from(path), place: file.place.clone() };
    let source = source_of(build, folder, &item);
    let there = sealine_source::join(folder, path);
    let there = there.is_some_and(|path| build.inventory.exists(build.repo, &path));
    let binary = source.is_none() && there;
    let value = source.filter(|source| !is_encrypted(source.text()));
    let value = value.map(|source| Text {
        text: SecretValue::new(source.text()),
        place: Some(source.place(TextRange::new(0, source.text().len()))),
    });
    Some(Pair { key: key.to_owned(), place: file.place.clone(), value, binary })
}

/// Reads the lines of an environment file; returns whether there are further keys.
///
/// The value of a bare name comes from the environment of whoever builds. It counts as a further
/// key, since a line without `=` may just as well be a value by mistake, and no name is a secret's.
fn lines(source: &Source, place: &Place, pairs: &mut Vec<Pair>) -> bool {
    let text = source.text();
    let encrypted = is_encrypted(text);
    let mut open = false;
    let mut next = 0;
    for line in text.split('\n') {
        let start = next;
        next += line.len() + 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let end = start + line.len();
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let Some((key, value)) = line.split_once('=') else {
            open |= !line.is_empty() && !line.starts_with('#');
            continue;
        };
        let is_metadata = encrypted && key.starts_with("sops_");
        if line.starts_with('#') || key.is_empty() || is_metadata {
            continue;
        }
        let value = (!encrypted).then(|| Text {
            text: SecretValue::new(value),
            place: Some(source.place(TextRange::new(end - value.len(), end))),
        });
        pairs.push(Pair { key: key.to_owned(), place: place.clone(), value, binary: false });
    }
    open
}

/// Returns whether SOPS has encrypted a text: what a delivery that decrypts it makes of it is not
/// known.
fn is_encrypted(text: &str) -> bool {
    text.contains("ENC[AES256_GCM,")
}

/// Returns the file that a generator names.
fn source_of<'a>(build: &mut Build<'a>, folder: &str, file: &Item) -> Option<&'a Source> {
    let path = build.file_path(folder, file)?;
    build.read(&path);
    let inventory = build.inventory;
    let source = inventory.source(build.repo, &path);
    if source.is_none() && !inventory.exists(build.repo, &path) {
        // It may be ignored by git, and be there where the build is run.
        build.note(
            &file.place,
            format!("`{path}` was not read: what is generated of it is not known"),
        );
    }
    source.map(AsRef::as_ref)
}

/// Adds to the names of generated objects the hash of what they hold.
pub(super) fn add_hashes(objects: &mut [Object]) {
    for object in objects {
        let Some(content) = object.trail.hashed.take() else { continue };
        let end = match super::hash::of(object, &content) {
            Some(hash) => Value::known(format!("-{hash}"), None),
            None => {
                Value::from_pieces([Piece::Literal { text: "-".into(), place: None }, Piece::Hole])
            }
        };
        super::identity::remember(object);
        if let Some(Tree::Scalar { value, .. }) = at_mut(&mut object.tree, &["metadata", "name"]) {
            *value = value.clone().concat(end);
        }
    }
}
