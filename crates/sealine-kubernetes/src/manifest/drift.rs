//! Programs in pods that look for drift of what Terraform made, as a scheduled workflow does elsewhere.
//!
//! Invariant: a program counts only where a `CronJob` that is not suspended runs it, or where it has a
//! schedule of its own.

use sealine_model::Facts;
use sealine_model::tree::Tree;
use sealine_model::workflow::Workflow;

use super::names::is_true;
use super::object::Object;

/// Where the pod of a kind is, and whether the kind runs it on a schedule.
const KINDS: [(&str, &str, &[&str], bool); 3] = [
    ("batch", "CronJob", &["spec", "jobTemplate", "spec", "template", "spec"], true),
    ("apps", "Deployment", &["spec", "template", "spec"], false),
    ("apps", "StatefulSet", &["spec", "template", "spec"], false),
];

/// Reads what an object runs in its pod.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    let kind = KINDS.iter().find(|it| it.0 == object.group && it.1 == object.kind);
    let Some((_, _, path, scheduled)) = kind else { return };
    let Some(pod) = object.tree.at(path) else { return };
    let spec = object.tree.get("spec");
    if spec.is_some_and(|spec| is_true(spec, "suspend")) {
        return;
    }
    let containers = ["containers", "initContainers"].into_iter();
    let mut containers = containers.filter_map(|key| pod.get(key)).flat_map(Tree::items);
    let Some(tool) = containers.find_map(|container| tool(container, *scheduled)) else { return };
    let schedule = spec.and_then(|spec| spec.get("schedule")).filter(|_| *scheduled);
    let schedule = schedule.and_then(|it| Some((it.text()?, it.place()?.clone())));
    out.workflows.push(Workflow {
        repo: object.place.file.repo.clone(),
        path: object.place.file.path.clone(),
        name: object.label(),
        place: object.place.clone(),
        schedules: schedule.into_iter().collect(),
        concurrency: false,
        steps: Vec::new(),
        drift_tool: Some(tool.to_owned()),
    });
}

/// The program by which a container looks for drift.
fn tool(container: &Tree, scheduled: bool) -> Option<&'static str> {
    let texts = |key| container.get(key).map(Tree::items).unwrap_or_default().iter();
    let given: Vec<String> = texts("command").chain(texts("args")).filter_map(Tree::text).collect();
    let is_end = |c: char| c.is_whitespace() || ";&|()'\"`".contains(c);
    let mut words: Vec<&str> = given
        .iter()
        .flat_map(|text| text.split(is_end))
        .filter(|word| !word.is_empty())
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .collect();
    // Without a command the image runs its own program, which it is called after.
    let image = container.get("image").and_then(Tree::text).unwrap_or_default();
    if container.get("command").is_none() {
        let name = image.rsplit('/').next().unwrap_or_default();
        words.insert(0, name.split([':', '@']).next().unwrap_or_default());
    }
    let runs = |program: &str, commands: [&str; 2]| {
        let calls = words.iter().enumerate().filter(|(_, word)| **word == program);
        let mut rests = calls.map(|(at, _)| words.get(at + 1..).unwrap_or_default());
        rests.any(|rest| commands.iter().all(|command| rest.contains(command)))
    };
    if runs("sealine", ["drift", "watch"]) || scheduled && runs("sealine", ["drift", "run"]) {
        return Some("sealine");
    }
    if !scheduled {
        return None;
    }
    let plans = ["terraform", "tofu", "terragrunt"].into_iter().find(|program| {
        runs(program, ["plan", "-detailed-exitcode"])
            || runs(program, ["plan", "--detailed-exitcode"])
    });
    plans.or_else(|| ["driftctl", "driftive"].into_iter().find(|name| words.contains(name)))
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    fn tool(kind: &str, more: &str, container: &str) -> Option<String> {
        let (version, spec) = match kind {
            "CronJob" => (
                "batch/v1",
                format!(
                    "jobTemplate: {{spec: {{template: {{spec: {{containers: [{{{container}}}]}}}}}}}}"
                ),
            ),
            _ => ("apps/v1", format!("template: {{spec: {{containers: [{{{container}}}]}}}}")),
        };
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{{more}{spec}}}\n"
        );
        let facts = read(&text).0;
        facts.workflows.first().and_then(|workflow| workflow.drift_tool.clone())
    }

    #[test]
    fn programs_that_look_for_drift_are_found() {
        for (kind, more, container, expected) in [
            ("CronJob", "", "command: [sealine, drift, run]", Some("sealine")),
            (
                "CronJob",
                "",
                "command: [sh, -c, 'cd /x && /bin/sealine -q drift run live']",
                Some("sealine"),
            ),
            ("CronJob", "", "image: 'ghcr.io/a/sealine:1', args: [drift, run]", Some("sealine")),
            ("CronJob", "suspend: true, ", "command: [sealine, drift, run]", None),
            ("CronJob", "", "command: [sealine, check]", None),
            (
                "CronJob",
                "",
                "command: [sh, -c, 'terraform plan -detailed-exitcode']",
                Some("terraform"),
            ),
            ("CronJob", "", "command: [terraform, plan]", None),
            ("CronJob", "", "command: [python, drift, run]", None),
            ("Deployment", "", "command: [sealine, drift, watch]", Some("sealine")),
            ("Deployment", "", "command: [sealine, drift, run]", None),
        ] {
            let found = tool(kind, more, container);
            assert_eq!(found.as_deref(), expected, "{kind} {more}{container}");
        }
    }
}
