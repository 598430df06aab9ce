//! # export-stale
//!
//! ## What it finds
//!
//! A target of `sealine export` that was written from an older version of the state than the one that
//! is in sight.
//!
//! ## Why it matters
//!
//! Terraform may have changed an address, a host or a password since, and the cluster still has the
//! old one.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! export:
//!   egress: {from: terraform, to: gitops/egress-values.yaml, at: egress}
//! //- gitops/egress-values.yaml
//! # sealine export egress: lineage 6f1c2a5e-1111, serial 12
//! egress:
//!   loadBalancerIp: 203.0.113.7
//! //- states/platform.tfstate
//! {"version": 4, "serial": 14, "lineage": "6f1c2a5e-1111", "outputs": {}, "resources": []}
//! ```
//!
//! ## Use instead
//!
//! Run `sealine export` after each `apply`, which stamps the serial of the state when a value changed.
//!
//! ```text
//! //- sealine.yaml
//! export:
//!   egress: {from: terraform, to: gitops/egress-values.yaml, at: egress}
//! //- gitops/egress-values.yaml
//! # sealine export egress: lineage 6f1c2a5e-1111, serial 14
//! egress:
//!   loadBalancerIp: 203.0.113.8
//! //- states/platform.tfstate
//! {"version": 4, "serial": 14, "lineage": "6f1c2a5e-1111", "outputs": {}, "resources": []}
//! ```
//!
//! ## Evidence it needs
//!
//! The stamp that `sealine export` left in the target, and a state file of the same lineage among
//! the files, in this or in a linked repository, or among published facts (`--with`). It is an info:
//! a serial grows with every change of the state, and whether an exported value is among them only `sealine export --check` can tell.
//!
//! ## When to allow it
//!
//! When the state file is a copy that is newer than what shall be in the cluster.

use sealine_model::export::Stamp;
use sealine_model::{Finding, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "export-stale",
    severity: Severity::Info,
    summary: "a values file was exported from an older state",
    replaces: &[],
    source: include_str!("export_stale.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for export in context.facts.iter().flat_map(|facts| &facts.exports) {
        let Some(Stamp { lineage, serial }) = &export.stamp else { continue };
        let states = context.facts.iter().flat_map(|facts| &facts.state_files);
        let newer = states.filter_map(|state| {
            let (known, version) = state.version.as_ref()?;
            (known == lineage && version > serial).then_some((version, &state.place))
        });
        let Some((version, place)) = newer.max_by_key(|(version, _)| **version) else { continue };
        let top = export.target_place.clone().unwrap_or_else(|| export.place.clone());
        let message = format!(
            "`{}` was exported from serial {serial}, and the state is at {version}",
            export.target
        );
        let finding = Finding::new(top, format!("export/{}", export.name), message)
            .related(place.clone(), "the newer state")
            .help(format!("`sealine export {} --check` says whether a value changed", export.name));
        report.add(finding);
    }
}
