//! What the configuration says is not to be told.
//!
//! Invariant: whatever a rule holds back is counted and stays among the noise; an expired rule holds
//! nothing back; a rule for resources that are not there is told.

use sealine_source::stars::fits;

use crate::plan::path::{covers_attribute, dotted};
use crate::project::IgnoreRule;
use crate::report::{Difference, Kind, StaleRule, Suppressed};

use super::{Context, Verdict};

pub(super) fn apply(context: &Context<'_>, verdict: &mut Verdict) {
    let mut counts = vec![0_usize; context.ignore.len()];
    let findings = std::mem::take(&mut verdict.findings);
    for mut finding in findings {
        let mut wholly = None;
        for (index, rule) in context.ignore.iter().enumerate() {
            if is_expired(context, rule) || !fits(&rule.address, &finding.address) {
                continue;
            }
            if holds_back(rule, &mut finding, &mut counts[index]) {
                wholly = Some(rule);
                break;
            }
        }
        match wholly {
            Some(rule) => {
                finding.kind = Kind::Noise;
                let reason = sealine_report::on_one_line(&rule.reason);
                finding.note = Some(format!("`{}` holds it back: {reason}", rule.name));
                verdict.noise.push(finding);
            }
            None => verdict.findings.push(finding),
        }
    }
    for (rule, count) in context.ignore.iter().zip(counts) {
        let expired = is_expired(context, rule);
        if count > 0 {
            let reason = sealine_report::on_one_line(&rule.reason);
            verdict.suppressed.push(Suppressed { rule: rule.name.clone(), reason, count });
        } else if expired || !matches_anything(context, rule) {
            verdict.stale_rules.push(StaleRule { rule: rule.name.clone(), expired });
        }
    }
}

/// Returns whether nothing of the finding is left.
fn holds_back(rule: &IgnoreRule, finding: &mut Difference, count: &mut usize) -> bool {
    let Some(attribute) = &rule.attribute else {
        *count += 1;
        return true;
    };
    let pattern = dotted(attribute);
    let had = finding.attributes.len();
    finding.attributes.retain(|one| !covers_attribute(&pattern, &dotted(&one.path)));
    if finding.attributes.len() == had {
        return false;
    }
    *count += 1;
    finding.attributes.is_empty()
}

fn is_expired(context: &Context<'_>, rule: &IgnoreRule) -> bool {
    rule.until.is_some_and(|until| until < context.today)
}

fn matches_anything(context: &Context<'_>, rule: &IgnoreRule) -> bool {
    let plan = context.plan;
    let changes = plan.drift.iter().chain(&plan.changes).map(|change| change.address.as_str());
    let outputs: Vec<String> = plan.outputs.keys().map(|name| format!("output.{name}")).collect();
    let checks = plan.checks.iter().map(|check| check.address.to_display.as_str());
    let existing = plan.existing.iter().map(String::as_str);
    let mut all = changes.chain(existing).chain(checks).chain(outputs.iter().map(String::as_str));
    all.any(|address| fits(&rule.address, address))
}
