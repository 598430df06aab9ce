//! Targets within the own network.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::any;
use sealine_http::{Allowed, Client, Fault, Guard, Settings};

use super::{get, run, serve};

fn guarded(allowed: &[&str]) -> Client {
    let allowed = allowed.iter().map(|text| Allowed::parse(text).expect("valid"));
    Client::guarded(&Settings::default(), Guard::new(allowed)).expect("a client")
}

async fn counting() -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let answer = move || async move { seen.fetch_add(1, Ordering::SeqCst).to_string() };
    let server = serve(Router::new().fallback(any(answer))).await;
    (server.rsplit_once(':').expect("a port").1.to_owned(), count)
}

#[test]
fn no_spelling_of_this_machine_is_reached() {
    run(async {
        let (port, count) = counting().await;
        for host in ["127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "localhost", "0"] {
            let fault =
                get(&guarded(&[]), &format!("http://{host}:{port}/x")).await.expect_err(host);
            assert!(matches!(fault, Fault::Forbidden { .. }), "{host}: {fault}");
        }
        assert_eq!(count.load(Ordering::SeqCst), 0);
    });
}

/// Here the name itself passes, and its address does not.
#[test]
fn a_name_is_judged_by_its_addresses_when_it_connects() {
    run(async {
        let (port, count) = counting().await;
        let url = format!("http://localhost:{port}/hunter2");
        let fault = get(&guarded(&["10.0.0.0/8"]), &url).await.expect_err("loopback");
        assert!(matches!(&fault, Fault::Forbidden { .. }), "{fault}");
        assert!(!format!("{fault:?}").contains("hunter2"));
        assert_eq!(count.load(Ordering::SeqCst), 0);
        get(&guarded(&["127.0.0.0/8", "::1"]), &url).await.expect("allowed by its network");
        get(&guarded(&["localhost"]), &url).await.expect("allowed by its name");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn the_library_is_not_handed_out_past_a_guard() {
    run(async {
        assert!(guarded(&[]).library().is_none());
        assert!(super::client().library().is_some());
    });
}
