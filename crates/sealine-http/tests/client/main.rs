//! The client against servers on this machine.

mod answers;
mod guards;
mod proxies;
mod retries;
mod tls;

use std::future::Future;
use std::time::Duration;

use axum::Router;
use sealine_http::reqwest::Method;
use sealine_http::{Answer, Client, Fault, Redactor, Retry, Settings};

/// Serves the routes on a free port, and returns where. It ends with the test's runtime.
async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// Runs a test that waits.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(test)
}

/// Retries without long waits.
fn quick() -> Retry {
    Retry {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        total: Duration::from_secs(5),
        ..Retry::default()
    }
}

async fn get(client: &Client, url: &str) -> Result<Answer, Fault> {
    client.fetch(client.request(Method::GET, url), 1 << 20, &quick(), &Redactor::new()).await
}

fn client() -> Client {
    Client::new(&Settings::default()).expect("a client")
}
