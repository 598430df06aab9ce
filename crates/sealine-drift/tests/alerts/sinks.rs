//! Each sink against a server that holds its requests against the service's own description.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use sealine_drift::alerts::{Event, Item, Message, Standing};
use sealine_drift::report::Severity;
use sealine_drift::sinks::{Outlet, SINKS, Secrets, Surroundings};
use sealine_drift::store::{Answered, Due};
use serde_json::{Value, json};

use crate::sample::{Bench, start};

/// Credentials that must be in requests and nowhere else.
pub(crate) const CANARY: &str = "CANARY-0123456789abcdef";

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

type Answers = Arc<Mutex<Vec<(u16, Vec<(&'static str, String)>, String)>>>;

#[derive(Clone, Default)]
pub(crate) struct Service {
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    /// What to answer, last first; what fits the request otherwise.
    answers: Answers,
    /// Never answers at all.
    hangs: bool,
}

async fn serve(State(service): State<Service>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 10_000_000).await.unwrap();
    let headers = parts.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let line = format!("{} {}", parts.method, parts.uri);
    let body = serde_json::from_slice(&body).unwrap_or_default();
    service.seen.lock().unwrap().push(Seen {
        line: line.clone(),
        headers: headers.collect(),
        body,
    });
    if service.hangs {
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    if let Some((status, headers, body)) = service.answers.lock().unwrap().pop() {
        let mut response = body.into_response();
        *response.status_mut() = status.try_into().unwrap();
        for (name, value) in headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        return response;
    }
    let usual = if line.contains("/api/chat.") {
        json!({"ok": true, "channel": "C1", "ts": "123.456"}).to_string()
    } else if line.starts_with("GET ") {
        "[]".to_owned()
    } else if line.ends_with("/issues") {
        json!({"number": 42}).to_string()
    } else {
        "ok".to_owned()
    };
    usual.into_response()
}

impl Service {
    pub(crate) async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(serve).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.line.clone()).collect()
    }

    fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }
}

fn settings(kind: &str, url: &str) -> Value {
    let key = json!({"env": "KEY"});
    match kind {
        "slack_webhook" => json!({"url": {"env": "URL"}}),
        "slack_bot" => json!({"token": key, "channel": "#drift", "api_url": format!("{url}/api")}),
        "opsgenie" => json!({"key": key, "teams": ["platform"], "api_url": url}),
        "jira_service_management" => json!({"key": key, "api_url": url}),
        "github_issues" | "github_dispatch" => {
            json!({"repository": "o/r", "token": key, "api_url": url})
        }
        "webhook" => {
            json!({"url": {"env": "URL"}, "secret": {"env": "KEY"}, "allow": ["127.0.0.1"]})
        }
        _ => panic!("no settings for `{kind}`: add the new sink here"),
    }
}

pub(crate) fn make(kind: &str, url: &str, total: Duration) -> Outlet {
    let variables = [("URL", format!("{url}/hook/{CANARY}")), ("KEY", CANARY.to_owned())];
    let environment = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
    let secrets = Secrets { environment: environment.collect(), ..Secrets::default() };
    let http = sealine_http::Settings { total, ..sealine_http::Settings::default() };
    let with = Surroundings { http: &http, secrets: &secrets };
    Outlet::make(kind, kind, &settings(kind, url), &with).unwrap()
}

pub(crate) fn message(event: Event) -> Message {
    let item = Item {
        standing: if event == Event::Resolve { Standing::Gone } else { Standing::New },
        id: 7,
        project: "terraform/edge".to_owned(),
        address: "aws_security_group.<!channel>[\"@here\"]".to_owned(),
        change: "changed outside".to_owned(),
        paths: vec!["ingress[0].cidr_blocks".to_owned(), "tags[\"team\"]".to_owned()],
        severity: Severity::High,
        workloads: vec!["shop/api".to_owned(), "shop/worker".to_owned()],
        note: None,
        since: start(),
    };
    Message {
        format: 1,
        event,
        key: "0123456789abcdef0123456789abcdef".to_owned(),
        sequence: 1,
        topic: "drifted".to_owned(),
        severity: Severity::High,
        project: Some("terraform/edge".to_owned()),
        owners: vec!["@shop/platform".to_owned()],
        title: "`terraform/edge`: `aws_security_group.<!channel>` drifted".to_owned(),
        items: vec![item],
        more: 0,
        standing: 1,
        since: start(),
        at: start(),
        link: Some("https://ci.example.com/run/1?a=b|c".to_owned()),
    }
}

/// A message with far more of everything than any service takes.
fn huge() -> Message {
    let mut message = message(Event::Open);
    message.title = "ü<>&".repeat(5_000);
    let mut item = message.items[0].clone();
    item.address = "ä`&<".repeat(5_000);
    item.paths = vec!["p\n&<".repeat(100); 30];
    item.workloads = vec!["w&".repeat(100); 30];
    item.note = Some("n<".repeat(9_000));
    message.items = vec![item; 50];
    message.more = 1_000;
    message
}

/// A message as the store would hand it out.
pub(crate) async fn due(message: Message, reference: Option<&str>, attempts: i64) -> Due {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "c")]).await;
    let mut due = bench.store.attempt("team", true, bench.clock.now()).await.unwrap().unwrap();
    due.message = message;
    due.reference = reference.map(str::to_owned);
    due.attempts = attempts;
    due.dedupe_key = "d".repeat(32);
    due
}

pub(crate) const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn every_kind_is_listed_once_and_has_a_schema() {
    let mut names: Vec<_> = SINKS.iter().map(|kind| kind.name).collect();
    assert!(names.is_sorted());
    names.dedup();
    assert_eq!(names.len(), SINKS.len());
    for kind in SINKS {
        let schema = (kind.schema)().to_value();
        assert_eq!(schema["additionalProperties"], json!(false), "{}", kind.name);
        assert!(!format!("{:?}", make(kind.name, "http://127.0.0.1:9", PATIENT)).contains(CANARY));
    }
}

#[tokio::test]
async fn an_issue_that_is_there_is_not_opened_again() {
    let service = Service::default();
    let outlet = make("github_issues", &service.start().await, PATIENT);
    let marker = "x <!-- sealine:0123456789abcdef0123456789abcdef -->";
    let first: Vec<Value> = (0..100).map(|number| json!({"number": number})).collect();
    let pages = [json!([{"number": 107, "body": marker}]).to_string(), json!(first).to_string()];
    let pages = pages.into_iter().map(|page| (200, vec![], page));
    service.answers.lock().unwrap().extend(pages);
    let answered = outlet.sink.send(&due(message(Event::Open), None, 1).await).await;
    assert_eq!(answered, Answered::Sent { reference: Some("107".to_owned()) });
    assert_eq!(service.lines().len(), 2, "{:?}", service.lines());
    // A comment whose answer was lost is not made again either.
    let comment = "<!-- sealine:0123456789abcdef0123456789abcdef 1 -->";
    let comments = json!([{"body": comment}]).to_string();
    service.answers.lock().unwrap().push((200, vec![], comments));
    outlet.sink.send(&due(message(Event::Update), Some("107"), 1).await).await;
    assert_eq!(service.last().line, "GET /repos/o/r/issues/107/comments?per_page=100&page=1");
}

#[tokio::test]
async fn the_limits_of_each_service_are_kept() {
    for kind in SINKS {
        let service = Service::default();
        let outlet = make(kind.name, &service.start().await, PATIENT);
        let answered = outlet.sink.send(&due(huge(), None, 0).await).await;
        assert!(matches!(answered, Answered::Sent { .. }), "{}: {answered:?}", kind.name);
        let body = service.last().body;
        let length = |path: &str| body.pointer(path).unwrap().as_str().unwrap().chars().count();
        match kind.name {
            "slack_webhook" | "slack_bot" => {
                let blocks = body["blocks"].as_array().unwrap();
                assert!(blocks.len() <= 50);
                let texts = blocks.iter().filter_map(|block| block["text"]["text"].as_str());
                let sizes: Vec<usize> = texts.map(|text| text.chars().count()).collect();
                assert!(sizes.iter().all(|size| *size <= 3_000), "{sizes:?}");
                assert!(body["blocks"].to_string().chars().count() < 13_200);
                assert!(length("/text") <= 4_000);
                assert!(!body.to_string().contains("<!"));
            }
            "opsgenie" | "jira_service_management" => {
                assert!(length("/message") <= 130 && length("/description") <= 15_000);
                assert!(length("/alias") <= 512 && length("/entity") <= 512);
                assert!(body["details"].to_string().chars().count() <= 8_000);
            }
            "github_issues" => {
                assert!(length("/title") <= 256 && length("/body") <= 65_536);
            }
            "github_dispatch" => {
                assert!(length("/event_type") <= 100);
                assert!(body["client_payload"].as_object().unwrap().len() <= 10);
            }
            "webhook" => {
                assert!(body.to_string().len() <= 256 * 1024);
                let left = body["data"]["items"].as_array().unwrap().len() as u64;
                assert_eq!(body["data"]["more"].as_u64().unwrap() + left, 1_050);
            }
            other => panic!("no limits for `{other}`: add the new sink here"),
        }
    }
}

#[tokio::test]
async fn what_services_answer_decides_what_follows() {
    let rate = r#"{"message": "API rate limit exceeded"}"#.to_owned();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for kind in SINKS {
        let service = Service::default();
        let outlet = make(kind.name, &service.start().await, PATIENT);
        let cases = [
            (429, vec![("retry-after", "7".to_owned())], String::new(), Some(seconds(7))),
            (503, vec![("retry-after", "junk".to_owned())], String::new(), Some(None)),
            (500, vec![], format!("failed at {CANARY}"), Some(None)),
            (403, vec![], rate.clone(), Some(seconds(60))),
            (403, vec![], format!("no right for {CANARY}"), None),
            (404, vec![], String::new(), None),
            (302, vec![("location", "http://127.0.0.1:1/".to_owned())], String::new(), None),
            (410, vec![], String::new(), None),
        ];
        for (status, headers, body, wanted) in cases {
            service.answers.lock().unwrap().push((status, headers, body));
            let answered = outlet.sink.send(&due(message(Event::Open), None, 0).await).await;
            match (&answered, wanted) {
                (Answered::Later { after, .. }, Some(wanted)) => {
                    assert_eq!(*after, wanted, "{} {status}", kind.name);
                }
                (Answered::Never { .. }, None) => {}
                _ => panic!("{} {status}: {answered:?}", kind.name),
            }
            assert!(!format!("{answered:?}").contains("CANARY"), "{answered:?}");
        }
    }
}

#[tokio::test]
async fn slack_says_with_success_what_is_wrong() {
    let service = Service::default();
    let outlet = make("slack_bot", &service.start().await, PATIENT);
    for (body, later) in [
        (r#"{"ok":false,"error":"ratelimited"}"#, true),
        (r#"{"ok":false,"error":"channel_not_found"}"#, false),
        ("<html>", true),
    ] {
        service.answers.lock().unwrap().push((200, vec![], body.to_owned()));
        let answered = outlet.sink.send(&due(message(Event::Open), None, 0).await).await;
        assert_eq!(matches!(answered, Answered::Later { .. }), later, "{body}: {answered:?}");
    }
}

#[tokio::test]
async fn what_never_answers_or_is_not_there_is_tried_later() {
    let service = Service { hangs: true, ..Service::default() };
    let (hanging, nobody) = (service.start().await, "http://127.0.0.1:1".to_owned());
    let garbage = garbage().await;
    // A name that no resolver knows, as when DNS is gone.
    let nameless = "https://nowhere.invalid".to_owned();
    for url in [hanging, nobody, nameless, garbage] {
        for kind in ["slack_webhook", "opsgenie", "webhook", "github_issues"] {
            let outlet = make(kind, &url, Duration::from_millis(300));
            let began = Instant::now();
            let answered = outlet.sink.send(&due(message(Event::Open), None, 0).await).await;
            assert!(began.elapsed() < Duration::from_secs(8), "{kind} {url}");
            assert!(matches!(answered, Answered::Later { .. }), "{kind} {url}: {answered:?}");
            assert!(!format!("{answered:?}").contains("CANARY"), "{answered:?}");
        }
    }
}

/// A server that speaks another language.
async fn garbage() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt as _;
            let _ = stream.write_all(b"\x16\x03\x01 no HTTP\r\n\r\n").await;
        }
    });
    url
}

#[tokio::test]
async fn a_webhook_is_signed_and_stays_outside_of_the_own_network() {
    let service = Service::default();
    let url = service.start().await;
    let outlet = make("webhook", &url, PATIENT);
    outlet.sink.send(&due(message(Event::Open), None, 0).await).await;
    let seen = service.last();
    assert_eq!(seen.headers["webhook-id"], format!("msg_{}", "d".repeat(32)));
    assert!(seen.headers["webhook-signature"].starts_with("v1,"));
    assert!(seen.headers["webhook-timestamp"].parse::<i64>().unwrap() > 1_700_000_000);
    assert_eq!(seen.body["data"]["items"][0]["address"], message(Event::Open).items[0].address);
    for url in ["https://169.254.169.254/x", "https://[::ffff:127.0.0.1]/x", "https://0x7f.1/x"] {
        let environment = BTreeMap::from([
            ("URL".to_owned(), url.to_owned()),
            ("KEY".to_owned(), CANARY.to_owned()),
        ]);
        let secrets = Secrets { environment, ..Secrets::default() };
        let http = sealine_http::Settings::default();
        let with = Surroundings { http: &http, secrets: &secrets };
        let settings = json!({"url": {"env": "URL"}, "secret": {"env": "KEY"}});
        let outlet = Outlet::make("w", "webhook", &settings, &with).unwrap();
        let answered = outlet.sink.send(&due(message(Event::Open), None, 0).await).await;
        assert!(matches!(answered, Answered::Never { .. }), "{url}: {answered:?}");
    }
}
