//! Tekton: workspaces and the environment of steps.
//!
//! ```yaml
//! apiVersion: tekton.dev/v1
//! kind: PipelineRun
//! metadata: {name: build}
//! spec:
//!   workspaces: [{name: git, secret: {secretName: git-credentials}}]
//!   taskRunTemplate: {podTemplate: {imagePullSecrets: [{name: registry}]}}
//! ---
//! apiVersion: tekton.dev/v1
//! kind: Task
//! metadata: {name: push}
//! spec:
//!   steps: [{name: push, env: [{name: T, valueFrom: {secretKeyRef: {name: token, key: t}}}]}]
//! ```
//!
//! ```text
//! PipelineRun build reads git-credentials in ns at 5 (volume)
//! PipelineRun build reads registry in ns at 6 (imagepull)
//! Task push/push reads token[t] in ns at 12 (env T)
//! ```

use super::Kind;
use super::field::{containers, pulls, reads, volumes};

pub(super) static KIND: Kind = Kind::new(
    &["tekton.dev", "triggers.tekton.dev"],
    &[
        volumes("PipelineRun TaskRun", "spec.workspaces[]"),
        containers("Task ClusterTask", "spec.steps[]"),
        containers("Task ClusterTask", "spec.sidecars[]"),
        containers("Task ClusterTask", "spec.stepTemplate"),
        volumes("Task ClusterTask", "spec.volumes[]"),
        containers("TaskRun", "spec.taskSpec.steps[]"),
        containers("Pipeline", "spec.tasks[].taskSpec.steps[]"),
        containers("PipelineRun", "spec.pipelineSpec.tasks[].taskSpec.steps[]"),
        pulls("PipelineRun", "spec.taskRunTemplate.podTemplate.imagePullSecrets[]{name}"),
        pulls("TaskRun", "spec.podTemplate.imagePullSecrets[]{name}"),
        reads("EventListener Trigger", "spec.**.secretRef{secretName,secretKey}"),
    ],
);
