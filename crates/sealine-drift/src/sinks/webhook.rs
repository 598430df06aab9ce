//! # `webhook`: a signed webhook
//!
//! Posts the message as JSON to a URL of your own, signed as Standard Webhooks describes it:
//! `webhook-id` is the same for each attempt of a message, `webhook-signature` is `v1,` and the HMAC
//! of id, time and body. Several secrets, divided by spaces or lines, give several signatures, so that
//! one can be replaced without a gap. The URL must be public; `allow` names networks and hosts of your
//! own. Redirects are not followed.
//!
//! ```yaml
//! alerts:
//!   sinks:
//!     own:
//!       webhook:
//!         url: { env: DRIFT_WEBHOOK_URL }
//!         secret: { env: DRIFT_WEBHOOK_SECRET }
//!         allow: [10.0.0.0/8]
//! ```

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use schemars::JsonSchema;
use sealine_http::reqwest::Method;
use sealine_http::{Allowed, Fault, Guard, SecretUrl};
use sealine_model::SecretValue;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::transport::{Transport, answered};
use super::{SecretSource, Sending, Sink, SinkKind, Surroundings, settings};
use crate::alerts::Message;
use crate::store::{Answered, Due};

/// A signed webhook.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the URL is.
    pub url: SecretSource,
    /// Where the secret is that messages are signed with: `whsec_` and base64.
    pub secret: SecretSource,
    /// Networks and hosts of your own that the URL may lead to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
}

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "webhook",
    summary: "a signed webhook of your own",
    pause: Duration::ZERO,
    schema: || schemars::schema_for!(Settings),
    make,
};

#[derive(Debug)]
struct Webhook {
    url: SecretUrl,
    secrets: Vec<SecretValue>,
    transport: Transport,
}

/// A key shorter than this is guessed.
const SHORTEST: usize = 16;

fn make(value: &serde_json::Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let url = with.secrets.get(&settings.url)?;
    let secret = with.secrets.get(&settings.secret)?;
    let allowed = settings.allow.iter().map(|text| Allowed::parse(text));
    let allowed: Vec<Allowed> =
        allowed.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let own = !allowed.is_empty();
    let transport = Transport::guarded(with.http, Guard::new(allowed), &[&url, &secret])?;
    let url = SecretUrl::parse(&url).map_err(|error| error.to_string())?;
    if !url.is_https() && !own {
        return Err("the URL must begin with `https://`".to_owned());
    }
    Ok(Box::new(Webhook { url, secrets: keys(&secret)?, transport }))
}

fn keys(secret: &SecretValue) -> Result<Vec<SecretValue>, String> {
    let parts = secret.expose().split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
    let mut keys = Vec::new();
    for part in parts {
        let key = match part.strip_prefix(b"whsec_") {
            Some(text) => {
                let bytes = STANDARD.decode(text);
                SecretValue::new(bytes.map_err(|_| "the secret is not base64".to_owned())?)
            }
            None => SecretValue::new(part),
        };
        if key.expose().len() < SHORTEST {
            return Err(format!("the secret is shorter than {SHORTEST} bytes"));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Returns the value of `webhook-signature`.
fn signature(keys: &[SecretValue], id: &str, seconds: i64, body: &[u8]) -> String {
    let signed = keys.iter().filter_map(|key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    signed.collect::<Vec<_>>().join(" ")
}

impl Sink for Webhook {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            let Ok(url) = self.url.expose() else {
                return Answered::Never { why: "the URL cannot be used".to_owned() };
            };
            let body = body(&due.message);
            let id = format!("msg_{}", due.dedupe_key);
            let seconds = Timestamp::now().as_second();
            let request = self.transport.client().request(Method::POST, url);
            let request = request
                .header("content-type", "application/json")
                .header("webhook-id", &id)
                .header("webhook-timestamp", seconds.to_string())
                .header("webhook-signature", signature(&self.secrets, &id, seconds, &body))
                .body(body);
            match self.transport.call(request).await {
                // However long its answer is, it said yes.
                Ok(_) | Err(Fault::TooLarge { .. }) => Answered::Sent { reference: None },
                Err(fault) => answered(&fault),
            }
        })
    }
}

/// No message is larger: receivers commonly stop reading at a megabyte.
const LARGEST: usize = 256 * 1024;

fn body(message: &Message) -> Vec<u8> {
    let mut message = message.clone();
    loop {
        let body = serde_json::json!({
            "type": format!("drift.{}", message.event.word()),
            "timestamp": message.at.to_string(),
            "data": message,
        });
        let body = body.to_string().into_bytes();
        if body.len() <= LARGEST || message.items.is_empty() {
            return body;
        }
        // What is left out is counted, and stands in the history.
        let keep = message.items.len() / 2;
        message.more += message.items.len() - keep;
        message.items.truncate(keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference implementations.
    #[test]
    fn a_signature_is_that_of_the_standard() {
        let keys = keys(&SecretValue::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = signature(&keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_short_or_unreadable_secret_is_refused() {
        assert!(keys(&SecretValue::new("short")).is_err());
        assert!(keys(&SecretValue::new("whsec_!!!")).is_err());
        assert_eq!(keys(&SecretValue::new("0123456789abcdef fedcba9876543210")).unwrap().len(), 2);
    }
}
