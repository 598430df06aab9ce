//! Entries of vaults that the code of DAGs reads.

use expect_test::expect;

use super::{dump, dump_one};

#[test]
fn clients_and_hooks_ask_for_entries() {
    expect![[r#"
        DAG file dags/a.py 1/1
          entry gcp/shop/crm-token @dags/a.py:13:11 by DAG d
          entry aws-secrets-manager/*/crm @dags/a.py:14:67 by DAG d
          entry aws-parameter-store//shop/db @dags/a.py:15:43 by DAG d
          entry aws-secrets-manager/shop/mail @dags/a.py:16:52 by DAG d
          entry kv-shop/queue @dags/a.py:18:18 by DAG d
    "#]]
    .assert_eq(&dump_one(
        "import os, boto3; from google.cloud import secretmanager\n\
         from azure.keyvault.secrets import SecretClient\n\
         from airflow.providers.amazon.aws.hooks.secrets_manager import SecretsManagerHook\n\
         ENV = os.environ['ENV']\n\
         def google(name):\n\
         \x20 client = secretmanager.SecretManagerServiceClient()\n\
         \x20 path = f'projects/shop/secrets/{name}/versions/latest'\n\
         \x20 return client.access_secret_version(request={'name': path})\n\
         def run():\n\
         \x20 google('crm-token')\n\
         \x20 boto3.client('secretsmanager').get_secret_value(SecretId=f'{ENV}/crm')\n\
         \x20 boto3.client('ssm').get_parameter(Name='/shop/db', WithDecryption=True)\n\
         \x20 SecretsManagerHook(aws_conn_id=None).get_secret('shop/mail')\n\
         \x20 kv = SecretClient(vault_url='https://kv-shop.vault.azure.net', credential=what())\n\
         \x20 kv.get_secret('queue')\n\
         \x20 other().get_secret('of something else')\n\
         with DAG('d'):\n\
         \x20 PythonOperator(task_id='run', python_callable=run)\n",
    ));
}

#[test]
fn containers_of_ecs_are_given_entries() {
    let operator = "import os\n\
        from dataclasses import dataclass, field\n\
        from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator\n\
        @dataclass\n\
        class Container:\n\
        \x20 name: str\n\
        \x20 secret_env: dict[str, list[str]] = field(default_factory=dict)\n\
        \x20 def secrets(self):\n\
        \x20   owner = os.getenv('AWS_OWNER', '')\n\
        \x20   return [\n\
        \x20     {'name': key, 'valueFrom': f'arn:aws:secretsmanager:eu-west-1:{owner}' f':secret:{name}:{key}::'}\n\
        \x20     for name, keys in self.secret_env.items() for key in keys]\n\
        class Run(EcsRunTaskOperator):\n\
        \x20 def __init__(self, *, container):\n\
        \x20   self.container = container\n\
        \x20   super().__init__(task_id=container.name, task_definition=container.name)\n\
        \x20 def execute(self, context):\n\
        \x20   self.client.register_task_definition(containerDefinitions=[{'secrets': self.container.secrets()}])\n";
    let dag = "import os\nfrom airflow.sdk import DAG\nfrom lib.ecs import Container, Run\n\
        env = os.getenv('ENVIRONMENT', 'development')\n\
        load = Container(name='load', secret_env={\n\
        \x20 f'{env}/data/feed': ['USER', 'KEY'],\n\
        \x20 'token-AbC12d': ['TOKEN'],\n\
        })\n\
        with DAG('d'):\n  Run(container=load)\n";
    expect![[r#"
        DAG file dags/a.py 1/1
          entry aws-secrets-manager/eu-west-1/*/data/feed @dags/a.py:6:10 by DAG d
          entry aws-secrets-manager/eu-west-1/token @dags/a.py:7:4 by DAG d
    "#]]
    .assert_eq(&dump(&[("lib/ecs.py", operator), ("dags/a.py", dag)]));
}

#[test]
fn a_helper_alone_reads_what_it_names() {
    expect![[r#"
        Python file lib/crm.py 0/0
          entry aws-parameter-store//crm/token @lib/crm.py:4:50 by Python lib/crm.py
    "#]]
    .assert_eq(&dump(&[(
        "lib/crm.py",
        "from airflow.models import Variable\nimport boto3\n\
         def token():\n  return boto3.client('ssm').get_parameter(Name='/crm/token')\n\
         def any(name):\n  return boto3.client('ssm').get_parameter(Name=name)\n",
    )]));
}
