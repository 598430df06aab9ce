//! Why a plan failed, from what the program says.
//!
//! Invariant: the words of providers leave only through scrubbing; where the secrets of the state
//! are not known, what providers say in detail stays behind.

use crate::redact::Secrets;
use crate::report::{Failure, FailureKind};

use super::output::{Log, Message};

/// Words by which a kind is told, in lower case; the first that stands somewhere wins.
static SIGNS: &[(FailureKind, &[&str])] = &[
    (
        FailureKind::LockHeld,
        &["error acquiring the state lock", "state is locked", "state is already locked"],
    ),
    (
        FailureKind::Crashed,
        &[
            "plugin did not respond",
            "plugin crashed",
            "the plugin encountered an error, and failed to respond",
            "panic:",
            "terraform crashed",
            "failed to read any lines from plugin",
        ],
    ),
    (
        FailureKind::Credentials,
        &[
            "no valid credential",
            "expiredtoken",
            "token has expired",
            "token is expired",
            "invalidclienttokenid",
            "unrecognizedclientexception",
            "signaturedoesnotmatch",
            "authfailure",
            "accessdenied",
            "access denied",
            "authorizationfailed",
            "authenticationfailed",
            "aadsts",
            "unable to build authorizer",
            "could not find default credentials",
            "failed to refresh cached credentials",
            "invalid_grant",
            "please run 'az login'",
            "unauthorized",
            "statuscode: 401",
            "statuscode: 403",
            "status code: 401",
            "status code: 403",
        ],
    ),
    (FailureKind::Plan, &["configuration must be valid before initialization"]),
    (
        FailureKind::Init,
        &[
            "backend initialization required",
            "required plugins are not installed",
            "inconsistent dependency lock file",
            "module not installed",
            "please run \"terraform init\"",
            "please run \"tofu init\"",
            "failed to query available provider packages",
            "provider dependency changes detected",
        ],
    ),
];

/// Returns the kind that a text tells of.
pub(super) fn kind_of(text: &str, otherwise: FailureKind) -> FailureKind {
    let text = text.to_lowercase();
    // Words are broken over lines and set within boxes.
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '│').collect();
    let text = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let found = SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| text.contains(sign)));
    found.map_or(otherwise, |(kind, _)| *kind)
}

/// Returns the failure of a plan. `known` are the secrets of the state, where it could be read.
pub(super) fn of_log(
    log: &Log,
    error: &str,
    code: Option<i32>,
    secrets: &Secrets,
    known: bool,
) -> Failure {
    // 11 is what the program ends with when it panicked; from 128 on it was a signal.
    let otherwise = match code {
        None | Some(11 | 128..) => FailureKind::Crashed,
        Some(_) => FailureKind::Plan,
    };
    let said: Vec<String> = log.errors.iter().map(whole).collect();
    let all = format!("{}\n{}\n{error}", said.join("\n"), log.other.join("\n"));
    let kind = kind_of(&all, otherwise);
    let detailed = known || matches!(kind, FailureKind::Init | FailureKind::LockHeld);
    let shown = log.errors.iter().take(3).map(|message| told(message, detailed));
    let mut message = shown.collect::<Vec<_>>().join("\n");
    if message.is_empty() {
        message = match (detailed, last_lines(error), log.other.last()) {
            (true, Some(lines), _) => lines,
            (true, None, Some(line)) => line.clone(),
            _ => format!(
                "the program ended with {}",
                code.map_or("a signal".to_owned(), |code| { format!("code {code}") })
            ),
        };
    }
    let more = log.errors.len().saturating_sub(3);
    if more > 0 {
        message = format!("{message}\nand {more} more errors");
    }
    Failure { kind, message: secrets.scrub(&message), help: help(kind).map(str::to_owned) }
}

/// Returns the failure of `init`, which says nothing that the state holds.
pub(super) fn of_init(error: &str, secrets: &Secrets) -> Failure {
    let kind = kind_of(error, FailureKind::Init);
    let message = last_lines(error).unwrap_or_else(|| "`init` failed and said nothing".to_owned());
    Failure { kind, message: secrets.scrub(&message), help: help(kind).map(str::to_owned) }
}

fn whole(message: &Message) -> String {
    format!("{}\n{}", message.summary, message.detail)
}

fn told(message: &Message, detailed: bool) -> String {
    let mut text = message.summary.clone();
    if let Some(address) = &message.address {
        text = format!("{address}: {text}");
    }
    if message.detail.is_empty() {
        return text;
    }
    if detailed {
        return format!("{text}: {}", message.detail.trim());
    }
    format!("{text} (the details are held back: the state could not be read to know its secrets)")
}

fn last_lines(text: &str) -> Option<String> {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "│╷╵".contains(c)))
        .filter(|line| !line.is_empty())
        .collect();
    let last = lines.iter().skip(lines.len().saturating_sub(12));
    let text = last.copied().collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// What to do.
pub(super) fn help(kind: FailureKind) -> Option<&'static str> {
    Some(match kind {
        FailureKind::LockHeld => {
            "no lock is needed to look: leave out `lock`, or wait for its holder"
        }
        FailureKind::Credentials => {
            "give the names of the variables that hold them under `env`, or a command under `credentials`"
        }
        FailureKind::TimedOut => "give it longer with `timeout`",
        FailureKind::Program => "give its absolute path with `program`",
        FailureKind::WriteCredentials => {
            "give the run credentials that can only read, or leave out `refuse_write_credentials`"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_words_over_lines() {
        for (text, kind) in [
            ("Error acquiring the state\n│ lock", FailureKind::LockHeld),
            ("Error: No valid credential sources found", FailureKind::Credentials),
            ("Error: Plugin did not respond", FailureKind::Crashed),
            ("Error: Backend initialization required, please", FailureKind::Init),
            ("Error: Unsupported argument", FailureKind::Plan),
        ] {
            assert_eq!(kind_of(text, FailureKind::Plan), kind, "{text}");
        }
    }

    #[test]
    fn details_stay_behind_where_secrets_are_not_known() {
        let message = Message {
            severity: "error".to_owned(),
            summary: "reading thing".to_owned(),
            detail: "token canary-5 refused".to_owned(),
            address: Some("t.a".to_owned()),
        };
        let log = Log { errors: vec![message], ..Log::default() };
        let mut secrets = Secrets::default();
        let failure = of_log(&log, "", Some(1), &secrets, false);
        assert!(!failure.message.contains("canary"), "{}", failure.message);
        secrets.learn_text("canary-5");
        let failure = of_log(&log, "", Some(1), &secrets, true);
        assert_eq!(failure.message, "t.a: reading thing: token (hidden) refused");
    }
}
