//! The master keys that a creation rule names.
//!
//! Invariant: every key that the rule names is found, in the order of SOPS, each once; a name that
//! SOPS would not take is a fault.

use sealine_yaml::Node;

use crate::{Fault, Master};

/// Returns the master keys of a rule.
pub(crate) fn masters(rule: &Node) -> Result<Vec<Master>, Fault> {
    let groups = rule.get("key_groups").map_or(&[][..], Node::items);
    let mut found = Vec::new();
    match groups {
        [] => flat(rule, &mut found)?,
        [group] => grouped(group, &mut found)?,
        more => {
            return Err(Fault::Unsupported(format!(
                "the creation rule splits the data key over {} key groups (Shamir's secret sharing), which is not supported",
                more.len()
            )));
        }
    }
    let mut unique: Vec<Master> = Vec::with_capacity(found.len());
    for master in found {
        if !unique.contains(&master) {
            unique.push(master);
        }
    }
    Ok(unique)
}

/// Reads keys that stand in the rule itself, as texts with commas or as lists.
fn flat(rule: &Node, found: &mut Vec<Master>) -> Result<(), Fault> {
    found.extend(names(rule, "age")?.into_iter().map(|recipient| Master::Age { recipient }));
    for name in names(rule, "pgp")? {
        found.push(Master::Pgp { fingerprint: name.replace(' ', "") });
    }
    let profile = rule.str_at(&["aws_profile"]).unwrap_or_default();
    for name in names(rule, "kms")? {
        found.push(aws(&name, profile));
    }
    for resource_id in names(rule, "gcp_kms")? {
        found.push(Master::GcpKms { resource_id });
    }
    for key_id in names(rule, "hckms")? {
        found.push(Master::HuaweiKms { key_id });
    }
    for name in names(rule, "azure_keyvault")? {
        found.push(azure(&name)?);
    }
    for name in names(rule, "hc_vault_transit_uri")? {
        found.push(vault(&name)?);
    }
    Ok(())
}

/// Reads the keys of a group, those of merged groups first. Recurses no deeper than the tree is.
fn grouped(group: &Node, found: &mut Vec<Master>) -> Result<(), Fault> {
    for merged in group.get("merge").map_or(&[][..], Node::items) {
        grouped(merged, found)?;
    }
    found.extend(names(group, "age")?.into_iter().map(|recipient| Master::Age { recipient }));
    for name in names(group, "pgp")? {
        found.push(Master::Pgp { fingerprint: name.replace(' ', "") });
    }
    let items = |name: &str| group.get(name).map_or(&[][..], Node::items);
    let text = |node: &Node, name: &str| node.str_at(&[name]).unwrap_or_default().to_owned();
    let wanted = |node: &Node, kind: &str, name: &str| {
        let text = node.str_at(&[name]).filter(|text| !text.is_empty()).map(str::to_owned);
        text.ok_or_else(|| Fault::Rule(format!("a key of `{kind}` has no `{name}`")))
    };
    for key in items("kms") {
        let mut context: Vec<_> = key
            .get("context")
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|entry| {
                Some((entry.key.as_str()?.to_owned(), entry.value.as_str()?.to_owned()))
            })
            .collect();
        context.sort();
        found.push(Master::AwsKms {
            arn: wanted(key, "kms", "arn")?,
            role: key.str_at(&["role"]).filter(|role| !role.is_empty()).map(str::to_owned),
            context,
            profile: text(key, "aws_profile"),
        });
    }
    for key in items("gcp_kms") {
        found.push(Master::GcpKms { resource_id: wanted(key, "gcp_kms", "resource_id")? });
    }
    for key in items("hckms") {
        found.push(Master::HuaweiKms { key_id: wanted(key, "hckms", "key_id")? });
    }
    for key in items("azure_keyvault") {
        found.push(Master::AzureKeyVault {
            vault_url: wanted(key, "azure_keyvault", "vaultUrl")?,
            name: wanted(key, "azure_keyvault", "key")?,
            version: text(key, "version"),
        });
    }
    for name in names(group, "hc_vault")? {
        found.push(vault(&name)?);
    }
    Ok(())
}

/// Returns the names that a text with commas or a list of texts holds.
fn names(node: &Node, kind: &str) -> Result<Vec<String>, Fault> {
    let Some(value) = node.get(kind).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let invalid = || Fault::Rule(format!("`{kind}` is neither a text nor a list of texts"));
    let texts: Vec<&str> = if value.is_sequence() {
        value
            .items()
            .iter()
            .map(|item| item.as_str().ok_or_else(invalid))
            .collect::<Result<_, _>>()?
    } else {
        vec![value.as_str().ok_or_else(invalid)?]
    };
    let names = texts.into_iter().flat_map(|text| text.split(',')).map(str::trim);
    Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// Reads `arn` or `arn+role`.
fn aws(name: &str, profile: &str) -> Master {
    let name = name.replace(' ', "");
    let (arn, role) = match name.split_once("+arn:") {
        Some((arn, role)) => (arn.to_owned(), Some(format!("arn:{role}"))),
        None => (name, None),
    };
    Master::AwsKms { arn, role, context: Vec::new(), profile: profile.to_owned() }
}

/// Reads `https://vault/keys/name/version`, the version optional.
fn azure(name: &str) -> Result<Master, Fault> {
    let parsed = name.strip_prefix("https://").and_then(|rest| {
        let (host, path) = rest.split_once("/keys/")?;
        let (key, version) = path.split_once('/').unwrap_or((path, ""));
        let is_whole = !host.is_empty() && !host.contains('/') && !key.is_empty();
        is_whole.then(|| Master::AzureKeyVault {
            vault_url: format!("https://{host}"),
            name: key.to_owned(),
            version: version.to_owned(),
        })
    });
    let parsed = parsed.filter(
        |master| matches!(master, Master::AzureKeyVault { version, .. } if !version.contains('/')),
    );
    parsed.ok_or_else(|| {
        Fault::Rule("a key of `azure_keyvault` is not `https://VAULT/keys/NAME/VERSION`".to_owned())
    })
}

/// Reads `https://vault/v1/engine/keys/name`.
fn vault(name: &str) -> Result<Master, Fault> {
    let parsed = name.split_once("://").and_then(|(scheme, rest)| {
        let (host, path) = rest.split_once('/')?;
        let path = path.trim_matches('/');
        let path = path.strip_prefix("v1/").unwrap_or(path);
        let (engine, key) = path.rsplit_once("/keys/")?;
        let is_whole = ![scheme, host, engine, key].iter().any(|part| part.is_empty());
        (is_whole && !key.contains('/')).then(|| Master::VaultTransit {
            address: format!("{scheme}://{host}"),
            engine_path: engine.to_owned(),
            key_name: key.to_owned(),
        })
    });
    parsed.ok_or_else(|| {
        Fault::Rule("a key of Vault is not `https://VAULT/v1/ENGINE/keys/NAME`".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_yaml::parse;

    fn of(text: &str) -> Result<Vec<Master>, Fault> {
        masters(parse(text).root().unwrap())
    }

    #[test]
    fn flat_keys_are_read_from_texts_and_lists() {
        let text = "age: 'age1a, age1b,'\npgp: [AB CD]\naws_profile: p\nkms: arn:aws:kms:eu:1:key/x+arn:aws:iam::1:role/r\ngcp_kms: [projects/p]\nazure_keyvault: https://v.vault.azure.net/keys/k\nhc_vault_transit_uri: https://v:8200/v1/a/transit/keys/k\nhckms: ['r:u']\n";
        let shown: Vec<_> = of(text).unwrap().iter().map(Master::to_string).collect();
        assert_eq!(
            shown,
            [
                "age age1a",
                "age age1b",
                "PGP ABCD",
                "AWS KMS arn:aws:kms:eu:1:key/x",
                "GCP KMS projects/p",
                "Huawei Cloud KMS r:u",
                "Azure Key Vault https://v.vault.azure.net/keys/k/",
                "Vault https://v:8200/v1/a/transit/keys/k",
            ]
        );
        let role = of("kms: arn:aws:kms:eu:1:key/x+arn:aws:iam::1:role/r").unwrap();
        assert!(
            matches!(&role[..], [Master::AwsKms { role: Some(role), .. }] if role == "arn:aws:iam::1:role/r")
        );
    }

    #[test]
    fn one_group_is_read_and_more_are_refused() {
        let group = "key_groups:\n- merge: [{age: [a]}]\n  age: [a, b]\n  kms: [{arn: x, context: {b: '1', a: '2'}}]\n  azure_keyvault: [{vaultUrl: u, key: k, version: v}]\nage: ignored\n";
        let found = of(group).unwrap();
        assert_eq!(found.len(), 4);
        assert!(
            matches!(&found[2], Master::AwsKms { context, .. } if context.len() == 2 && context[0].0 == "a")
        );
        let two = of("key_groups: [{age: [a]}, {age: [b]}]");
        assert!(two.unwrap_err().to_string().contains("2 key groups"));
        for text in
            ["azure_keyvault: x", "hc_vault_transit_uri: https://v/x", "age: {a: b}", "age: [[a]]"]
        {
            assert!(matches!(of(text), Err(Fault::Rule(_))), "{text}");
        }
    }
}
