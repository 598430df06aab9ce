//! # path-escapes-repository
//!
//! ## What it finds
//!
//! A link, a kustomization resource, a values file or a module path leads out of its repository
//! through `..`, an absolute path or a symbolic link. It is refused and never read.
//!
//! ## Why it matters
//!
//! The tree does not build elsewhere, and on a build server such a path reads files of the server.
//!
//! ## Example
//!
//! ```text
//! //- kustomization.yaml
//! apiVersion: kustomize.config.k8s.io/v1beta1
//! kind: Kustomization
//! resources:
//!   - ../outside
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- kustomization.yaml
//! apiVersion: kustomize.config.k8s.io/v1beta1
//! kind: Kustomization
//! resources:
//!   - inside.yaml
//! //- inside.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata:
//!   name: app
//! ```
//!
//! ## Evidence it needs
//!
//! The path as written, and the link's target on disk. Among examples and documentation, which somebody
//! copies to where the path holds, it is an info, among test data nothing.
//!
//! ## When to allow it
//!
//! Never; load the other repository with `--repo` or `repos` and name it by its remote.

use sealine_model::{ProblemKind, Severity};

use crate::look::problems;
use crate::terraform::report_written;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "path-escapes-repository",
    severity: Severity::Error,
    summary: "a path or link leads out of the repository",
    replaces: &[],
    source: include_str!("path_escapes_repository.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for finding in problems(context, ProblemKind::PathEscape) {
        report_written(report, finding);
    }
}
