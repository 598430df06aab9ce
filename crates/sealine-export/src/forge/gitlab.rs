//! Merge requests of GitLab: `GET` and `POST /projects/{id}/merge_requests`,
//! `PUT …/merge_requests/{iid}`, `GET …/merge_requests/{iid}/diffs`. A project's path, encoded, is its id.

use sealine_http::Client;
use sealine_http::reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};

use super::open::{Listed, page as page_of, texts};
use super::{ForgeFault, Hosted, Opened, Request, part};

/// The open requests.
pub(super) const LIST: &str = "/merge_requests?state=opened";

pub(super) async fn open(
    hosted: &Hosted,
    client: &Client,
    request: &Request,
) -> Result<Opened, ForgeFault> {
    let list = format!("/merge_requests?state=opened&source_branch={}", part(&request.branch));
    let open = hosted.call(client, Method::GET, &list, None, "look for a merge request").await?;
    if let Some(known) = open.as_array().and_then(|all| all.first()) {
        let number = known["iid"].as_u64().ok_or_else(|| hosted.answer())?;
        let body = json!({"description": request.body});
        let path = format!("/merge_requests/{number}");
        let action = "bring the merge request up to date";
        hosted.call(client, Method::PUT, &path, Some(body), action).await?;
        return Ok(Opened { url: page(hosted, known)?, existed: true });
    }
    let base = hosted.target_branch(client, request).await?;
    let body = json!({
        "source_branch": request.branch,
        "target_branch": base,
        "title": request.title,
        "description": request.body,
    });
    let action = "open a merge request";
    let made = hosted.call(client, Method::POST, "/merge_requests", Some(body), action).await?;
    Ok(Opened { url: page(hosted, &made)?, existed: false })
}

/// The files of a request.
pub(super) fn files(number: u64) -> String {
    format!("/merge_requests/{number}/diffs")
}

/// Reads one request of the list.
pub(super) fn listed(item: &Json) -> Option<Listed> {
    Some(Listed {
        number: item["iid"].as_u64()?,
        url: page_of(&item["web_url"])?,
        labels: texts(&item["labels"], Json::as_str),
        revision: item["sha"].as_str()?.to_owned(),
    })
}

/// A request about the repository.
pub(super) fn request(
    hosted: &Hosted,
    client: &Client,
    method: Method,
    path: &str,
) -> RequestBuilder {
    let url = format!("{}/projects/{}{path}", hosted.base, part(&hosted.address.path));
    client.request(method, url).header("private-token", hosted.token.expose())
}

fn page(hosted: &Hosted, request: &Json) -> Result<String, ForgeFault> {
    request["web_url"].as_str().map(str::to_owned).ok_or_else(|| hosted.answer())
}
