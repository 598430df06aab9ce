//! A proxy that leads a few names to a server of the tests, and refuses all others.

use std::sync::Arc;

use axum::Router;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::data;

/// Serves the routes for those names, and returns the URL of the proxy that leads there.
pub(crate) async fn start(routes: Router, names: &[&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let server = listener.local_addr().expect("bound");
    let acceptor = TlsAcceptor::from(Arc::new(configuration()));
    tokio::spawn(async move { axum::serve(Secure { listener, acceptor }, routes).await });

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let proxy = listener.local_addr().expect("bound");
    let names = names.to_vec();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let names = names.clone();
            tokio::spawn(async move { pass(client, server, &names).await });
        }
    });
    format!("http://{proxy}")
}

async fn pass(client: TcpStream, server: std::net::SocketAddr, names: &[&str]) -> Option<()> {
    let mut client = BufReader::new(client);
    let mut request = String::new();
    while client.read_line(&mut request).await.ok()? > 2 {}
    let target = request.strip_prefix("CONNECT ")?.split(' ').next()?;
    let name = target.strip_suffix(":443")?;
    if !names.contains(&name) {
        client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.ok()?;
        return None;
    }
    let mut server = TcpStream::connect(server).await.ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}

fn configuration() -> ServerConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chain = CertificateDer::pem_file_iter(data("server.pem")).expect("a certificate");
    let chain = chain.map(|certificate| certificate.expect("a certificate")).collect();
    let key = PrivateKeyDer::from_pem_file(data("server.key")).expect("a key");
    let builder = ServerConfig::builder().with_no_client_auth();
    builder.with_single_cert(chain, key).expect("a certificate that fits its key")
}

/// A listener whose connections have shaken hands.
struct Secure {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
