//! Pull requests: one open request for each branch, on GitHub or GitLab.
//!
//! Invariants: a token only goes to the host that it is for, over TLS unless that is this machine; a
//! branch that has an open request gets no second one; nothing that is sent holds a value.

mod address;
mod call;
mod github;
mod gitlab;
mod open;

use std::collections::BTreeMap;

use sealine_engine::config::export::Forge as Configured;
use sealine_http::Redactor;
use sealine_model::SecretValue;
use thiserror::Error;

pub use address::{Address, address};
pub use open::{Asked, OpenRequest, Paths};

/// Whose pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub, or GitHub Enterprise Server.
    GitHub,
    /// GitLab.
    GitLab,
}

/// What to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The branch that has the commit.
    pub branch: String,
    /// The branch to change; the default one without.
    pub base: Option<String>,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
}

/// An open request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its page.
    pub url: String,
    /// Whether it was there before.
    pub existed: bool,
}

/// Why there is no pull request.
#[derive(Debug, Error)]
pub enum ForgeFault {
    /// The remote is no hosted repository.
    #[error("the remote is not hosted where pull requests are")]
    NoHost,
    /// Nobody says what the host is.
    #[error("it is not known whether `{0}` is a GitHub or a GitLab")]
    Unknown(String),
    /// There is no token for the host.
    #[error("there is no token for `{host}` in {names}")]
    NoToken {
        /// The host.
        host: String,
        /// The variables that were looked at.
        names: String,
    },
    /// Proxies or certificates of the environment cannot be used.
    #[error("cannot reach the network")]
    Network(#[from] sealine_credentials::CredentialFault),
    /// The host would get a token without TLS.
    #[error("`{0}` is not reached over TLS, so it gets no token")]
    NoTls(String),
    /// The host refused, or was not reached.
    #[error("cannot {action}")]
    Http {
        /// What was to be done.
        action: &'static str,
        /// What went wrong.
        #[source]
        fault: sealine_http::Fault,
    },
    /// The answer is not what the API's description says.
    #[error("the answer of `{0}` is not what its API promises")]
    Answer(String),
}

impl From<Configured> for Forge {
    fn from(said: Configured) -> Self {
        match said {
            Configured::Github => Self::GitHub,
            Configured::Gitlab => Self::GitLab,
        }
    }
}

/// A repository on a forge, and what opens it.
pub struct Hosted {
    pub(crate) address: Address,
    pub(crate) forge: Forge,
    /// Where the API begins, without a slash at its end.
    pub(crate) base: String,
    pub(crate) token: SecretValue,
    pub(crate) secrets: Redactor,
}

impl std::fmt::Debug for Hosted {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Hosted").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Hosted {
    /// Finds out what hosts a remote, by the first of its addresses that says so, and the token for
    /// it: that of `variable`, or the forge's usual one. What is `said` of the forge is the user's own
    /// word that a token may go to the remote's host.
    ///
    /// # Errors
    ///
    /// When no address is that of a host, or the host is unknown or has no token.
    pub fn find(
        remote: &[String],
        said: Option<Forge>,
        variable: Option<&str>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ForgeFault> {
        let address = remote.iter().find_map(|url| address(url)).ok_or(ForgeFault::NoHost)?;
        Self::of(address, said, variable, environment)
    }

    fn of(
        address: Address,
        said: Option<Forge>,
        variable: Option<&str>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ForgeFault> {
        let get =
            |name: &str| environment.get(name).map(String::as_str).filter(|it| !it.is_empty());
        let host_of = |name: &str| {
            get(name).map(|url| {
                let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
                rest.split('/').next().unwrap_or_default().to_ascii_lowercase()
            })
        };
        let host = address.host.as_str();
        let is_own =
            |names: &[&str]| names.iter().any(|name| host_of(name).as_deref() == Some(host));
        let of_github = host == "github.com"
            || host.ends_with(".ghe.com")
            || is_own(&["GITHUB_SERVER_URL", "GH_HOST"]);
        let of_gitlab =
            host == "gitlab.com" || is_own(&["CI_SERVER_URL", "CI_SERVER_HOST", "GITLAB_HOST"]);
        let forge = match said {
            Some(forge) => forge,
            None if of_github => Forge::GitHub,
            None if of_gitlab => Forge::GitLab,
            None => return Err(ForgeFault::Unknown(address.host)),
        };
        let local = ["127.0.0.1", "localhost", "[::1]"];
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        if address.is_plain_http && !local.contains(&name) {
            return Err(ForgeFault::NoTls(address.host));
        }
        let scheme = if address.is_plain_http { "http" } else { "https" };
        let (base, names) = match forge {
            Forge::GitHub if host == "github.com" => ("https://api.github.com".to_owned(), GITHUB),
            Forge::GitHub if host.ends_with(".ghe.com") => (format!("https://api.{host}"), GITHUB),
            Forge::GitHub if of_github || said.is_some() => {
                (format!("{scheme}://{host}/api/v3"), GITHUB_SERVER)
            }
            Forge::GitHub => return Err(ForgeFault::Unknown(address.host)),
            Forge::GitLab => (format!("{scheme}://{host}/api/v4"), GITLAB),
        };
        let names = variable.unwrap_or(names);
        let token = names.split(", ").find_map(get);
        let token = token.ok_or_else(|| ForgeFault::NoToken {
            host: address.host.clone(),
            names: names.to_owned(),
        })?;
        let secrets = Redactor::new().with(token.as_bytes());
        let token = SecretValue::new(token);
        Ok(Self { address, forge, base, token, secrets })
    }

    /// Opens a request, or brings the text of the open one up to date.
    ///
    /// # Errors
    ///
    /// When the host refuses, or is not reached.
    pub async fn open(
        &self,
        client: &sealine_http::Client,
        request: &Request,
    ) -> Result<Opened, ForgeFault> {
        match self.forge {
            Forge::GitHub => github::open(self, client, request).await,
            Forge::GitLab => gitlab::open(self, client, request).await,
        }
    }

    pub(crate) fn answer(&self) -> ForgeFault {
        ForgeFault::Answer(self.address.host.clone())
    }
}

const GITHUB: &str = "GITHUB_TOKEN, GH_TOKEN";
const GITHUB_SERVER: &str = "GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN, GITHUB_TOKEN, GH_TOKEN";
const GITLAB: &str = "GITLAB_TOKEN";

/// Writes a part of a URL.
pub(crate) fn part(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosted(
        url: &str,
        said: Option<Forge>,
        environment: &[(&str, &str)],
    ) -> Result<String, String> {
        let environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let address = address(url).ok_or("no address")?;
        let hosted = Hosted::of(address, said, None, &environment.collect());
        let hosted = hosted.map_err(|fault| fault.to_string())?;
        let token = String::from_utf8_lossy(hosted.token.expose()).into_owned();
        Ok(format!("{} {token}", hosted.base))
    }

    #[test]
    fn a_token_only_goes_to_its_host() {
        let all = [("GITHUB_TOKEN", "gh"), ("GITLAB_TOKEN", "gl")];
        let own = |url| hosted(url, None, &all);
        assert_eq!(own("git@github.com:a/b.git").unwrap(), "https://api.github.com gh");
        assert_eq!(own("https://gitlab.com/a/b").unwrap(), "https://gitlab.com/api/v4 gl");
        assert_eq!(own("https://acme.ghe.com/a/b").unwrap(), "https://api.acme.ghe.com gh");
        for url in ["https://github.com.evil.example/a/b", "https://gitlab.example.com/a/b"] {
            assert!(own(url).unwrap_err().starts_with("it is not known whether"), "{url}");
        }
        let said = hosted("https://git.example.com/a/b", Some(Forge::GitHub), &all);
        assert_eq!(said.unwrap(), "https://git.example.com/api/v3 gh");
        let actions = [("GITHUB_SERVER_URL", "https://git.example.com"), ("GITHUB_TOKEN", "gh")];
        let server = hosted("git@git.example.com:a/b", None, &actions);
        assert_eq!(server.unwrap(), "https://git.example.com/api/v3 gh");
        let plain = hosted("http://git.example.com/a/b", Some(Forge::GitLab), &all);
        assert_eq!(
            plain.unwrap_err(),
            "`git.example.com` is not reached over TLS, so it gets no token"
        );
        let none = hosted("https://github.com/a/b", None, &[]);
        assert_eq!(
            none.unwrap_err(),
            "there is no token for `github.com` in GITHUB_TOKEN, GH_TOKEN"
        );
    }
}
