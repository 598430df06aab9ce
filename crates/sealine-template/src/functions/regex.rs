//! Regular expressions.
//!
//! Invariant: a pattern means what it means to Go: classes such as `\d` are ASCII, a bracket needs
//! no escape inside a class; a match takes linear time and compiling bounded memory. Looking for one
//! match after the other may take the time of the rest of the text for each: each is paid for.

use regex::bytes::{Regex, RegexBuilder};

use super::Parameter::{Int, Text as AnyText};
use super::regex_syntax::translated;
use super::{Answer, Function, Stop, stop};
use crate::call::{Invocation, TEXT_STEP};
use crate::error::over_budget;
use crate::text::{Builder, Text};
use crate::value::{Element, List, Value};

pub(super) const TABLE: &[Function] = &[
    Function::plain("mustRegexFind", &[AnyText, AnyText], find),
    Function::plain("mustRegexFindAll", &[AnyText, AnyText, Int], find_all),
    Function::plain("mustRegexMatch", &[AnyText, AnyText], |call| matches(call, true)),
    Function::plain("mustRegexReplaceAll", &[AnyText, AnyText, AnyText], |call| {
        replace(call, true)
    }),
    Function::plain("mustRegexReplaceAllLiteral", &[AnyText, AnyText, AnyText], |call| {
        replace(call, false)
    }),
    Function::plain("mustRegexSplit", &[AnyText, AnyText, Int], split),
    Function::plain("regexFind", &[AnyText, AnyText], find),
    Function::plain("regexFindAll", &[AnyText, AnyText, Int], find_all),
    Function::plain("regexMatch", &[AnyText, AnyText], |call| matches(call, false)),
    Function::plain("regexQuoteMeta", &[AnyText], quote_meta),
    Function::plain("regexReplaceAll", &[AnyText, AnyText, AnyText], |call| replace(call, true)),
    Function::plain("regexReplaceAllLiteral", &[AnyText, AnyText, AnyText], |call| {
        replace(call, false)
    }),
    Function::plain("regexSplit", &[AnyText, AnyText, Int], split),
];

/// How much memory a compiled pattern may take.
const COMPILED: usize = 1 << 20;

/// The longest pattern that is looked at.
const LONGEST: usize = 10_000;

/// How many bytes of the rest of a text a step looks through for the next match.
const MATCH_STEP: usize = 4_096;

/// How much longer than an output what stands for one match may be while it is made.
const LONGER: usize = 4;

/// Pays for a match in a text, after which `rest` bytes follow.
fn pay_match(call: &mut Invocation<'_, '_>, rest: usize) -> Result<(), Stop> {
    Ok(call.executor.fuel.step(1 + rest / MATCH_STEP)?)
}

/// Returns the compiled pattern of the first argument, paid for together with the second.
fn compiled(call: &mut Invocation<'_, '_>) -> Result<Regex, Stop> {
    let pattern = call.text(0).to_str().into_owned();
    if pattern.len() > LONGEST {
        return Err(over_budget("the regular expression is too long").into());
    }
    // Compiling costs far more than other functions do.
    call.executor.fuel.step(200 + pattern.len() * 4 + call.text(1).len() / 16)?;
    let Some(pattern) = translated(&pattern) else { return stop("error parsing regexp") };
    let built = RegexBuilder::new(&pattern)
        .size_limit(COMPILED)
        .dfa_size_limit(COMPILED)
        .nest_limit(50)
        .build();
    match built {
        Ok(regex) => Ok(regex),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err(over_budget("the regular expression is too large").into())
        }
        Err(_) => stop("error parsing regexp"),
    }
}

fn matches(call: &mut Invocation<'_, '_>, must: bool) -> Answer {
    match compiled(call) {
        Ok(regex) => Ok(regex.is_match(call.text(1).as_bytes()).into()),
        Err(Stop::Own(failure)) if !must && failure.kind == crate::ErrorKind::Execute => {
            Ok(false.into())
        }
        Err(stop) => Err(stop),
    }
}

fn find(call: &mut Invocation<'_, '_>) -> Answer {
    let regex = compiled(call)?;
    let text = call.text(1);
    let found = regex.find(text.as_bytes()).map(|found| found.range());
    Ok(found.map_or_else(Text::default, |range| text.slice(range)).into())
}

/// Returns how many results are asked for; a negative number means all.
fn limit(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn find_all(call: &mut Invocation<'_, '_>) -> Answer {
    let regex = compiled(call)?;
    let (text, limit) = (call.text(1), limit(call.int(2)));
    let mut found = Vec::new();
    for range in regex.find_iter(text.as_bytes()).take(limit) {
        call.pay_items(1)?;
        pay_match(call, text.len() - range.end())?;
        found.push(text.slice(range.range()));
    }
    let found = found.into_iter().map(Value::from).collect();
    Ok(List::nil_if_empty(found, Element::Text).into())
}

fn replace(call: &mut Invocation<'_, '_>, expands: bool) -> Answer {
    let regex = compiled(call)?;
    let (text, replacement) = (call.text(1), call.text(2));
    let bytes = text.as_bytes();
    let groups = memchr::memchr_iter(b'$', replacement.as_bytes()).count();
    let mut builder = Builder::default();
    let mut at = 0;
    let mut after_match = None;
    for captures in regex.captures_iter(bytes) {
        let Some(whole) = captures.get(0) else { continue };
        pay_match(call, bytes.len() - whole.end())?;
        // Go gives no empty match right behind a match.
        if whole.is_empty() && after_match == Some(whole.start()) {
            continue;
        }
        builder.push_slice(&text, at..whole.start());
        if expands {
            // A group is no longer than the match.
            let longest = replacement.len().saturating_add(groups.saturating_mul(whole.len()));
            if longest / LONGER > call.executor.fuel.budget().output_bytes {
                call.pay_text(longest)?;
            }
            call.executor.fuel.step(replacement.len() / TEXT_STEP)?;
            let mut expanded = Vec::new();
            captures.expand(replacement.as_bytes(), &mut expanded);
            call.executor.fuel.append(builder.len(), expanded.len())?;
            let origin = text.slice(whole.range()).common_origin();
            builder.push_marked(&expanded, origin);
        } else {
            call.executor.fuel.append(builder.len(), replacement.len())?;
            builder.push_text(&replacement);
        }
        at = whole.end();
        after_match = Some(at);
    }
    if at == 0 && builder.is_empty() {
        return Ok(text.into());
    }
    builder.push_slice(&text, at..bytes.len());
    Ok(builder.finish().into())
}

fn split(call: &mut Invocation<'_, '_>) -> Answer {
    let regex = compiled(call)?;
    let (text, limit) = (call.text(1), limit(call.int(2)));
    if limit == 0 {
        return Ok(Value::texts(Vec::new()));
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    if !call.text(0).is_empty() && text.is_empty() {
        return Ok(Value::texts(vec![Text::default()]));
    }
    for found in regex.find_iter(text.as_bytes()) {
        if parts.len() + 1 == limit {
            break;
        }
        call.pay_items(1)?;
        pay_match(call, text.len() - found.end())?;
        end = found.start();
        if found.end() != 0 {
            parts.push(text.slice(start..end));
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(text.slice(start..text.len()));
    }
    Ok(Value::texts(parts))
}

fn quote_meta(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len().saturating_mul(2))?;
    let mut builder = Builder::default();
    let mut kept = 0;
    for (at, byte) in text.as_bytes().iter().enumerate() {
        if br"\.+*?()|[]{}^$".contains(byte) {
            builder.push_slice(&text, kept..at);
            builder.push_marked(b"\\", text.slice(at..at + 1).common_origin());
            kept = at;
        }
    }
    builder.push_slice(&text, kept..text.len());
    Ok(builder.finish().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_go() {
        for (pattern, text, expected) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "٣", false),
            (r"^[[a]$", "[", true),
            (r"^[[:alpha:]_]+$", "a_", true),
            (r"^[]a]$", "]", true),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"\Qa.b\E", "a.b", true),
            (r"a\/b", "a/b", true),
            (r"^[a&&b]$", "&", true),
            (r"^[^\s]+$", "ab", true),
        ] {
            let regex = Regex::new(&translated(pattern).expect("Go's syntax")).expect("a pattern");
            assert_eq!(regex.is_match(text.as_bytes()), expected, "{pattern}");
        }
    }
}
