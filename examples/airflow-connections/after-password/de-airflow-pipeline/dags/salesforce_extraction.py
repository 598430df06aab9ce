"""Copies the accounts from Salesforce into the warehouse, once a day.

Each task gets the one connection it needs, and no other.
"""

from datetime import datetime

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.sdk import dag, task
from kubernetes.client import models as k8s

WITH_SALESFORCE = {
    "pod_override": k8s.V1Pod(
        spec=k8s.V1PodSpec(
            containers=[
                k8s.V1Container(
                    name="base",
                    env=[
                        k8s.V1EnvVar(
                            name="AIRFLOW_CONN_SALESFORCE",
                            value_from=k8s.V1EnvVarSource(
                                secret_key_ref=k8s.V1SecretKeySelector(
                                    name="salesforce-conn",
                                    key="AIRFLOW_CONN_SALESFORCE",
                                )
                            ),
                        )
                    ],
                )
            ]
        )
    )
}

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


@dag(schedule="@daily", start_date=datetime(2026, 1, 1), catchup=False, tags=["salesforce"])
def salesforce_extraction():
    @task(executor_config=WITH_SALESFORCE)
    def extract() -> list[list[str]]:
        hook = SalesforceHook(salesforce_conn_id="salesforce")
        found = hook.make_query("SELECT Id, Name FROM Account")
        return [[record["Id"], record["Name"]] for record in found["records"]]

    @task(executor_config=WITH_WAREHOUSE)
    def load(accounts: list[list[str]]) -> None:
        hook = PostgresHook(postgres_conn_id="warehouse_postgres")
        hook.insert_rows(
            "salesforce.account",
            accounts,
            target_fields=["id", "name"],
            replace=True,
            replace_index=["id"],
        )

    load(extract())


salesforce_extraction()
