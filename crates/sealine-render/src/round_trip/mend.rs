//! What mends a template: encoders, put in and tried out.
//!
//! Invariant: what is proposed has passed the round trip for its key.

use sealine_source::TextRange;
use sealine_template::{Functions, parse};

use super::{Break, Consumer, Text, arrive};
use crate::analysis::{Part, Printed, analyse};

/// What mends a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// What is written after the value: `toJson`.
    pub encoder: &'static str,
    /// What becomes of the quotes around the value.
    pub quotes: Quotes,
    /// What to write in which bytes of the text.
    pub edits: Vec<(TextRange, String)>,
}

/// An encoder with the way it stands in the text.
#[derive(Clone, Copy)]
struct Way {
    encoder: &'static str,
    quotes: Quotes,
}

/// What becomes of the quotes around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// They stay, if there are any.
    Kept,
    /// They go, since the encoder writes them.
    Dropped,
    /// There are none, and `'` are put there.
    Added,
    /// `quote` makes them, and gives way to the encoder.
    Made,
}

const URL: &str = r#"urlquery | replace "+" "%20""#;
const PLUS: &str = r#"replace "+" "%20""#;
const JSON_INSIDE: &str = r#"toJson | trimPrefix "\"" | trimSuffix "\"""#;
const LIBPQ: &str = r#"replace "\\" "\\\\" | replace "'" "\\'""#;
const PGPASS: &str = r#"replace "\\" "\\\\" | replace ":" "\\:""#;

/// The ways to try for a consumer, the likeliest first.
fn ways(consumer: Consumer) -> Vec<Way> {
    let kept = |encoder| Way { encoder, quotes: Quotes::Kept };
    let dropped = |encoder| Way { encoder, quotes: Quotes::Dropped };
    match consumer {
        Consumer::Uri | Consumer::Jdbc => vec![kept(PLUS), kept(URL)],
        Consumer::Airflow => {
            vec![kept(PLUS), kept(URL), dropped("toJson"), kept("toJson"), kept(JSON_INSIDE)]
        }
        Consumer::Json | Consumer::Registries | Consumer::Yaml | Consumer::Operator => {
            let made = Way { encoder: "toJson", quotes: Quotes::Made };
            vec![made, dropped("toJson"), kept("toJson"), kept(JSON_INSIDE)]
        }
        Consumer::Dotenv => vec![dropped("toRawJson"), kept("toRawJson")],
        Consumer::Libpq => vec![kept(LIBPQ), Way { encoder: LIBPQ, quotes: Quotes::Added }],
        Consumer::Pgpass => vec![kept(PGPASS)],
        Consumer::Mysql | Consumer::Pem => Vec::new(),
    }
}

/// Finds what mends a break.
pub(super) fn find(text: &Text<'_>, broken: &Break) -> Option<Mend> {
    let name = if text.key.is_empty() { "template" } else { text.key };
    let parsed = parse(name, text.text, Functions::eso()).ok()?;
    let analysis = analyse(&parsed);
    let printed: Vec<&Printed> = analysis
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Printed(printed) if broken.ranges.contains(&printed.range) => Some(printed),
            _ => None,
        })
        .collect();
    let tried = ways(broken.consumer).into_iter().find_map(|way| {
        let edits: Option<Vec<Vec<(TextRange, String)>>> =
            printed.iter().map(|printed| edits(text.text, printed, way)).collect();
        let edits: Vec<(TextRange, String)> = edits?.into_iter().flatten().collect();
        let mended = applied(text.text, &edits)?;
        let key = std::slice::from_ref(&broken.key);
        let passes = arrive(&Text { text: &mended, ..*text }, key) == Some(true);
        passes.then_some(Mend { encoder: way.encoder, quotes: way.quotes, edits })
    });
    tried.filter(|_| !printed.is_empty())
}

/// Returns the edits that put an encoder behind a value.
fn edits(text: &str, printed: &Printed, way: Way) -> Option<Vec<(TextRange, String)>> {
    let end = printed.pipeline.end;
    let insert = (TextRange { start: end, end }, format!(" | {}", way.encoder));
    let (start, stop) = (printed.range.start as usize, printed.range.end as usize);
    let before = text.get(..start)?.chars().next_back();
    let after = text.get(stop..)?.chars().next();
    let is_quoted = before == after && matches!(before, Some('"' | '\''));
    let pipeline = text.get(printed.pipeline.bytes())?;
    let quote = pipeline.strip_suffix("quote").filter(|rest| rest.ends_with([' ', '|']));
    match way.quotes {
        Quotes::Made => {
            let start = printed.pipeline.start as usize + quote?.len();
            Some(vec![(TextRange::new(start, end as usize), way.encoder.to_owned())])
        }
        Quotes::Kept => Some(vec![insert]),
        Quotes::Dropped if is_quoted => Some(vec![
            (TextRange::new(start - 1, start), String::new()),
            insert,
            (TextRange::new(stop, stop + 1), String::new()),
        ]),
        Quotes::Added if !is_quoted => Some(vec![
            (TextRange::new(start, start), "'".to_owned()),
            insert,
            (TextRange::new(stop, stop), "'".to_owned()),
        ]),
        _ => None,
    }
}

/// Returns the text with these edits, which stand in its order.
pub fn applied(text: &str, edits: &[(TextRange, String)]) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(text.get(at..range.start as usize)?);
        out.push_str(new);
        at = range.end as usize;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}
