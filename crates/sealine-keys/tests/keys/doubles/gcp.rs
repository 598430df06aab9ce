//! Google Cloud KMS, as far as encrypting and decrypting go.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{TOKEN, serve, turned};

/// Starts it, and returns where it is.
pub(crate) async fn gcp() -> String {
    let answer = async |uri: Uri, headers: HeaderMap, body: String| {
        let (status, body) = answer(&uri, &headers, &body);
        (status, AppendHeaders([("content-type", "application/json")]), body).into_response()
    };
    serve(Router::new().fallback(post(answer))).await
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
