//! Certificates: which are trusted, and what is said of others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sealine_http::{Cause, Client, Fault, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{get, run};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client/data").join(name)
}

/// Serves one answer to each connection, for `localhost` and 127.0.0.1, and returns the port.
async fn secure() -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chain = CertificateDer::pem_file_iter(data("server.pem")).expect("a certificate");
    let chain = chain.map(|certificate| certificate.expect("a certificate")).collect();
    let key = PrivateKeyDer::from_pem_file(data("server.key")).expect("a key");
    let builder = ServerConfig::builder().with_no_client_auth();
    let configuration = builder.with_single_cert(chain, key).expect("they belong together");
    let acceptor = TlsAcceptor::from(Arc::new(configuration));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

#[test]
fn an_authority_of_the_settings_is_trusted() {
    run(async {
        let port = secure().await;
        let url = format!("https://localhost:{port}/");
        let beside = Settings { ca_bundle: Some(data("ca.pem")), ..Settings::default() };
        let instead = Settings { roots: Some(data("ca.pem")), ..Settings::default() };
        for settings in [beside, instead] {
            let client = Client::new(&settings).expect("a client");
            assert_eq!(get(&client, &url).await.expect("an answer").body, b"ok");
        }
    });
}

/// It is not tried again: a certificate does not become better.
#[test]
fn other_authorities_are_not_trusted() {
    run(async {
        let url = format!("https://localhost:{}/hunter2", secure().await);
        let fault = get(&super::client(), &url).await.expect_err("refused");
        let Fault::NotReached { cause, detail, .. } = &fault else { panic!("{fault}") };
        assert_eq!((*cause, fault.is_passing()), (Cause::Tls, false), "{fault}");
        assert_eq!(detail, "invalid peer certificate: UnknownIssuer");
        assert!(!format!("{fault:?}").contains("hunter2"));
    });
}

#[test]
fn a_server_without_tls_is_told_apart() {
    run(async {
        let plain = super::serve(axum::Router::new()).await.replace("http:", "https:");
        let fault = get(&super::client(), &plain).await.expect_err("no handshake");
        assert!(matches!(fault, Fault::NotReached { cause: Cause::Tls, .. }), "{fault}");
    });
}
