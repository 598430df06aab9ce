//! Proxies and certificates.

use axum::Router;
use axum::http::Uri;
use axum::routing::any;
use sealine_http::{Cause, Client, Fault, Guard, Proxies, Settings};

use super::{get, run, serve};

/// A proxy that answers itself, with the URL that it was asked for.
async fn proxy() -> String {
    serve(Router::new().fallback(any(async |uri: Uri| uri.to_string()))).await
}

fn through(proxy: &str, none: Option<&str>) -> Settings {
    let proxies = Proxies {
        http: Some(proxy.to_owned()),
        https: Some(proxy.to_owned()),
        none: none.map(str::to_owned),
    };
    Settings { proxies, ..Settings::default() }
}

#[test]
fn requests_go_through_the_proxy_but_for_the_exceptions() {
    run(async {
        let proxy = proxy().await;
        let client = Client::new(&through(&proxy, None)).expect("a client");
        let answer = get(&client, "http://example.invalid/x").await.expect("the proxy's answer");
        assert_eq!(answer.body, b"http://example.invalid/x");
        // This machine is reached directly, and so sees a path alone.
        let answer = get(&client, &format!("{proxy}/y")).await.expect("its own answer");
        assert_eq!(answer.body, b"/y");
        let client = Client::new(&through(&proxy, Some(".invalid"))).expect("a client");
        let fault = get(&client, "http://example.invalid/x").await.expect_err("no such name");
        assert!(matches!(fault, Fault::NotReached { cause: Cause::Name, .. }), "{fault:?}");
    });
}

#[test]
fn a_proxy_is_passed_through_but_is_no_target() {
    run(async {
        let proxy = proxy().await.replace("127.0.0.1", "localhost");
        let client = Client::guarded(&through(&proxy, None), Guard::default()).expect("a client");
        get(&client, "http://hooks.example.invalid/x").await.expect("through the proxy");
        let fault = get(&client, &format!("{proxy}/admin")).await.expect_err("the proxy itself");
        assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
    });
}

#[test]
fn settings_that_do_not_work_say_which() {
    let missing = Settings { roots: Some("/nowhere/ca.pem".into()), ..Settings::default() };
    let fault = Client::new(&missing).expect_err("no file");
    assert!(fault.to_string().contains("`/nowhere/ca.pem`"), "{fault}");
    let bundle = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
    let wrong = Settings { ca_bundle: bundle, ..Settings::default() };
    let fault = Client::new(&wrong).expect_err("no certificate");
    assert!(fault.to_string().contains("holds no certificate"), "{fault}");
    let fault = Client::new(&through("http://user:hunter2@[", None)).expect_err("no URL");
    assert_eq!(fault, Fault::Setup("`HTTP_PROXY` is not the URL of a proxy".to_owned()));
}
