//! Pull requests of GitHub: `GET` and `POST /repos/{owner}/{repo}/pulls`, `PATCH …/pulls/{number}`,
//! `GET …/pulls/{number}/files`.

use sealine_http::Client;
use sealine_http::reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};

use super::open::{Listed, page as page_of, texts};
use super::{ForgeFault, Hosted, Opened, Request, part};

/// The open requests.
pub(super) const LIST: &str = "/pulls?state=open";

pub(super) async fn open(
    hosted: &Hosted,
    client: &Client,
    request: &Request,
) -> Result<Opened, ForgeFault> {
    let (owner, _) = hosted.address.path.split_once('/').ok_or_else(|| hosted.answer())?;
    let head = part(&format!("{owner}:{}", request.branch));
    let list = format!("/pulls?state=open&head={head}");
    let open = hosted.call(client, Method::GET, &list, None, "look for a pull request").await?;
    if let Some(known) = open.as_array().and_then(|all| all.first()) {
        let number = known["number"].as_u64().ok_or_else(|| hosted.answer())?;
        let body = json!({"body": request.body});
        let path = format!("/pulls/{number}");
        let action = "bring the pull request up to date";
        hosted.call(client, Method::PATCH, &path, Some(body), action).await?;
        return Ok(Opened { url: page(hosted, known)?, existed: true });
    }
    let base = hosted.target_branch(client, request).await?;
    let body = json!({
        "title": request.title, "body": request.body, "head": request.branch, "base": base,
    });
    let made =
        hosted.call(client, Method::POST, "/pulls", Some(body), "open a pull request").await?;
    Ok(Opened { url: page(hosted, &made)?, existed: false })
}

/// The files of a request.
pub(super) fn files(number: u64) -> String {
    format!("/pulls/{number}/files")
}

/// Reads one request of the list.
pub(super) fn listed(item: &Json) -> Option<Listed> {
    Some(Listed {
        number: item["number"].as_u64()?,
        url: page_of(&item["html_url"])?,
        labels: texts(&item["labels"], |label| label["name"].as_str()),
        revision: item["head"]["sha"].as_str()?.to_owned(),
    })
}

/// A request about the repository.
pub(super) fn request(
    hosted: &Hosted,
    client: &Client,
    method: Method,
    path: &str,
) -> RequestBuilder {
    let url = format!("{}/repos/{}{path}", hosted.base, hosted.address.path);
    let token = String::from_utf8_lossy(hosted.token.expose());
    client
        .request(method, url)
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .bearer_auth(token)
}

fn page(hosted: &Hosted, request: &Json) -> Result<String, ForgeFault> {
    request["html_url"].as_str().map(str::to_owned).ok_or_else(|| hosted.answer())
}
