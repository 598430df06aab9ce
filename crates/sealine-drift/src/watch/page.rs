//! `/metrics` and `/healthz`, on this machine alone.
//!
//! Invariant: reads only, and answers whatever the scheduler does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;

use super::metrics::{Counters, text};
use crate::cancel::Cancel;
use crate::clock::Clock;
use crate::store::Store;

/// What the pages read.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) counters: Arc<Mutex<Counters>>,
}

/// The scheduler goes round at least this often; three times that without is not healthy.
const ROUND: Duration = Duration::from_secs(30);

impl Shared {
    pub(super) fn counted<T>(&self, change: impl FnOnce(&mut Counters) -> T) -> T {
        // A counter that a panic left half changed is still a counter.
        let mut counters = self.counters.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut counters)
    }
}

/// Listens until asked to end.
pub(super) async fn serve(listener: TcpListener, shared: Shared, cancel: Cancel) {
    let app = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state(shared);
    let served = axum::serve(listener, app);
    let _ = served.with_graceful_shutdown(async move { cancel.asked().await }).await;
}

/// Opens the port.
///
/// # Errors
///
/// Fails when the address is not one of this machine alone, or is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    if !address.ip().is_loopback() {
        return Err(format!("`{address}` is not an address of this machine alone"));
    }
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on `{address}`: {error}"))
}

async fn metrics(State(shared): State<Shared>) -> Result<String, (StatusCode, String)> {
    let fault =
        |error: crate::store::Error| (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n"));
    let status = shared.store.status(shared.clock.now()).await.map_err(fault)?;
    let waiting = shared.store.waiting().await.map_err(fault)?;
    Ok(text(&shared.counted(|counters| counters.clone()), &status, waiting))
}

async fn health(State(shared): State<Shared>) -> (StatusCode, String) {
    let (ticked, trouble) = shared.counted(|counters| (counters.ticked, counters.trouble.clone()));
    let silent = shared.clock.elapsed().saturating_sub(ticked);
    match trouble {
        Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")),
        None if silent > ROUND * 3 => {
            let text = format!("the scheduler stands still for {} s\n", silent.as_secs());
            (StatusCode::SERVICE_UNAVAILABLE, text)
        }
        None => (StatusCode::OK, "ok\n".to_owned()),
    }
}
