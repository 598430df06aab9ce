//! Argo: rollouts and workflows with their pods, events, and generators of applications.
//!
//! ```yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Rollout
//! metadata: {name: web}
//! spec: {template: {spec: {containers: [{name: web, envFrom: [{secretRef: {name: web}}]}]}}}
//! ---
//! apiVersion: argoproj.io/v1alpha1
//! kind: CronWorkflow
//! metadata: {name: nightly}
//! spec:
//!   workflowSpec:
//!     imagePullSecrets: [{name: registry}]
//!     volumes: [{name: v, secret: {secretName: files}}]
//!     templates:
//!       - container:
//!           name: main
//!           env: [{name: T, valueFrom: {secretKeyRef: {name: token, key: t}}}]
//!         inputs: {artifacts: [{s3: {accessKeySecret: {name: s3, key: id}}}]}
//! ---
//! apiVersion: argoproj.io/v1alpha1
//! kind: ApplicationSet
//! metadata: {name: apps}
//! spec:
//!   generators: [{scmProvider: {github: {tokenRef: {secretName: scm, key: token}}}}]
//! ```
//!
//! ```text
//! Rollout web/web reads web in ns at 4 (envFrom)
//! CronWorkflow nightly/main reads token[t] in ns at 16 (env T)
//! CronWorkflow nightly reads files in ns at 12 (volume)
//! CronWorkflow nightly reads registry in ns at 11 (imagepull)
//! CronWorkflow nightly reads s3[id] in ns at 17 (field)
//! ApplicationSet apps reads scm[token] in ns at 23 (bootstrap)
//! ```

use super::Kind;
use super::field::{bootstrap, containers, pods, pulls, reads, volumes};

/// The kinds whose `spec` is that of a workflow.
const WORKFLOWS: &str = "Workflow WorkflowTemplate ClusterWorkflowTemplate";

pub(super) static KIND: Kind = Kind::new(
    &["argoproj.io"],
    &[
        pods("Rollout AnalysisRun", "spec.template.spec"),
        containers(WORKFLOWS, "spec.templates[].container"),
        containers(WORKFLOWS, "spec.templates[].script"),
        containers(WORKFLOWS, "spec.templates[].sidecars[]"),
        containers(WORKFLOWS, "spec.templates[].initContainers[]"),
        containers(WORKFLOWS, "spec.templates[].containerSet.containers[]"),
        volumes(WORKFLOWS, "spec.volumes[]"),
        volumes(WORKFLOWS, "spec.templates[].volumes[]"),
        pulls(WORKFLOWS, "spec.imagePullSecrets[]{name}"),
        reads(WORKFLOWS, "spec.**.*Secret{name,key!}"),
        containers("CronWorkflow", "spec.workflowSpec.templates[].container"),
        containers("CronWorkflow", "spec.workflowSpec.templates[].script"),
        containers("CronWorkflow", "spec.workflowSpec.templates[].sidecars[]"),
        containers("CronWorkflow", "spec.workflowSpec.templates[].initContainers[]"),
        volumes("CronWorkflow", "spec.workflowSpec.volumes[]"),
        volumes("CronWorkflow", "spec.workflowSpec.templates[].volumes[]"),
        pulls("CronWorkflow", "spec.workflowSpec.imagePullSecrets[]{name}"),
        reads("CronWorkflow", "spec.workflowSpec.**.*Secret{name,key!}"),
        pods(
            "AnalysisTemplate ClusterAnalysisTemplate",
            "spec.metrics[].provider.job.spec.template.spec",
        ),
        reads(
            "AnalysisTemplate ClusterAnalysisTemplate",
            "spec.args[].valueFrom.secretKeyRef{name,key}",
        ),
        reads("EventSource Sensor EventBus", "spec.**.*Secret{name,key!}"),
        reads("EventSource", "spec.*[].*{name,key!}"),
        bootstrap("ApplicationSet", "spec.**.tokenRef{secretName,key}"),
        bootstrap("ApplicationSet", "spec.**.passwordRef{secretName,key}"),
        bootstrap("ApplicationSet", "spec.**.appSecretName"),
        reads("ArgoCD", "spec.**.*SecretRef{name,key}"),
    ],
)
.complete();
