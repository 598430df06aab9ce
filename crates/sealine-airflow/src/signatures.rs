//! The parameters of classes that are called with positional arguments.
//!
//! Invariant: only classes whose order is the same in all versions of the client stand here; of the
//! others a positional argument is told by the class of its value.

/// Returns the parameters of the class with this dotted name, in order.
pub(crate) fn parameters(class: &str) -> &'static [&'static str] {
    let name = class.rsplit('.').next().unwrap_or(class);
    if is_airflow_secret(class) {
        return &["deploy_type", "deploy_target", "secret", "key", "items"];
    }
    match name {
        "V1EnvVar" => &["name", "value", "value_from"],
        "V1SecretKeySelector" => &["key", "name", "optional"],
        "V1EnvFromSource" => &["config_map_ref", "prefix", "secret_ref"],
        "V1SecretEnvSource" => &["name", "optional"],
        "V1SecretReference" => &["name", "namespace"],
        "V1LocalObjectReference" => &["name"],
        "V1SecretProjection" => &["items", "name", "optional"],
        "V1Pod" => &["api_version", "kind", "metadata", "spec", "status"],
        "V1PodTemplateSpec" => &["metadata", "spec"],
        "V1CSIVolumeSource" => {
            &["driver", "fs_type", "node_publish_secret_ref", "read_only", "volume_attributes"]
        }
        "DAG" => &["dag_id", "description", "schedule"],
        "dag" => &["dag_id"],
        "TaskGroup" | "task_group" => &["group_id"],
        "Param" => &["default"],
        _ => &[],
    }
}

/// Returns whether this is Airflow's own class that attaches a Secret to a pod.
pub(crate) fn is_airflow_secret(class: &str) -> bool {
    class.ends_with("kubernetes.secret.Secret") || class.ends_with("kubernetes_pod_operator.Secret")
}

/// Returns the name of the first parameter of hooks whose first parameter is a connection.
pub(crate) fn hook_parameter(class: &str) -> Option<&'static str> {
    let name = class.rsplit('.').next().unwrap_or(class);
    Some(match name {
        "PostgresHook" => "postgres_conn_id",
        "MySqlHook" => "mysql_conn_id",
        "MsSqlHook" => "mssql_conn_id",
        "OracleHook" => "oracle_conn_id",
        "SqliteHook" => "sqlite_conn_id",
        "SnowflakeHook" => "snowflake_conn_id",
        "TrinoHook" => "trino_conn_id",
        "VerticaHook" => "vertica_conn_id",
        "SalesforceHook" => "salesforce_conn_id",
        "S3Hook" | "AwsBaseHook" | "AwsGenericHook" => "aws_conn_id",
        "GCSHook" | "BigQueryHook" => "gcp_conn_id",
        "WasbHook" => "wasb_conn_id",
        "SFTPHook" | "SSHHook" => "ssh_conn_id",
        "FTPHook" => "ftp_conn_id",
        "RedisHook" => "redis_conn_id",
        "MongoHook" => "mongo_conn_id",
        "DatabricksHook" => "databricks_conn_id",
        "KubernetesHook" => "conn_id",
        "JiraHook" => "jira_conn_id",
        "SmtpHook" => "smtp_conn_id",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stands_before_the_name() {
        assert_eq!(parameters("kubernetes.client.V1SecretKeySelector")[..2], ["key", "name"]);
        assert!(parameters("my.lib.Thing").is_empty());
    }

    #[test]
    fn a_secret_of_another_library_is_none_of_airflow() {
        assert!(is_airflow_secret("airflow.providers.cncf.kubernetes.secret.Secret"));
        assert!(is_airflow_secret("airflow.contrib.kubernetes.secret.Secret"));
        assert!(!is_airflow_secret("prefect.blocks.system.Secret"));
    }
}
