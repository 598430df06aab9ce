//! Reads the workflows and drift configurations of a project into facts, one unit a file.

use std::collections::BTreeSet;

use sealine_model::workflow::Workflow;
use sealine_model::{Coverage, Facts, Problem, ProblemKind};
use sealine_source::{Place, Project, Repository, Source};
use sealine_yaml::{Node, Parsed, parse};

use crate::job::Walk;
use crate::scope::Scope;
use crate::tools;

/// Reads the workflows of all repositories.
pub fn read(project: &Project) -> Vec<Facts> {
    project.repositories.iter().flat_map(read_repository).collect()
}

/// Returns whether this reader asks for the file of this path. Scripts and actions that workflows
/// call are asked for by their paths.
pub fn wants(path: &str) -> bool {
    is_workflow(path) || tools::is_configuration(path)
}

fn read_repository(repository: &Repository) -> Vec<Facts> {
    let mut all = Vec::new();
    let mut called = BTreeSet::new();
    for source in repository.files() {
        if is_workflow(source.path()) {
            let facts = read_workflow(repository, source);
            called.extend(facts.reads.iter().filter(|path| *path != source.path()).cloned());
            all.push(facts);
        } else if tools::is_configuration(source.path()) {
            all.push(read_configuration(repository, source));
        }
    }
    // What runs only when a workflow of this repository calls it is told with its callers, which
    // know the inputs and what guards them.
    for workflow in all.iter_mut().flat_map(|facts: &mut Facts| &mut facts.workflows) {
        if called.contains(&workflow.path) && is_only_called(repository, &workflow.path) {
            workflow.steps.clear();
        }
    }
    all
}

fn is_only_called(repository: &Repository, path: &str) -> bool {
    let Some(source) = repository.get(path) else { return false };
    let parsed = parse(source.text());
    let Some(on) = parsed.root().and_then(|root| root.get("on")) else { return false };
    let names = on.entries().map(|entry| &entry.key).chain(on.items()).chain([on]);
    names.filter_map(Node::as_str).all(|name| name == "workflow_call")
}

/// Returns whether GitHub, or a server that runs the same files, takes the file for a workflow.
fn is_workflow(path: &str) -> bool {
    let inside = [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"]
        .iter()
        .find_map(|folder| path.strip_prefix(folder));
    let is_yaml = |name: &str| {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        matches!(extension, Some("yml" | "yaml"))
    };
    inside.is_some_and(|name| !name.contains('/') && is_yaml(name))
}

fn unit(repository: &Repository, source: &Source, kind: &str, parsed: &Parsed) -> Facts {
    let problems = parsed.problems.iter().map(|problem| Problem {
        kind: match problem.kind {
            sealine_yaml::ProblemKind::DuplicateKey => ProblemKind::DuplicateKey,
            sealine_yaml::ProblemKind::LimitExceeded => ProblemKind::Limit,
            _ => ProblemKind::Syntax,
        },
        place: source.place(problem.range),
        message: problem.message.clone(),
    });
    Facts {
        repo: repository.name.clone(),
        unit: format!("{kind} {}", source.path()),
        problems: problems.collect(),
        coverage: Coverage { documents: 1, understood: parsed.documents.len().min(1) },
        reads: vec![source.path().to_owned()],
        ..Facts::default()
    }
}

fn read_workflow(repository: &Repository, source: &Source) -> Facts {
    let parsed = parse(source.text());
    let mut facts = unit(repository, source, "workflow", &parsed);
    let Some(root) = parsed.root() else { return facts };
    let mut walk =
        Walk { repository, reads: Vec::new(), bytes: 0, steps: Vec::new(), drift_tool: None };
    walk.workflow(source, root, Scope::default(), false, 0);
    let schedules = schedules(root, source);
    let is_scheduled = !schedules.is_empty();
    facts.reads.extend(walk.reads);
    facts.reads.sort();
    facts.reads.dedup();
    facts.workflows.push(Workflow {
        schedules,
        concurrency: root.get("concurrency").is_some_and(|guard| !guard.is_null()),
        steps: walk.steps,
        drift_tool: walk.drift_tool.filter(|_| is_scheduled),
        ..empty(repository, source, root)
    });
    facts
}

fn read_configuration(repository: &Repository, source: &Source) -> Facts {
    let parsed = parse(source.text());
    let mut facts = unit(repository, source, "drift configuration", &parsed);
    let Some(root) = parsed.root() else { return facts };
    if let Some(tool) = tools::configured(source.path(), root) {
        let drift_tool = Some(tool.to_owned());
        facts.workflows.push(Workflow { drift_tool, ..empty(repository, source, root) });
    }
    facts
}

fn empty(repository: &Repository, source: &Source, root: &Node) -> Workflow {
    let name = root.get("name").filter(|name| name.as_str().is_some());
    Workflow {
        repo: repository.name.clone(),
        path: source.path().to_owned(),
        name: name.and_then(Node::as_str).unwrap_or(source.path()).to_owned(),
        place: name.map_or_else(|| source.top(), |name| source.place(name.range)),
        schedules: Vec::new(),
        concurrency: false,
        steps: Vec::new(),
        drift_tool: None,
    }
}

fn schedules(root: &Node, source: &Source) -> Vec<(String, Place)> {
    let schedules = root.at(&["on", "schedule"]).map_or(&[][..], Node::items);
    let crons = schedules.iter().filter_map(|item| item.get("cron"));
    crons.filter_map(|cron| Some((cron.as_str()?.to_owned(), source.place(cron.range)))).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use sealine_source::FileName;

    use super::*;

    /// Reads files that stand in one string, each behind a `//- path` line, and shows the steps.
    fn check(fixture: &str, expected: &[&str]) {
        let mut repository = Repository::new("r");
        for file in fixture.split("//- ").skip(1) {
            let (path, text) = file.split_once('\n').unwrap();
            repository.add(Arc::new(Source::new(FileName::new("r", path), text)));
        }
        let project = Project { repositories: vec![repository] };
        let facts = read(&project);
        let mut shown = Vec::new();
        for workflow in facts.iter().flat_map(|facts| &facts.workflows) {
            shown.extend(workflow.drift_tool.iter().map(|tool| format!("drift by {tool}")));
            shown.extend(workflow.schedules.iter().map(|(cron, _)| format!("cron {cron}")));
            for step in &workflow.steps {
                let folder = step.folder.as_deref().unwrap_or("?");
                let mut line = format!("{} {} in `{folder}`", step.program, step.command);
                for (holds, name) in [
                    (step.detailed_exit_code, "detailed"),
                    (step.concurrency, "guarded"),
                    (step.backend_config, "backend-config"),
                ] {
                    line.push_str(if holds { " " } else { "" });
                    line.push_str(if holds { name } else { "" });
                }
                if let Some(place) = &step.no_lock {
                    let source = project.source(&place.file).unwrap();
                    let _ = write!(line, " no lock at `{}`", source.slice(place.range()));
                }
                if let Some(reason) = &step.exit_code_lost {
                    let _ = write!(line, ", code lost by {reason}");
                }
                shown.push(line);
            }
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn folders_come_from_steps_jobs_defaults_and_matrices() {
        check(
            "//- .github/workflows/plan.yml
on: pull_request
defaults: {run: {working-directory: infra}}
jobs:
  one:
    concurrency: one
    steps:
    - run: terraform plan
    - run: cd prod && terraform plan
    - run: |
        (cd a; tofu plan)
        tofu plan
    - run: terraform -chdir=b plan
      working-directory: other
  two:
    strategy: {matrix: {root: [x, y]}}
    defaults: {run: {working-directory: '${{ matrix.root }}'}}
    steps:
    - run: terraform init -backend-config=prod.hcl
    - run: terraform plan
  three:
    steps:
    - uses: actions/checkout@v5
      with: {path: src}
    - run: |
        for root in a b; do
          terraform -chdir=$GITHUB_WORKSPACE/src/$root plan
        done
    - run: cd $UNKNOWN && terraform apply
",
            &[
                "terraform plan in `infra` guarded",
                "terraform plan in `infra/prod` guarded",
                "tofu plan in `infra/a` guarded",
                "tofu plan in `infra` guarded",
                "terraform plan in `other/b` guarded",
                "terraform plan in `x` backend-config",
                "terraform plan in `y` backend-config",
                "terraform plan in `a`",
                "terraform plan in `b`",
                "terraform apply in `?`",
            ],
        );
    }

    #[test]
    fn locks_are_switched_off_by_flags_and_variables() {
        check(
            "//- .github/workflows/apply.yml
on: push
concurrency: {group: all}
env: {TF_CLI_ARGS_plan: -lock=false -detailed-exitcode=false}
jobs:
  one:
    steps:
    - run: |
        terraform apply \\
          -auto-approve \\
          -lock=false
    - run: terraform plan -lock=true
    - run: terraform plan
    - run: TF_CLI_ARGS=--lock=0 terraform destroy
",
            &[
                "terraform apply in `` guarded no lock at `-lock=false`",
                "terraform plan in `` guarded",
                "terraform plan in `` guarded no lock at `-lock=false -detailed-exitcode=false`",
                "terraform destroy in `` guarded no lock at `TF_CLI_ARGS=--lock=0`",
            ],
        );
    }

    #[test]
    fn exit_codes_are_lost_by_wrappers_pipes_and_failing_steps() {
        check(
            "//- .github/workflows/drift.yml
on: {schedule: [{cron: 0 5 * * *}]}
jobs:
  wrapped:
    steps:
    - uses: hashicorp/setup-terraform@v3
    - run: terraform plan -detailed-exitcode
    - id: read
      run: terraform plan -detailed-exitcode || true
    - run: echo ${{ steps.read.outputs.exitcode }}
  bare:
    steps:
    - uses: hashicorp/setup-terraform@v3
      with: {terraform_wrapper: false}
    - run: terraform plan -detailed-exitcode
    - run: terraform plan -detailed-exitcode | tee plan.txt
    - run: terraform plan -detailed-exitcode | tee plan.txt || code=$?
      shell: bash
    - run: |
        set +e
        terraform plan -detailed-exitcode
        echo code=$? >> $GITHUB_OUTPUT
    - id: checked
      continue-on-error: true
      run: terraform plan -detailed-exitcode
    - if: steps.checked.outcome == 'failure'
      run: ./alert
    - continue-on-error: true
      run: terraform plan -detailed-exitcode
    - shell: pwsh
      run: terraform plan -detailed-exitcode
    - id: told
      run: |
        terraform plan -detailed-exitcode
        echo code=$? >> $GITHUB_OUTPUT
    - if: steps.told.outputs.code == '2'
      run: ./alert
    - id: ended
      continue-on-error: true
      run: |
        terraform plan -detailed-exitcode
        echo code=$? >> $GITHUB_OUTPUT
    - if: steps.ended.outcome == 'failure'
      run: ./alert
",
            &[
                "cron 0 5 * * *",
                "terraform plan in `` detailed, code lost by the wrapper of `hashicorp/setup-terraform`, which ends with 0 on code 2",
                "terraform plan in `` detailed",
                "terraform plan in `` detailed, code lost by the step, which fails on code 2 as it does on an error",
                "terraform plan in `` detailed, code lost by a pipe without `pipefail`",
                "terraform plan in `` detailed",
                "terraform plan in `` detailed",
                "terraform plan in `` detailed",
                "terraform plan in `` detailed, code lost by `continue-on-error`, behind which nothing reads the outcome",
                "terraform plan in `` detailed",
                "terraform plan in `` detailed, code lost by `-e`, which ends the script on code 2 before anything reads it",
                "terraform plan in `` detailed",
            ],
        );
    }

    #[test]
    fn local_actions_workflows_and_scripts_are_followed() {
        check(
            "//- .github/workflows/nightly.yml
on: {schedule: [{cron: 0 5 * * *}]}
jobs:
  one:
    concurrency: x
    uses: ./.github/workflows/called.yml
    with: {root: infra/prod}
//- .github/workflows/called.yml
on: {workflow_call: {inputs: {root: {type: string}, other: {default: infra/dev}}}}
jobs:
  one:
    steps:
    - uses: ./.github/actions/plan
      with: {folder: '${{ inputs.root }}'}
    - run: ../scripts/apply.sh
      working-directory: infra
    - run: terraform -chdir=${{ inputs.other }} plan
    - run: bash -e scripts/in.sh infra/edge
//- .github/actions/plan/action.yml
inputs: {folder: {required: true}}
runs:
  using: composite
  steps:
  - uses: opentofu/setup-opentofu@v1
  - shell: bash
    run: tofu plan -detailed-exitcode
    working-directory: ${{ inputs.folder }}
//- scripts/apply.sh
cd ../other
terraform apply -lock=false
//- scripts/in.sh
terraform -chdir=$1 plan $2
",
            &[
                "cron 0 5 * * *",
                "tofu plan in `infra/prod` detailed guarded, code lost by the wrapper of `opentofu/setup-opentofu`, which ends with 0 on code 2",
                "terraform apply in `other` guarded no lock at `-lock=false`",
                "terraform plan in `infra/dev` guarded",
                "terraform plan in `infra/edge` guarded",
            ],
        );
    }

    #[test]
    fn drift_tools_count_where_they_are_scheduled_or_switched_on() {
        check(
            "//- .github/workflows/a.yml
on: {schedule: [{cron: 1 * * * *}]}
jobs:
  a: {steps: [{run: sealine drift run infra edge}]}
  b: {uses: o/r/.github/workflows/terraform-drift.yml@v1}
//- .github/workflows/b.yml
on: push
jobs: {a: {steps: [{uses: diggerhq/digger@v1, with: {mode: drift-detection}}]}}
//- infra/main.tf
//- .terrateam/config.yml
drift: {enabled: true}
",
            &[
                "drift by o/r/.github/workflows/terraform-drift.yml",
                "cron 1 * * * *",
                "sealine drift in `infra`",
                "drift by terrateam",
            ],
        );
    }

    #[test]
    fn a_count_of_drift_looks_at_the_world_or_counts_none() {
        for (more, expected) in [
            ("", &["drift by terraform-stats", "cron 1 * * * *"][..]),
            (", with: {add-args: -refresh=false}", &["cron 1 * * * *"]),
        ] {
            check(
                &format!(
                    "//- .github/workflows/a.yml\non: {{schedule: [{{cron: 1 * * * *}}]}}\n\
                     jobs: {{a: {{steps: [{{uses: josiahsiegel/terraform-stats@v1{more}}}]}}}}\n"
                ),
                expected,
            );
        }
    }

    #[test]
    fn workflows_that_use_each_other_end() {
        let call =
            "jobs: {a: {uses: ./.github/workflows/a.yml}, b: {uses: ./.github/workflows/a.yml}}";
        check(&format!("//- .github/workflows/a.yml\n{call}\n"), &[]);
    }
}
