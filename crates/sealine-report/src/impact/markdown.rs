//! For a comment on a pull request.
//!
//! Invariant: what is taken from the project stands within code spans or has every character escaped
//! that means something to Markdown or HTML: no name makes a link, a mention or an element.

use std::fmt::Write as _;

use super::ImpactReport;
use crate::on_one_line;

/// Returns the report as Markdown.
pub fn markdown(report: &ImpactReport<'_>) -> String {
    let impact = report.impact;
    let mut out = String::new();
    let mark = if impact.loses() { "❌" } else { "✅" };
    let _ = writeln!(out, "### Sealine: {mark} {}\n", escaped(&report.verdict()));
    let _ = writeln!(out, "From {} to {}.", code(&impact.before), code(&impact.after));
    for (title, needs) in report.needs() {
        if needs.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n**Readers that {title}**\n");
        for need in needs {
            let at = code(&report.at(need));
            let _ =
                writeln!(out, "- {} reads {}, at {at}", code(&need.consumer), code(&need.secret));
            for fault in &need.faults {
                let _ = writeln!(out, "  - {}: {}", code(&fault.node), prose(&fault.why));
            }
        }
    }
    if !impact.renamed.is_empty() {
        out.push_str("\n**Renamed**\n\n");
        for (before, after) in &impact.renamed {
            let _ = writeln!(out, "- {} to {}", code(before), code(after));
        }
    }
    if !impact.fates.is_empty() {
        out.push_str("\n**What becomes of the rest**\n\n");
        for fate in &impact.fates {
            let _ =
                writeln!(out, "- {}: {}. {}", code(&fate.node), fate.kind.name(), prose(&fate.why));
        }
    }
    if !impact.order.is_empty() {
        out.push_str("\n<details open>\n<summary>A safe order</summary>\n\n");
        for (index, step) in impact.order.iter().enumerate() {
            let repo = step.repo.as_ref().map(|repo| format!(" in {}", code(repo)));
            let done = if step.done { " (done)" } else { "" };
            let title = prose(&step.title);
            let _ = writeln!(out, "{}. {title}{}{done}", index + 1, repo.unwrap_or_default());
            let _ = writeln!(out, "   - why: {}", prose(&step.why));
            if !step.files.is_empty() {
                let files: Vec<String> = step.files.iter().map(|file| code(file)).collect();
                let _ = writeln!(out, "   - files: {}", files.join(", "));
            }
            if let Some(share) = &step.shares {
                let may = if share.allowed { "may" } else { "may not" };
                let why = prose(&share.why);
                let _ = writeln!(out, "   - {may} share the commit of step {}: {why}", share.with);
            }
            for check in &step.checks {
                let _ = writeln!(out, "   - check: {}", prose(check));
            }
        }
        out.push_str("\n</details>\n");
    }
    out
}

/// A code span that its text cannot leave.
fn code(text: &str) -> String {
    let text = on_one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // Spaces keep a backtick at the ends apart from the fence; Markdown takes them off again.
    let pad = if longest > 0 || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence of ours with literals in backticks: code spans stay, the rest is escaped.
fn prose(text: &str) -> String {
    let text = on_one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks pairs with nothing: then none of them means anything.
    if parts.len().is_multiple_of(2) {
        return escaped(&text);
    }
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 1 && !part.is_empty() { code(part) } else { escaped(part) }
    };
    parts.iter().enumerate().map(part).collect()
}

/// Text in which nothing means anything to Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in on_one_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // A mention would call somebody.
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_holds_its_text() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb"), "`a\\u{a}b`");
    }

    #[test]
    fn prose_keeps_code_and_escapes_the_rest() {
        assert_eq!(prose("reads `a_b` <now>"), "reads `a_b` &lt;now&gt;");
        assert_eq!(prose("a ` @you *b*"), "a \\` &#64;you \\*b\\*");
        assert_eq!(prose("[x](y)"), "\\[x\\](y)");
    }
}
