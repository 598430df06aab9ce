//! Drift detection by other tools: actions that workflows call, and configuration files.
//!
//! Invariant: a tool counts only when the file switches its drift detection on.

use sealine_yaml::Node;

/// Returns the tool whose configuration stands at `path`, when it switches drift detection on.
pub(crate) fn configured(path: &str, root: &Node) -> Option<&'static str> {
    match path {
        "atlantis.yaml" | "atlantis.yml" => ["drift_detection", "drift"]
            .iter()
            .any(|key| is_on(root.get(key)))
            .then_some("atlantis"),
        "digger.yml" | "digger.yaml" => {
            let projects = root.get("projects").map_or(&[][..], Node::items);
            let is_on = is_on(root.get("drift_detection"))
                || projects.iter().any(|project| is_on(project.get("drift_detection")));
            is_on.then_some("digger")
        }
        ".terrateam/config.yml" | ".terrateam/config.yaml" => {
            let enabled = root.at(&["drift", "enabled"]).and_then(Node::as_bool);
            (enabled == Some(true)).then_some("terrateam")
        }
        "driftive.yml" | "driftive.yaml" => root.is_mapping().then_some("driftive"),
        _ => None,
    }
}

/// Returns whether this is the path of such a file.
pub(crate) fn is_configuration(path: &str) -> bool {
    matches!(
        path,
        "atlantis.yaml"
            | "atlantis.yml"
            | "digger.yml"
            | "digger.yaml"
            | ".terrateam/config.yml"
            | ".terrateam/config.yaml"
            | "driftive.yml"
            | "driftive.yaml"
    )
}

fn is_on(node: Option<&Node>) -> bool {
    node.is_some_and(|node| {
        node.as_bool().or_else(|| node.get("enabled").map(|it| it.as_bool() == Some(true)))
            == Some(true)
    })
}

/// Returns the tool that detects drift when a job or step uses `action`.
pub(crate) fn action(action: &str, with: Option<&Node>) -> Option<String> {
    let name = action.split('@').next().unwrap_or(action).to_ascii_lowercase();
    let given = |key: &str| with.and_then(|with| with.str_at(&[key]));
    let known = match name.as_str() {
        "diggerhq/digger" => {
            return (given("mode") == Some("drift-detection")).then(|| "digger".to_owned());
        }
        // Counts what differs, unless it is told not to look at the world.
        "josiahsiegel/terraform-stats" => {
            let looks = !given("add-args").is_some_and(|given| given.contains("-refresh=false"));
            return looks.then(|| "terraform-stats".to_owned());
        }
        "driftive/driftive-action" => "driftive",
        "dflook/terraform-check" => "dflook/terraform-check",
        "dflook/tofu-check" => "dflook/tofu-check",
        "snyk/driftctl-action" => "driftctl",
        _ => "",
    };
    if !known.is_empty() {
        return Some(known.to_owned());
    }
    // What a foreign workflow or action of this name does cannot be seen, its name can.
    let is_foreign = !name.starts_with("./") && !name.starts_with("docker:");
    (is_foreign && name.contains("drift")).then_some(name)
}

/// Returns the program, the command and the folder of an action that runs Terraform itself.
pub(crate) fn running_action<'a>(
    action: &str,
    with: Option<&'a Node>,
) -> Option<(&'static str, &'static str, Option<&'a str>)> {
    let given = |key: &str| with.and_then(|with| with.str_at(&[key]));
    let name = action.split('@').next().unwrap_or(action);
    if name == "gruntwork-io/terragrunt-action" {
        let command = given("tg_command")?;
        let command = ["plan", "apply", "destroy"]
            .into_iter()
            .find(|known| command.split_whitespace().any(|word| word == *known))?;
        return Some(("terragrunt", command, given("tg_dir")));
    }
    let (program, command) = name.strip_prefix("dflook/")?.split_once('-')?;
    let program = ["terraform", "tofu"].into_iter().find(|known| *known == program)?;
    let command = ["plan", "apply", "destroy"].into_iter().find(|known| *known == command)?;
    Some((program, command, given("path")))
}

/// Returns the tool that detects drift when a script runs the command with these words.
pub(crate) fn program(words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_runner = matches!(
        name,
        "make" | "just" | "task" | "mise" | "bash" | "sh" | "npm" | "poetry" | "python" | "python3"
    );
    let drifts = |text: &&&str| text.to_ascii_lowercase().contains("drift");
    match name {
        "driftctl" | "driftive" | "tfdrift" | "tfe-drift" => Some(name.to_owned()),
        "terramate" => {
            arguments.iter().any(|flag| flag.contains("sync-drift-status")).then(|| name.to_owned())
        }
        _ if program.contains('/') && name.contains("drift") => Some((*program).to_owned()),
        _ if is_runner => arguments.iter().find(drifts).map(|found| format!("{name} {found}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_yaml::parse;

    fn of(path: &str, text: &str) -> Option<&'static str> {
        configured(path, parse(text).root().unwrap())
    }

    #[test]
    fn only_what_is_switched_on_counts() {
        assert_eq!(of("atlantis.yaml", "version: 3\nprojects: []"), None);
        assert_eq!(of("atlantis.yaml", "drift_detection: {enabled: true}"), Some("atlantis"));
        assert_eq!(
            of("digger.yml", "projects: [{name: a, drift_detection: true}]"),
            Some("digger")
        );
        assert_eq!(of("digger.yml", "projects: [{name: a}]"), None);
        assert_eq!(
            of(".terrateam/config.yml", "drift: {enabled: true, schedule: daily}"),
            Some("terrateam")
        );
        assert_eq!(of(".terrateam/config.yml", "drift: {schedules: {a: {schedule: daily}}}"), None);
    }

    #[test]
    fn actions_and_programs_are_known_by_name() {
        let with = parse("mode: drift-detection");
        assert_eq!(action("diggerhq/digger@v1", with.root()).as_deref(), Some("digger"));
        assert_eq!(action("diggerhq/digger@v1", None), None);
        assert_eq!(
            action("o/r/.github/workflows/drift.yml@v1", None).as_deref(),
            Some("o/r/.github/workflows/drift.yml")
        );
        assert_eq!(program(&["./scripts/drift.sh"]).as_deref(), Some("./scripts/drift.sh"));
        assert_eq!(program(&["make", "drift-check"]).as_deref(), Some("make drift-check"));
        assert_eq!(program(&["echo", "drift"]), None);
    }
}
