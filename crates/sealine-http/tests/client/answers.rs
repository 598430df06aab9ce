//! What comes back: headers that are sent, bodies, redirects, faults without URLs.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{get, post};
use sealine_http::reqwest::Method;
use sealine_http::{Cause, Client, Fault, Redactor, Retry, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{client, run, serve};

#[test]
fn the_program_names_itself() {
    run(async {
        let name = |headers: HeaderMap| async move {
            headers["user-agent"].to_str().expect("text").to_owned()
        };
        let server = serve(Router::new().route("/", get(name))).await;
        let answer = super::get(&client(), &server).await.expect("an answer");
        let name = String::from_utf8(answer.body).expect("UTF-8");
        assert_eq!(name, concat!("sealine/", env!("CARGO_PKG_VERSION")));
    });
}

#[test]
fn a_redirect_is_not_followed() {
    run(async {
        let routes = Router::new()
            .route("/", get(|| async { Redirect::temporary("/elsewhere") }))
            .route("/elsewhere", get(|| async { "secret" }));
        let server = serve(routes).await;
        let fault = super::get(&client(), &server).await.expect_err("no answer");
        assert_eq!(fault.status(), Some(307));
    });
}

#[test]
fn a_body_is_read_up_to_its_limit() {
    run(async {
        let server = serve(Router::new().route("/", get(|| async { "x".repeat(100) }))).await;
        let client = client();
        for (limit, fits) in [(99, false), (100, true)] {
            let request = client.request(Method::GET, &server);
            let answer = client.fetch(request, limit, &Retry::never(), &Redactor::new()).await;
            match answer {
                Ok(answer) => assert!(fits && answer.body.len() == 100),
                Err(fault) => {
                    assert!(!fits);
                    assert_eq!(fault, Fault::TooLarge { origin: server.clone(), limit });
                }
            }
        }
    });
}

/// A server that does not announce how much it sends, and never ends.
#[test]
fn a_body_without_end_is_cut_off() {
    run(async {
        let server = raw(b"HTTP/1.1 200 OK\r\n\r\n", true).await;
        let client = client();
        let request = client.request(Method::GET, &server);
        let answer = client.fetch(request, 1000, &Retry::never(), &Redactor::new()).await;
        assert!(matches!(answer, Err(Fault::TooLarge { limit: 1000, .. })), "{answer:?}");
    });
}

#[test]
fn a_body_that_ends_early_is_no_answer() {
    run(async {
        let server = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", false).await;
        let fault = super::get(&client(), &server).await.expect_err("no answer");
        assert!(matches!(fault, Fault::NotReached { cause: Cause::Interrupted, .. }), "{fault}");
    });
}

#[test]
fn a_fault_shows_neither_the_url_nor_the_secret() {
    run(async {
        let body = |text: String| async move {
            let echo = format!("bad\n\u{1b}[31mkey: {text} {}", "y".repeat(9000));
            (StatusCode::BAD_REQUEST, echo)
        };
        let server = serve(Router::new().route("/{secret}", post(body))).await;
        let client = client();
        let url = format!("{server}/hunter2-path?sig=hunter2-query");
        let secrets = Redactor::new().with(b"hunter2-body");
        let request = client.request(Method::POST, &url).body("hunter2-body");
        let fault =
            client.fetch(request, 10, &Retry::never(), &secrets).await.expect_err("refused");
        let shown = format!("{fault} {fault:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let start = format!("{server} answered 400: bad \\u{{1b}}[31mkey: **** yyy");
        assert!(fault.to_string().starts_with(&start), "{fault}");
        assert!(fault.to_string().len() < 300);

        let closed = "http://127.0.0.1:1/hunter2-path?sig=hunter2-query";
        let fault = super::get(&client, closed).await.expect_err("closed");
        assert!(matches!(fault, Fault::NotReached { cause: Cause::Connection, .. }), "{fault:?}");
        assert!(!format!("{fault} {fault:?}").contains("hunter2"));
        let fault = super::get(&client, "http:// hunter2/").await.expect_err("no URL");
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault:?}");
        let fault = super::get(&client, "file:///hunter2").await.expect_err("no URL");
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault:?}");
    });
}

#[test]
fn a_server_that_does_not_answer_is_left() {
    run(async {
        let server = raw(b"", false).await;
        let hang = async || tokio::time::sleep(Duration::from_mins(1)).await;
        let slow = serve(Router::new().route("/", get(hang))).await;
        let settings = Settings { total: Duration::from_millis(200), ..Settings::default() };
        let client = Client::new(&settings).expect("a client");
        let request = client.request(Method::GET, &slow);
        let answer = client.fetch(request, 10, &Retry::never(), &Redactor::new()).await;
        let fault = answer.expect_err("late");
        assert!(matches!(fault, Fault::NotReached { cause: Cause::Time, .. }), "{fault}");
        let fault = super::get(&client, &server).await.expect_err("nothing came");
        assert!(matches!(fault, Fault::NotReached { .. }), "{fault}");
    });
}

/// A server that sends these bytes, perhaps without end, and closes.
async fn raw(bytes: &'static [u8], forever: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
            while forever && stream.write_all(&[b'x'; 512]).await.is_ok() {}
        }
    });
    format!("http://{address}")
}
