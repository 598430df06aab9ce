//! A resource instance as rules see it: its attributes, lifecycle, and where lines could be added.
//!
//! Invariant: the text of a secret is left out, only its fingerprint stays.

use std::borrow::Cow;

use base64::Engine as _;
use sealine_model::secret_attributes::holds_secret;
use sealine_model::terraform::{Attribute, Lifecycle, Resource};
use sealine_model::{Certainty, Piece, SortedMap, Value, vault};
use sealine_source::{Place, TextRange};

use super::places::{insert, is_literal};
use super::view::View;
use crate::config::{Declared, Mode};
use crate::data::{Data, Kind, Spot};
use crate::evaluate::Scope;
use crate::syntax::{Body, Expression, ExpressionKind, Step, attributes};

/// How many attributes of one resource are kept.
const MAX_ATTRIBUTES: usize = 400;

/// How deep objects and blocks are followed.
const MAX_DEPTH: usize = 10;

/// Arguments that Terraform itself reads.
const META: &[&str] = &["count", "for_each", "provider", "depends_on", "providers"];

/// Returns the resource, and the places of secrets that stand in clear.
pub(super) fn resource(view: &View<'_, '_>) -> (Resource, Vec<Place>) {
    let declared = &view.config.declared;
    let mut walk =
        Walk { view, attributes: SortedMap::default(), secrets: Vec::new(), guess: false };
    for (file, attribute) in declared.attributes() {
        if !META.contains(&&*attribute.name) {
            let scope = view.scope.in_file(file);
            walk.expression(&scope, &attribute.name, &attribute.value, 0);
        }
    }
    for (file, block) in declared.blocks() {
        let scope = view.scope.in_file(file);
        walk.block(&scope, "", block, 0);
    }
    let lifecycle = lifecycle(view);
    walk.attributes.shrink_to_fit();
    let (attributes, secrets) = (walk.attributes, walk.secrets);
    let resource = Resource {
        address: view.address.clone(),
        kind: view.config.kind.to_owned(),
        name: view.config.name.to_owned(),
        data: view.config.mode == Mode::Data,
        ephemeral: view.config.mode == Mode::Ephemeral,
        place: view.place.clone(),
        block: view.block(),
        attributes,
        ignore_changes: view.ignore_changes(),
        lifecycle,
        insert: insert(view.source, declared.block),
        conditional: view.conditional,
    };
    (resource, secrets)
}

/// Where a value comes from.
struct Origin {
    spot: Spot,
    /// Whether the expression is a literal.
    literal: bool,
    /// Whether it is asked for by the name of something that is no secret: `azurerm_x.y.name`.
    named: bool,
}

struct Walk<'v, 'e, 'w> {
    view: &'v View<'e, 'w>,
    attributes: SortedMap<String, Attribute>,
    secrets: Vec<Place>,
    /// Whether it is not known that the block that is walked is there.
    guess: bool,
}

impl<'w> Walk<'_, '_, 'w> {
    /// Follows literal objects by their syntax, so that each element has its own expression.
    fn expression(
        &mut self,
        scope: &Scope<'w>,
        path: &str,
        expression: &'w Expression,
        depth: usize,
    ) {
        if self.attributes.len() >= MAX_ATTRIBUTES || depth > MAX_DEPTH {
            return;
        }
        let range = Spot { file: scope.file, range: expression.range };
        if let ExpressionKind::Object(items) = &expression.bare().kind {
            for item in items {
                let computed = || {
                    let key = self.view.evaluator.evaluate(scope, &item.key);
                    key.known_text().map(Cow::into_owned)
                };
                let key = item.key.word().or_else(computed);
                let Some(key) = key else { continue };
                self.expression(scope, &format!("{path}.{key}"), &item.value, depth + 1);
            }
            return;
        }
        let data = self.view.evaluator.evaluate(scope, expression);
        let named = last_name(expression).is_some_and(sealine_model::names_no_secret);
        let origin = Origin { spot: range, literal: is_literal(expression), named };
        self.data(path, &data, &origin, depth);
    }

    fn data(&mut self, path: &str, data: &Data, origin: &Origin, depth: usize) {
        if self.attributes.len() >= MAX_ATTRIBUTES || depth > MAX_DEPTH {
            return;
        }
        let Origin { spot, literal, named } = *origin;
        if let Kind::Map(map) = &data.kind {
            for entry in &map.entries {
                let spot = entry.value.spot.unwrap_or(spot);
                let origin = Origin { spot, literal: is_scalar(&entry.value), named: false };
                self.data(&format!("{path}.{}", entry.key), &entry.value, &origin, depth + 1);
            }
        }
        if let Kind::Encoded(inner) = &data.kind {
            self.encoded(path, inner, 0);
        }
        let evaluator = self.view.evaluator;
        let Some(place) = evaluator.place(spot) else { return };
        let mut value = evaluator.value(data);
        let written = data.spot.filter(|written| *written != spot && is_scalar(data));
        let written = written.and_then(|written| evaluator.place(written));
        let given = match value.single_place() {
            Some(literal) if !place.contains(literal) => Some(literal.clone()),
            Some(_) => None,
            None => written.clone().filter(|written| is_written_at(&value, written)),
        };
        let (mut fingerprint, mut stand_in, mut word) = (None, false, false);
        let is_null = data.is_null();
        if holds_secret(self.view.config.kind, path)
            && let Some(text) = value.text().filter(|text| !text.is_empty())
        {
            self.secrets.push(given.clone().or(written).unwrap_or_else(|| place.clone()));
            fingerprint = Some(vault::fingerprint(&text));
            word = sealine_model::is_word(&text);
            let harmless = sealine_model::is_no_secret(&text)
                || sealine_model::is_settings(&text)
                || sealine_model::is_answer(&text);
            stand_in = harmless || named && word || is_setting(data);
            value = Value::unknown();
        }
        let literal = literal && !is_null;
        let is_guess = self.guess || data.guess;
        let certainty = if is_guess { Certainty::Assumed } else { Certainty::Exact };
        if is_null {
            return;
        }
        let attribute =
            Attribute { value, literal, place, given, fingerprint, stand_in, word, certainty };
        self.attributes.insert(path.to_owned(), attribute);
    }

    /// Notes where literals stand inside an encoded secret. Those whose name says that they are secret are attributes
    /// of their own.
    fn encoded(&mut self, path: &str, data: &Data, depth: usize) {
        if depth > MAX_DEPTH || !holds_secret(self.view.config.kind, path) {
            return;
        }
        match &data.kind {
            Kind::Map(map) => {
                for entry in &map.entries {
                    self.encoded(&format!("{path}.{}", entry.key), &entry.value, depth + 1);
                }
            }
            Kind::List(items) | Kind::Set(items) => {
                items.values.iter().for_each(|value| self.encoded(path, value, depth + 1));
            }
            Kind::Text(text) => {
                let Some(text) = text.whole().filter(|text| !text.is_empty()) else { return };
                let Some(spot) = data.spot.filter(|spot| !self.is_call(*spot)) else { return };
                let Some(place) = self.view.evaluator.place(spot) else { return };
                self.secrets.push(place.clone());
                let name = path.rsplit('.').next().unwrap_or(path);
                if is_credential(name, &text) {
                    let attribute = secret_literal(&text, place, data.guess || self.guess);
                    self.attributes.insert(path.to_owned(), attribute);
                }
            }
            _ => {}
        }
    }

    /// Returns whether a function gives what stands here: `base64encode(…)`.
    fn is_call(&self, spot: Spot) -> bool {
        let source = self.view.evaluator.source(spot.file);
        let range = spot.range.start as usize..spot.range.end as usize;
        let written = source.and_then(|source| source.text().get(range)).unwrap_or_default();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
        let name = written.bytes().take_while(|byte| is_name(*byte)).count();
        name > 0 && written.as_bytes().get(name) == Some(&b'(')
    }

    fn block(
        &mut self,
        scope: &Scope<'w>,
        prefix: &str,
        block: &'w crate::syntax::Block,
        depth: usize,
    ) {
        let skipped = ["lifecycle", "provisioner", "connection"];
        if depth > MAX_DEPTH || skipped.contains(&&*block.kind) {
            return;
        }
        if &*block.kind == "dynamic" {
            self.dynamic(scope, prefix, block, depth);
            return;
        }
        let index = self.next_index(&format!("{prefix}{}", block.kind));
        let path = format!("{prefix}{}.{index}.", block.kind);
        self.body(scope, &path, &block.body, depth + 1);
    }

    fn body(&mut self, scope: &Scope<'w>, path: &str, body: &'w Body, depth: usize) {
        for attribute in &body.attributes {
            let path = format!("{path}{}", attribute.name);
            self.expression(scope, &path, &attribute.value, depth);
        }
        for block in &body.blocks {
            self.block(scope, path, block, depth);
        }
    }

    fn dynamic(
        &mut self,
        scope: &Scope<'w>,
        prefix: &str,
        block: &'w crate::syntax::Block,
        depth: usize,
    ) {
        let Some(kind) = block.label(0) else { return };
        let view = self.view;
        if !prefix.is_empty() {
            let Some(content) = block.body.block("content") else { return };
            let outside = self.guess;
            for (scope, guess) in view.evaluator.repetitions(scope, kind, &block.body) {
                let index = self.next_index(&format!("{prefix}{kind}"));
                self.guess = outside || guess;
                self.body(&scope, &format!("{prefix}{kind}.{index}."), &content.body, depth + 1);
            }
            self.guess = outside;
            return;
        }
        let blocks = view.evaluator.nested_blocks(&view.scope, view.config, kind);
        let head = Spot { file: view.config.declared.file, range: block.head };
        for (index, data) in blocks.iter().enumerate() {
            let origin = Origin { spot: head, literal: false, named: false };
            self.data(&format!("{prefix}{kind}.{index}"), data, &origin, 0);
        }
    }

    /// Returns the number of the next block of a kind.
    fn next_index(&self, path: &str) -> usize {
        let prefix = format!("{path}.");
        let numbers = self.attributes.keys().filter_map(|known| {
            known.strip_prefix(&prefix)?.split('.').next()?.parse::<usize>().ok()
        });
        numbers.max().map_or(0, |last| last + 1)
    }
}

/// Whether a text of an encoded object is a secret: its name says so, and it is neither a path, a sentence nor a plain
/// word, which may stand for one.
fn is_credential(name: &str, text: &str) -> bool {
    const ENDS: [&str; 9] = [
        "auth",
        "credential",
        "credentials",
        "key",
        "passphrase",
        "password",
        "pwd",
        "secret",
        "token",
    ];
    let name = name.to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_';
    ENDS.iter().any(|end| name.ends_with(end))
        && !(text.starts_with('/') || text.contains("://") || text.contains(' '))
        && !text.bytes().all(is_plain)
}

/// Returns the attribute of a literal that is a secret unless its text says that it is none.
pub(super) fn secret_literal(text: &str, place: Place, is_guess: bool) -> Attribute {
    Attribute {
        value: Value::unknown(),
        literal: true,
        place,
        given: None,
        fingerprint: Some(vault::fingerprint(text)),
        stand_in: sealine_model::is_no_secret(text)
            || sealine_model::is_settings(text)
            || sealine_model::is_answer(text)
            || is_login_without_password(text),
        word: sealine_model::is_word(text),
        certainty: if is_guess { Certainty::Assumed } else { Certainty::Exact },
    }
}

/// Whether a text is a login as registries and HTTP take it, with nothing where the password would stand.
fn is_login_without_password(text: &str) -> bool {
    let decoded = base64::engine::general_purpose::STANDARD.decode(text).ok();
    decoded.is_some_and(|bytes| {
        let user = bytes.strip_suffix(b":").unwrap_or_default();
        let is_part = |byte: &u8| byte.is_ascii_graphic() && *byte != b':';
        !user.is_empty() && user.iter().all(is_part)
    })
}

fn is_scalar(data: &Data) -> bool {
    matches!(data.kind, Kind::Text(_) | Kind::Number(_) | Kind::Bool(_))
}

/// Returns the names in `ignore_changes`; `all` as one name.
pub(super) fn ignore_changes(declared: &Declared<'_>) -> Vec<String> {
    let Some((_, lifecycle)) = declared.nested("lifecycle") else { return Vec::new() };
    let Some(ignored) = lifecycle.body.attribute("ignore_changes") else { return Vec::new() };
    let mut names: Vec<String> = match &ignored.value.bare().kind {
        ExpressionKind::Tuple(items) => items.iter().filter_map(spelled).collect(),
        _ => spelled(&ignored.value).into_iter().collect(),
    };
    names.shrink_to_fit();
    names
}

/// Writes a reference such as `tags["x"]` as `tags.x`.
fn spelled(expression: &Expression) -> Option<String> {
    let bare = expression.bare();
    let ExpressionKind::Get(base, steps) = &bare.kind else { return bare.word() };
    let mut path = base.word()?;
    for step in steps {
        let part = match step {
            Step::Attribute(name) => name.to_string(),
            Step::Index(index) => match &index.kind {
                ExpressionKind::Number(number) => crate::data::show_number(*number),
                _ => index.literal_text()?,
            },
            Step::Splat | Step::AttributeSplat => "*".to_owned(),
        };
        path = format!("{path}.{part}");
    }
    Some(path)
}

fn lifecycle(view: &View<'_, '_>) -> Option<Lifecycle> {
    let (file, block) = view.config.declared.nested("lifecycle")?;
    let source = view.evaluator.source(file)?;
    let ignored = block.body.attribute("ignore_changes");
    let list = ignored.and_then(|ignored| match &ignored.value.kind {
        ExpressionKind::Tuple(items) => {
            let empty = ignored.value.range.start + 1;
            let at = items.first().map_or(empty, |first| first.range.start);
            Some(source.place(TextRange { start: at, end: at }))
        }
        _ => None,
    });
    Some(Lifecycle { insert: insert(source, block), ignore: list })
}

/// Returns the last name of a reference: `b` of `a.b[0]`.
fn last_name(expression: &Expression) -> Option<&str> {
    let ExpressionKind::Get(_, steps) = &expression.bare().kind else { return None };
    attributes(steps).last()
}

/// Whether a value is a switch or a number of up to three digits, and was no text anywhere.
fn is_setting(data: &Data) -> bool {
    match &data.kind {
        Kind::Bool(_) => true,
        Kind::Number(number) => number.abs() < 1000.0,
        _ => false,
    }
}

/// Whether a text of several pieces is one literal: lines of a heredoc, and escapes, which have no
/// place. What comes from elsewhere makes it computed.
fn is_written_at(value: &Value, written: &Place) -> bool {
    value.pieces().iter().all(|piece| match piece {
        Piece::Literal { place: Some(place), .. } => written.contains(place),
        Piece::Literal { text, place: None } => text.chars().count() <= 2,
        Piece::Hole => false,
    })
}
