//! What is sent again, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use sealine_http::reqwest::Method;
use sealine_http::{Client, Fault, Redactor, Retry};

use super::{client, quick, run, serve};

/// Serves `statuses` one after the other, the last one for good, and counts.
async fn statuses(
    statuses: &'static [u16],
    headers: &'static [(&'static str, &'static str)],
) -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let answer = move |body: String| async move {
        let number = seen.fetch_add(1, Ordering::SeqCst).min(statuses.len() - 1);
        let status = StatusCode::from_u16(statuses[number]).expect("a status");
        let headers: Vec<(&str, &str)> = headers.to_vec();
        (status, axum::response::AppendHeaders(headers), body)
    };
    (serve(Router::new().fallback(any(answer))).await, count)
}

async fn post(client: &Client, url: &str, retry: &Retry) -> Result<Vec<u8>, Fault> {
    let request = client.request(Method::POST, url).body("the same");
    let answer = client.fetch(request, 100, retry, &Redactor::new()).await;
    answer.map(|answer| answer.body)
}

#[test]
fn what_may_pass_is_tried_again_with_the_same_body() {
    run(async {
        let (server, count) = statuses(&[503, 429, 200], &[]).await;
        assert_eq!(post(&client(), &server, &quick()).await.expect("success"), b"the same");
        assert_eq!(count.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn each_status_is_treated_as_its_meaning_asks() {
    run(async {
        for (status, tries) in [
            (408, 5),
            (429, 5),
            (500, 5),
            (502, 5),
            (503, 5),
            (504, 5),
            (400, 1),
            (401, 1),
            (403, 1),
            (404, 1),
            (409, 1),
            (410, 1),
            (413, 1),
            (422, 1),
            (501, 1),
            (302, 1),
        ] {
            let all: &'static [u16] = vec![status].leak();
            let (server, count) = statuses(all, &[]).await;
            let fault = post(&client(), &server, &quick()).await.expect_err("never succeeds");
            assert_eq!(fault.status(), Some(status));
            assert_eq!(count.load(Ordering::SeqCst), tries, "{status}");
        }
    });
}

#[test]
fn a_wait_that_the_server_asks_for_is_kept() {
    run(async {
        let (server, count) = statuses(&[429, 200], &[("Retry-After", "1")]).await;
        let start = Instant::now();
        post(&client(), &server, &quick()).await.expect("success");
        assert!(start.elapsed() >= Duration::from_secs(1));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_wait_beyond_the_total_time_is_not_begun() {
    run(async {
        let (server, count) = statuses(&[429, 200], &[("Retry-After", "3000")]).await;
        let start = Instant::now();
        let fault = post(&client(), &server, &quick()).await.expect_err("too long");
        let asked = Some(Duration::from_mins(50));
        assert!(matches!(fault, Fault::Answered { retry_after, .. } if retry_after == asked));
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn all_attempts_together_end_with_the_total_time() {
    run(async {
        let hang = async || tokio::time::sleep(Duration::from_mins(1)).await;
        let server = serve(Router::new().fallback(any(hang))).await;
        let retry = Retry { total: Duration::from_millis(300), ..quick() };
        let start = Instant::now();
        post(&client(), &server, &retry).await.expect_err("too long");
        assert!(start.elapsed() < Duration::from_secs(2));
    });
}

#[test]
fn a_closed_port_is_tried_again_too() {
    run(async {
        let waits = Duration::from_millis(60);
        let retry = Retry { attempts: 3, first_wait: waits, ..quick() };
        let retry = Retry { longest_wait: waits, ..retry };
        let start = Instant::now();
        post(&client(), "http://127.0.0.1:1/", &retry).await.expect_err("closed");
        assert!(start.elapsed() >= 2 * waits);
    });
}
