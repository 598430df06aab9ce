//! Azure Key Vault and the login of Azure, under their own names.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{TOKEN, proxy};

const KEY: &str = "keys/first/0123456789abcdef0123456789abcdef";

/// The double, and the proxy through which it is reached.
pub(crate) struct Azure {
    /// The URL of the proxy.
    pub(crate) proxy: String,
}

/// Starts it.
pub(crate) async fn azure() -> Azure {
    let key = Arc::new(RsaPrivateKey::new(&mut OsRng, 2048).expect("a key"));
    let answer = move |uri: Uri, headers: HeaderMap, body: String| async move {
        let host = headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let host = host.trim_end_matches(":443");
        if host == "login.microsoftonline.com" {
            login(&uri, &body)
        } else {
            vault(host, &uri, &headers, &body, &key)
        }
    };
    let names = ["login.microsoftonline.com", "example.vault.azure.net"];
    Azure { proxy: proxy::start(Router::new().fallback(any(answer)), &names).await }
}

fn json(status: StatusCode, body: &Value) -> Response {
    let headers = AppendHeaders([("content-type", "application/json")]);
    (status, headers, body.to_string()).into_response()
}

fn login(uri: &Uri, body: &str) -> Response {
    let path = uri.path();
    let tenant = path.split('/').nth(1).unwrap_or_default();
    let base = format!("https://login.microsoftonline.com/{tenant}");
    let found = if path.ends_with("/discovery/instance") {
        let aliases = ["login.microsoftonline.com"];
        let metadata = json!([{
            "preferred_network": aliases[0], "preferred_cache": aliases[0], "aliases": aliases,
        }]);
        let endpoint = format!("{base}/v2.0/.well-known/openid-configuration");
        json!({ "tenant_discovery_endpoint": endpoint, "metadata": metadata })
    } else if path.ends_with("/openid-configuration") {
        json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "issuer": format!("{base}/v2.0"),
        })
    } else {
        let knows = body.contains("client_secret=hunter2-hunter2")
            || body.contains("client_assertion=federated-token");
        if !knows {
            let text = format!("AADSTS7000215: Invalid client secret provided: {body}");
            let error = json!({ "error": "invalid_client", "error_description": text });
            return json(StatusCode::UNAUTHORIZED, &error);
        }
        json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": TOKEN })
    };
    json(StatusCode::OK, &found)
}

fn vault(host: &str, uri: &Uri, headers: &HeaderMap, body: &str, key: &RsaPrivateKey) -> Response {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {TOKEN}")) {
        let tenant = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555";
        let challenge =
            format!("Bearer authorization=\"{tenant}\", resource=\"https://vault.azure.net\"");
        let headers = AppendHeaders([("www-authenticate", challenge)]);
        return (StatusCode::UNAUTHORIZED, headers).into_response();
    }
    let id = format!("https://{host}/{KEY}");
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let value = || URL_SAFE_NO_PAD.decode(body["value"].as_str()?).ok();
    let is_oaep = body["alg"] == "RSA-OAEP-256";
    let path = uri.path().trim_matches('/');
    let result = match path.strip_prefix(KEY) {
        Some("/encrypt") if is_oaep => value().and_then(|bytes| {
            key.to_public_key().encrypt(&mut OsRng, Oaep::new::<Sha256>(), &bytes).ok()
        }),
        Some("/decrypt") if is_oaep => {
            value().and_then(|bytes| key.decrypt(Oaep::new::<Sha256>(), &bytes).ok())
        }
        _ if path == "keys/first" => {
            return json(StatusCode::OK, &json!({ "key": { "kid": id, "kty": "RSA" } }));
        }
        _ => None,
    };
    if let Some(bytes) = result {
        let value = URL_SAFE_NO_PAD.encode(bytes);
        json(StatusCode::OK, &json!({ "kid": id, "value": value }))
    } else {
        let error = json!({ "error": { "code": "BadParameter", "message": "no such thing" } });
        json(StatusCode::BAD_REQUEST, &error)
    }
}
