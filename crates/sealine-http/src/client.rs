//! The client: made from settings, sends requests, reads answers of bounded size.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, IntoUrl, Method, NoProxy, Proxy, Request, RequestBuilder, Response};
use tokio::time::Instant;

use crate::fault::{Cause, Fault};
use crate::guard::{Guard, Guarded};
use crate::redact::{Redactor, escaped};
use crate::retry::Retry;
use crate::retry_after::retry_after;
use crate::secret_url::origin;
use crate::settings::Settings;

/// How much of the body of an error is read, and how many characters of it are shown.
const EXCERPT_READ: usize = 8 * 1024;
const EXCERPT_SHOWN: usize = 200;

/// Names and networks that no proxy can reach on this machine's behalf: itself, and its link, where
/// clouds keep their metadata.
const NEVER_PROXIED: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16";

/// Sends requests as the settings say.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
    guard: Option<Guarded>,
}

/// A complete answer. [`Client::fetch`] returns those that mean success.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// Makes a client for targets that the user or a well-known service names.
    ///
    /// # Errors
    ///
    /// When a proxy is not a URL, or certificates cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self { inner: build(settings, None)?, guard: None })
    }

    /// Makes a client for targets that somebody else may name: it reaches what the guard allows. Where
    /// a proxy is set, it is the proxy that resolves names, and its rules that hold for them.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn guarded(settings: &Settings, guard: Guard) -> Result<Self, Fault> {
        let set = &settings.proxies;
        let urls = set.http.iter().chain(&set.https);
        let guard = Guarded::new(guard, urls.filter_map(|url| url.parse().ok()));
        Ok(Self { inner: build(settings, Some(&guard))?, guard: Some(guard) })
    }

    /// Starts a request. It is sent by [`Client::fetch`] or [`Client::send`].
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.inner.request(method, url)
    }

    /// Returns the library's client, for other libraries that send requests of their own; `None`
    /// where a guard would be passed by.
    pub fn library(&self) -> Option<&reqwest::Client> {
        self.guard.is_none().then_some(&self.inner)
    }

    /// Sends a request, again where [`Retry`] says so, and reads the answer up to `limit` bytes. All
    /// but success is a fault; `secrets` are kept out of it.
    ///
    /// # Errors
    ///
    /// The last attempt's [`Fault`].
    pub async fn fetch(
        &self,
        request: RequestBuilder,
        limit: u64,
        retry: &Retry,
        secrets: &Redactor,
    ) -> Result<Answer, Fault> {
        let deadline = Instant::now() + retry.total;
        let mut waits = retry.waits();
        let mut next = Some(built(request)?);
        while let Some(request) = next.take() {
            let again = request.try_clone();
            let outcome = self.fetch_once(request, limit, deadline, secrets).await;
            let fault = match outcome {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let (Some(again), Some(wait)) = (again, pause(&fault, &mut waits, deadline)) else {
                return Err(fault);
            };
            tokio::time::sleep(wait).await;
            next = Some(again);
        }
        Err(Fault::Unsendable("nothing to send".to_owned()))
    }

    /// Sends a request once and returns the answer with its body unread, which must mean success.
    ///
    /// # Errors
    ///
    /// All but an answer that means success.
    pub async fn send(
        &self,
        request: RequestBuilder,
        secrets: &Redactor,
    ) -> Result<Response, Fault> {
        self.send_built(built(request)?, secrets).await
    }

    /// Sends a request once and returns whatever is answered.
    pub(crate) async fn exchange(&self, request: Request, limit: u64) -> Result<Answer, Fault> {
        let response = self.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: read_at_most(response, limit).await? })
    }

    async fn fetch_once(
        &self,
        request: Request,
        limit: u64,
        deadline: Instant,
        secrets: &Redactor,
    ) -> Result<Answer, Fault> {
        let origin = origin(request.url());
        let exchange = async {
            let response = self.send_built(request, secrets).await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = read_at_most(response, limit).await?;
            Ok(Answer { status, headers, body })
        };
        let late = Fault::NotReached { origin, cause: Cause::Time, detail: String::new() };
        tokio::time::timeout_at(deadline, exchange).await.unwrap_or(Err(late))
    }

    async fn execute(&self, request: Request) -> Result<Response, Fault> {
        if let Some(guard) = &self.guard {
            guard.check(request.url())?;
        }
        let origin = origin(request.url());
        self.inner.execute(request).await.map_err(|error| Fault::of(error, &origin))
    }

    async fn send_built(&self, request: Request, secrets: &Redactor) -> Result<Response, Fault> {
        let origin = origin(request.url());
        let response = self.execute(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Err(Fault::Answered {
            origin,
            status: response.status().as_u16(),
            retry_after: asked.and_then(|value| retry_after(value, Timestamp::now())),
            excerpt: excerpt(response, secrets).await,
        })
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body and some headers may be secrets.
        out.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Reads a body, but no more than `limit` bytes of it.
///
/// # Errors
///
/// When there is more, or when it ends early.
pub async fn read_at_most(mut response: Response, limit: u64) -> Result<Vec<u8>, Fault> {
    let origin = origin(response.url());
    let too_large = || Fault::TooLarge { origin: origin.clone(), limit };
    // Length of a compressed body is not that of what comes out, but nothing here asks for one.
    let announced = response.content_length().unwrap_or(0);
    if announced > limit {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| Fault::of(error, &origin))? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns how long to wait before the next attempt, unless there is to be none.
fn pause(
    fault: &Fault,
    waits: &mut impl Iterator<Item = Duration>,
    deadline: Instant,
) -> Option<Duration> {
    let wait = waits.next().filter(|_| fault.is_passing())?;
    let wait = match fault {
        // A little later than asked, so that all who were asked do not come at once.
        Fault::Answered { retry_after: Some(asked), .. } => *asked + wait / 4,
        _ => wait,
    };
    (Instant::now() + wait < deadline).then_some(wait)
}

/// Returns the start of the body of an error, without secrets.
async fn excerpt(mut response: Response, secrets: &Redactor) -> String {
    let mut body = Vec::new();
    let mut is_cut = false;
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > EXCERPT_READ {
            body.truncate(EXCERPT_READ);
            is_cut = true;
            break;
        }
    }
    let mut text = secrets.redact(&String::from_utf8_lossy(&body));
    if is_cut {
        // The end may be the first half of a secret.
        let keep = text.len().saturating_sub(secrets.longest());
        text.truncate(text.floor_char_boundary(keep));
    }
    escaped(&text, EXCERPT_SHOWN)
}

fn built(request: RequestBuilder) -> Result<Request, Fault> {
    request.build().map_err(|error| Fault::of(error, ""))
}

fn build(settings: &Settings, guard: Option<&Guarded>) -> Result<reqwest::Client, Fault> {
    // The first to install one wins, and all of Sealine installs this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("sealine/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(settings.connect)
        .timeout(settings.total)
        // Sealine's own retries are the only ones.
        .retry(reqwest::retry::never())
        // The proxies are those of the settings, not those the library would find.
        .no_proxy();
    for proxy in proxies(settings)? {
        builder = builder.proxy(proxy);
    }
    if let Some(guard) = guard {
        builder = builder.dns_resolver(guard.clone());
    }
    let extra = certificates(settings.ca_bundle.as_deref())?;
    builder = match certificates(settings.roots.as_deref())? {
        Some(roots) => builder.tls_certs_only(roots.into_iter().chain(extra.into_iter().flatten())),
        None => builder.tls_certs_merge(extra.into_iter().flatten()),
    };
    builder.build().map_err(|error| match Fault::of(error, "") {
        Fault::Unsendable(detail) => Fault::Setup(detail),
        other => Fault::Setup(other.to_string()),
    })
}

fn proxies(settings: &Settings) -> Result<Vec<Proxy>, Fault> {
    let set = &settings.proxies;
    let listed = set.none.as_deref().unwrap_or_default();
    let none = NoProxy::from_string(&format!("{NEVER_PROXIED},{listed}"));
    let mut proxies = Vec::new();
    if let Some(url) = &set.http {
        proxies.push(Proxy::http(url).map_err(|_| invalid("HTTP_PROXY"))?);
    }
    if let Some(url) = &set.https {
        proxies.push(Proxy::https(url).map_err(|_| invalid("HTTPS_PROXY"))?);
    }
    Ok(proxies.into_iter().map(|proxy| proxy.no_proxy(none.clone())).collect())
}

fn invalid(name: &str) -> Fault {
    Fault::Setup(format!("`{name}` is not the URL of a proxy"))
}

/// Reads certificates in PEM.
#[expect(clippy::disallowed_methods, reason = "a certificate of the machine, not of the project")]
fn certificates(file: Option<&std::path::Path>) -> Result<Option<Vec<Certificate>>, Fault> {
    let Some(file) = file else { return Ok(None) };
    let shown = escaped(&file.to_string_lossy(), EXCERPT_SHOWN);
    let text = std::fs::read(file)
        .map_err(|error| Fault::Setup(format!("certificates in `{shown}`: {error}")))?;
    let read = Certificate::from_pem_bundle(&text).unwrap_or_default();
    if read.is_empty() {
        return Err(Fault::Setup(format!("`{shown}` holds no certificate in PEM")));
    }
    Ok(Some(read))
}
