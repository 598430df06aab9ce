//! Rules about the look itself: faults that readers met.

use sealine_model::{Finding, ProblemKind};

use crate::{Context, Report};

/// Reports every problem of this kind, once a place.
pub(crate) fn report_problems(context: &Context<'_>, report: &mut Report, kind: ProblemKind) {
    let problems = context.facts.iter().flat_map(|facts| &facts.problems);
    for problem in problems.filter(|problem| problem.kind == kind) {
        let file = &problem.place.file;
        let subject = format!("file/{}/{}", file.repo, file.path);
        report.add(Finding::new(problem.place.clone(), subject, problem.message.clone()));
    }
}
