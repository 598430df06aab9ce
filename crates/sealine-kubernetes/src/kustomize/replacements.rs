//! `replacements`: a value of one object put into fields of others.
//!
//! Invariant: the value of a Secret is never copied; what would hold it is a hole. What is copied makes
//! no tree too deep, and there is an end to how much it is.

use sealine_model::tree::{Tree, TreeMap};
use sealine_model::{Piece, Value};
use sealine_source::Place;

use super::field_path::{self, Create};
use super::file::{Item, item, items};
use super::identity::{Identity, TypeName, current, former};
use super::layer::Build;
use super::selector::Selector;
use crate::delivery::object::Object;
use crate::delivery::tree::{first_place, is_true};
use crate::manifest::hide_values;

/// The field of a source or target that names none.
const DEFAULT_FIELD: &str = "metadata.name";

/// How many nodes the replacements of a layer may copy.
const MAX_COPIED: usize = 200_000;

/// Carries out the entries of a list of replacements.
pub(super) fn apply(build: &mut Build<'_>, folder: &str, entries: &[Tree], objects: &mut [Object]) {
    let mut copies = MAX_COPIED;
    for entry in entries {
        let Some(place) = first_place(entry).cloned() else { continue };
        let Some(path) = item(entry.get("path")) else {
            one(build, entry, &place, objects, &mut copies);
            continue;
        };
        if entry.get("source").is_some() || entry.get("targets").is_some() {
            build.fail(&place, "a replacement is in a file or here, not both".to_owned());
            continue;
        }
        let Some(path) = build.file_path(folder, &path) else { continue };
        let Some(trees) = build.documents_of(&path, &place) else { continue };
        for tree in &trees {
            let inner = match tree {
                Tree::List(items) => items.as_slice(),
                other => std::slice::from_ref(other),
            };
            for entry in inner {
                let place = first_place(entry).unwrap_or(&place).clone();
                one(build, entry, &place, objects, &mut copies);
            }
        }
    }
}

/// What a replacement leaves open.
enum Left {
    /// Nothing: all is known.
    Nothing,
    /// The field that this path leads into, which holds YAML or JSON as a text.
    Hole(String),
}

fn one(
    build: &mut Build<'_>,
    entry: &Tree,
    place: &Place,
    objects: &mut [Object],
    copies: &mut usize,
) {
    match replace(build, entry, place, objects, copies) {
        Ok(Left::Nothing) => {}
        Ok(Left::Hole(path)) => {
            build.note(
                place,
                format!("`{path}` leads into a text or an unknown: what it holds is open"),
            );
        }
        Err(message) => build.fail(place, message),
    }
    for object in objects {
        hide_values(&mut object.tree);
    }
}

fn replace(
    build: &Build<'_>,
    entry: &Tree,
    place: &Place,
    objects: &mut [Object],
    copies: &mut usize,
) -> Result<Left, String> {
    let targets = entry.get("targets").map(Tree::items).filter(|targets| !targets.is_empty());
    let targets = targets.ok_or("a replacement needs targets")?;
    let value = match (entry.get("sourceValue"), entry.get("source")) {
        (Some(_), Some(_)) => return Err("a replacement has two sources".to_owned()),
        (Some(value), None) => value.clone(),
        (None, Some(source)) => match source_value(build, source, objects)? {
            Some(value) => value,
            None => return Ok(Left::Nothing),
        },
        (None, None) => return Err("a replacement needs a source".to_owned()),
    };
    targets.iter().try_fold(Left::Nothing, |left, target| {
        let own = put(&value, target, place, objects, copies)?;
        Ok(if matches!(own, Left::Hole(_)) { own } else { left })
    })
}

/// Returns the value at the source; `None` where the source may be among what was not understood.
fn source_value(
    build: &Build<'_>,
    source: &Tree,
    objects: &[Object],
) -> Result<Option<Tree>, String> {
    let wanted = Identity {
        of: TypeName::selector(source),
        name: source.get("name").and_then(Tree::text).unwrap_or_default(),
        namespace: source.get("namespace").and_then(Tree::text).unwrap_or_default(),
    };
    let mut found = objects
        .iter()
        .filter(|object| identities(object).iter().any(|own| is_source(own, &wanted)));
    let object = match (found.next(), found.next()) {
        (Some(object), None) => object,
        (Some(_), Some(_)) => return Err("the source means more than one object".to_owned()),
        (None, _) if build.is_opaque() => return Ok(None),
        (None, _) => return Err("there is no object that is the source".to_owned()),
    };
    let path = source.get("fieldPath").and_then(Tree::text).filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| DEFAULT_FIELD.to_owned());
    let value = field_path::get(&object.tree, &path).filter(|tree| !is_nothing(tree));
    let value = value.ok_or_else(|| format!("the source has no `{path}`"))?;
    let mut value = value.clone();
    if is_of_secret(object, &path) {
        let hole = value
            .place()
            .map(|place| Tree::Scalar { value: Value::unknown(), place: place.clone() });
        value = hole.unwrap_or(Tree::Unknown);
    }
    refined(value, source.get("options")).map(Some)
}

/// Returns whether a path leads to what a Secret holds.
pub(super) fn is_of_secret(object: &Object, path: &str) -> bool {
    object.kind() == "Secret" && ["data", "stringData"].iter().any(|field| path.starts_with(field))
}

fn is_nothing(tree: &Tree) -> bool {
    match tree {
        Tree::Null => true,
        Tree::List(items) => items.is_empty(),
        Tree::Map(map) => map.entries.is_empty() && !map.open,
        Tree::Scalar { .. } | Tree::Unknown => false,
    }
}

/// Returns who an object is and was; here the namespace counts as it is written.
fn identities(object: &Object) -> Vec<Identity> {
    let mut all = vec![current(object)];
    all.extend(former(object));
    all
}

fn is_source(own: &Identity, wanted: &Identity) -> bool {
    let or_default = |namespace: &str| {
        if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() }
    };
    (wanted.name.is_empty() || wanted.name == own.name)
        && (wanted.namespace.is_empty()
            || or_default(&wanted.namespace) == or_default(&own.namespace))
        && own.of.is_selected_by(&wanted.of)
}

/// What `options` say of a field.
struct Options {
    delimiter: Option<String>,
    index: i64,
    create: bool,
}

impl Options {
    fn read(tree: Option<&Tree>) -> Self {
        let text = |key| tree.and_then(|tree| tree.get(key)).and_then(Tree::text);
        Self {
            delimiter: text("delimiter").filter(|text| !text.is_empty()),
            index: text("index").and_then(|text| text.parse().ok()).unwrap_or_default(),
            create: is_true(tree.and_then(|tree| tree.get("create"))),
        }
    }
}

/// Returns the part of the source's value that `options` choose.
fn refined(tree: Tree, options: Option<&Tree>) -> Result<Tree, String> {
    let options = Options::read(options);
    let Some(delimiter) = options.delimiter else { return Ok(tree) };
    let Tree::Scalar { value, place } = tree else {
        return match tree {
            Tree::Unknown => Ok(tree),
            _ => Err("only a scalar has parts".to_owned()),
        };
    };
    let Some(text) = value.text() else {
        return Ok(Tree::Scalar { value: Value::unknown(), place });
    };
    let at = usize::try_from(options.index).ok();
    let part = at.and_then(|at| text.split(&delimiter).nth(at));
    let part = part.ok_or_else(|| format!("the source has no part {}", options.index))?;
    Ok(Tree::Scalar { value: Value::known(part, None), place })
}

fn put(
    value: &Tree,
    target: &Tree,
    place: &Place,
    objects: &mut [Object],
    copies: &mut usize,
) -> Result<Left, String> {
    let mut left = Left::Nothing;
    let select = target.get("select").ok_or("a target needs `select`")?;
    let select = Selector::read(select)?;
    let rejects = target.get("reject").map(Tree::items).unwrap_or_default();
    let rejects = rejects.iter().map(Selector::read).collect::<Result<Vec<_>, _>>()?;
    let options = Options::read(target.get("options"));
    let mut paths: Vec<String> =
        items(target.get("fieldPaths")).iter().filter_map(Item::text).collect();
    if paths.is_empty() {
        paths.push(DEFAULT_FIELD.to_owned());
    }
    for object in objects {
        let own = identities(object);
        let rejected = rejects.iter().any(|reject| {
            (reject.has_marks() && reject.fits_marks(object))
                || (!reject.is_of_marks_alone() && own.iter().any(|own| reject.fits(own)))
        });
        let selected = select.fits_marks(object) && own.iter().any(|own| select.fits(own));
        if rejected || !selected {
            continue;
        }
        for path in &paths {
            let is_whole = matches!(value, Tree::Map(_) | Tree::List(_));
            if is_whole && !field_path::has_room(path, value, copies) {
                return Err("what is copied is too much, or would lie too deep".to_owned());
            }
            let create = options.create.then_some(Create { like: value, place });
            let mut written = 0;
            let count = field_path::change(&mut object.tree, path, create, &mut |field| {
                written += 1;
                write(field, value, &options)
            })?;
            if count == 0 {
                return Err(format!("a target has no `{path}`"));
            }
            if written < count {
                left = Left::Hole(path.clone());
            }
        }
    }
    Ok(left)
}

fn write(field: &mut Tree, value: &Tree, options: &Options) -> Result<(), String> {
    if let Some(delimiter) = &options.delimiter {
        let Tree::Scalar { value: own, .. } = &*field else {
            return Err("only a scalar has parts".to_owned());
        };
        let Tree::Scalar { value: new, .. } = value else {
            return Err("only a scalar can be a part".to_owned());
        };
        let joined = spliced(own, new, delimiter, options.index);
        if let Tree::Scalar { value, .. } = field {
            *value = joined;
        }
        return Ok(());
    }
    match (&mut *field, value) {
        // The field asks, where it is, for what now stands at the source.
        (Tree::Scalar { value: own, place }, Tree::Scalar { value: new, .. }) => {
            own.clone_from(new);
            if let Some(at) = new.single_place() {
                *place = at.clone();
            }
        }
        (Tree::Scalar { value: own, .. }, Tree::Map(TreeMap { .. }) | Tree::List(_)) => {
            *own = Value::default();
        }
        _ => *field = value.clone(),
    }
    Ok(())
}

/// Returns the text with one of its parts replaced, or with one added at either end.
fn spliced(own: &Value, new: &Value, delimiter: &str, index: i64) -> Value {
    let Some(text) = own.text() else { return Value::unknown() };
    let known = |text: &str| Piece::Literal { text: text.into(), place: None };
    let mut parts: Vec<Vec<Piece>> = text.split(delimiter).map(|part| vec![known(part)]).collect();
    let new = new.pieces().to_vec();
    match usize::try_from(index) {
        Err(_) => parts.insert(0, new),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = new,
            None => parts.push(new),
        },
    }
    let mut pieces = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            pieces.push(known(delimiter));
        }
        pieces.extend(part);
    }
    Value::from_pieces(pieces)
}

/// Returns a scalar of an object as a value that may be shown; a hole for what a Secret holds.
pub(super) fn shown(object: &Object, path: &str) -> Option<Value> {
    if is_of_secret(object, path) {
        return Some(Value::unknown());
    }
    match field_path::get(&object.tree, path)? {
        Tree::Scalar { value, .. } => Some(value.clone()),
        Tree::Unknown => Some(Value::unknown()),
        _ => None,
    }
}
