//! What both of Slack's sinks share: a message in Slack's blocks, within Slack's limits.
//!
//! Invariant: no text of others stands outside of [`escape::slack`], so `<!channel>` in the name of a
//! resource is text. Fewer than 50 blocks, at most 3,000 characters each, about 10,000 together.

#![expect(clippy::format_push_string, reason = "messages are short, and read so")]

use serde_json::{Value, json};

use super::escape::{self, code, cut};
use crate::alerts::{Event, Item, Message};
use crate::report::Severity;

const BLOCK: usize = 2_900;
const TOTAL: usize = 9_000;
const LINE: usize = 600;

/// Returns the text for notifications and the blocks.
pub(super) fn body(message: &Message) -> Value {
    let title = escape::slack(&cut(&message.title, 300));
    let mut blocks = vec![section(&format!("{} *{title}*", sign(message)))];
    let mut text = String::new();
    let (mut shown, mut total) = (0, 0);
    for item in &message.items {
        let line = line(item, message.project.is_none());
        let length = line.chars().count() + 1;
        if total + length > TOTAL {
            break;
        }
        if text.chars().count() + length > BLOCK {
            blocks.push(section(&text));
            text.clear();
        }
        text.push_str(&line);
        text.push('\n');
        total += length;
        shown += 1;
    }
    let more = message.more + message.items.len() - shown;
    if more > 0 {
        text.push_str(&format!("… and {more} more\n"));
    }
    if !text.is_empty() {
        blocks.push(section(&text));
    }
    blocks.push(json!({
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": cut(&context(message), 1_900)}],
    }));
    let text = format!("{} {title}", sign(message));
    json!({"text": text, "blocks": blocks, "unfurl_links": false, "unfurl_media": false})
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": cut(text, 3_000)}})
}

fn sign(message: &Message) -> &'static str {
    match (message.event, message.severity) {
        (Event::Resolve | Event::Gone, _) => ":white_check_mark:",
        (_, Severity::Critical | Severity::High) => ":red_circle:",
        (_, Severity::Medium) => ":large_yellow_circle:",
        (_, Severity::Low) => ":white_circle:",
    }
}

fn line(item: &Item, several: bool) -> String {
    let place = if several {
        format!("{}: ", escape::slack(&code(&cut(&item.project, 100))))
    } else {
        String::new()
    };
    let mut line = format!(
        "• {place}{} {}, {}",
        escape::slack(&code(&cut(&item.address, 250))),
        escape::slack(&item.change),
        item.standing.word()
    );
    if !item.paths.is_empty() {
        let paths: Vec<String> =
            item.paths.iter().take(5).map(|path| escape::slack(&code(&cut(path, 60)))).collect();
        line.push_str(&format!(": {}", paths.join(", ")));
        if item.paths.len() > 5 {
            line.push_str(&format!(" and {} more", item.paths.len() - 5));
        }
    }
    if let Some(first) = item.workloads.first() {
        let first = escape::slack(&code(&cut(first, 80)));
        line.push_str(&match item.workloads.len() {
            1 => format!(", read by {first}"),
            count => format!(", read by {first} and {} more", count - 1),
        });
    }
    if let Some(note) = &item.note {
        line.push_str(&format!(" ({})", escape::slack(&cut(note, 200))));
    }
    // Cutting could leave half of an escape, which Slack shows as it is: harmless.
    cut(&line, LINE)
}

fn context(message: &Message) -> String {
    let mut parts = vec![format!("since {:.0}", message.since)];
    if message.event == Event::Update {
        parts.push(format!("{} still there", message.standing));
    }
    if !message.owners.is_empty() {
        parts.push(format!("owner {}", escape::slack(&cut(&message.owners.join(", "), 200))));
    }
    if let Some(item) = message.items.first() {
        parts.push(format!("`sealine drift show {}`", item.id));
    }
    if let Some(link) = message.link.as_deref().filter(|link| link.starts_with("https://")) {
        // Within a link, `|` would end it.
        let link = escape::slack(&cut(link, 1_000)).replace('|', "%7C");
        parts.push(format!("<{link}|more>"));
    }
    parts.push(message.key.chars().take(12).collect());
    parts.join(" · ")
}
