//! Entries of vaults that the code of a DAG asks for itself: by clients of the clouds, by hooks, and by what
//! it gives to containers of ECS (`{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:…"}`).
//!
//! Invariant: only names of which something is known are recorded.

use sealine_model::vault::{VaultIdentity, VaultKind};
use sealine_model::{Piece, Value};

use super::connections::without_jinja;
use crate::evaluate::{Arg, Args, Evaluator, Key, Spot, Val, last, text_of};

/// An entry that is asked for.
#[derive(Debug)]
pub(crate) struct AskedEntry {
    pub(crate) vault: VaultIdentity,
    pub(crate) name: Value,
    pub(crate) spot: Spot,
    pub(crate) dag: Option<usize>,
}

impl Evaluator<'_> {
    /// Looks at a call of a method by its name; `object` is what it is called on, where that is known.
    pub(crate) fn entry_called(
        &mut self,
        name: &str,
        class: Option<&str>,
        object: Option<usize>,
        args: &Args,
    ) {
        let is_amazon = class.is_some_and(|class| class.contains("amazon"));
        let is_google = class.is_some_and(|class| class.contains("google"));
        let aws = |kind| VaultIdentity::new(kind, []);
        let class = class.map(last);
        let (arg, vault) = match (name, class) {
            ("get_secret_value", _) => {
                (args.named.get("SecretId"), aws(VaultKind::AwsSecretsManager))
            }
            ("get_parameter", _) => (args.named.get("Name"), aws(VaultKind::AwsParameterStore)),
            ("get_secret" | "get_secret_as_dict", Some("SecretsManagerHook")) if is_amazon => {
                (args.get("secret_name", 0), aws(VaultKind::AwsSecretsManager))
            }
            ("get_secret" | "access_secret", Some(hook)) if is_google && hook.ends_with("Hook") => {
                (args.get("secret_id", 0), VaultIdentity::new(VaultKind::Gcp, []))
            }
            ("get_secret", Some("SecretClient")) => {
                let url = object.and_then(|object| self.heap.arg(object, "vault_url"));
                (args.get("name", 0), azure(url))
            }
            ("access_secret_version", _) => {
                let request = match args.get("request", 0).map(|arg| &arg.value) {
                    Some(Val::Dict(dict)) => self.heap.entry(*dict, "name").map(|entry| &entry.1),
                    _ => None,
                };
                (args.named.get("name").or(request), VaultIdentity::new(VaultKind::Gcp, []))
            }
            _ => return,
        };
        if let Some(arg) = arg.cloned() {
            self.entry(&vault, &arg);
        }
    }

    /// Looks at a dict that may give a container what an entry holds.
    pub(crate) fn entry_given(&mut self, dict: usize) {
        let given = self.heap.dicts[dict].items.get(&Key::Text("valueFrom".to_owned()));
        let Some((_, arg)) = given.filter(|_| !self.record.is_quiet()) else { return };
        let arg = arg.clone();
        if text_of(&arg.value).head().starts_with("arn:aws") {
            self.entry(&VaultIdentity::new(VaultKind::AwsParameterStore, []), &arg);
        }
    }

    fn entry(&mut self, vault: &VaultIdentity, arg: &Arg) {
        if self.record.is_quiet() {
            return;
        }
        for value in arg.value.choices() {
            let (vault, name) = told(vault.clone(), without_jinja(&text_of(value)));
            let says = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains(char::is_alphanumeric));
            if name.pieces().iter().any(says) {
                let dag = self.record.current().0;
                self.record.entries.push(AskedEntry { vault, name, spot: arg.spot, dag });
            }
        }
    }
}

/// Returns the vault and the entry that a text tells, which may be an ARN or the path of a version.
fn told(vault: VaultIdentity, text: Value) -> (VaultIdentity, Value) {
    let part = |name, value: Value| Some((name, value)).filter(|(_, value)| !value.is_unknown());
    if let Some((project, name)) =
        text.split_once("/secrets/").filter(|_| vault.kind == VaultKind::Gcp)
    {
        let project = project.split_once("projects/").map_or(project, |(_, project)| project);
        let name = name.split_once("/versions").map_or(name, |(name, _)| name);
        return (VaultIdentity::new(VaultKind::Gcp, part("project", project)), name);
    }
    if !text.head().starts_with("arn:aws") {
        return (vault, text);
    }
    let services = [
        (VaultKind::AwsSecretsManager, ":secretsmanager:", ":secret:"),
        (VaultKind::AwsParameterStore, ":ssm:", ":parameter/"),
    ];
    for (kind, service, mark) in services {
        let Some((region, name)) =
            text.split_once(service).and_then(|(_, rest)| rest.split_once(mark))
        else {
            continue;
        };
        let (region, account) = region.split_once(":").unwrap_or((region, Value::unknown()));
        let name = match kind {
            VaultKind::AwsSecretsManager => {
                // Behind it stand the key, the stage and the version.
                without_suffix(name.split_once(":").map_or(name, |(name, _)| name))
            }
            _ if name.pattern().contains('/') => Value::from("/").concat(name),
            _ => name,
        };
        let parts = part("account", account).into_iter().chain(part("region", region));
        return (VaultIdentity::new(kind, parts), name);
    }
    (vault, Value::unknown())
}

/// Returns a name without the `-` and six characters that end an ARN. A word of six letters is rather a part of
/// the name, which ECS takes without them, too.
fn without_suffix(name: Value) -> Value {
    let is_suffix = |text: &str| {
        text.len() == 6
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !text.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let Some((Piece::Literal { text, place }, before)) = name.pieces().split_last() else {
        return name;
    };
    let Some(dash) = text.rfind('-').filter(|dash| is_suffix(&text[dash + 1..])) else {
        return name;
    };
    let kept = Piece::part(text, place.as_ref(), 0, dash);
    Value::from_pieces(before.iter().cloned().chain([kept]))
}

/// Returns the Key Vault of an address such as `https://kv-shop.vault.azure.net`.
fn azure(url: Option<&Arg>) -> VaultIdentity {
    let name = url.and_then(|url| {
        let text = text_of(&url.value);
        let (_, host) = text.split_once("//")?;
        Some(host.split_once(".vault")?.0)
    });
    let name = name.filter(|name| !name.is_unknown());
    VaultIdentity::new(VaultKind::Azure, name.map(|name| ("name", name)))
}
