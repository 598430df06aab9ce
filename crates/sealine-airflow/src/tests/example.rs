//! The worked example: two DAGs, their pods from one shared helper.

use expect_test::expect;

use super::dump;

const HELPER: &str = r#"
"""Pod overrides for tasks that need connections."""
from kubernetes.client import models as k8s


WAREHOUSE = {"secret": "warehouse-postgres-conn", "key": "AIRFLOW_CONN_WAREHOUSE_POSTGRES"}
SALESFORCE = {"secret": "salesforce-conn", "key": "AIRFLOW_CONN_SALESFORCE"}


def secret_env(connection: dict[str, str]) -> k8s.V1EnvVar:
    return k8s.V1EnvVar(
        name=connection["key"],
        value_from=k8s.V1EnvVarSource(
            secret_key_ref=k8s.V1SecretKeySelector(
                name=connection["secret"], key=connection["key"]
            ),
        ),
    )


def executor_config(*connections: dict[str, str]) -> dict:
    """The pod of a task that reads these connections."""
    return {
        "pod_override": k8s.V1Pod(
            spec=k8s.V1PodSpec(
                containers=[
                    k8s.V1Container(name="base", env=[secret_env(c) for c in connections])
                ]
            )
        )
    }
"#;

const PING: &str = r#"
from datetime import datetime
from airflow.sdk import dag, task
from airflow.providers.postgres.hooks.postgres import PostgresHook
from common.pods import WAREHOUSE, executor_config

@dag(schedule="@hourly", start_date=datetime(2026, 1, 1), catchup=False)
def postgres_ping():
    @task(executor_config=executor_config(WAREHOUSE))
    def ping() -> None:
        PostgresHook(postgres_conn_id="warehouse_postgres").get_first("select 1")

    ping()

postgres_ping()
"#;

const EXTRACTION: &str = r#"
import common.pods as pods
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.hooks.base import BaseHook

def extract(target):
    hook = SalesforceHook("salesforce")
    store(hook, target)

def store(hook, target):
    BaseHook.get_connection(target)

with DAG("salesforce_extraction", schedule="@daily") as dag:
    PythonOperator(
        task_id="extract",
        python_callable=extract,
        op_kwargs={"target": "warehouse_postgres"},
        executor_config=pods.executor_config(pods.SALESFORCE, pods.WAREHOUSE),
    )
"#;

#[test]
fn tasks_read_their_secrets_through_a_shared_helper() {
    let files = [
        ("dags/common/pods.py", HELPER),
        ("dags/postgres_ping.py", PING),
        ("dags/salesforce_extraction.py", EXTRACTION),
    ];
    expect![[r#"
        DAG file dags/postgres_ping.py 1/1
          DAG postgres_ping.ping @dags/postgres_ping.py:10:9: Env AIRFLOW_CONN_WAREHOUSE_POSTGRES <- airflow/warehouse-postgres-conn key AIRFLOW_CONN_WAREHOUSE_POSTGRES @dags/common/pods.py:6:25 exact
          connection warehouse_postgres @dags/postgres_ping.py:11:40 by postgres_ping.ping
          override @dags/common/pods.py:24:25 None
        DAG file dags/salesforce_extraction.py 1/1
          DAG salesforce_extraction.extract @dags/salesforce_extraction.py:16:5: Env AIRFLOW_CONN_WAREHOUSE_POSTGRES <- airflow/warehouse-postgres-conn key AIRFLOW_CONN_WAREHOUSE_POSTGRES @dags/common/pods.py:6:25 exact
          DAG salesforce_extraction.extract @dags/salesforce_extraction.py:16:5: Env AIRFLOW_CONN_SALESFORCE <- airflow/salesforce-conn key AIRFLOW_CONN_SALESFORCE @dags/common/pods.py:7:26 exact
          connection salesforce @dags/salesforce_extraction.py:9:28 by salesforce_extraction.extract
          connection warehouse_postgres @dags/salesforce_extraction.py:19:31 by salesforce_extraction.extract
          override @dags/common/pods.py:24:25 None
    "#]].assert_eq(&dump(&files));
}
