//! Who asks AWS: the credentials that its own programs find, the roles that are taken on with them,
//! and the signature.
//!
//! Credentials are looked for by `reqsign`, in the environment that the binary read: variables,
//! profiles, single sign-on, web identity, containers, instances. What it does not know, profiles
//! that name a role, is here; and so are programs, which start as all of Sealine's children do.

mod profiles;

use reqsign_aws_v4::{
    AssumeRoleWithWebIdentityCredentialProvider, Credential, ECSCredentialProvider,
    EnvCredentialProvider, IMDSv2CredentialProvider, ProfileCredentialProvider, RequestSigner,
    SSOCredentialProvider, StaticCredentialProvider,
};
use reqsign_core::{ProvideCredentialDyn, Signer};
use sealine_http::reqwest::{Method, Url};
use sealine_http::{Redactor, escaped};
use sealine_model::SecretValue;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{CredentialFault, Services, element, programs, text};
use profiles::Source;

/// How many roles may stand before the one that is wanted.
const LONGEST_CHAIN: usize = 5;

/// A region, and the partition of AWS it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region<'a> {
    /// The region: `eu-west-1`.
    pub name: &'a str,
    /// The partition: `aws`, `aws-cn`.
    pub partition: &'a str,
}

impl<'a> Region<'a> {
    /// Returns a region of the partition that its name tells.
    pub fn of(name: &'a str) -> Self {
        let partition = match name {
            _ if name.starts_with("cn-") => "aws-cn",
            _ if name.starts_with("us-gov-") => "aws-us-gov",
            _ if name.starts_with("us-iso-") => "aws-iso",
            _ if name.starts_with("us-isob-") => "aws-iso-b",
            _ if name.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        };
        Self { name, partition }
    }

    /// Returns the domain of its services.
    pub fn domain(self) -> &'static str {
        match self.partition {
            "aws-cn" => "amazonaws.com.cn",
            "aws-iso" => "c2s.ic.gov",
            "aws-iso-b" => "sc2s.sgov.gov",
            "aws-eusc" => "amazonaws.eu",
            _ => "amazonaws.com",
        }
    }
}

/// A role to take on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// What the session is called; `sealine` without.
    pub session: Option<String>,
    /// What the role's owner demands to be told.
    pub external_id: Option<String>,
    /// Where it is asked for, if not in the region of the request.
    pub region: Option<String>,
}

/// A key that somebody configured.
#[derive(Debug)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// The key.
    pub secret: SecretValue,
    /// The token of a session.
    pub token: Option<SecretValue>,
}

/// Whose credentials are used, when it is not whoever runs this.
#[derive(Clone, Copy, Debug, Default)]
pub struct Login<'a> {
    /// A key.
    pub key: Option<&'a AccessKey>,
    /// A profile of AWS's own programs.
    pub profile: Option<&'a str>,
    /// Roles that are taken on with them, the first one first.
    pub roles: &'a [Role],
    /// Where roles are asked for; AWS's own address, or the environment's, without.
    pub sts: Option<&'a str>,
}

/// A request to be signed, which sends a body.
#[derive(Debug)]
pub struct Signed<'request> {
    /// Where it goes.
    pub url: Url,
    /// What it says besides.
    pub headers: &'request [(&'request str, &'request str)],
    /// What it sends.
    pub body: String,
}

impl Signed<'_> {
    /// Returns the headers with which the request is sent.
    ///
    /// # Errors
    ///
    /// When it makes no request, or the credentials cannot sign.
    pub async fn sign(
        &self,
        signer: &Signer<Credential>,
    ) -> Result<http::HeaderMap, CredentialFault> {
        let digest = format!("{:x}", Sha256::digest(self.body.as_bytes()));
        let mut request = http::Request::post(self.url.as_str());
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let request = request.header("x-amz-content-sha256", digest).body(());
        let unsigned =
            |_| CredentialFault::Invalid("a request that AWS does not understand".to_owned());
        let mut head = request.map_err(unsigned)?.into_parts().0;
        signer.sign(&mut head, None).await.map_err(|_| {
            CredentialFault::Missing("the credentials for AWS cannot sign a request".to_owned())
        })?;
        Ok(head.headers)
    }
}

/// Returns the URL of a service: AWS's own, or what the user's environment names.
///
/// # Errors
///
/// When what the environment names is no URL.
pub fn endpoint(
    service: &str,
    region: Region<'_>,
    services: &Services,
) -> Result<Url, CredentialFault> {
    let own = format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase());
    let ignored = services.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some("true");
    let set = services.variable(&own).or_else(|| services.variable("AWS_ENDPOINT_URL"));
    if let Some(url) = set.filter(|_| !ignored) {
        return web_address(url, "`AWS_ENDPOINT_URL`");
    }
    let url = format!("https://{service}.{}.{}/", region.name, region.domain());
    Url::parse(&url).map_err(|_| CredentialFault::Invalid("the region is not a name".to_owned()))
}

fn web_address(text: &str, what: &str) -> Result<Url, CredentialFault> {
    Url::parse(text).map_err(|_| CredentialFault::Invalid(format!("{what} is not a web address")))
}

/// Returns what signs requests to a service.
///
/// # Errors
///
/// When no credentials are found, or a role is refused.
pub async fn signer(
    service: &str,
    region: Region<'_>,
    login: Login<'_>,
    services: &Services,
) -> Result<Signer<Credential>, CredentialFault> {
    let mut credential = match login.key {
        Some(key) => configured(key)?,
        None => found(region, login.profile, services).await?,
    };
    for role in login.roles {
        credential = assume(&credential, role, region, login.sts, services).await?;
    }
    with(&credential, service, region, services)
}

fn configured(key: &AccessKey) -> Result<Credential, CredentialFault> {
    let text = |value: &SecretValue| {
        let text = std::str::from_utf8(value.expose()).map(str::to_owned);
        text.map_err(|_| CredentialFault::Invalid("the configured key is no text".to_owned()))
    };
    Ok(Credential {
        access_key_id: key.id.clone(),
        secret_access_key: text(&key.secret)?,
        session_token: key.token.as_ref().map(text).transpose()?,
        expires_in: None,
    })
}

fn with(
    credential: &Credential,
    service: &str,
    region: Region<'_>,
    services: &Services,
) -> Result<Signer<Credential>, CredentialFault> {
    let Credential { access_key_id, secret_access_key, session_token, .. } = credential;
    let mut provider = StaticCredentialProvider::new(access_key_id, secret_access_key);
    if let Some(token) = session_token {
        provider = provider.with_session_token(token);
    }
    Ok(Signer::new(services.context()?, provider, RequestSigner::new(service, region.name)))
}

/// Returns the credential of a profile, or of whoever runs this.
async fn found(
    region: Region<'_>,
    profile: Option<&str>,
    services: &Services,
) -> Result<Credential, CredentialFault> {
    // What the environment offers comes before profiles, but not before one that somebody named.
    let offers = ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"];
    let is_offered = offers.iter().any(|name| services.variable(name).is_some());
    if is_offered && profile.is_none() {
        return find(surroundings(), services).await;
    }
    let usual = services.variable("AWS_PROFILE").unwrap_or("default");
    let mut chain = profiles::chain(profile.unwrap_or(usual), LONGEST_CHAIN, services).await?;
    let mut credential = match chain.source {
        Source::Profile(name) if profile.is_some() || !chain.roles.is_empty() => {
            find(profile_of(&name), services).await?
        }
        Source::Program(line) => printed(&line, services).await?,
        Source::Profile(_) | Source::Surroundings => find(surroundings(), services).await?,
    };
    while let Some(role) = chain.roles.pop() {
        credential = assume(&credential, &role, region, None, services).await?;
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
async fn find(places: Vec<Place>, services: &Services) -> Result<Credential, CredentialFault> {
    let context = services.context()?;
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
    Err(CredentialFault::Missing(format!("no credentials for AWS were found: {looked}")))
}

/// Returns the credential that a program prints.
async fn printed(line: &str, services: &Services) -> Result<Credential, CredentialFault> {
    let failed = |reason: &str| {
        CredentialFault::Missing(format!("the `credential_process` of its AWS profile: {reason}"))
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
    let wrong = || failed("it printed no credentials");
    Ok(Credential {
        access_key_id: field("/AccessKeyId").ok_or_else(wrong)?,
        secret_access_key: field("/SecretAccessKey").ok_or_else(wrong)?,
        session_token: field("/SessionToken"),
        expires_in: None,
    })
}

/// Takes on a role.
async fn assume(
    credential: &Credential,
    role: &Role,
    region: Region<'_>,
    sts: Option<&str>,
    services: &Services,
) -> Result<Credential, CredentialFault> {
    let region = role.region.as_deref().map_or(region, Region::of);
    let url = match sts {
        Some(url) => web_address(url, "the endpoint of STS")?,
        None => endpoint("sts", region, services)?,
    };
    let session = role.session.as_deref().unwrap_or("sealine");
    // The URL's own serialiser writes forms, too.
    let mut form = url.clone();
    form.query_pairs_mut()
        .clear()
        .append_pair("Action", "AssumeRole")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", &role.arn)
        .append_pair("RoleSessionName", session)
        .extend_pairs(role.external_id.iter().map(|id| ("ExternalId", id)));
    let body = form.query().unwrap_or_default().to_owned();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let signed = Signed { url, headers: &headers, body };
    let headers = signed.sign(&with(credential, "sts", region, services)?).await?;
    let client = services.client()?;
    let request = client.request(Method::POST, signed.url).headers(headers).body(signed.body);
    let answer = client.fetch(request, 1 << 20, services.retry(), &Redactor::new()).await?;
    let answer = Zeroizing::new(String::from_utf8(answer.body).unwrap_or_default());
    let field = |name: &str| element(&answer, name).map(str::to_owned);
    let (Some(access_key_id), Some(secret_access_key)) =
        (field("AccessKeyId"), field("SecretAccessKey"))
    else {
        return Err(CredentialFault::Missing("the answer of STS has no credentials".to_owned()));
    };
    let session_token = field("SessionToken");
    Ok(Credential { access_key_id, secret_access_key, session_token, expires_in: None })
}
