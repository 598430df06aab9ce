//! DAGs and their tasks, as the evaluation of a file makes them.
//!
//! Invariant: what is recorded here are objects of the evaluator; what they say about Secrets is
//! only read when the whole file was run, since Python may change them until then.

mod connections;
mod emit;
mod entries;
mod operators;
mod place;
mod record;
mod secrets;
mod shape;
mod template;

pub(crate) use emit::{Outcome, judge, tidy};
pub(crate) use record::Record;

use crate::evaluate::{Role, last};

/// Returns what a decorator of Airflow makes of a function, given the object that holds the
/// decorator's arguments.
pub(crate) fn decorator(path: &str) -> Option<fn(usize) -> Role> {
    if !path.starts_with("airflow.") {
        return None;
    }
    match last(path) {
        "dag" => Some(Role::Dag),
        "task_group" => Some(Role::Group),
        "task" => Some(Role::Task),
        // `task.kubernetes`, `task.virtualenv`.
        _ if last(path.rsplit_once('.')?.0) == "task" => Some(Role::Task),
        _ => None,
    }
}

/// Returns whether an object of this class names a Secret.
fn is_reference(class: &str) -> bool {
    crate::signatures::is_airflow_secret(class)
        || matches!(
            last(class),
            "V1SecretKeySelector"
                | "V1SecretEnvSource"
                | "V1EnvFromSource"
                | "V1SecretVolumeSource"
                | "V1SecretProjection"
        )
}

/// Returns whether an operator or decorator of this class starts a pod of its own.
fn starts_pod(class: &str) -> bool {
    let name = last(class.strip_suffix(".partial").unwrap_or(class));
    name.contains("Kubernetes") || name.contains("Pod") || name.starts_with("kubernetes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decorators_are_told_by_their_dotted_name() {
        let role = |path| decorator(path).map(|role| role(7));
        assert_eq!(role("airflow.decorators.task"), Some(Role::Task(7)));
        assert_eq!(role("airflow.sdk.task.kubernetes"), Some(Role::Task(7)));
        assert_eq!(role("airflow.decorators.dag"), Some(Role::Dag(7)));
        assert_eq!(role("airflow.sdk.task_group"), Some(Role::Group(7)));
        assert_eq!(role("airflow.operators.python.PythonOperator"), None);
        assert_eq!(role("celery.task"), None);
    }

    #[test]
    fn pods_are_started_by_operators_of_that_name() {
        assert!(starts_pod("airflow.x.KubernetesPodOperator"));
        assert!(starts_pod("airflow.x.KubernetesPodOperator.partial"));
        assert!(starts_pod("airflow.decorators.task.kubernetes_cmd"));
        assert!(!starts_pod("airflow.operators.python.PythonOperator"));
    }
}
