//! Doubles of key services, written from the public descriptions of their interfaces.

mod azure;
mod gcp;
mod proxy;
mod vault;

use axum::Router;

pub(crate) use azure::{Azure, azure};
pub(crate) use gcp::{gcp, google};
pub(crate) use vault::vault;

/// The token that the doubles accept.
pub(crate) const TOKEN: &str = "token-of-the-tests";

/// Serves the routes on a free port, and returns where. It ends with the test's runtime.
async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// Encrypts, and decrypts, as far as a double must: no test may find its plaintext in the result.
fn turned(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0xa5).collect()
}
