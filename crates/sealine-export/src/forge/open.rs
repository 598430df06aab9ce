//! Which requests are open, and which files they change.
//!
//! Invariant: an answer is read to a bound, and so is the number of questions; what was not found out
//! for that reason is said.

use std::collections::BTreeMap;
use std::time::Duration;

use sealine_http::reqwest::Method;
use sealine_http::reqwest::header::{HeaderMap, LINK};
use sealine_http::{Client, Retry};
use serde_json::Value as Json;

use super::{Forge, ForgeFault, Hosted, github, gitlab};

/// How many pages of a list are read, of a hundred each.
const PAGES: usize = 5;

/// For how many requests their files are asked for at once.
const ASKED: usize = 100;

/// An open request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// What it is called: `pull request 12`.
    pub name: String,
    /// Its page.
    pub url: String,
    /// The files that it changes, by the names they had and have.
    pub paths: Vec<String>,
}

/// The files of requests by number, with the commit for which they were asked. It is kept between
/// calls, so that only what is new is asked for.
pub type Paths = BTreeMap<u64, (String, Vec<String>)>;

/// What was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The requests.
    pub requests: Vec<OpenRequest>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

/// An open request as the list of a forge has it.
pub(super) struct Listed {
    pub(super) number: u64,
    pub(super) url: String,
    pub(super) labels: Vec<String>,
    /// The newest commit.
    pub(super) revision: String,
}

impl Hosted {
    /// Returns the open requests, those with a `label` where one is given.
    ///
    /// # Errors
    ///
    /// When the host refuses, is not reached, or answers with something else. What was found out until
    /// then stays in `known`.
    pub async fn open_requests(
        &self,
        client: &Client,
        label: Option<&str>,
        known: &mut Paths,
    ) -> Result<Asked, ForgeFault> {
        let (list, word, read): (_, _, fn(&Json) -> Option<Listed>) = match self.forge {
            Forge::GitHub => (github::LIST, "pull request", github::listed),
            Forge::GitLab => (gitlab::LIST, "merge request", gitlab::listed),
        };
        let (items, mut more) = self.pages(client, list, "ask for open requests").await?;
        let mut listed: Vec<Listed> = Vec::new();
        for item in &items {
            listed.push(read(item).ok_or_else(|| self.answer())?);
        }
        listed.retain(|one| label.is_none_or(|label| one.labels.iter().any(|it| it == label)));
        known.retain(|number, _| listed.iter().any(|one| one.number == *number));
        let (mut asked, mut requests) = (0, Vec::new());
        for one in listed {
            let before = known.get(&one.number).filter(|(revision, _)| *revision == one.revision);
            let paths = if let Some((_, paths)) = before {
                paths.clone()
            } else if asked >= ASKED {
                more = true;
                continue;
            } else {
                asked += 1;
                let (paths, cut) = self.paths(client, one.number).await?;
                more |= cut;
                known.insert(one.number, (one.revision, paths.clone()));
                paths
            };
            let name = format!("{word} {}", one.number);
            requests.push(OpenRequest { name, url: one.url, paths });
        }
        Ok(Asked { requests, more })
    }

    async fn paths(&self, client: &Client, number: u64) -> Result<(Vec<String>, bool), ForgeFault> {
        let (list, keys) = match self.forge {
            Forge::GitHub => (github::files(number), ["filename", "previous_filename"]),
            Forge::GitLab => (gitlab::files(number), ["new_path", "old_path"]),
        };
        let (items, more) = self.pages(client, &list, "ask for the files of a request").await?;
        let mut paths = Vec::new();
        for item in &items {
            let named = keys.iter().filter_map(|key| item[key].as_str());
            paths.extend(named.map(str::to_owned));
            if item[keys[0]].as_str().is_none() {
                return Err(self.answer());
            }
        }
        paths.sort_unstable();
        paths.dedup();
        Ok((paths, more))
    }

    /// Reads a list page by page; says whether there is more of it.
    async fn pages(
        &self,
        client: &Client,
        list: &str,
        action: &'static str,
    ) -> Result<(Vec<Json>, bool), ForgeFault> {
        // Somebody waits for it, and without an answer a look is made all the same.
        let retry = Retry { attempts: 2, total: Duration::from_secs(15), ..Retry::default() };
        let join = if list.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        for page in 1..=PAGES {
            let path = format!("{list}{join}per_page=100&page={page}");
            let request = self.request(client, Method::GET, &path);
            let answer = self.fetch(client, request, &retry, action).await?;
            match serde_json::from_slice(&answer.body) {
                Ok(Json::Array(more)) => items.extend(more),
                _ => return Err(self.answer()),
            }
            if !has_next(&answer.headers) {
                return Ok((items, false));
            }
        }
        Ok((items, true))
    }
}

/// Whether there is a next page. Its address is not followed: a token goes where we say.
fn has_next(headers: &HeaderMap) -> bool {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split(',')).any(|link| {
        let mut parts = link.split(';').skip(1).map(str::trim);
        parts.any(|part| part == "rel=\"next\"" || part == "rel=next")
    })
}

/// The texts of a list.
pub(super) fn texts<'a>(
    items: &'a Json,
    name: impl Fn(&'a Json) -> Option<&'a str>,
) -> Vec<String> {
    let items = items.as_array().into_iter().flatten();
    items.filter_map(name).map(str::to_owned).collect()
}

/// A page that a browser opens, and no more of it than fits on a line.
pub(super) fn page(url: &Json) -> Option<String> {
    let url = url.as_str()?;
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.len() <= 300 && url.chars().all(|it| it.is_ascii_graphic());
    (is_page && is_plain).then(|| url.to_owned())
}
