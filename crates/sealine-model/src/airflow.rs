//! What Airflow DAGs ask for. Secrets that a task reads are [`crate::kubernetes::SecretUse`]s.

use sealine_source::Place;

use crate::Value;
use crate::kubernetes::{Consumer, Scope};

/// A use of an Airflow connection: `postgres_conn_id="warehouse"`, `get_connection("warehouse")`.
#[derive(Clone, Debug)]
pub struct ConnectionUse {
    /// The connection id.
    pub conn_id: Value,
    /// Where it is written.
    pub place: Place,
    /// The DAG, as far as known.
    pub dag: Value,
    /// The task, when known.
    pub task: Option<Value>,
}

/// A setting of Airflow that a pod is given in plain text: `AIRFLOW_CONN_CRM`, or the secrets backend
/// of `airflow.cfg` by the name of its variable.
#[derive(Clone, Debug)]
pub struct PlainVariable {
    /// Where the pod stands.
    pub scope: Scope,
    /// Whose pod it is, or whose values say so.
    pub consumer: Consumer,
    /// The name of the variable.
    pub name: Value,
    /// Where it is set.
    pub place: Place,
}

/// What the names of all variables begin with that Airflow reads.
pub const VARIABLES: &str = "AIRFLOW_";

/// A `pod_override` or `executor_config` as far as its shape can be judged.
#[derive(Clone, Debug)]
pub struct PodOverride {
    /// Where it stands.
    pub place: Place,
    /// What is wrong with its shape.
    pub fault: Option<ShapeFault>,
}

/// Shapes that Airflow refuses or misreads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeFault {
    /// `pod_override` is a dict; Airflow wants a `V1Pod`.
    Dict,
    /// `executor_config` uses the old `KubernetesExecutor` key alone.
    OldKey,
    /// The first container is not named `base`; containers merge by position.
    FirstContainer(String),
}
