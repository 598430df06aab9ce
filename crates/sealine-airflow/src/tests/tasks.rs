//! DAGs and tasks: whose pod it is.

use expect_test::expect;

use super::{dump, dump_one};

/// A helper that makes the `executor_config` of one Secret.
const CONFIG: &str = "def config(secret):\n\
                      \x20 return {'pod_override': k8s.V1Pod(spec=k8s.V1PodSpec(containers=[\
                      k8s.V1Container(name='base', env_from=[k8s.V1EnvFromSource(\
                      secret_ref=k8s.V1SecretEnvSource(name=secret))])]))}\n";

/// Reads one file of these lines after the helper, without what is said of shapes.
fn tasks(text: &str) -> String {
    let all = dump_one(&format!("{CONFIG}{text}"));
    let lines = all.lines().filter(|line| !line.starts_with("  override"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn dags_of_every_form() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG with.a @dags/a.py:7:3: EnvFrom("") <- airflow/s1 @dags/a.py:7:55 exact
          DAG argument.b @dags/a.py:9:1: EnvFrom("") <- airflow/s2 @dags/a.py:9:62 exact
          DAG argument.c @dags/a.py:11:3: EnvFrom("") <- airflow/s3 @dags/a.py:11:55 exact
          DAG named.d @dags/a.py:14:3: EnvFrom("") <- airflow/s4 @dags/a.py:14:55 exact
          DAG four.e @dags/a.py:18:3: EnvFrom("") <- airflow/s5 @dags/a.py:18:55 exact
          DAG *.nowhere @dags/a.py:20:1: EnvFrom("") <- airflow/s6 @dags/a.py:20:59 exact
    "#]]
    .assert_eq(&tasks(
        "with DAG(dag_id='with') as one:\n\
         \x20 PythonOperator(task_id='a', executor_config=config('s1'))\n\
         two = DAG('argument')\n\
         PythonOperator(task_id='b', dag=two, executor_config=config('s2'))\n\
         with two:\n\
         \x20 PythonOperator(task_id='c', executor_config=config('s3'))\n\
         @dag('named')\ndef three():\n\
         \x20 PythonOperator(task_id='d', executor_config=config('s4'))\n\
         three()\n\
         @dag\ndef four():\n\
         \x20 PythonOperator(task_id='e', executor_config=config('s5'))\n\
         globals()['x'] = four()\n\
         PythonOperator(task_id='nowhere', executor_config=config('s6'))\n",
    ));
}

#[test]
fn factories_make_dags_in_loops() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG load_a.load @dags/a.py:8:5: EnvFrom("") <- airflow/sa @dags/a.py:10:28 exact
          DAG load_b.load @dags/a.py:8:5: EnvFrom("") <- airflow/sb @dags/a.py:10:39 exact
          DAG load_*.load @dags/a.py:8:5: EnvFrom("") <- airflow/fixed @dags/a.py:13:22 exact
    "#]]
    .assert_eq(&tasks(
        "def make(name, secret):\n\
         \x20 with DAG(f'load_{name}') as made:\n\
         \x20   PythonOperator(task_id='load', executor_config=config(secret))\n\
         \x20 return made\n\
         for name, secret in {'a': 'sa', 'b': 'sb'}.items():\n\
         \x20 globals()[f'load_{name}'] = make(name, secret)\n\
         for row in read_rows():\n\
         \x20 make(row['name'], 'fixed')\n",
    ));
}

#[test]
fn factories_that_nothing_calls_make_dags() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG load_*.a @dags/a.py:9:5: EnvFrom("") <- airflow/s1 @dags/a.py:9:57 exact
          DAG returned.b @dags/a.py:14:5: EnvFrom("") <- airflow/s2 @dags/a.py:14:57 exact
          DAG built.c @dags/a.py:18:5: EnvFrom("") <- airflow/s3 @dags/a.py:21:21 exact
    "#]]
    .assert_eq(&tasks(
        "def decorated(name):\n\
         \x20 @dag(dag_id=f'load_{name}')\n\
         \x20 def flow():\n\
         \x20   PythonOperator(task_id='a', executor_config=config('s1'))\n\
         \x20 return flow()\n\
         def returned(name):\n\
         \x20 @dag('returned')\n\
         \x20 def flow():\n\
         \x20   PythonOperator(task_id='b', executor_config=config('s2'))\n\
         \x20 return flow\n\
         def inner(name, secret):\n\
         \x20 with DAG(name):\n\
         \x20   PythonOperator(task_id='c', executor_config=config(secret))\n\
         class Builder:\n\
         \x20 def build(self):\n\
         \x20   inner('built', 's3')\n\
         def task_alone():\n\
         \x20 PythonOperator(task_id='d', executor_config=config('s4'))\n",
    ));
}

#[test]
fn a_factory_that_another_file_calls_makes_the_dags_of_that_file() {
    let factory = format!(
        "{}{CONFIG}def make(name, secret):\n\
         \x20 with DAG(name):\n\
         \x20   PythonOperator(task_id='t', executor_config=config(secret))\n",
        super::HEAD
    );
    let caller = "import airflow\nfrom factory import make\nmake('called', 's')\n";
    expect![[r#"
        DAG file dags/one.py 1/1
          DAG called.t @dags/factory.py:8:5: EnvFrom("") <- airflow/s @dags/one.py:3:17 exact
          override @dags/factory.py:5:27 None
    "#]]
    .assert_eq(&dump(&[("dags/factory.py", &factory), ("dags/one.py", caller)]));
}

#[test]
fn default_arguments_reach_every_task() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.decorated @dags/a.py:10:7: EnvFrom("") <- airflow/s @dags/a.py:6:56 exact
          DAG d.inherits @dags/a.py:7:3: EnvFrom("") <- airflow/s @dags/a.py:6:56 exact
          DAG d.own @dags/a.py:8:3: EnvFrom("") <- airflow/o @dags/a.py:8:57 exact
          DAG empty. @dags/a.py:12:6: EnvFrom("") <- airflow/e @dags/a.py:12:61 exact
          connection c @dags/a.py:6:73 by d
    "#]]
    .assert_eq(&tasks(
        "with DAG('d', default_args={'executor_config': config('s'), 'conn_id': 'c'}):\n\
         \x20 PythonOperator(task_id='inherits')\n\
         \x20 PythonOperator(task_id='own', executor_config=config('o'))\n\
         \x20 @task\n\
         \x20 def decorated(): pass\n\
         \x20 decorated()\n\
         with DAG('empty', default_args=dict(executor_config=config('e'))): pass\n",
    ));
}

#[test]
fn groups_name_their_tasks() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.b @dags/a.py:11:7: EnvFrom("") <- airflow/group @dags/a.py:8:64 exact
          DAG d.g.a @dags/a.py:9:5: EnvFrom("") <- airflow/group @dags/a.py:8:64 exact
          DAG d.inner.c @dags/a.py:14:5: EnvFrom("") <- airflow/x @dags/a.py:15:10 exact
    "#]]
    .assert_eq(&tasks(
        "from airflow.sdk import TaskGroup, task_group\n\
         with DAG('d', default_args={'executor_config': config('dag')}):\n\
         \x20 with TaskGroup('g', default_args={'executor_config': config('group')}):\n\
         \x20   PythonOperator(task_id='a')\n\
         \x20   with TaskGroup(group_id='h', prefix_group_id=False):\n\
         \x20     PythonOperator(task_id='b')\n\
         \x20 @task_group\n\
         \x20 def inner(secret):\n\
         \x20   PythonOperator(task_id='c', executor_config=config(secret))\n\
         \x20 inner('x')\n",
    ));
}

#[test]
fn decorated_tasks_and_their_variants() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.renamed @dags/a.py:7:5: EnvFrom("") <- airflow/s1 @dags/a.py:6:50 exact
          DAG d.b @dags/a.py:9:5: EnvFrom("") <- airflow/s2 @dags/a.py:8:42 exact
          DAG d.never_called @dags/a.py:13:5: EnvFrom("") <- airflow/s3 @dags/a.py:12:31 exact
          DAG d.other @dags/a.py:11:5: EnvFrom("") <- airflow/s4 @dags/a.py:17:62 exact
          DAG d.mapped @dags/a.py:18:3: EnvFrom("") <- airflow/s5 @dags/a.py:18:68 exact
          DAG d.method @dags/a.py:20:7: EnvFrom("") <- airflow/s6 @dags/a.py:19:41 exact
    "#]].assert_eq(&tasks(
        "@task(task_id='renamed', executor_config=config('s1'))\ndef a(): pass\n\
         @task.virtualenv(executor_config=config('s2'))\ndef b(): pass\n\
         @task\ndef c(): pass\n\
         @task(executor_config=config('s3'))\ndef never_called(): pass\n\
         with DAG('d') as the_dag:\n\
         \x20 a()\n\
         \x20 b.partial(x=1).expand(y=[1, 2])\n\
         \x20 a() >> c.override(task_id='other', executor_config=config('s4'))()\n\
         \x20 PythonOperator.partial(task_id='mapped', executor_config=config('s5')).expand(x=[1])\n\
         \x20 @the_dag.task(executor_config=config('s6'))\n\
         \x20 def method(): pass\n\
         \x20 method()\n\
         \x20 task(python, task_id='called')\n",
    ));
}

#[test]
fn operators_of_the_tree() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:4:3: Env TOKEN <- team-red/red-token key token @plugins/ops.py:7:106 (computed) exact
          connection first @dags/a.py:5:40 by d.load
          connection second @plugins/ops.py:14:30 by d.load
    "#]].assert_eq(&dump(&[
        (
            "plugins/ops.py",
            "from airflow.models import BaseOperator\n\
             from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n\
             from airflow.providers.cncf.kubernetes.secret import Secret\n\
             from airflow.hooks.base import BaseHook\n\
             class TeamPod(KubernetesPodOperator):\n\
             \x20 def __init__(self, *, team, secrets=None, **kwargs):\n\
             \x20   super().__init__(namespace=f'team-{team}', \
             secrets=[*(secrets or []), Secret('env', 'TOKEN', team + '-token', 'token')], **kwargs)\n\
             class Load(BaseOperator):\n\
             \x20 def __init__(self, source_conn_id, **kwargs):\n\
             \x20   super().__init__(**kwargs)\n\
             \x20   self.source = source_conn_id\n\
             \x20 def execute(self, context):\n\
             \x20   BaseHook.get_connection(self.source)\n\
             \x20   BaseHook.get_connection('second')\n",
        ),
        (
            "dags/a.py",
            "from airflow import DAG\n\
             from ops import Load, TeamPod\n\
             with DAG('d'):\n\
             \x20 TeamPod(task_id='t', team='red')\n\
             \x20 Load(task_id='load', source_conn_id='first')\n",
        ),
    ]));
}

#[test]
fn what_is_changed_later_counts() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.a @dags/a.py:9:9: EnvFrom("") <- airflow/late @dags/a.py:11:72 exact
          DAG d.a @dags/a.py:9:9: Env X <- airflow/later key k @dags/a.py:12:124 exact
          DAG d.b @dags/a.py:10:9: EnvFrom("") <- airflow/latest @dags/a.py:13:31 exact
    "#]].assert_eq(&tasks(
        "envs = []\n\
         pod = k8s.V1Pod(spec=k8s.V1PodSpec(containers=[k8s.V1Container(name='base', env_from=envs)]))\n\
         with DAG('d'):\n\
         \x20 one = PythonOperator(task_id='a', executor_config={'pod_override': pod})\n\
         \x20 two = PythonOperator(task_id='b')\n\
         envs.append(k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name='late')))\n\
         pod.spec.containers[0].env = [k8s.V1EnvVar('X', value_from=k8s.V1EnvVarSource(\
         secret_key_ref=k8s.V1SecretKeySelector(name='later', key='k')))]\n\
         two.executor_config = config('latest')\n",
    ));
}

#[test]
fn settings_that_change_every_pod_are_told() {
    let text = "from kubernetes.client import models as k8s\n\
                def pod_mutation_hook(pod):\n  pod.spec.node_selector = {}\n";
    let found = dump(&[("config/airflow_local_settings.py", text)]);
    assert!(found.contains("note @config/airflow_local_settings.py:2:5 `pod_mutation_hook`"));
}

#[test]
fn another_dag_that_is_imported_keeps_its_tasks() {
    let shared = format!("{}{CONFIG}", super::HEAD);
    let one = format!(
        "{shared}with DAG('one') as dag_one:\n\
         \x20 PythonOperator(task_id='t', executor_config=config('s'))\n"
    );
    let two = "from airflow import DAG\nfrom one import config, dag_one\n\
               from airflow.operators.python import PythonOperator\n\
               with DAG('two'):\n  PythonOperator(task_id='t', executor_config=config('other'))\n";
    let found = dump(&[("dags/one.py", &one), ("dags/two.py", two)]);
    assert_eq!(found.matches("DAG one.t").count(), 1, "{found}");
    assert_eq!(found.matches("DAG two.t").count(), 1, "{found}");
}

#[test]
fn operators_of_the_tree_add_to_their_pods_when_they_run() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.configured @dags/base.py:30:12: EnvFrom("") <- airflow/login @dags/a.py:4:36 exact
          DAG d.both @dags/a.py:9:3: EnvFrom("") <- airflow/shared @dags/a.py:5:70 exact
          DAG d.plain @dags/a.py:8:3: EnvFrom("") <- airflow/shared @dags/a.py:5:70 exact
          DAG d.plain @dags/a.py:8:3: Volume <- airflow/files @dags/a.py:6:80 exact
          DAG d.plain @dags/a.py:8:3: Env K <- airflow/own key access @dags/a.py:8:33 exact
          DAG d.both @dags/a.py:9:3: Env K <- airflow/own key access @dags/a.py:9:32 exact
          DAG d.both @dags/a.py:9:3: EnvFrom("") <- airflow/second @dags/a.py:9:62 exact
          DAG d.configured @dags/base.py:30:12: Env K <- airflow/s3-credentials key secret @dags/names.py:1:7 exact
    "#]].assert_eq(&dump(&[
        ("dags/names.py", "s3 = 's3-credentials'\n"),
        (
            "dags/base.py",
            "import copy\n\
             from dataclasses import dataclass, field, asdict\n\
             from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n\
             from kubernetes.client import models as k8s\n\
             class Job(KubernetesPodOperator):\n\
             \x20 def __init__(self, s3_name, s3_key='access', login=None, **kwargs):\n\
             \x20   super().__init__(**kwargs)\n\
             \x20   self.s3_name = s3_name\n\
             \x20   self.s3_key = s3_key\n\
             \x20   self.login = login\n\
             \x20 def execute(self, context):\n\
             \x20   self.env_vars.append(k8s.V1EnvVar(name='K', value_from=k8s.V1EnvVarSource(\n\
             \x20     secret_key_ref=k8s.V1SecretKeySelector(name=self.s3_name, key=self.s3_key))))\n\
             \x20   if self.login:\n\
             \x20     self.env_from = [*self.env_from, k8s.V1EnvFromSource(\n\
             \x20       secret_ref=k8s.V1SecretEnvSource(name=self.login))]\n\
             \x20   self.volumes = unheard_of(self.volumes)\n\
             \x20   super().execute(context)\n\
             @dataclass\n\
             class Config:\n\
             \x20 s3_name: str\n\
             \x20 s3_key: str = 'secret'\n\
             \x20 login: str = None\n\
             \x20 arguments: list = field(default_factory=list)\n\
             \x20 def args(self, *more):\n\
             \x20   c = copy.copy(self)\n\
             \x20   c.arguments = [*self.arguments, *more]\n\
             \x20   return c\n\
             \x20 def operator(self, kind=Job, **kwargs):\n\
             \x20   return kind(**{**asdict(self), **kwargs})\n",
        ),
        (
            "dags/a.py",
            "from airflow import DAG\n\
             from base import Job, Config, k8s\n\
             from names import s3\n\
             config = Config(s3_name=s3, login='login').args('x')\n\
             shared = [k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name='shared'))]\n\
             volumes = [k8s.V1Volume(name='v', secret=k8s.V1SecretVolumeSource(secret_name='files'))]\n\
             with DAG('d'):\n\
             \x20 Job(task_id='plain', s3_name='own', env_from=shared, volumes=volumes)\n\
             \x20 Job(task_id='both', s3_name='own', env_from=shared, login='second')\n\
             \x20 config.operator(task_id='configured')\n",
        ),
    ]));
}
