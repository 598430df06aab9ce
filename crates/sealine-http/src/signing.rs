//! What the libraries that sign requests to clouds need: files, an environment and this client.
//!
//! Invariant: they see the environment that the binary read, and no other; they run no program; and
//! what they send goes through the same proxies and certificates as everything else.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use reqsign_core::{Context, Error, FileRead, HttpSend, StaticEnv};
use tokio::io::AsyncReadExt as _;

use crate::client::Client;

/// Larger files and answers hold no credentials.
const LARGEST: u64 = 1 << 20;

/// Returns the context in which credentials are looked for.
pub fn context(
    client: &Client,
    environment: &BTreeMap<String, String>,
    home: Option<&Path>,
) -> Context {
    let envs = environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Context::new()
        .with_file_read(Files)
        .with_http_send(Sender(client.clone()))
        .with_env(StaticEnv { home_dir: home.map(Path::to_owned), envs })
}

#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut text = Vec::new();
        let file = tokio::fs::File::open(path).await?;
        file.take(LARGEST).read_to_end(&mut text).await?;
        Ok(text)
    }
}

#[derive(Debug)]
struct Sender(Client);

impl HttpSend for Sender {
    async fn http_send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Error> {
        let unexpected = |fault: crate::Fault| Error::unexpected(fault.to_string());
        let request = reqwest::Request::try_from(request)
            .map_err(|_| Error::request_invalid("not a request that can be sent"))?;
        let answer = self.0.exchange(request, LARGEST).await.map_err(unexpected)?;
        let mut response = http::Response::new(Bytes::from(answer.body));
        *response.status_mut() = http::StatusCode::from_u16(answer.status)
            .map_err(|_| Error::unexpected("an answer without a status"))?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
