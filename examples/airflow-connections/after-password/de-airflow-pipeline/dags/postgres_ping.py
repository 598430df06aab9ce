"""Asks the warehouse for its version, every hour.

The cheapest task that needs the warehouse: the first one to run after its connection changed.
"""

from datetime import datetime

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import dag, task
from kubernetes.client import models as k8s

WITH_WAREHOUSE = {
    "pod_override": k8s.V1Pod(
        spec=k8s.V1PodSpec(
            containers=[
                k8s.V1Container(
                    name="base",
                    env=[
                        k8s.V1EnvVar(
                            name="AIRFLOW_CONN_WAREHOUSE_POSTGRES",
                            value_from=k8s.V1EnvVarSource(
                                secret_key_ref=k8s.V1SecretKeySelector(
                                    name="warehouse-postgres-conn",
                                    key="AIRFLOW_CONN_WAREHOUSE_POSTGRES",
                                )
                            ),
                        )
                    ],
                )
            ]
        )
    )
}


@dag(schedule="@hourly", start_date=datetime(2026, 1, 1), catchup=False, tags=["warehouse"])
def postgres_ping():
    @task(executor_config=WITH_WAREHOUSE)
    def ping() -> str:
        hook = PostgresHook(postgres_conn_id="warehouse_postgres")
        return hook.get_first("SELECT version()")[0]

    ping()


postgres_ping()
