//! What both of GitHub's sinks share: how a request to its API looks.

use sealine_http::reqwest::header::{AUTHORIZATION, HeaderValue};
use sealine_http::reqwest::{Method, RequestBuilder};
use sealine_model::SecretValue;
use serde_json::Value;

use super::transport::{Transport, answered, base, header, json};
use crate::store::Answered;

#[derive(Debug)]
pub(super) struct GitHub {
    /// Up to the repository's name.
    base: String,
    authorization: HeaderValue,
    transport: Transport,
}

impl GitHub {
    pub(super) fn new(
        api_url: Option<&str>,
        repository: &str,
        token: &SecretValue,
        http: &sealine_http::Settings,
    ) -> Result<Self, String> {
        let fits = |part: &str| {
            let known = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            !part.is_empty() && part != "." && part != ".." && part.chars().all(known)
        };
        match repository.split_once('/') {
            Some((owner, name)) if fits(owner) && fits(name) => {}
            _ => return Err(format!("`{repository}` is not written as OWNER/NAME")),
        }
        let base = base(api_url, "https://api.github.com")?;
        Ok(Self {
            base: format!("{base}/repos/{repository}"),
            authorization: header("Bearer ", token)?,
            transport: Transport::new(http, &[token])?,
        })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Answered> {
        self.call(self.request(Method::GET, path)).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Answered> {
        self.call(self.request(method, path).json(body)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.transport.client().request(method, format!("{}{path}", self.base));
        request
            .header(AUTHORIZATION, self.authorization.clone())
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
    }

    async fn call(&self, request: RequestBuilder) -> Result<Value, Answered> {
        let answer = self.transport.call(request).await;
        answer.map(|answer| json(&answer)).map_err(|fault| answered(&fault))
    }
}
