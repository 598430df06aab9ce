//! Who asks AWS: the credentials that its own programs find, the role that a key wants, and the
//! signature.
//!
//! Credentials are looked for by `reqsign`, in the environment that the binary read: variables,
//! profiles, single sign-on, web identity, containers, instances. What it does not know, profiles
//! that name a role, is here; and so are programs, which start as all of Sealine's children do.

use reqsign_aws_v4::{
    AssumeRoleWithWebIdentityCredentialProvider, Credential, ECSCredentialProvider,
    EnvCredentialProvider, IMDSv2CredentialProvider, ProfileCredentialProvider, RequestSigner,
    SSOCredentialProvider, StaticCredentialProvider,
};
use reqsign_core::{ProvideCredentialDyn, Signer};
use sealine_http::reqwest::{Method, Url};
use sealine_http::{Redactor, escaped, signing};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Services;
use super::aws_profiles::{self, Source};
use super::encoding::text;
use crate::fault::KeyFault;
use crate::programs;

/// How many roles may stand before the one that is wanted.
const LONGEST_CHAIN: usize = 5;

/// A request to be signed.
pub(super) struct Signed<'request> {
    pub(super) url: Url,
    pub(super) headers: &'request [(&'request str, &'request str)],
    pub(super) body: String,
}

impl Signed<'_> {
    /// Returns the headers with which the request is sent.
    pub(super) async fn sign(
        &self,
        signer: &Signer<Credential>,
    ) -> Result<http::HeaderMap, KeyFault> {
        let digest = format!("{:x}", Sha256::digest(self.body.as_bytes()));
        let mut request = http::Request::post(self.url.as_str());
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let request = request.header("x-amz-content-sha256", digest).body(());
        let unsigned = |_| KeyFault::Invalid("a request that AWS does not understand".to_owned());
        let mut head = request.map_err(unsigned)?.into_parts().0;
        signer.sign(&mut head, None).await.map_err(|_| {
            KeyFault::Credentials("the credentials for AWS cannot sign a request".to_owned())
        })?;
        Ok(head.headers)
    }
}

/// Returns the URL of a service: AWS's own, or what the user's environment names.
pub(super) fn endpoint(
    service: &str,
    region: &str,
    partition: &str,
    services: &Services,
) -> Result<Url, KeyFault> {
    let own = format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase());
    let ignored = services.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some("true");
    let set = services.variable(&own).or_else(|| services.variable("AWS_ENDPOINT_URL"));
    if let Some(url) = set.filter(|_| !ignored) {
        let wrong = |_| KeyFault::Invalid("`AWS_ENDPOINT_URL` is not a web address".to_owned());
        return Url::parse(url).map_err(wrong);
    }
    let domain = match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    let url = format!("https://{service}.{region}.{domain}/");
    Url::parse(&url).map_err(|_| KeyFault::Invalid("the region is not a name".to_owned()))
}

/// Returns what signs requests to a service, as the role where there is one.
pub(super) async fn signer(
    service: &str,
    region: &str,
    partition: &str,
    role: Option<&str>,
    profile: &str,
    services: &Services,
) -> Result<Signer<Credential>, KeyFault> {
    let mut credential = base(region, partition, profile, services).await?;
    if let Some(role) = role {
        let place = (region, partition);
        credential = assume(&credential, role, "sealine", None, place, services).await?;
    }
    with(&credential, service, region, services)
}

fn with(
    credential: &Credential,
    service: &str,
    region: &str,
    services: &Services,
) -> Result<Signer<Credential>, KeyFault> {
    let Credential { access_key_id, secret_access_key, session_token, .. } = credential;
    let mut provider = StaticCredentialProvider::new(access_key_id, secret_access_key);
    if let Some(token) = session_token {
        provider = provider.with_session_token(token);
    }
    Ok(Signer::new(context(services)?, provider, RequestSigner::new(service, region)))
}

fn context(services: &Services) -> Result<reqsign_core::Context, KeyFault> {
    let environment = &services.surroundings().environment;
    Ok(signing::context(services.client()?, environment, services.home()))
}

/// Returns the credential of a profile, or of whoever runs this.
async fn base(
    region: &str,
    partition: &str,
    profile: &str,
    services: &Services,
) -> Result<Credential, KeyFault> {
    // What the environment offers comes before profiles, but not before one that a key names.
    let offers = ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"];
    let is_offered = offers.iter().any(|name| services.variable(name).is_some());
    let is_explicit = !profile.is_empty();
    if is_offered && !is_explicit {
        return find(surroundings(), services).await;
    }
    let usual = services.variable("AWS_PROFILE").unwrap_or("default");
    let named = if is_explicit { profile } else { usual };
    let mut chain = aws_profiles::chain(named, LONGEST_CHAIN, services).await?;
    let mut credential = match chain.source {
        Source::Profile(name) if is_explicit || !chain.roles.is_empty() => {
            find(profile_of(&name), services).await?
        }
        Source::Program(line) => printed(&line, services).await?,
        Source::Profile(_) | Source::Surroundings => find(surroundings(), services).await?,
    };
    while let Some(role) = chain.roles.pop() {
        let region = role.region.as_deref().unwrap_or(region);
        let session = role.session.as_deref().unwrap_or("sealine");
        let outside = role.external_id.as_deref();
        let place = (region, partition);
        credential = assume(&credential, &role.arn, session, outside, place, services).await?;
    }
    Ok(credential)
}

/// A place where credentials may be, and what finds them there.
type Place = (&'static str, Box<dyn ProvideCredentialDyn<Credential = Credential>>);

/// The places of a profile.
fn profile_of(name: &str) -> Vec<Place> {
    vec![
        ("its profile", Box::new(ProfileCredentialProvider::new().with_profile(name))),
        ("single sign-on", Box::new(SSOCredentialProvider::new().with_profile(name))),
    ]
}

/// The places that AWS's own programs look at when nobody names a profile, in their order.
fn surroundings() -> Vec<Place> {
    vec![
        ("the environment", Box::new(EnvCredentialProvider::new())),
        ("web identity", Box::new(AssumeRoleWithWebIdentityCredentialProvider::new())),
        ("the profile", Box::new(ProfileCredentialProvider::new())),
        ("single sign-on", Box::new(SSOCredentialProvider::new())),
        ("the container", Box::new(ECSCredentialProvider::new())),
        ("the instance", Box::new(IMDSv2CredentialProvider::new())),
    ]
}

/// Returns the first credential that is found, or says of each place why there is none.
async fn find(places: Vec<Place>, services: &Services) -> Result<Credential, KeyFault> {
    let context = context(services)?;
    let mut secrets = Redactor::new();
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    {
        secrets.add(services.variable(name).unwrap_or_default().as_bytes());
    }
    let mut looked = Vec::new();
    for (place, provider) in places {
        match provider.provide_credential_dyn(&context).await {
            Ok(Some(credential)) => return Ok(credential),
            Ok(None) => looked.push(format!("{place}: nothing")),
            Err(error) => {
                let reason = escaped(&secrets.redact(&error.to_string()), 200);
                looked.push(format!("{place}: {reason}"));
            }
        }
    }
    let looked = looked.join("; ");
    Err(KeyFault::Credentials(format!("no credentials for AWS were found: {looked}")))
}

/// Returns the credential that a program prints.
async fn printed(line: &str, services: &Services) -> Result<Credential, KeyFault> {
    let failed = |reason: &str| {
        KeyFault::Credentials(format!("the `credential_process` of its AWS profile: {reason}"))
    };
    let output = programs::words(line).ok_or("a quote in it is not closed".to_owned());
    let output = match &output {
        Ok(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            programs::output(&words, &[], services).await
        }
        Err(reason) => Err(reason.clone()),
    };
    let output = output.map_err(|reason| failed(&reason))?;
    let field = |name: &str| text(output.expose(), name).map(|text| text.to_string());
    let wrong = |_| failed("it printed no credentials");
    Ok(Credential {
        access_key_id: field("/AccessKeyId").map_err(wrong)?,
        secret_access_key: field("/SecretAccessKey").map_err(wrong)?,
        session_token: field("/SessionToken").ok(),
        expires_in: None,
    })
}

/// Takes on a role.
async fn assume(
    credential: &Credential,
    role: &str,
    session: &str,
    external_id: Option<&str>,
    (region, partition): (&str, &str),
    services: &Services,
) -> Result<Credential, KeyFault> {
    let url = endpoint("sts", region, partition, services)?;
    // The URL's own serialiser writes forms, too.
    let mut form = url.clone();
    form.query_pairs_mut()
        .clear()
        .append_pair("Action", "AssumeRole")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", role)
        .append_pair("RoleSessionName", session)
        .extend_pairs(external_id.map(|id| ("ExternalId", id)));
    let body = form.query().unwrap_or_default().to_owned();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let signed = Signed { url, headers: &headers, body };
    let headers = signed.sign(&with(credential, "sts", region, services)?).await?;
    let client = services.client()?;
    let request = client.request(Method::POST, signed.url).headers(headers).body(signed.body);
    let answer = client.fetch(request, 1 << 20, &services.retry, &Redactor::new()).await?;
    let answer = Zeroizing::new(String::from_utf8(answer.body).unwrap_or_default());
    let field = |name: &str| element(&answer, name).map(str::to_owned);
    let (Some(access_key_id), Some(secret_access_key)) =
        (field("AccessKeyId"), field("SecretAccessKey"))
    else {
        return Err(KeyFault::Credentials("the answer of STS has no credentials".to_owned()));
    };
    let session_token = field("SessionToken");
    Ok(Credential { access_key_id, secret_access_key, session_token, expires_in: None })
}

/// Returns the text of the first element of that name; those of STS's credentials are plain.
fn element<'xml>(xml: &'xml str, name: &str) -> Option<&'xml str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim())
}
