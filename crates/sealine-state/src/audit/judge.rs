//! Two walks over a text: the first finds secrets, the second where else the same values lie.
//!
//! Invariant: each place is found once, with all the reasons.

use std::collections::HashMap;

use sealine_model::secret_attributes::{Listed, listed};
use sealine_model::{SecretValue, is_stand_in};

use super::equal::Known;
use super::path::{Step, covered, shown, within};
use super::walk::{Block, Head, Holder, Leaf, blocks, leaves};
use super::{Audit, Found, Reason, advice, names, shapes};
use crate::form::Form;
use crate::json::{Fault, Kind, Reader};

/// How deep texts that are JSON themselves are looked into.
const MOST_NESTED: usize = 2;

/// Judges everything in a text.
pub(super) fn judge(reader: &Reader<'_>, form: Form) -> Result<Audit, Fault> {
    let mut look = Look::default();
    let head = blocks(&mut reader.clone(), form, &mut |block| look.block(&block))?;
    if !look.findings.is_empty() {
        blocks(&mut reader.clone(), form, &mut |block| look.again(&block))?;
    }
    Ok(look.end(form, head))
}

/// A secret that was found.
struct Secret {
    path: String,
    reasons: Vec<Reason>,
    text: SecretValue,
}

#[derive(Default)]
struct Look {
    looked_at: usize,
    findings: Vec<Found>,
    /// The findings by address and path.
    places: HashMap<(String, String), usize>,
    known: Known,
    /// The attributes of the last type of resource.
    listed: (String, Vec<Listed>),
}

impl Look {
    fn block(&mut self, block: &Block<'_>) -> Result<(), Fault> {
        self.looked_at += 1;
        if self.listed.0 != block.kind {
            self.listed = (block.kind.clone(), listed(&block.kind));
        }
        let mut rows = Vec::new();
        for row in &self.listed.1 {
            if holds(row, &block.values)? {
                rows.push(row.attribute);
            }
        }
        let mut values = block.values.clone();
        let mut secrets = Vec::new();
        leaves(&mut values, &mut |steps, leaf| {
            spot(block, &rows, steps, leaf, &mut secrets);
        })?;
        for Secret { path, reasons, text } in secrets {
            let index = self.add(block, path, reasons);
            self.known.learn(text.expose(), index);
        }
        Ok(())
    }

    /// Looks for values that are known by now.
    fn again(&mut self, block: &Block<'_>) -> Result<(), Fault> {
        let mut values = block.values.clone();
        let mut same = Vec::new();
        let known = &self.known;
        leaves(&mut values, &mut |steps, leaf| {
            if let Some(index) = known.same(leaf.text) {
                same.push((index, paths(block, steps)));
            }
        })?;
        for (index, paths) in same {
            let place =
                |path: &String| self.places.get(&(block.address.clone(), path.clone())).copied();
            let here = paths.iter().find_map(place);
            if here == Some(index) {
                continue;
            }
            let here = here.unwrap_or_else(|| {
                self.add(block, paths.last().cloned().unwrap_or_default(), vec![Reason::Equal])
            });
            let (one, two) = (self.findings[index].place(), self.findings[here].place());
            push_new(&mut self.findings[here].same_as, one);
            push_new(&mut self.findings[index].same_as, two);
        }
        Ok(())
    }

    fn add(&mut self, block: &Block<'_>, path: String, reasons: Vec<Reason>) -> usize {
        let place = (block.address.clone(), path);
        if let Some(index) = self.places.get(&place) {
            for reason in reasons {
                push_new(&mut self.findings[*index].reasons, reason);
            }
            return *index;
        }
        let (address, path) = place.clone();
        let way_out = advice::way_out(block.holder, &block.kind, &plain(&path));
        let holder = block.holder;
        let same_as = Vec::new();
        let found = Found { holder, address, path, reasons, same_as, way_out };
        self.findings.push(found);
        self.places.insert(place, self.findings.len() - 1);
        self.findings.len() - 1
    }

    fn end(self, form: Form, head: Head) -> Audit {
        let mut findings = self.findings;
        for found in &mut findings {
            found.same_as.sort();
        }
        findings.sort_by(|one, two| (&one.address, &one.path).cmp(&(&two.address, &two.path)));
        Audit { form, head, looked_at: self.looked_at, findings }
    }
}

impl Found {
    /// Returns where it lies, in one text.
    pub fn place(&self) -> String {
        match self.path.as_str() {
            "" => self.address.clone(),
            path if path.starts_with('[') => format!("{}{path}", self.address),
            path => format!("{}.{path}", self.address),
        }
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// `user[0].password` as `user.0.password`, as the table of attributes is asked.
fn plain(path: &str) -> String {
    path.replace("[\"", ".").replace("\"]", "").replace('[', ".").replace(']', "")
}

/// Whether the condition of a listed attribute is met.
fn holds(row: &Listed, values: &Reader<'_>) -> Result<bool, Fault> {
    let Some((attribute, wanted)) = row.only_when else { return Ok(true) };
    let mut values = values.clone();
    if values.kind()? != Kind::Object {
        return Ok(false);
    }
    let mut met = false;
    values.object(|reader, key| {
        let value = reader.skip()?;
        met |= key == attribute && value.trim_matches('"') == wanted;
        Ok::<(), Fault>(())
    })?;
    Ok(met)
}

/// The paths under which a value may have been found: from the shortest to its own.
fn paths(block: &Block<'_>, steps: &[Step<'_>]) -> Vec<String> {
    let folded = folded(block, steps).map(|at| shown("", &steps[..at]));
    folded.into_iter().chain([shown("", steps)]).collect()
}

/// Where a mark covers a whole block of a list, such as `kube_config`, one finding is enough.
fn folded(block: &Block<'_>, steps: &[Step<'_>]) -> Option<usize> {
    let at = covered(&block.marks, steps)?;
    matches!(steps.get(at), Some(Step::Index(_))).then_some(at)
}

/// Adds a leaf when it is a secret, or what it holds.
fn spot(
    block: &Block<'_>,
    rows: &[&str],
    steps: &[Step<'_>],
    leaf: &Leaf<'_>,
    found: &mut Vec<Secret>,
) {
    if leaf.text.is_empty() {
        return;
    }
    let marked = covered(&block.marks, steps);
    let is_listed = rows.iter().any(|row| within(row, steps).is_some());
    let mut reasons = Vec::new();
    reasons.extend(marked.map(|_| Reason::Marked));
    reasons.extend(is_listed.then_some(Reason::Listed));
    if leaf.is_text {
        // The path is written for few texts only: there are millions.
        if reasons.is_empty() && leaf.text.starts_with(['{', '[']) {
            let before = found.len();
            nested(leaf.text, &shown("", steps), 0, found);
            if found.len() > before {
                return;
            }
        }
        let name = leaf.called.or_else(|| name_of(block, steps)).unwrap_or_default();
        looks(name, leaf.text, &mut reasons);
    }
    if reasons.is_empty() || is_stand_in(leaf.text) {
        return;
    }
    let fold = if is_listed { None } else { folded(block, steps) };
    let path = shown("", &steps[..fold.unwrap_or(steps.len())]);
    found.push(Secret { path, reasons, text: SecretValue::new(leaf.text) });
}

/// Adds what a text looks like.
fn looks(name: &str, text: &str, reasons: &mut Vec<Reason>) {
    reasons.extend(shapes::shape_of(text).map(Reason::Shape));
    reasons.extend(names::is_secret(name, text).then_some(Reason::Named));
}

/// The last key of a path; the name of the output or variable where there is none.
fn name_of<'n>(block: &'n Block<'_>, steps: &'n [Step<'_>]) -> Option<&'n str> {
    let own = matches!(block.holder, Holder::Output | Holder::Variable);
    last_key(steps).or_else(|| block.address.split_once('.').filter(|_| own).map(|(_, name)| name))
}

fn last_key<'n>(steps: &'n [Step<'_>]) -> Option<&'n str> {
    steps.iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(&**key),
        Step::Index(_) => None,
    })
}

/// Looks into a text that is JSON itself, such as the definition of containers.
fn nested(text: &str, prefix: &str, depth: usize, found: &mut Vec<Secret>) {
    let is_object = text.starts_with(['{', '[']) && text.len() > 16;
    if !is_object || depth >= MOST_NESTED {
        return;
    }
    let Ok(mut reader) = Reader::new(text.as_bytes()) else { return };
    if { reader.clone() }.skip().is_err() {
        return;
    }
    // Broken JSON was ruled out, so that this cannot stop half-way.
    let _ = leaves(&mut reader, &mut |steps, leaf| {
        if !leaf.is_text || leaf.text.is_empty() {
            return;
        }
        let name = leaf.called.or_else(|| last_key(steps)).unwrap_or_default();
        let mut reasons = Vec::new();
        looks(name, leaf.text, &mut reasons);
        let path = shown(prefix, steps);
        if reasons.is_empty() {
            nested(leaf.text, &path, depth + 1, found);
        } else if !is_stand_in(leaf.text) {
            found.push(Secret { path, reasons, text: SecretValue::new(leaf.text) });
        }
    });
}
