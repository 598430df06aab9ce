//! The Secrets that a value names: typed objects of the Kubernetes client, Airflow's `Secret`, and
//! dicts in the shape of manifests.
//!
//! Invariant: what looks like a reference and cannot be folded is told as unresolved.

use sealine_model::airflow::VARIABLES;
use sealine_model::kubernetes::UseKind;
use sealine_model::{Certainty, Piece, SparkSecret, Value, spark_secret};

use super::connections::without_jinja;
use super::record::Task;
use crate::evaluate::{Arg, Dict, Evaluator, Key, Spot, Val, either, last, text_of};
use crate::signatures::is_airflow_secret;

/// Values inside each other, and values in all, that one task is searched for.
const DEPTH: u32 = 40;
const VALUES: u32 = 50_000;

/// A reference to a Secret.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) secret: Value,
    pub(super) spot: Spot,
    pub(super) key: Option<(Value, Spot)>,
    pub(super) kind: UseKind,
    pub(super) optional: bool,
    pub(super) certainty: Certainty,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) references: Vec<Reference>,
    /// Variables that are given a text of their own.
    pub(super) plain: Vec<(Value, Spot)>,
    /// Expressions that should name Secrets and could not be folded.
    pub(super) unresolved: Vec<Spot>,
    /// Paths of pod templates that are no file of the tree.
    pub(super) templates: Vec<(Value, Spot)>,
    /// The objects that were reached, by where they are made.
    pub(super) reached: Vec<Spot>,
    budget: u32,
}

impl Found {
    /// Notes a variable of Airflow whose value is given beside its name.
    fn plain(&mut self, name: Option<&Arg>, value: Option<&Arg>) {
        let (Some(name), Some(value)) = (name, value) else { return };
        let text = text_of(&name.value);
        if value.value != Val::None && text.head().starts_with(VARIABLES) {
            self.plain.push((text, name.spot));
        }
    }
}

/// What stands around a value.
#[derive(Clone, Debug)]
pub(super) struct Around {
    /// The environment variable that is being described.
    env: Option<Value>,
    prefix: String,
    /// Whether `secret_ref` here means environment variables.
    env_from: bool,
    /// Whether this belongs to a pod, so that dicts are manifests and unknown values matter.
    pub(super) pod: bool,
    /// Whether the value is certain to be used.
    pub(super) sure: bool,
    depth: u32,
}

impl Around {
    pub(super) fn new(pod: bool, sure: bool) -> Self {
        Self { env: None, prefix: String::new(), env_from: false, pod, sure, depth: 0 }
    }
}

impl Evaluator<'_> {
    /// Searches a value that stands as `field`.
    pub(super) fn search(&self, arg: &Arg, field: &str, around: &Around, found: &mut Found) {
        found.budget += 1;
        if around.depth > DEPTH || found.budget > VALUES {
            return;
        }
        let inner = Around { depth: around.depth + 1, ..around.clone() };
        match &arg.value {
            Val::List(id) => {
                let list = &self.heap.lists[*id];
                for item in &list.items {
                    self.search(item, field, &inner, found);
                }
                if list.open && around.pod && names_secrets(field) {
                    found.unresolved.push(arg.spot);
                }
            }
            Val::Dict(id) => self.search_dict(*id, arg, field, &inner, found),
            Val::Object(id) => self.search_object(*id, arg, field, &inner, found),
            Val::Choice(values) => {
                let unsure = Around { sure: false, ..inner };
                for value in values.iter() {
                    let one = Arg { value: value.clone(), spot: arg.spot };
                    self.search(&one, field, &unsure, found);
                }
            }
            Val::Text(text) if field == "image_pull_secrets" && around.pod => {
                for name in split(text) {
                    let one = Arg { value: Val::Text(name.into()), spot: arg.spot };
                    refer(Some(&one), None, None, &UseKind::ImagePull, &inner, found);
                }
            }
            Val::None | Val::Bool(_) | Val::Int(_) => {}
            Val::Text(text) if text.is_known() => {}
            _ if around.pod && names_secrets(field) => found.unresolved.push(arg.spot),
            _ => {}
        }
    }

    fn search_dict(&self, id: usize, arg: &Arg, field: &str, around: &Around, found: &mut Found) {
        let dict = &self.heap.dicts[id];
        let mut around = around.clone();
        spark_options(dict, found);
        if !around.pod {
            for (_, item) in dict.items.values() {
                self.search(item, "", &around, found);
            }
            return;
        }
        let get = |names: &[&str]| names.iter().find_map(|name| entry(dict, name));
        let optional = get(&["optional"]);
        match field {
            "secret_key_ref" => {
                let kind = UseKind::Env(around.env.clone().unwrap_or_else(Value::unknown));
                let (name, key) = (get(&["name"]), get(&["key"]));
                return refer(name, key, optional, &kind, &around, found);
            }
            "secret_ref" if around.env_from => {
                let kind = UseKind::EnvFrom(around.prefix.clone());
                return refer(get(&["name"]), None, optional, &kind, &around, found);
            }
            "secret_ref" | "node_publish_secret_ref" => {
                return refer(get(&["name"]), None, optional, &UseKind::Volume, &around, found);
            }
            "image_pull_secrets" => {
                let name = get(&["name"]);
                return refer(name, None, optional, &UseKind::ImagePull, &around, found);
            }
            "secret" if get(&["secretName", "secret_name", "name"]).is_some() => {
                let name = get(&["secretName", "secret_name", "name"]);
                let items = get(&["items"]).cloned();
                return self.mounted(name, items.as_ref(), optional, &around, found);
            }
            "env" | "env_vars" => {
                around.env = get(&["name"]).map(|name| text_of(&name.value));
                found.plain(get(&["name"]), get(&["value"]));
            }
            "env_from" => {
                around.env_from = true;
                around.prefix = get(&["prefix"]).map(pattern).unwrap_or_default();
            }
            _ => {}
        }
        for (key, (_, item)) in &dict.items {
            let Key::Text(key) = key else { continue };
            let inner = snake(key);
            // In `{"NAME": "value"}` of `env_vars` the names are the caller's own.
            let plain = field == "env_vars" && !matches!(&*inner, "value_from" | "name");
            let inner = if plain || field == "metadata" { "" } else { &*inner };
            self.search(item, inner, &around, found);
        }
        if dict.open && names_secrets(field) {
            found.unresolved.push(arg.spot);
        }
    }

    fn search_object(&self, id: usize, arg: &Arg, field: &str, around: &Around, found: &mut Found) {
        let object = &self.heap.objects[id];
        let mut around = around.clone();
        let get = |name: &str| object.args.get(name);
        if super::is_reference(&object.class) {
            found.reached.push(object.spot);
        }
        if is_airflow_secret(&object.class) {
            return self.airflow_secret(id, &around, found);
        }
        match object.name() {
            "V1ObjectMeta" | "DAG" => return,
            "V1SecretKeySelector" => {
                let kind = UseKind::Env(around.env.clone().unwrap_or_else(Value::unknown));
                return refer(get("name"), get("key"), get("optional"), &kind, &around, found);
            }
            "V1SecretVolumeSource" => {
                let (name, items) = (get("secret_name"), get("items"));
                return self.mounted(name, items, get("optional"), &around, found);
            }
            "V1SecretProjection" => {
                let (name, items) = (get("name"), get("items"));
                return self.mounted(name, items, get("optional"), &around, found);
            }
            "V1SecretEnvSource" => around.env_from = true,
            "V1EnvVar" => {
                around.env = get("name").map(|name| text_of(&name.value));
                found.plain(get("name"), get("value"));
            }
            "V1EnvFromSource" => {
                around.env_from = true;
                around.prefix = get("prefix").map(pattern).unwrap_or_default();
            }
            _ => {}
        }
        let named = matches!(field, "secret_ref" | "node_publish_secret_ref");
        if field == "image_pull_secrets" && get("name").is_some() {
            return refer(get("name"), None, None, &UseKind::ImagePull, &around, found);
        }
        // Whatever class stands here, only its name is read.
        if (named || object.name() == "V1SecretEnvSource") && get("name").is_some() {
            let kind = if around.env_from {
                UseKind::EnvFrom(around.prefix.clone())
            } else {
                UseKind::Volume
            };
            return refer(get("name"), None, get("optional"), &kind, &around, found);
        }
        let typed = object.name().starts_with("V1");
        around.pod |= typed;
        if !typed && object.local.is_none() {
            // What a function of a library makes of its arguments is not known.
            around.sure = false;
            if around.pod && names_secrets(field) {
                found.unresolved.push(arg.spot);
            }
        }
        for (name, arg) in &object.args {
            let field = if name.starts_with('#') { field } else { name };
            self.search(arg, field, &around, found);
        }
        if object.open && typed && around.pod && may_hold(object.name()) {
            found.unresolved.push(arg.spot);
        }
    }

    /// `Secret(deploy_type, deploy_target, secret, key)`.
    fn airflow_secret(&self, id: usize, around: &Around, found: &mut Found) {
        let object = &self.heap.objects[id];
        let get = |name: &str| object.args.get(name);
        let given = |name: &str| get(name).filter(|arg| arg.value != Val::None);
        let deploy = get("deploy_type").and_then(|arg| text_of(&arg.value).text());
        let mut around = around.clone();
        around.sure &= deploy.is_some();
        if deploy.as_deref() == Some("volume") {
            return self.mounted(get("secret"), get("items"), None, &around, found);
        }
        let Some(target) = given("deploy_target") else {
            let kind = UseKind::EnvFrom(String::new());
            return refer(get("secret"), None, None, &kind, &around, found);
        };
        // Airflow writes the name in upper case, and nothing else of it is changed.
        let name = crate::evaluate::mapped(&text_of(&target.value), str::to_uppercase);
        let kind = UseKind::Env(name);
        refer(get("secret"), given("key"), None, &kind, &around, found);
    }

    /// A Secret whose keys are files: all of them, or those that `items` lists.
    fn mounted(
        &self,
        name: Option<&Arg>,
        items: Option<&Arg>,
        optional: Option<&Arg>,
        around: &Around,
        found: &mut Found,
    ) {
        let mut keys: Vec<Arg> = Vec::new();
        if let Some(Val::List(list)) = items.map(|arg| &arg.value) {
            for item in &self.heap.lists[*list].items {
                keys.extend(match &item.value {
                    Val::Object(id) => {
                        let args = &self.heap.objects[*id].args;
                        args.get("key").or_else(|| args.get("#0")).cloned()
                    }
                    Val::Dict(id) => self.heap.entry(*id, "key").map(|entry| entry.1.clone()),
                    _ => None,
                });
            }
        }
        if keys.is_empty() {
            refer(name, None, optional, &UseKind::Volume, around, found);
        }
        for key in &keys {
            refer(name, Some(key), optional, &UseKind::Volume, around, found);
        }
    }

    /// Returns an argument of a task, its own or one of its `default_args`.
    pub(super) fn effective(&self, task: &Task, name: &str) -> Option<Arg> {
        if let Some(arg) = self.heap.arg(task.object, name) {
            return Some(arg.clone());
        }
        task.defaults.iter().find_map(|defaults| self.default_arg(defaults, name))
    }

    fn default_arg(&self, defaults: &Val, name: &str) -> Option<Arg> {
        let found = defaults.choices().iter().filter_map(|value| match value {
            Val::Dict(id) => self.heap.entry(*id, name).map(|entry| entry.1.clone()),
            _ => None,
        });
        found.reduce(|one, two| Arg { value: either(one.value, two.value), ..one })
    }
}

/// Notes the Secrets that options of Spark give to its pods, which may stand in another namespace.
fn spark_options(dict: &Dict, found: &mut Found) {
    for (option, (_, item)) in &dict.items {
        let Key::Text(option) = option else { continue };
        let value = if option.starts_with("spark.") { text_of(&item.value).text() } else { None };
        let (secret, key, kind) = match value.as_deref().and_then(|it| spark_secret(option, it)) {
            Some(SparkSecret::Variable { variable, secret, key }) => {
                (secret, Some(key), UseKind::Env(Value::from(variable)))
            }
            Some(SparkSecret::Files { secret }) => (secret, None, UseKind::Volume),
            None => continue,
        };
        found.references.push(Reference {
            secret: Value::from(secret),
            spot: item.spot,
            key: key.map(|key| (Value::from(key), item.spot)),
            kind,
            optional: false,
            certainty: Certainty::Assumed,
        });
    }
}

/// Notes a reference; each name a value may have is one.
fn refer(
    name: Option<&Arg>,
    key: Option<&Arg>,
    optional: Option<&Arg>,
    kind: &UseKind,
    around: &Around,
    found: &mut Found,
) {
    let Some(name) = name else { return };
    let sure = around.sure && !matches!(name.value, Val::Choice(_));
    let optional = match optional.map(|arg| &arg.value) {
        None | Some(Val::None | Val::Bool(false)) => false,
        // An unknown value may be true, and what is optional is never missing.
        Some(_) => true,
    };
    for value in name.value.choices() {
        if matches!(value, Val::None) {
            continue;
        }
        let secret = without_jinja(&text_of(value));
        if !secret.is_known() {
            found.unresolved.push(name.spot);
        }
        let certainty = match (sure, secret.is_known(), secret.is_unknown()) {
            (true, true, _) => Certainty::Exact,
            (true, false, false) => Certainty::Pattern,
            _ => Certainty::Assumed,
        };
        let key = key.map(|key| (text_of(&key.value), key.spot));
        found.references.push(Reference {
            secret,
            spot: name.spot,
            key,
            kind: kind.clone(),
            optional,
            certainty,
        });
    }
}

fn pattern(arg: &Arg) -> String {
    match &arg.value {
        Val::None => String::new(),
        value => text_of(value).pattern(),
    }
}

/// Fields in which an unknown value may name a Secret.
fn names_secrets(field: &str) -> bool {
    matches!(
        field,
        "executor_config"
            | "pod_override"
            | "full_pod_spec"
            | "pod_template_dict"
            | "spec"
            | "containers"
            | "init_containers"
            | "env"
            | "env_vars"
            | "env_from"
            | "secrets"
            | "value_from"
            | "secret_key_ref"
            | "secret_ref"
    )
}

/// Classes whose unknown arguments may name Secrets.
fn may_hold(class: &str) -> bool {
    matches!(class, "V1Pod" | "V1PodSpec" | "V1Container" | "V1EnvVar" | "V1EnvVarSource")
}

fn entry<'d>(dict: &'d Dict, name: &str) -> Option<&'d Arg> {
    dict.items.get(&Key::Text(name.to_owned())).map(|item| &item.1)
}

/// Returns a manifest's field as the client names it: `valueFrom` is `value_from`.
fn snake(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 4);
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Returns the names in a text that commas separate.
fn split(text: &Value) -> Vec<Value> {
    match text.pieces() {
        [Piece::Literal { text, place }] => {
            let mut start = 0;
            let mut names = Vec::new();
            for part in text.split(',') {
                let lead = part.len() - part.trim_start().len();
                let name = part.trim();
                if !name.is_empty() {
                    let at = start + lead;
                    let end = at + name.len();
                    names.push(crate::evaluate::part_of(text, place.as_ref(), at, end));
                }
                start += part.len() + 1;
            }
            names
        }
        _ => vec![text.clone()],
    }
}

/// Returns the class of an object without `partial`.
pub(super) fn operator(class: &str) -> &str {
    last(class.strip_suffix(".partial").unwrap_or(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_manifests_are_named_as_in_the_client() {
        assert_eq!(snake("imagePullSecrets"), "image_pull_secrets");
        assert_eq!(snake("env_from"), "env_from");
    }

    #[test]
    fn pull_secrets_are_separated_by_commas() {
        let names = |text: &str| -> Vec<String> {
            split(&Value::from(text)).iter().filter_map(Value::text).collect()
        };
        assert_eq!(names("a, b,,c"), ["a", "b", "c"]);
    }
}
