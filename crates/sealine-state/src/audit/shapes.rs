//! What is known for a secret by its own form: private keys, tokens, URIs with passwords.
//!
//! Invariant: a shape fires on what lets somebody in, never on what only names or proves it: ids,
//! certificates, hashes, public keys and stand-ins pass.

use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;
use sealine_model::is_stand_in;

/// The shortest text that any shape matches.
const SHORTEST: usize = 12;

/// The longest text that is decoded to look within it.
const LONGEST_ENCODED: usize = 64 << 10;

/// A form: a literal that it holds, and what must follow it.
struct Shape {
    /// What the text must hold for the form to be tried.
    anchor: &'static str,
    /// What it is called.
    name: &'static str,
    matches: Matches,
}

enum Matches {
    /// So many characters of this class follow the anchor, and none further.
    Exactly(usize, Class),
    /// At least so many follow.
    AtLeast(usize, Class),
    /// A test of the whole text, and where the anchor stands.
    Test(fn(&str, usize) -> bool),
}

#[derive(Clone, Copy)]
enum Class {
    /// Letters and digits.
    Alphanumeric,
    /// Letters, digits, `_` and `-`.
    Url,
    /// Lower-case hexadecimal digits.
    Hexadecimal,
    /// Upper-case letters and digits.
    Upper,
}

use Class::{Alphanumeric, Hexadecimal, Upper, Url};
use Matches::{AtLeast, Exactly, Test};

const fn shape(anchor: &'static str, name: &'static str, matches: Matches) -> Shape {
    Shape { anchor, name, matches }
}

static SHAPES: &[Shape] = &[
    shape("PRIVATE KEY", "private key", Test(private_key)),
    shape("eyJ", "JSON web token", Test(json_web_token)),
    shape("://", "URI with a password", Test(uri)),
    shape("AGE-SECRET-KEY-1", "age identity", Exactly(58, Upper)),
    shape("AccountKey=", "Azure storage connection string", Test(account_key)),
    shape("SharedAccessKey=", "Azure connection string", Test(shared_access_key)),
    shape("client-key-data:", "kubeconfig with a key", Test(kubeconfig)),
    shape("ghp_", "GitHub token", Exactly(36, Alphanumeric)),
    shape("gho_", "GitHub token", Exactly(36, Alphanumeric)),
    shape("ghu_", "GitHub token", Exactly(36, Alphanumeric)),
    shape("ghs_", "GitHub token", Exactly(36, Alphanumeric)),
    shape("ghr_", "GitHub token", Exactly(36, Alphanumeric)),
    shape("github_pat_", "GitHub token", Exactly(82, Url)),
    shape("glpat-", "GitLab token", AtLeast(20, Url)),
    shape("xoxb-", "Slack token", AtLeast(24, Url)),
    shape("xoxp-", "Slack token", AtLeast(24, Url)),
    shape("hooks.slack.com/services/T", "Slack webhook", Test(slack_webhook)),
    shape("sk_live_", "Stripe key", AtLeast(24, Alphanumeric)),
    shape("rk_live_", "Stripe key", AtLeast(24, Alphanumeric)),
    shape("SG.", "SendGrid key", Test(sendgrid)),
    shape("AIza", "Google API key", Exactly(35, Url)),
    shape("npm_", "npm token", Exactly(36, Alphanumeric)),
    shape("pypi-AgEIcHlwaS5vcmc", "PyPI token", AtLeast(50, Url)),
    shape("dckr_pat_", "Docker token", AtLeast(27, Url)),
    shape("hvs.", "Vault token", AtLeast(24, Url)),
    shape("hvb.", "Vault token", AtLeast(100, Url)),
    shape("dop_v1_", "DigitalOcean token", Exactly(64, Hexadecimal)),
    shape("shpat_", "Shopify token", Exactly(32, Hexadecimal)),
    shape(".atlasv1.", "Terraform Cloud token", AtLeast(60, Alphanumeric)),
    shape("sk-ant-", "Anthropic key", AtLeast(80, Url)),
    shape("sk-proj-", "OpenAI key", AtLeast(40, Url)),
    shape("glsa_", "Grafana token", AtLeast(32, Alphanumeric)),
];

/// All anchors in one expression, so that a text is searched once.
static ANCHORS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let anchors: Vec<String> = SHAPES.iter().map(|shape| regex::escape(shape.anchor)).collect();
    Regex::new(&anchors.join("|")).ok()
});

/// Returns what a text is known for, or holds.
pub(super) fn shape_of(text: &str) -> Option<&'static str> {
    if text.len() < SHORTEST {
        return None;
    }
    plain_shape(text).or_else(|| encoded_shape(text))
}

fn plain_shape(text: &str) -> Option<&'static str> {
    let anchors = ANCHORS.as_ref()?;
    let mut from = 0;
    while let Some(found) = anchors.find_at(text, from) {
        let known = SHAPES.iter().find(|shape| shape.anchor == found.as_str())?;
        if known.is_at(text, found.start()) {
            return Some(known.name);
        }
        from = found.end();
    }
    None
}

/// A private key or kubeconfig behind base64, as clusters hand them out.
fn encoded_shape(text: &str) -> Option<&'static str> {
    // `-----`, `{"` and `apiVersion` in base64.
    let may = ["LS0tLS1CRUdJT", "eyJ0eXBlIjog", "ewogICJ0eXBl", "YXBpVmVyc2lvb"];
    if text.len() > LONGEST_ENCODED || !may.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?;
    let decoded = sealine_model::SecretValue::new(decoded);
    plain_shape(std::str::from_utf8(decoded.expose()).ok()?)
}

impl Shape {
    fn is_at(&self, text: &str, at: usize) -> bool {
        let rest = &text[at + self.anchor.len()..];
        let run = |class: Class| rest.bytes().take_while(|byte| class.holds(*byte)).count();
        // A part of a longer word is something else; `.atlasv1.` stands in the middle of one.
        let begins = self.anchor.starts_with('.')
            || !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        match self.matches {
            Exactly(count, class) => {
                begins && run(class) == count && varied(&rest[..count.min(rest.len())])
            }
            AtLeast(count, class) => {
                let run = run(class);
                begins && run >= count && varied(&rest[..run])
            }
            Test(test) => test(text, at),
        }
    }
}

impl Class {
    fn holds(self, byte: u8) -> bool {
        match self {
            Alphanumeric => byte.is_ascii_alphanumeric(),
            Url => byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-',
            Hexadecimal => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        }
    }
}

/// `xxxx…` and the like are shown in the place of tokens.
fn varied(text: &str) -> bool {
    let mut seen = [false; 256];
    text.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|seen| **seen).count() >= 8
}

/// `-----BEGIN … PRIVATE KEY-----` with something behind it.
fn private_key(text: &str, at: usize) -> bool {
    let before = text[..at].rfind("-----BEGIN ").map(|begin| &text[begin + 11..at]);
    let is_head = before.is_some_and(|kind| kind.len() < 20 && !kind.contains('-'));
    let body = text[at..].split_once("-----").map_or("", |(_, body)| body);
    let body = body.split("-----").next().unwrap_or_default();
    is_head && body.bytes().filter(u8::is_ascii_alphanumeric).count() >= 32 && varied(body)
}

/// Three parts, of which the first is the head of a signed token.
fn json_web_token(text: &str, at: usize) -> bool {
    if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    let length = text[at..].bytes().take_while(|byte| Url.holds(*byte) || *byte == b'.').count();
    let mut parts = text[at..at + length].split('.');
    let (head, body, signature) = (parts.next(), parts.next(), parts.next());
    let signed = signature.is_some_and(|signature| signature.len() >= 20);
    let decoded =
        head.and_then(|head| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head).ok());
    let has_algorithm =
        decoded.is_some_and(|head| String::from_utf8_lossy(&head).contains("\"alg\""));
    signed && has_algorithm && body.is_some_and(|body| body.starts_with("eyJ"))
}

/// `scheme://user:password@host`, where the password is one.
fn uri(text: &str, at: usize) -> bool {
    let scheme = text[..at].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let rest = &text[at + 3..];
    let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'`<>\\,".contains(c));
    let authority = &rest[..end.unwrap_or(rest.len())];
    let Some((user_info, host)) = authority.rsplit_once('@') else { return false };
    let Some((_, password)) = user_info.split_once(':') else { return false };
    let filled_in_later = ["$", "{", "%s", "%v", "*"].iter().any(|mark| password.contains(mark));
    let said = ["password", "pass", "pwd", "secret", "token"];
    let is_word = said.contains(&password.to_ascii_lowercase().as_str());
    scheme > 0
        && !host.is_empty()
        && password.len() >= 4
        && !is_word
        && !filled_in_later
        && !is_stand_in(password)
}

fn account_key(text: &str, at: usize) -> bool {
    base64_after(text, at, "AccountKey=") >= 80
}

fn shared_access_key(text: &str, at: usize) -> bool {
    let names_host = text.contains("Endpoint=") || text.contains("HostName=");
    names_host && base64_after(text, at, "SharedAccessKey=") >= 40
}

fn base64_after(text: &str, at: usize, anchor: &str) -> usize {
    let rest = &text[at + anchor.len()..];
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let run = rest.bytes().take_while(is_base64).count();
    if varied(&rest[..run]) { run } else { 0 }
}

fn kubeconfig(text: &str, at: usize) -> bool {
    let value = text[at + "client-key-data:".len()..].trim_start();
    value.bytes().take_while(u8::is_ascii_alphanumeric).count() >= 40
}

/// `T…/B…/…`
fn slack_webhook(text: &str, at: usize) -> bool {
    let rest = &text[at + "hooks.slack.com/services/".len()..];
    let mut parts = rest.split('/');
    let long = |part: Option<&str>, least: usize| {
        part.is_some_and(|part| {
            part.bytes().take_while(u8::is_ascii_alphanumeric).count() >= least && varied(part)
        })
    };
    parts.next().is_some() && parts.next().is_some() && long(parts.next(), 20)
}

/// `SG.` and two parts.
fn sendgrid(text: &str, at: usize) -> bool {
    let run = |text: &str| text.bytes().take_while(|byte| Url.holds(*byte)).count();
    let rest = &text[at + 3..];
    let first = run(rest);
    first == 22 && rest[first..].starts_with('.') && run(&rest[first + 1..]) == 43
}
