//! How a forge is asked, whichever it is.
//!
//! Invariant: what opens a request is sent once; an answer is read to a bound.

use sealine_http::reqwest::{Method, RequestBuilder};
use sealine_http::{Answer, Client, Retry};
use serde_json::Value as Json;

use super::{Forge, ForgeFault, Hosted, Request, github, gitlab};

/// How large an answer may be.
const LARGEST: u64 = 8 << 20;

impl Hosted {
    /// Sends something about the repository and returns what is answered.
    pub(super) async fn call(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        body: Option<Json>,
        action: &'static str,
    ) -> Result<Json, ForgeFault> {
        // What opens a request must not be sent twice.
        let retry = if method == Method::POST { Retry::never() } else { Retry::default() };
        let mut request = self.request(client, method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = self.fetch(client, request, &retry, action).await?;
        serde_json::from_slice(&answer.body).map_err(|_| self.answer())
    }

    /// Returns the branch that a request shall change; where it names none, the repository is asked.
    pub(super) async fn target_branch(
        &self,
        client: &Client,
        request: &Request,
    ) -> Result<String, ForgeFault> {
        if let Some(base) = &request.base {
            return Ok(base.clone());
        }
        let about = self.call(client, Method::GET, "", None, "ask for the default branch").await?;
        Ok(about["default_branch"].as_str().ok_or_else(|| self.answer())?.to_owned())
    }

    /// Returns a request about the repository.
    pub(super) fn request(&self, client: &Client, method: Method, path: &str) -> RequestBuilder {
        match self.forge {
            Forge::GitHub => github::request(self, client, method, path),
            Forge::GitLab => gitlab::request(self, client, method, path),
        }
    }

    pub(super) async fn fetch(
        &self,
        client: &Client,
        request: RequestBuilder,
        retry: &Retry,
        action: &'static str,
    ) -> Result<Answer, ForgeFault> {
        let answer = client.fetch(request, LARGEST, retry, &self.secrets).await;
        answer.map_err(|fault| ForgeFault::Http { action, fault })
    }
}
