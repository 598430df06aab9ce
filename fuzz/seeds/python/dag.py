from airflow.sdk import DAG, task
from kubernetes.client import models as k8s

NAMES = {"a": "one", **{"b": "two"}}


def env(name, secret, key="token"):
    return k8s.V1EnvVar(
        name=f"AIRFLOW_CONN_{name.upper()}",
        value_from=k8s.V1EnvVarSource(secret_key_ref=k8s.V1SecretKeySelector(name=secret, key=key)),
    )


with DAG("dag", schedule="@daily"):
    for key, value in NAMES.items():
        @task(executor_config={"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base", env=[env(n, value + "-conn") for n in NAMES])]))})
        def run():
            PostgresHook(postgres_conn_id="a" if key else "b")
