from airflow.kubernetes.secret import Secret
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

SECRETS = [Secret("env", "TOKEN", "app-%s" % "token", key="token"), Secret(deploy_type="volume", deploy_target="/x", secret="app")]
default = dict(secrets=SECRETS + [Secret("env", None, "all")], namespace="airflow")
KubernetesPodOperator(task_id="a", env_from=[{"secretRef": {"name": "b"}}], **default)
lambda x: [y async for y in x if (z := y)]
match SECRETS:
    case [Secret(key=k), *rest] if k: pass
