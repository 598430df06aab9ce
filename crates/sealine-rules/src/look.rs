//! Rules about the look itself: faults that readers met.

use sealine_model::{Finding, ProblemKind};

use crate::{Context, Report};

/// Reports every problem of this kind, once a place.
pub(crate) fn report_problems(context: &Context<'_>, report: &mut Report, kind: ProblemKind) {
    for finding in problems(context, kind) {
        report.add(finding);
    }
}

/// Returns a finding for each problem of this kind that a reader met.
pub(crate) fn problems<'a>(
    context: &Context<'a>,
    kind: ProblemKind,
) -> impl Iterator<Item = Finding> + use<'a> {
    let problems = context.facts.iter().flat_map(|facts| &facts.problems);
    problems.filter(move |problem| problem.kind == kind).map(|problem| {
        let file = &problem.place.file;
        let subject = format!("file/{}/{}", file.repo, file.path);
        Finding::new(problem.place.clone(), subject, problem.message.clone())
    })
}
