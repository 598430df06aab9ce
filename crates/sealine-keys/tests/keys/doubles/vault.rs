//! The transit engine of Vault.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{TOKEN, serve, turned};

/// Starts it, and returns where it is. It wants the token and the namespace `team/a`, and its refusals
/// quote what it was sent, as no real one does.
pub(crate) async fn vault() -> String {
    serve(Router::new().fallback(any(answer))).await
}

async fn answer(uri: Uri, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("X-Vault-Token");
    if token != Some(TOKEN) || header("X-Vault-Namespace") != Some("team/a") {
        let text = format!("permission denied for {token:?}: {body}");
        return (StatusCode::FORBIDDEN, json!({ "errors": [text] }).to_string());
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let data = match path[..] {
        ["v1", .., "encrypt", key] => body["plaintext"].as_str().and_then(|text| {
            let bytes = STANDARD.decode(text).ok()?;
            let text = STANDARD.encode(turned(&bytes));
            Some(json!({ "ciphertext": format!("vault:v1:{key}/{text}") }))
        }),
        ["v1", .., "decrypt", key] => body["ciphertext"].as_str().and_then(|text| {
            let text = text.strip_prefix(&format!("vault:v1:{key}/"))?;
            let bytes = STANDARD.decode(text).ok()?;
            Some(json!({ "plaintext": STANDARD.encode(turned(&bytes)) }))
        }),
        _ => None,
    };
    match data {
        Some(data) => (StatusCode::OK, json!({ "data": data }).to_string()),
        None => (StatusCode::BAD_REQUEST, json!({ "errors": ["invalid ciphertext"] }).to_string()),
    }
}
