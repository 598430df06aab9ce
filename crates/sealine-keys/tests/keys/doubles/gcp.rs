//! Google Cloud KMS, as far as encrypting and decrypting go.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{TOKEN, proxy, serve, turned};

/// Starts it, and returns where it is.
pub(crate) async fn gcp() -> String {
    serve(routes()).await
}

/// Starts it under Google's own names, with Google's login, and returns the proxy that leads there.
pub(crate) async fn google() -> String {
    let names = ["oauth2.googleapis.com", "cloudkms.googleapis.com"];
    proxy::start(routes(), &names).await
}

fn routes() -> Router {
    let answer = async |uri: Uri, headers: HeaderMap, body: String| {
        let (status, body) = match uri.path() {
            "/token" => login(&body),
            _ => answer(&uri, &headers, &body),
        };
        (status, AppendHeaders([("content-type", "application/json")]), body).into_response()
    };
    Router::new().fallback(post(answer))
}

/// Takes any signed assertion for a login.
fn login(body: &str) -> (StatusCode, String) {
    let assertion = body.split_once("assertion=").map_or("", |(_, rest)| rest);
    if !body.contains("jwt-bearer") || assertion.split('.').count() < 3 {
        return (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    }
    let token = json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 });
    (StatusCode::OK, token.to_string())
}

fn answer(uri: &Uri, headers: &HeaderMap, body: &str) -> (StatusCode, String) {
    let error = |status: StatusCode, text: String| {
        let error = json!({ "error": { "code": status.as_u16(), "message": text } });
        (status, error.to_string())
    };
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {TOKEN}")) {
        return error(StatusCode::FORBIDDEN, format!("{bearer:?} may not: {body}"));
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let bytes = |name: &str| STANDARD.decode(body[name].as_str()?).ok();
    let Some((name, operation)) =
        uri.path().strip_prefix("/v1/").and_then(|path| path.rsplit_once(':'))
    else {
        return error(StatusCode::NOT_FOUND, "no such path".to_owned());
    };
    let answer = match operation {
        "encrypt" => bytes("plaintext").map(|bytes| {
            json!({ "name": format!("{name}/cryptoKeyVersions/1"), "ciphertext": STANDARD.encode(turned(&bytes)) })
        }),
        "decrypt" => bytes("ciphertext").map(|bytes| json!({ "plaintext": STANDARD.encode(turned(&bytes)) })),
        _ => None,
    };
    match answer {
        Some(answer) => (StatusCode::OK, answer.to_string()),
        None => error(StatusCode::BAD_REQUEST, "not base64".to_owned()),
    }
}
