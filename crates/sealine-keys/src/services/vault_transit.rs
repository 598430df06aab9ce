//! Keys of the transit engine of HashiCorp Vault and OpenBao.
//!
//! Invariant: the token goes to the server that `VAULT_ADDR` names, or to one that
//! `SOPS_HC_VAULT_ALLOWLIST` lists, whatever a file says; to the file's own only when neither is set.

use base64::Engine as _;
use sealine_http::reqwest::{Method, Url};
use sealine_http::{Client, Redactor, Settings, origin};
use sealine_model::SecretValue;
use sealine_sops::{DataKey, Master, WrappedKey};
use serde_json::json;
use zeroize::Zeroizing;

use super::encoding::{STANDARD, data_key, text};
use super::{Kind, Services, Unwrapping, Wrapping, other_kind};
use crate::fault::KeyFault;

pub(super) const KIND: Kind = Kind {
    name: "hc_vault",
    unwrap: |key, services| Box::pin(unwrap(key, services)) as Unwrapping<'_>,
    wrap: |master, key, services| Box::pin(wrap(master, key, services)) as Wrapping<'_>,
};

async fn unwrap(key: &WrappedKey, services: &Services) -> Result<DataKey, KeyFault> {
    let body = json!({ "ciphertext": key.enc.trim() }).to_string();
    let answer = call(&key.master, "decrypt", body, &Redactor::new(), services).await?;
    data_key(&text(answer.expose(), "/data/plaintext")?, &STANDARD)
}

async fn wrap(
    master: &Master,
    key: &DataKey,
    services: &Services,
) -> Result<(Master, String), KeyFault> {
    let plaintext = Zeroizing::new(STANDARD.encode(key.expose()));
    let body = json!({ "plaintext": *plaintext }).to_string();
    let secrets = Redactor::new().with(key.expose()).with(plaintext.as_bytes());
    let answer = call(master, "encrypt", body, &secrets, services).await?;
    Ok((master.clone(), text(answer.expose(), "/data/ciphertext")?.to_string()))
}

async fn call(
    master: &Master,
    operation: &str,
    body: String,
    secrets: &Redactor,
    services: &Services,
) -> Result<SecretValue, KeyFault> {
    let Master::VaultTransit { address, engine_path, key_name } = master else {
        return Err(other_kind());
    };
    let url = endpoint(address, engine_path, operation, key_name)?;
    is_meant(&url, services)?;
    let token = token(services).await?;
    let token = std::str::from_utf8(token.expose()).unwrap_or_default().trim();
    let own = client(services)?;
    let client = match &own {
        Some(client) => client,
        None => services.client()?,
    };
    let mut request = client
        .request(Method::POST, url)
        .header("X-Vault-Token", token)
        .header("X-Vault-Request", "true")
        .header("Content-Type", "application/json");
    if let Some(namespace) = services.variable("VAULT_NAMESPACE") {
        request = request.header("X-Vault-Namespace", namespace);
    }
    let secrets = secrets.clone().with(token.as_bytes());
    let answer = client.fetch(request.body(body), 1 << 20, services.retry(), &secrets).await?;
    Ok(SecretValue::new(answer.body))
}

/// Returns the URL of an operation. What the file says becomes path segments, and nothing else.
fn endpoint(address: &str, engine: &str, operation: &str, name: &str) -> Result<Url, KeyFault> {
    let wrong = || KeyFault::Invalid("the address of its Vault is not a web address".to_owned());
    let mut url = Url::parse(address.trim()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    {
        let mut path = url.path_segments_mut().map_err(|()| wrong())?;
        path.pop_if_empty().push("v1");
        for segment in engine.split('/').filter(|segment| !segment.is_empty()) {
            path.push(segment);
        }
        path.push(operation).push(name);
    }
    // `..` is no segment that can be pushed: it is dropped, and would shorten the path.
    let is_dots = |text: &str| text.split('/').any(|part| matches!(part, "." | ".."));
    if is_dots(engine) || is_dots(name) || name.is_empty() {
        return Err(KeyFault::Invalid("the name of its Vault key is not a path".to_owned()));
    }
    Ok(url)
}

/// Refuses to send the token to a server that the user has not named.
fn is_meant(url: &Url, services: &Services) -> Result<(), KeyFault> {
    let fault = |reason: &str| Err(KeyFault::Invalid(reason.to_owned()));
    if let Some(list) = services.variable("SOPS_HC_VAULT_ALLOWLIST") {
        let is_listed = |entry: &str| {
            let entry = Url::parse(&format!("{}/", entry.trim().trim_end_matches('/')));
            entry.is_ok_and(|entry| {
                origin(&entry) == origin(url) && url.path().starts_with(entry.path())
            })
        };
        return match list {
            "all" => Ok(()),
            "none" => fault("`SOPS_HC_VAULT_ALLOWLIST` allows no Vault"),
            list if list.split(',').any(is_listed) => Ok(()),
            _ => fault("`SOPS_HC_VAULT_ALLOWLIST` does not list its Vault"),
        };
    }
    match services.variable("VAULT_ADDR").map(Url::parse) {
        Some(Ok(own)) if origin(&own) != origin(url) => fault(
            "the file names another Vault than `VAULT_ADDR`, and a token is for one of them; list \
             the Vaults in `SOPS_HC_VAULT_ALLOWLIST` where it is for both",
        ),
        Some(Err(_)) => fault("`VAULT_ADDR` is not a web address"),
        _ => Ok(()),
    }
}

/// Returns the token: `VAULT_TOKEN`, or what `vault login` left.
async fn token(services: &Services) -> Result<SecretValue, KeyFault> {
    if let Some(token) = services.variable("VAULT_TOKEN") {
        return Ok(SecretValue::new(token));
    }
    let missing = || {
        let places = "neither `VAULT_TOKEN` nor `~/.vault-token` holds a token for Vault";
        KeyFault::Credentials(places.to_owned())
    };
    let file = services.home().ok_or_else(missing)?.join(".vault-token");
    let token = sealine_credentials::read(&file).await.map_err(|_| missing())?;
    if token.expose().trim_ascii().is_empty() { Err(missing()) } else { Ok(token) }
}

/// Returns a client that trusts the certificates of `VAULT_CACERT`, where it is set.
fn client(services: &Services) -> Result<Option<Client>, KeyFault> {
    let Some(file) = services.variable("VAULT_CACERT") else { return Ok(None) };
    let http = services.surroundings().http.clone();
    Ok(Some(Client::new(&Settings { ca_bundle: Some(file.into()), ..http })?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_credentials::Surroundings;

    fn services(pairs: &[(&str, &str)]) -> Services {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Services::new(Surroundings {
            environment: pairs.collect(),
            home: None,
            folder: "/".into(),
            http: Settings::default(),
        })
    }

    #[test]
    fn names_are_segments_of_the_path() {
        let url = endpoint("https://vault:8200/", "a/b", "encrypt", "k?x=#y").expect("a URL");
        assert_eq!(url.as_str(), "https://vault:8200/v1/a/b/encrypt/k%3Fx=%23y");
        let url = endpoint("https://vault/base?q", "sops", "decrypt", "k").expect("a URL");
        assert_eq!(url.as_str(), "https://vault/base/v1/sops/decrypt/k");
        assert!(endpoint("https://vault", "sops/../sys", "encrypt", "k").is_err());
        assert!(endpoint("https://vault", "sops", "encrypt", "..").is_err());
        assert!(endpoint("file:///etc/passwd", "sops", "encrypt", "k").is_err());
    }

    #[test]
    fn the_token_stays_with_its_own_server() {
        let url = Url::parse("https://evil.example.com/v1/sops/decrypt/k").expect("a URL");
        assert!(is_meant(&url, &services(&[])).is_ok());
        for own in [
            "https://vault.example.com",
            "http://evil.example.com",
            "https://evil.example.com:8200",
        ] {
            assert!(is_meant(&url, &services(&[("VAULT_ADDR", own)])).is_err(), "{own}");
        }
        assert!(is_meant(&url, &services(&[("VAULT_ADDR", "https://evil.example.com/")])).is_ok());
        for (list, allowed) in [
            ("all", true),
            ("none", false),
            ("https://a/, https://evil.example.com", true),
            ("https://evil.example.com.other/", false),
            ("https://evil.example.com/base/", false),
        ] {
            let services = services(&[("SOPS_HC_VAULT_ALLOWLIST", list)]);
            assert_eq!(is_meant(&url, &services).is_ok(), allowed, "{list}");
        }
    }
}
