//! Secrets of a cluster whose names a module is told that is not loaded: `k8s_secret_name = "app"`.
//!
//! Invariant: such a module may read the Secret as well as make it, so that it is a guess.

use sealine_model::Value;
use sealine_model::kubernetes::{Keys, Scope, Secret, SecretOrigin};
use sealine_source::Place;

use crate::data::{Data, Kind};
use crate::evaluate::Evaluator;

/// Arguments, at any depth, that hold the name of a Secret of Kubernetes.
const NAMES: &[&str] = &["k8s_secret_name", "kubernetes_secret_name"];

/// Arguments that hold its namespace.
const NAMESPACES: &[&str] = &["k8s_namespace", "kubernetes_namespace", "namespace"];

const MAX_DEPTH: usize = 8;

/// Returns the Secrets whose names a call is given.
pub(super) fn told(
    evaluator: &Evaluator<'_>,
    (address, place): (&str, &Place),
    arguments: &[(&str, Data)],
) -> Vec<Secret> {
    let namespace = NAMESPACES.iter().find_map(|name| {
        let (_, data) = arguments.iter().find(|(argument, _)| argument == name)?;
        Some(evaluator.value(data))
    });
    let look = Look {
        evaluator,
        address,
        place,
        scope: Scope::undelivered(namespace.unwrap_or_else(Value::unknown)),
    };
    let mut found = Vec::new();
    for (name, data) in arguments {
        look.argument(name, data, 0, &mut found);
    }
    found
}

struct Look<'a, 'w> {
    evaluator: &'a Evaluator<'w>,
    address: &'a str,
    place: &'a Place,
    scope: Scope,
}

impl Look<'_, '_> {
    fn argument(&self, name: &str, data: &Data, depth: usize, found: &mut Vec<Secret>) {
        if depth > MAX_DEPTH || !self.evaluator.spend(1) {
            return;
        }
        match &data.kind {
            Kind::Map(map) => {
                for entry in &map.entries {
                    self.argument(&entry.key, &entry.value, depth + 1, found);
                }
            }
            Kind::List(items) | Kind::Set(items) => {
                for item in &items.values {
                    self.argument(name, item, depth + 1, found);
                }
            }
            Kind::Text(_) if NAMES.contains(&name) => found.push(self.secret(data)),
            _ => {}
        }
    }

    fn secret(&self, name: &Data) -> Secret {
        let place = name.spot.and_then(|spot| self.evaluator.place(spot));
        Secret {
            scope: self.scope.clone(),
            name: self.evaluator.value(name),
            place: place.unwrap_or_else(|| self.place.clone()),
            origin: SecretOrigin::Guessed,
            maker: self.address.to_owned(),
            keys: Keys::unknown(),
            plaintext: false,
            // Nobody knows that it is there, so nobody may miss its reader.
            read_by_controller: true,
            asked: None,
            by: None,
            rendered: false,
        }
    }
}
