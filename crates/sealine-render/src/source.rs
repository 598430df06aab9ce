//! From what a vault holds to the source data of an `ExternalSecret`: `dataFrom` in its order, then
//! `data`.
//!
//! Invariants: what comes later wins; an entry that is missing is a fault unless the deletion policy
//! tolerates it, as with the operator.

use sealine_model::kubernetes::ExternalSecret;
use sealine_model::tree::Tree;
use sealine_source::Place;
use sealine_template::source_keys::{
    Conversion, Decoding, KeyRules, Merge, Rewrite, Values, source_keys,
};

use crate::entry::{self, Lack};
use crate::fault::{Fault, known};
use crate::generators;
use crate::vault::Vault;

/// What was fetched.
pub(crate) struct Fetched {
    /// The values by key.
    pub(crate) values: Values,
    /// Whether anything at all was there.
    pub(crate) any: bool,
}

/// Fetches what an `ExternalSecret` reads.
pub(crate) fn fetch(external: &ExternalSecret, vault: &Vault) -> Result<Fetched, Fault> {
    let spec = &external.written().spec;
    let mut fetched = Fetched { values: Values::new(), any: false };
    for list in ["dataFrom", "data"] {
        if let Some(Tree::Unknown) = spec.get(list) {
            return Err(Fault::unknown(&external.place, format!("`{list}` is not known")));
        }
    }
    let reading = Reading { external, vault };
    for (index, item) in items(spec, "dataFrom").iter().enumerate() {
        match reading.from(item) {
            Ok(values) => fetched.add(values),
            Err(Miss::Missing(_)) if reading.tolerates() => {}
            Err(Miss::Missing(fault) | Miss::Other(fault)) => {
                return Err(within(fault, &format!("spec.dataFrom[{index}]")));
            }
        }
    }
    for (index, item) in items(spec, "data").iter().enumerate() {
        match reading.one(item) {
            Ok(values) => fetched.add(values),
            Err(Miss::Missing(_)) if reading.tolerates() => {}
            Err(Miss::Missing(fault) | Miss::Other(fault)) => {
                return Err(within(fault, &format!("spec.data[{index}]")));
            }
        }
    }
    Ok(fetched)
}

fn within(fault: Fault, part: &str) -> Fault {
    Fault { message: format!("{}, in {part}", fault.message), ..fault }
}

fn items<'a>(spec: &'a Tree, list: &str) -> &'a [Tree] {
    spec.get(list).map(Tree::items).unwrap_or_default()
}

impl Fetched {
    fn add(&mut self, values: Values) {
        self.any = true;
        self.values.extend(values);
    }
}

/// Why an item gives nothing.
enum Miss {
    /// The vault has no such entry.
    Missing(Fault),
    /// Something else.
    Other(Fault),
}

impl From<Fault> for Miss {
    fn from(fault: Fault) -> Self {
        Self::Other(fault)
    }
}

struct Reading<'a> {
    external: &'a ExternalSecret,
    vault: &'a Vault,
}

impl Reading<'_> {
    fn tolerates(&self) -> bool {
        self.external.target.deletion_policy != "Retain"
    }

    fn text(&self, tree: &Tree, path: &[&str]) -> Result<Option<String>, Fault> {
        known(self.external, tree, path)
    }

    /// The store of an item, else that of the whole.
    fn store(&self, item: &Tree) -> Result<Option<String>, Fault> {
        let own = self.text(item, &["sourceRef", "storeRef", "name"])?;
        let whole = &self.external.written().spec;
        Ok(match own {
            Some(own) => Some(own),
            None => self.text(whole, &["secretStoreRef", "name"])?,
        })
    }

    fn place<'a>(&'a self, tree: &'a Tree, key: &str) -> &'a Place {
        tree.get(key).and_then(Tree::place).unwrap_or(&self.external.place)
    }

    /// The bytes that a `remoteRef` or `extract` leads to.
    fn remote(&self, item: &Tree, reference: &Tree) -> Result<Vec<u8>, Miss> {
        let place = self.place(reference, "key");
        let Some(key) = self.text(reference, &["key"])? else {
            return Err(Fault::refused(place, "a `key` is missing").into());
        };
        if self.text(reference, &["metadataPolicy"])?.is_some_and(|policy| policy == "Fetch") {
            return Err(Fault::unknown(place, "`metadataPolicy: Fetch` reads no value").into());
        }
        let store = self.store(item)?;
        let Some(entry) = self.vault.entry(store.as_deref(), &key) else {
            let message = format!("the data has no entry `{key}`");
            return Err(Miss::Missing(Fault::refused(place, message)));
        };
        let entry = entry.expose();
        let property = self.text(reference, &["property"])?.filter(|path| !path.is_empty());
        let Some(property) = property else { return Ok(entry.to_vec()) };
        let place = self.place(reference, "property");
        entry::property(entry, &property).map_err(|lack| {
            if lack == Lack::Path {
                let message = format!("the path `{property}` is more than names and numbers");
                return Fault::unknown(place, message).into();
            }
            let message = format!("the entry `{key}` has no property `{property}`");
            Miss::Missing(Fault::refused(place, message))
        })
    }

    /// One item of `data`.
    fn one(&self, item: &Tree) -> Result<Values, Miss> {
        let reference = item.get("remoteRef").unwrap_or(&Tree::Null);
        let place = self.place(item, "secretKey");
        let Some(key) = self.text(item, &["secretKey"])? else {
            return Err(Fault::refused(place, "a `secretKey` is missing").into());
        };
        let value = self.remote(item, reference)?;
        let rules = KeyRules { decoding: self.decoding(reference)?, ..KeyRules::default() };
        // The key is checked when the resource is admitted; only the value is worked on.
        let stand_in = Values::from([("k".to_owned(), value)]);
        let mut made = source_keys(&stand_in, &rules).map_err(|message| {
            Fault::refused(place, message.replace("key k", &format!("key {key}")))
        })?;
        self.without_null_bytes(reference, &made)?;
        let value = made.remove("k").unwrap_or_default();
        Ok(Values::from([(key, value)]))
    }

    /// One item of `dataFrom`.
    fn from(&self, item: &Tree) -> Result<Values, Miss> {
        if let Some(find) = item.get("find") {
            let found = self.found(item, find)?;
            return Ok(self.worked(item, find, &found, true)?);
        }
        // In v1alpha1 the item itself was the reference.
        if let Some(extract) = item.get("extract").or_else(|| item.get("key").map(|_| item)) {
            let place = self.place(extract, "key");
            let entry = self.remote(item, extract)?;
            let fields = entry::fields(&entry)
                .map_err(|_| Fault::refused(place, "the entry is no JSON object"))?;
            return Ok(self.worked(item, extract, &fields, true)?);
        }
        let Some(generator) = item.at(&["sourceRef", "generatorRef"]) else {
            let message = "either `extract`, `find` or `sourceRef` must be set";
            return Err(Fault::refused(&self.external.place, message).into());
        };
        let place = self.place(generator, "kind");
        let kind = self.text(generator, &["kind"])?.unwrap_or_default();
        let Some(made) = generators::placeholders(&kind) else {
            let message = format!("what a `{kind}` generates is not known");
            return Err(Fault::unknown(place, message).into());
        };
        Ok(self.worked(item, &Tree::Null, &made, false)?)
    }

    fn worked(
        &self,
        item: &Tree,
        reference: &Tree,
        values: &Values,
        converts: bool,
    ) -> Result<Values, Fault> {
        let mut rewrites = Vec::new();
        for rewrite in items(item, "rewrite") {
            rewrites.push(self.rewrite(rewrite)?);
        }
        if !converts && rewrites.is_empty() {
            return Ok(values.clone());
        }
        let conversion = match self.text(reference, &["conversionStrategy"])?.as_deref() {
            Some("Unicode") => Conversion::Unicode,
            _ => Conversion::Default,
        };
        let decoding = self.decoding(reference)?;
        let rules = KeyRules { rewrites, conversion, decoding };
        let place = self.place(reference, "key");
        let made = source_keys(values, &rules).map_err(|message| Fault::refused(place, message))?;
        self.without_null_bytes(reference, &made)?;
        Ok(made)
    }

    fn decoding(&self, reference: &Tree) -> Result<Decoding, Fault> {
        let named = self.text(reference, &["decodingStrategy"])?;
        Ok(Decoding::named(named.as_deref().unwrap_or_default()))
    }

    fn without_null_bytes(&self, reference: &Tree, values: &Values) -> Result<(), Fault> {
        if self.text(reference, &["nullBytePolicy"])?.as_deref() != Some("Fail") {
            return Ok(());
        }
        let place = self.place(reference, "nullBytePolicy");
        match values.iter().find(|(_, value)| value.contains(&0)) {
            Some((key, _)) => {
                Err(Fault::refused(place, format!("the value of `{key}` contains null bytes")))
            }
            None => Ok(()),
        }
    }

    /// The entries that a `find` finds.
    fn found(&self, item: &Tree, find: &Tree) -> Result<Values, Fault> {
        let place = self.external.place.clone();
        if let Some(tags) = find.get("tags").filter(|tags| !matches!(tags, Tree::Null)) {
            let place = tags.entries().first().map_or(&place, |entry| &entry.place);
            let message = "`find` goes by `tags`, and the data that is given says nothing of tags";
            return Err(Fault::unknown(place, message));
        }
        let path = self.text(find, &["path"])?.unwrap_or_default();
        let name = self.text(find, &["name", "regexp"])?.unwrap_or_default();
        let expression = regex::Regex::new(&name).map_err(|_| {
            let place = find.at(&["name", "regexp"]).and_then(Tree::place).unwrap_or(&place);
            Fault::refused(place, "`regexp` is no regular expression")
        })?;
        let store = self.store(item)?;
        let all = self.vault.all(store.as_deref());
        let wanted = all.filter(|(key, _)| key.starts_with(&path) && expression.is_match(key));
        Ok(wanted.map(|(key, value)| (key.to_owned(), value.expose().to_vec())).collect())
    }

    fn rewrite(&self, rewrite: &Tree) -> Result<Rewrite, Fault> {
        let text = |path: &[&str]| Ok::<_, Fault>(self.text(rewrite, path)?.unwrap_or_default());
        if rewrite.get("regexp").is_some() {
            let (source, target) = (text(&["regexp", "source"])?, text(&["regexp", "target"])?);
            return Ok(Rewrite::Regexp { source, target });
        }
        if rewrite.get("transform").is_some() {
            return Ok(Rewrite::Transform { template: text(&["transform", "template"])? });
        }
        let Some(merge) = rewrite.get("merge") else {
            return Err(Fault::refused(&self.external.place, "a `rewrite` that says nothing"));
        };
        let priority = merge.get("priority").map(Tree::items).unwrap_or_default();
        Ok(Rewrite::Merge(Merge {
            into: text(&["merge", "into"])?,
            priority: priority.iter().filter_map(Tree::text).collect(),
            ignores_missing: text(&["merge", "priorityPolicy"])? == "IgnoreNotFound",
            ignores_conflicts: text(&["merge", "conflictPolicy"])? == "Ignore",
            is_json: text(&["merge", "strategy"])? == "JSON",
        }))
    }
}
