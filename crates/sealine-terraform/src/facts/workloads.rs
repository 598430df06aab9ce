//! Who reads Secrets in Terraform: the pods of workloads that it manages itself, and its data sources.
//!
//! Invariant: a reader stands where the name of the Secret is written.

use sealine_model::kubernetes::{Consumer, Scope, SecretUse, UseKind};
use sealine_model::object_kinds::{SECRET_ANNOTATIONS, kind_of_type};
use sealine_model::terraform::{Attribute, Module, Resource};
use sealine_model::{Certainty, Value};

use super::cluster::SECRETS;

/// Returns the Secrets that a resource of the Kubernetes provider reads.
pub(super) fn uses(module: &Module, resource: &Resource) -> Vec<SecretUse> {
    if resource.data {
        return data_source(module, resource).into_iter().collect();
    }
    let Some(kind) = resource.kind.strip_prefix("kubernetes_") else {
        return Vec::new();
    };
    let all = resource.attributes.iter();
    all.filter_map(|(path, name)| read(resource, kind, path, name)).collect()
}

/// Returns the Secret that a data source looks up. Whatever makes it may do so while Terraform runs.
fn data_source(module: &Module, resource: &Resource) -> Option<SecretUse> {
    if !SECRETS.contains(&resource.kind.as_str()) {
        return None;
    }
    let name = resource.attributes.get("metadata.0.name")?;
    let namespace = resource.attributes.get("metadata.0.namespace");
    let namespace = namespace.map_or_else(|| Value::from("default"), |it| it.value.clone());
    Some(SecretUse {
        scope: Scope::undelivered(namespace),
        consumer: Consumer {
            kind: Consumer::TERRAFORM.to_owned(),
            name: Value::known(format!("{}/{}", module.repo, module.folder), None),
            part: resource.address.clone(),
            place: resource.place.clone(),
        },
        secret: name.value.clone(),
        place: name.place.clone(),
        asked: None,
        editable: name.literal,
        key: None,
        kind: UseKind::Field,
        optional: false,
        certainty: Certainty::Exact,
    })
}

/// Reads an attribute that names a Secret, by the blocks it stands in.
fn read(resource: &Resource, kind: &str, path: &str, name: &Attribute) -> Option<SecretUse> {
    let blocks: Vec<&str> = path.split('.').filter(|part| part.parse::<usize>().is_err()).collect();
    let variable = || {
        let (entry, _) = path.split_once(".value_from.")?;
        resource.attributes.get(&format!("{entry}.name")).map(|name| name.value.clone())
    };
    let annotation = path.strip_prefix("metadata.0.annotations.");
    let how = match blocks.as_slice() {
        _ if annotation.is_some_and(|name| SECRET_ANNOTATIONS.contains(&name)) => UseKind::Field,
        [.., "secret_key_ref", "name"] => UseKind::Env(variable().unwrap_or_else(Value::unknown)),
        [.., "env_from", "secret_ref", "name"] => {
            let (entry, _) = path.rsplit_once(".secret_ref.")?;
            let prefix = resource.attributes.get(&format!("{entry}.prefix"));
            UseKind::EnvFrom(prefix.and_then(|prefix| prefix.value.text()).unwrap_or_default())
        }
        [.., "volume", "secret", "secret_name"] | [.., "sources", "secret", "name"] => {
            UseKind::Volume
        }
        [.., "image_pull_secret" | "image_pull_secrets", "name"] => UseKind::ImagePull,
        [.., "tls", "secret_name"] => UseKind::Field,
        _ => return None,
    };
    let (entry, _) = path.rsplit_once('.')?;
    let beside = |name: &str| resource.attributes.get(&format!("{entry}.{name}"));
    let own = |name: &str| resource.attributes.get(&format!("metadata.0.{name}"));
    let is_in_container = matches!(how, UseKind::Env(_) | UseKind::EnvFrom(_));
    let container = path.find(".env").filter(|_| is_in_container).and_then(|end| {
        resource.attributes.get(&format!("{}.name", path.get(..end)?))?.value.text()
    });
    let namespace = own("namespace").map_or_else(|| Value::from("default"), |it| it.value.clone());
    // An annotation may name the namespace, too.
    let text = name.value.text().filter(|_| annotation.is_some());
    let qualified = text.as_deref().and_then(|text| text.split_once('/'));
    let (namespace, secret) = match qualified {
        Some((namespace, secret)) => (Value::from(namespace), Value::from(secret)),
        None => (namespace, name.value.clone()),
    };
    Some(SecretUse {
        scope: Scope::undelivered(namespace),
        consumer: Consumer {
            kind: kind_of_type(kind),
            name: own("name").map_or_else(Value::unknown, |name| name.value.clone()),
            part: container.unwrap_or_default(),
            place: resource.place.clone(),
        },
        secret,
        place: name.place.clone(),
        asked: None,
        editable: name.literal && qualified.is_none(),
        key: beside("key").map(|key| (key.value.clone(), key.place.clone())),
        kind: how,
        optional: beside("optional").is_some_and(|it| it.value.text().as_deref() == Some("true")),
        certainty: name.certainty,
    })
}
