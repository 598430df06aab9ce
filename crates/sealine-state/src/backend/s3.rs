//! States in S3.
//!
//! Credentials are those that the configuration names, or that AWS's own programs would find.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use reqsign_aws_v4::Credential;
use reqsign_core::Signer;
use sealine_credentials::aws::{self, AccessKey, Login, Region, Role};
use sealine_credentials::{Services, element};
use sealine_http::{Redactor, reqwest::Method};
use sealine_model::SecretValue;

use super::checks::{Check, bad, good, unknown};
use super::{BackendError, LARGEST, LARGEST_ANSWER, anyone_reads, encoded, get};
use crate::json::{Fault, Json, Reader};

/// Who asks.
struct Asking<'s> {
    services: &'s Services,
    signer: Signer<Credential>,
}

/// An object of a bucket.
#[derive(Debug, Default)]
pub struct S3 {
    /// The bucket.
    pub bucket: String,
    /// The object, that of the workspace.
    pub key: String,
    /// The region.
    pub region: String,
    /// Where the service is; AWS's own without any.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path.
    pub path_style: bool,
    /// The profile of AWS's own programs.
    pub profile: Option<String>,
    /// The key that is configured.
    pub access_key: Option<AccessKey>,
    /// Roles that are taken on, the first one first.
    pub roles: Vec<Role>,
    /// Where roles are asked for; AWS's own address without any.
    pub sts: Option<String>,
    /// The key that objects are encrypted with, which S3 does not keep.
    pub customer_key: Option<SecretValue>,
    /// Whether the configuration locks the state; unknown without a configuration.
    pub locks: Option<bool>,
}

impl S3 {
    pub(super) fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The URL of the bucket, without a slash at the end.
    fn base(&self) -> String {
        let Self { bucket, region, .. } = self;
        let endpoint = self.endpoint.as_deref().map(|url| url.trim_end_matches('/'));
        match endpoint {
            Some(url) if self.path_style => format!("{url}/{bucket}"),
            Some(url) => match url.split_once("://") {
                Some((scheme, host)) => format!("{scheme}://{bucket}.{host}"),
                None => format!("https://{bucket}.{url}"),
            },
            None => {
                let domain = Region::of(region).domain();
                // A bucket with dots fits no certificate.
                if self.path_style || bucket.contains('.') {
                    format!("https://s3.{region}.{domain}/{bucket}")
                } else {
                    format!("https://{bucket}.s3.{region}.{domain}")
                }
            }
        }
    }

    pub(super) async fn read(&self, services: &Services) -> Result<SecretValue, BackendError> {
        let url = format!("{}/{}", self.base(), encoded(&self.key));
        let asking = self.log_in(services).await?;
        let answer = self.signed(&asking, &url, self.customer_headers()?, LARGEST).await?;
        Ok(SecretValue::new(answer.body))
    }

    /// Finds who signs. A role is taken on here, and asked for once.
    async fn log_in<'s>(&self, services: &'s Services) -> Result<Asking<'s>, BackendError> {
        let (region, profile, sts) =
            (Region::of(&self.region), self.profile.as_deref(), self.sts.as_deref());
        let login = Login { key: self.access_key.as_ref(), profile, roles: &self.roles, sts };
        let signer = aws::signer("s3", region, login, services).await?;
        Ok(Asking { services, signer })
    }

    async fn signed(
        &self,
        asking: &Asking<'_>,
        url: &str,
        headers: Vec<(&'static str, ::http::HeaderValue)>,
        limit: u64,
    ) -> Result<sealine_http::Answer, BackendError> {
        let mut request = ::http::Request::get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(());
        let request = request.map_err(|_| BackendError::Invalid("bucket, key or endpoint"))?;
        let mut head = request.into_parts().0;
        let signed = asking.signer.sign(&mut head, None).await;
        signed.map_err(|_| BackendError::Invalid("the credentials for AWS cannot sign"))?;
        // Sent as it was signed.
        let url = head.uri.to_string();
        get(asking.services, Method::GET, &url, head.headers, limit, &self.secrets()).await
    }

    /// What S3 wants to be told of a key that it does not keep.
    fn customer_headers(&self) -> Result<Vec<(&'static str, ::http::HeaderValue)>, BackendError> {
        let Some(key) = &self.customer_key else { return Ok(Vec::new()) };
        let invalid = || BackendError::Invalid("`sse_customer_key` is not a key in base64");
        let bytes = STANDARD.decode(key.expose()).map(SecretValue::new).map_err(|_| invalid())?;
        let mut value = ::http::HeaderValue::from_bytes(key.expose()).map_err(|_| invalid())?;
        value.set_sensitive(true);
        let digest = STANDARD.encode(Md5::digest(bytes.expose()));
        let digest = ::http::HeaderValue::from_str(&digest).map_err(|_| invalid())?;
        let algorithm = ::http::HeaderValue::from_static("AES256");
        Ok(vec![
            ("x-amz-server-side-encryption-customer-algorithm", algorithm),
            ("x-amz-server-side-encryption-customer-key", value),
            ("x-amz-server-side-encryption-customer-key-md5", digest),
        ])
    }

    fn secrets(&self) -> Redactor {
        let mut redactor = Redactor::new();
        if let Some(key) = &self.access_key {
            redactor.add(key.secret.expose());
            redactor.add(key.token.as_ref().map(SecretValue::expose).unwrap_or_default());
        }
        redactor.add(self.customer_key.as_ref().map(SecretValue::expose).unwrap_or_default());
        redactor
    }

    /// Asks for one setting of the bucket: its text, nothing where there is none, or not told.
    async fn setting(&self, asking: Option<&Asking<'_>>, name: &str) -> Result<Option<String>, ()> {
        let asking = asking.ok_or(())?;
        let url = format!("{}/?{name}", self.base());
        match self.signed(asking, &url, Vec::new(), LARGEST_ANSWER).await {
            Ok(answer) => String::from_utf8(answer.body).map(Some).map_err(|_| ()),
            Err(BackendError::Http(fault)) if fault.status() == Some(404) => Ok(None),
            Err(_) => Err(()),
        }
    }

    pub(super) async fn checks(&self, services: &Services) -> Vec<Check> {
        let url = format!("{}/{}", self.base(), encoded(&self.key));
        let mut checks = Vec::new();
        checks.push(match anyone_reads(services, &url).await {
            Some(true) => bad(
                "anonymous",
                "the state was handed out without any credentials",
                "block public access of the bucket now, then rotate what the state holds",
            ),
            Some(false) => good("anonymous", "the state is not handed out without credentials"),
            None => unknown("anonymous", "whether anyone can read it is not told"),
        });
        let asking = self.log_in(services).await.ok();
        let asking = asking.as_ref();
        checks.push(self.public(asking).await);
        checks.push(match self.setting(asking, "publicAccessBlock").await {
            Ok(Some(xml)) if blocks_all(&xml) => {
                good("public-access-block", "public access is blocked")
            }
            Ok(_) => bad(
                "public-access-block",
                "nothing at the bucket blocks public access",
                "set all four settings of the bucket's public access block",
            ),
            Err(()) => unknown("public-access-block", "the public access block is not told"),
        });
        checks.push(match self.setting(asking, "encryption").await {
            Ok(Some(xml)) => {
                let algorithm = element(&xml, "SSEAlgorithm").unwrap_or("an algorithm");
                good("encryption", format!("objects are encrypted with {algorithm}"))
            }
            Ok(None) => bad(
                "encryption",
                "the bucket has no default encryption",
                "set default encryption of the bucket, with a KMS key where readers are to be told apart",
            ),
            Err(()) => unknown("encryption", "the encryption is not told"),
        });
        checks.push(match self.setting(asking, "versioning").await {
            Ok(Some(xml)) if element(&xml, "Status") == Some("Enabled") => {
                good("versioning", "versions are kept")
            }
            Ok(_) => bad(
                "versioning",
                "versions are not kept: a broken state cannot be brought back",
                "turn versioning of the bucket on",
            ),
            Err(()) => unknown("versioning", "the versioning is not told"),
        });
        checks.push(match self.setting(asking, "policy").await {
            Ok(Some(policy)) if demands_tls(&policy) => {
                good("tls", "requests without TLS are denied")
            }
            Ok(_) => bad(
                "tls",
                "requests without TLS are not denied",
                "deny all actions where `aws:SecureTransport` is `false` in the bucket's policy",
            ),
            Err(()) => unknown("tls", "the policy is not told"),
        });
        checks.push(match self.locks {
            Some(true) => good("lock", "the state is locked while it is written"),
            Some(false) => {
                bad("lock", "two runs may write the state at once", "set `use_lockfile = true`")
            }
            None => unknown("lock", "whether runs lock it stands in the configuration"),
        });
        checks
    }

    /// What policy and access list say.
    async fn public(&self, asking: Option<&Asking<'_>>) -> Check {
        let help = "take public grants out of the policy and the access list of the bucket";
        let policy = self.setting(asking, "policyStatus").await;
        let is_public = policy.as_ref().map(|xml| {
            let status = xml.as_deref().and_then(|xml| element(xml, "IsPublic"));
            status.is_some_and(|status| status.eq_ignore_ascii_case("true"))
        });
        let list = self.setting(asking, "acl").await;
        let granted = list.as_ref().map(|xml| {
            let groups = ["groups/global/AllUsers", "groups/global/AuthenticatedUsers"];
            xml.as_deref().is_some_and(|xml| groups.iter().any(|group| xml.contains(group)))
        });
        match (is_public, granted) {
            (Ok(true), _) => bad("public", "the bucket's policy makes it public", help),
            (_, Ok(true)) => bad("public", "the bucket's access list makes it public", help),
            (Ok(false), Ok(false)) => good("public", "neither policy nor access list is public"),
            _ => unknown("public", "policy and access list are not both told"),
        }
    }
}

fn blocks_all(xml: &str) -> bool {
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
        .iter()
        .all(|name| element(xml, name).is_some_and(|value| value.eq_ignore_ascii_case("true")))
}

/// Whether a statement denies whatever comes without TLS.
fn demands_tls(policy: &str) -> bool {
    let read = || -> Result<Json, Fault> { Json::read(&mut Reader::new(policy.as_bytes())?) };
    let Ok(policy) = read() else { return false };
    let statements = match policy.get("Statement") {
        Some(Json::List(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    statements.into_iter().any(|statement| {
        let condition = statement.get("Condition").and_then(|it| it.get("Bool"));
        let secure = condition.and_then(|it| it.get("aws:SecureTransport"));
        is_text(statement.get("Effect"), "Deny")
            && (is_text(secure, "false") || matches!(secure, Some(Json::Bool(false))))
    })
}

fn is_text(json: Option<&Json>, wanted: &str) -> bool {
    match json {
        Some(Json::String(text)) => text.expose() == wanted.as_bytes(),
        Some(Json::List(items)) => items.len() == 1 && is_text(items.first(), wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_stands_where_the_service_wants_it() {
        let base = |bucket: &str, endpoint: Option<&str>, path_style: bool| {
            let (bucket, endpoint) = (bucket.to_owned(), endpoint.map(str::to_owned));
            S3 { bucket, endpoint, path_style, region: "eu-west-1".into(), ..S3::default() }.base()
        };
        assert_eq!(base("b", None, false), "https://b.s3.eu-west-1.amazonaws.com");
        assert_eq!(base("b.c", None, false), "https://s3.eu-west-1.amazonaws.com/b.c");
        assert_eq!(base("b", Some("http://h:1/"), true), "http://h:1/b");
        assert_eq!(base("b", Some("https://h"), false), "https://b.h");
    }

    #[test]
    fn a_key_that_s3_does_not_keep_is_sent_with_its_digest() {
        let headers = |key: &str| {
            let customer_key = Some(SecretValue::new(key));
            S3 { customer_key, ..S3::default() }.customer_headers()
        };
        // `printf 0123456789abcdef0123456789abcdef | openssl md5 -binary | base64`
        let sent = headers("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").expect("a key");
        assert_eq!(sent[0].1, "AES256");
        assert_eq!(sent[2].1, "hRasmdxgYDKV3nvbahU1MA==");
        assert!(!format!("{sent:?}").contains("MDEyMzQ1"));
        assert!(headers("no base64 at all!").is_err());
    }

    #[test]
    fn a_policy_demands_tls_only_where_it_denies() {
        let policy = |effect: &str, value: &str| {
            format!(
                r#"{{"Statement": [{{"Effect": "Allow"}}, {{"Effect": "{effect}", "Action": "s3:*",
                "Condition": {{"Bool": {{"aws:SecureTransport": {value}}}}}}}]}}"#
            )
        };
        assert!(demands_tls(&policy("Deny", "\"false\"")));
        assert!(demands_tls(&policy("Deny", "[\"false\"]")));
        assert!(!demands_tls(&policy("Deny", "\"true\"")));
        assert!(!demands_tls(&policy("Allow", "\"false\"")));
        assert!(!demands_tls("{"));
    }
}
