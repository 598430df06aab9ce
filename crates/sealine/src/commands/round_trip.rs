//! `sealine render --check`: whether all renders, and whether each value arrives.

use std::fmt::Write as _;

use sealine_model::kubernetes::{ExternalSecret, TemplateText};
use sealine_render::round_trip::{Break, Quotes, Verdict};
use sealine_render::{Given, round_trips};
use sealine_report::chain::place_json;
use sealine_report::{for_terminal, on_one_line};
use sealine_source::Place;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::RenderFormat;
use crate::commands::render::{Attempt, at, named, say};
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// A value that does not arrive.
struct Lost<'a> {
    external: &'a ExternalSecret,
    text: TemplateText,
    broken: Break,
}

impl Lost<'_> {
    fn place(&self) -> Place {
        match self.broken.ranges.first() {
            Some(range) => self.text.place_of(*range),
            None => self.text.place.clone(),
        }
    }
}

/// What was tried.
#[derive(Default)]
struct Tried<'a> {
    passed: usize,
    untold: usize,
    unrendered: usize,
    unknown: usize,
    lost: Vec<Lost<'a>>,
}

/// Tries out what was rendered, and says what is wrong.
pub(crate) fn report(
    plan: &Plan,
    made: &[(&ExternalSecret, Attempt)],
    given: &Given,
    format: RenderFormat,
) -> Result<Outcome, Failure> {
    let mut tried = Tried::default();
    for (external, made) in made {
        if let Err(fault) = made {
            if fault.is_final {
                tried.unrendered += 1;
                say(plan, external, fault);
            } else {
                tried.unknown += 1;
            }
        }
        for (text, verdict) in round_trips(external, given).unwrap_or_default() {
            match verdict {
                Verdict::Passes(_) => tried.passed += 1,
                Verdict::Unknown => tried.untold += 1,
                Verdict::Fails(breaks) => {
                    let lost = breaks.into_iter().map(|broken| Lost {
                        external,
                        text: text.clone(),
                        broken,
                    });
                    tried.lost.extend(lost);
                }
            }
        }
    }
    let text = match format {
        RenderFormat::Yaml => for_terminal(&to_text(plan, &tried)),
        RenderFormat::Json => format!("{:#}\n", to_json(&tried)),
    };
    output::print(&text)?;
    let clean = tried.lost.is_empty() && tried.unrendered == 0;
    Ok(if clean { Outcome::Clean } else { Outcome::Found })
}

fn to_text(plan: &Plan, tried: &Tried<'_>) -> String {
    let mut out = String::new();
    for lost in &tried.lost {
        let Lost { external, text, broken } = lost;
        let whole = if text.key.is_empty() { "the literal" } else { &format!("`{}`", text.key) };
        let head = format!(
            "error: `{}` may break {whole} of `{}`, which is read as {}",
            broken.key,
            named(external),
            broken.consumer.name()
        );
        let _ = writeln!(out, "{}", on_one_line(&head));
        let _ = writeln!(out, "  --> {}", on_one_line(&at(plan, &lost.place())));
        let _ = writeln!(out, "  = {}", on_one_line(&broken.effect));
        let _ = writeln!(out, "  = by a value with {}", broken.kinds.join(", "));
        let _ = writeln!(out, "  = help: {}", help(broken));
    }
    let Tried { passed, untold, unrendered, unknown, lost } = tried;
    let passed = counted(*passed, "template passes", "templates pass");
    let lost = counted(lost.len(), "value", "values");
    let _ = writeln!(out, "{passed} the round trip, {lost} may not arrive");
    if *untold > 0 {
        let untold = counted(*untold, "template has", "templates have");
        let _ = writeln!(out, "{untold} no consumer that can be told");
    }
    if *unrendered + *unknown > 0 {
        let unrendered = counted(*unrendered, "ExternalSecret does", "ExternalSecrets do");
        let unknown = counted(*unknown, "is", "are");
        let _ = writeln!(out, "{unrendered} not render, {unknown} not known from the files");
    }
    out
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn help(broken: &Break) -> String {
    let Some(mend) = &broken.mend else {
        return "no encoder mends it: let the value be another one, or the form".to_owned();
    };
    let encoder = mend.encoder;
    match mend.quotes {
        Quotes::Kept => format!("write `| {encoder}` after it"),
        Quotes::Dropped => format!("write `| {encoder}` after it, without the quotes around it"),
        Quotes::Added => format!("write `| {encoder}` after it, and `'` around it"),
        Quotes::Made => format!("write `{encoder}` in the place of `quote`"),
    }
}

/// The documented form: see `docs/render.md`.
fn to_json(tried: &Tried<'_>) -> Value {
    let lost = tried.lost.iter().map(|lost| {
        let place = lost.place();
        json!({
            "external_secret": named(lost.external),
            "template": lost.text.key,
            "key": lost.broken.key,
            "consumer": lost.broken.consumer.name(),
            "effect": lost.broken.effect,
            "values": lost.broken.kinds,
            "encoder": lost.broken.mend.as_ref().map(|mend| mend.encoder),
            "at": place_json(&place),
            "column": place.column,
        })
    });
    json!({
        "version": 1,
        "lost": lost.collect::<Vec<Value>>(),
        "passed": tried.passed,
        "without_consumer": tried.untold,
        "unrendered": tried.unrendered,
        "unknown": tried.unknown,
    })
}
