//! The place of a state as it is typed: `s3://bucket/key?region=…`, `azblob://account/container/key`,
//! `https://…`.

use std::collections::BTreeMap;

use sealine_http::reqwest::Url;

use super::{HttpState, Remote, Settings, SettingsError, from_settings};

/// Returns whether a text may be typed as the address of a state, and no path.
fn is_address(text: &str) -> bool {
    ["s3://", "azblob://", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
}

/// Reads an address; nothing when the text is none, but a path. Settings of the backend may follow as
/// a query: `region`, `endpoint`, `profile`. No credentials: an address is seen by everyone.
///
/// # Errors
///
/// When the address is broken, or something is missing.
pub fn from_url(
    text: &str,
    environment: &BTreeMap<String, String>,
) -> Option<Result<Remote, SettingsError>> {
    is_address(text).then(|| read(text, environment))
}

fn read(text: &str, environment: &BTreeMap<String, String>) -> Result<Remote, SettingsError> {
    let broken = SettingsError::Url(
        "write it as s3://BUCKET/KEY?region=REGION, \
        azblob://ACCOUNT/CONTAINER/KEY or https://…",
    );
    if text.starts_with("http") {
        let get = |name: &str| environment.get(name).cloned();
        let password = get("TF_HTTP_PASSWORD").map(sealine_model::SecretValue::new);
        let state = HttpState::new(text, get("TF_HTTP_USERNAME"), password);
        return state.map(Remote::Http).ok_or(broken);
    }
    let url = Url::parse(text).map_err(|_| broken.clone())?;
    let allowed = ["region", "endpoint", "profile", "use_path_style"];
    let mut settings = Settings::new();
    let secret = |text: &str| sealine_model::SecretValue::new(text);
    for (name, value) in url.query_pairs() {
        if !allowed.contains(&&*name) {
            return Err(SettingsError::Url(
                "only region, endpoint, profile and use_path_style may follow",
            ));
        }
        settings.insert(name.into_owned(), secret(&value));
    }
    let host = url.host_str().ok_or_else(|| broken.clone())?.to_owned();
    let path = percent_encoding::percent_decode_str(url.path().trim_start_matches('/'));
    let path = path.decode_utf8().map_err(|_| broken.clone())?.into_owned();
    let kind = if url.scheme() == "s3" {
        settings.insert("bucket".to_owned(), secret(&host));
        settings.insert("key".to_owned(), secret(&path));
        "s3"
    } else {
        let (container, key) = path.split_once('/').ok_or(broken)?;
        settings.insert("storage_account_name".to_owned(), secret(&host));
        settings.insert("container_name".to_owned(), secret(container));
        settings.insert("key".to_owned(), secret(key));
        "azurerm"
    };
    from_settings(kind, &settings, false, "default", environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        let none = BTreeMap::new();
        let name = |text: &str| from_url(text, &none).map(|remote| remote.map(|it| it.name()));
        assert_eq!(name("infra/terraform.tfstate"), None);
        assert_eq!(name("s3://b/a/k?region=r"), Some(Ok("s3://b/a/k".to_owned())));
        assert_eq!(name("azblob://a/c/d/k"), Some(Ok("azblob://a/c/d/k".to_owned())));
        assert_eq!(name("https://u:p@h/x"), Some(Ok("https://h/x".to_owned())));
        assert!(matches!(name("s3://b/k"), Some(Err(SettingsError::Missing { .. }))));
        assert!(matches!(name("s3://b/k?secret_key=x"), Some(Err(SettingsError::Url(_)))));
        assert!(matches!(name("azblob://a/c"), Some(Err(SettingsError::Url(_)))));
    }
}
