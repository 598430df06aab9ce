//! Pull requests of GitHub: `GET` and `POST /repos/{owner}/{repo}/pulls`, `PATCH …/pulls/{number}`.

use sealine_http::reqwest::Method;
use sealine_http::{Client, Retry};
use serde_json::{Value as Json, json};

use super::{ForgeFault, Hosted, LARGEST, Opened, Request, part};

pub(super) async fn open(
    hosted: &Hosted,
    client: &Client,
    request: &Request,
) -> Result<Opened, ForgeFault> {
    let (owner, _) = hosted.address.path.split_once('/').ok_or_else(|| hosted.answer())?;
    let head = part(&format!("{owner}:{}", request.branch));
    let list = format!("/pulls?state=open&head={head}");
    let open = call(hosted, client, Method::GET, &list, None, "look for a pull request").await?;
    if let Some(known) = open.as_array().and_then(|all| all.first()) {
        let number = known["number"].as_u64().ok_or_else(|| hosted.answer())?;
        let body = json!({"body": request.body});
        let path = format!("/pulls/{number}");
        let action = "bring the pull request up to date";
        call(hosted, client, Method::PATCH, &path, Some(body), action).await?;
        return Ok(Opened { url: page(hosted, known)?, existed: true });
    }
    let base = if let Some(base) = &request.base {
        base.clone()
    } else {
        let about =
            call(hosted, client, Method::GET, "", None, "ask for the default branch").await?;
        about["default_branch"].as_str().ok_or_else(|| hosted.answer())?.to_owned()
    };
    let body = json!({
        "title": request.title, "body": request.body, "head": request.branch, "base": base,
    });
    let made =
        call(hosted, client, Method::POST, "/pulls", Some(body), "open a pull request").await?;
    Ok(Opened { url: page(hosted, &made)?, existed: false })
}

fn page(hosted: &Hosted, request: &Json) -> Result<String, ForgeFault> {
    request["html_url"].as_str().map(str::to_owned).ok_or_else(|| hosted.answer())
}

async fn call(
    hosted: &Hosted,
    client: &Client,
    method: Method,
    path: &str,
    body: Option<Json>,
    action: &'static str,
) -> Result<Json, ForgeFault> {
    let url = format!("{}/repos/{}{path}", hosted.base, hosted.address.path);
    // What opens a request must not be sent twice.
    let retry = if method == Method::POST { Retry::never() } else { Retry::default() };
    let token = String::from_utf8_lossy(hosted.token.expose());
    let mut request = client
        .request(method, url)
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = client.fetch(request, LARGEST, &retry, &hosted.secrets).await;
    let answer = answer.map_err(|fault| ForgeFault::Http { action, fault })?;
    serde_json::from_slice(&answer.body).map_err(|_| hosted.answer())
}
