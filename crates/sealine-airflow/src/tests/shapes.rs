//! Every shape in which Python names a Secret.

use expect_test::expect;

use super::{dump, dump_one};

/// Wraps keyword arguments of a `V1PodSpec` into a task.
fn pod_spec(arguments: &str) -> String {
    dump_one(&format!(
        "with DAG('d'):\n  PythonOperator(task_id='t', executor_config={{'pod_override': \
         k8s.V1Pod(spec=k8s.V1PodSpec({arguments}))}})\n"
    ))
}

/// Wraps keyword arguments of the first container.
fn container(arguments: &str) -> String {
    pod_spec(&format!("containers=[k8s.V1Container(name='base', {arguments})]"))
}

#[test]
fn one_key_as_a_variable() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:5:3: Env X <- airflow/s key k @dags/a.py:5:237 optional exact
          override @dags/a.py:5:64 None
    "#]]
    .assert_eq(&container(
        "env=[k8s.V1EnvVar(name='X', value_from=k8s.V1EnvVarSource(\
         secret_key_ref=k8s.V1SecretKeySelector(name='s', key='k', optional=True)))]",
    ));
}

#[test]
fn all_keys_as_variables() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:5:3: EnvFrom("P_") <- airflow/s @dags/a.py:5:203 exact
          DAG d.t @dags/a.py:5:3: EnvFrom("") <- airflow/duck @dags/a.py:5:286 exact
          DAG d.t @dags/a.py:5:3: EnvFrom("") <- airflow/duck2 @dags/a.py:5:349 exact
          override @dags/a.py:5:64 None
    "#]]
    .assert_eq(&container(
        "env_from=[k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name='s'), prefix='P_'), \
         k8s.V1EnvFromSource(secret_ref=k8s.V1LocalObjectReference(name='duck')), \
         k8s.V1EnvFromSource(secret_ref=k8s.V1SecretReference('duck2')), \
         k8s.V1EnvFromSource(config_map_ref=k8s.V1ConfigMapEnvSource(name='not-a-secret'))]",
    ));
}

#[test]
fn volumes() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:5:3: Volume <- airflow/whole @dags/a.py:5:170 exact
          DAG d.t @dags/a.py:5:3: Volume <- airflow/items key a @dags/a.py:5:248 exact
          DAG d.t @dags/a.py:5:3: Volume <- airflow/items key b @dags/a.py:5:248 exact
          DAG d.t @dags/a.py:5:3: Volume <- airflow/projected @dags/a.py:5:454 optional exact
          DAG d.t @dags/a.py:5:3: Volume <- airflow/published @dags/a.py:5:591 exact
          override @dags/a.py:5:64 None
    "#]]
    .assert_eq(&pod_spec(
        "volumes=[k8s.V1Volume(name='v', secret=k8s.V1SecretVolumeSource(secret_name='whole')), \
         k8s.V1Volume(name='w', secret=k8s.V1SecretVolumeSource(secret_name='items', items=[\
         k8s.V1KeyToPath(key='a', path='x'), k8s.V1KeyToPath('b', None, 'y')])), \
         k8s.V1Volume(projected=k8s.V1ProjectedVolumeSource(sources=[k8s.V1VolumeProjection(\
         secret=k8s.V1SecretProjection(name='projected', optional=flag()))])), \
         k8s.V1Volume(csi=k8s.V1CSIVolumeSource(driver='d', \
         node_publish_secret_ref=k8s.V1LocalObjectReference('published'))), \
         k8s.V1Volume(name='n', config_map=k8s.V1ConfigMapVolumeSource(name='no'))]",
    ));
}

#[test]
fn pull_secrets() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:5:3: ImagePull <- airflow/pull @dags/a.py:5:141 exact
          override @dags/a.py:5:64 None
    "#]]
    .assert_eq(&pod_spec("image_pull_secrets=[k8s.V1LocalObjectReference('pull')]"));
}

#[test]
fn positional_arguments_stand_in_alphabetical_order() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:5:3: Env X <- airflow/name key key @dags/a.py:5:232 optional exact
          DAG d.t @dags/a.py:5:3: EnvFrom("P_") <- airflow/all @dags/a.py:5:314 exact
          override @dags/a.py:5:64 None
    "#]]
    .assert_eq(&container(
        "env=[k8s.V1EnvVar('X', None, k8s.V1EnvVarSource(None, None, None, \
         k8s.V1SecretKeySelector('key', 'name', True)))], \
         env_from=[k8s.V1EnvFromSource(None, 'P_', k8s.V1SecretEnvSource('all'))]",
    ));
}

#[test]
fn every_way_to_import_the_client() {
    for (import, class) in [
        ("from kubernetes import client as k8s", "k8s.V1SecretKeySelector"),
        ("import kubernetes.client as kc", "kc.V1SecretKeySelector"),
        ("import kubernetes", "kubernetes.client.models.V1SecretKeySelector"),
        ("from kubernetes import client", "client.V1SecretKeySelector"),
        ("from kubernetes.client import V1SecretKeySelector as Key", "Key"),
        ("from kubernetes.client.models import *", "V1SecretKeySelector"),
        (
            "from kubernetes.client.models.v1_secret_key_selector import V1SecretKeySelector as K",
            "K",
        ),
    ] {
        let text = format!(
            "{import}\nfrom airflow import DAG\nfrom kubernetes.client import models as m\n\
             with DAG('d'):\n  Op(task_id='t', executor_config={{'pod_override': m.V1Pod(\
             spec=m.V1PodSpec(containers=[m.V1Container(name='base', env=[m.V1EnvVar(name='X', \
             value_from=m.V1EnvVarSource(secret_key_ref={class}(name='s', key='k')))])]))}})\n"
        );
        let found = dump(&[("a.py", &text)]);
        assert!(found.contains("DAG d.t @a.py:5:3: Env X <- airflow/s key k"), "{import}\n{found}");
        assert!(found.contains(" exact\n"), "{import}");
    }
}

const SECRET: &str = "from airflow.providers.cncf.kubernetes.secret import Secret\n\
                      from airflow.providers.cncf.kubernetes.operators.pod import \
                      KubernetesPodOperator\n";

#[test]
fn the_secret_class_of_airflow() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.t @dags/a.py:7:3: Env SQL_CONN <- jobs/s key k @dags/a.py:8:32 exact
          DAG d.t @dags/a.py:7:3: EnvFrom("") <- jobs/all @dags/a.py:9:26 exact
          DAG d.t @dags/a.py:7:3: Volume <- jobs/files @dags/a.py:10:66 exact
          DAG d.t @dags/a.py:7:3: Volume <- jobs/some key a @dags/a.py:11:33 exact
    "#]].assert_eq(&dump_one(&format!(
        "{SECRET}with DAG('d'):\n  KubernetesPodOperator(task_id='t', namespace='jobs', secrets=[\n\
         \x20   Secret('env', 'sql_conn', 's', 'k'),\n\
         \x20   Secret('env', None, 'all'),\n\
         \x20   Secret(deploy_type='volume', deploy_target='/etc/x', secret='files', key='ignored'),\n\
         \x20   Secret('volume', '/etc/y', 'some', items=[k8s.V1KeyToPath(key='a', path='b')]),\n\
         \x20 ])\n"
    )));
}

#[test]
fn arguments_of_operators_that_start_pods() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.elsewhere @dags/a.py:12:3: Env E <- jobs/s key E @dags/a.py:7:109 assumed
          DAG d.spec @dags/a.py:10:3: Env C <- own/s key C @dags/a.py:7:109 exact
          DAG d.typed @dags/a.py:9:3: Env A <- jobs/s key A @dags/a.py:7:109 exact
          DAG d.typed @dags/a.py:9:3: Env B <- jobs/s key B @dags/a.py:7:109 exact
          DAG d.typed @dags/a.py:9:3: EnvFrom("") <- jobs/default @dags/a.py:8:101 exact
          DAG d.typed @dags/a.py:9:3: ImagePull <- jobs/one @dags/a.py:9:83 exact
          DAG d.typed @dags/a.py:9:3: ImagePull <- jobs/two @dags/a.py:9:88 exact
          DAG d.dict @dags/a.py:11:3: Env D <- */raw key k @dags/a.py:11:250 exact
          DAG d.dict @dags/a.py:11:3: EnvFrom("P_") <- */rawall @dags/a.py:11:308 exact
          DAG d.dict @dags/a.py:11:3: Volume <- */rawfile @dags/a.py:11:377 exact
          DAG d.dict @dags/a.py:11:3: ImagePull <- */rawpull @dags/a.py:11:421 exact
    "#]].assert_eq(&dump_one(&format!(
        "{SECRET}\
         def env(name):\n  return k8s.V1EnvVar(name=name, value_from=k8s.V1EnvVarSource(\
         secret_key_ref=k8s.V1SecretKeySelector(name='s', key=name)))\n\
         with DAG('d', default_args={{'env_from': [k8s.V1EnvFromSource(\
         secret_ref=k8s.V1SecretEnvSource(name='default'))], 'namespace': 'jobs'}}):\n\
         \x20 KubernetesPodOperator(task_id='typed', env_vars=[env('A')], \
         image_pull_secrets='one, two', init_containers=[k8s.V1Container(name='i', env=[env('B')])])\n\
         \x20 KubernetesPodOperator(task_id='spec', env_from=[], full_pod_spec=k8s.V1Pod(\
         metadata=k8s.V1ObjectMeta(namespace='own'), spec=k8s.V1PodSpec(containers=[\
         k8s.V1Container(name='base', env=[env('C')])])))\n\
         \x20 KubernetesPodOperator(task_id='dict', namespace='{{{{ var.value.ns }}}}', env_from=None, \
         env_vars={{'PLAIN': 'x', 'secret': 'y'}}, \
         pod_template_dict={{'spec': {{'containers': [{{'name': 'base', 'env': [{{'name': 'D', \
         'valueFrom': {{'secretKeyRef': {{'name': 'raw', 'key': 'k'}}}}}}], \
         'envFrom': [{{'secretRef': {{'name': 'rawall'}}, 'prefix': 'P_'}}]}}], \
         'volumes': [{{'secret': {{'secretName': 'rawfile'}}}}], \
         'imagePullSecrets': [{{'name': 'rawpull'}}]}}}})\n\
         \x20 KubernetesPodOperator(task_id='elsewhere', in_cluster=False, env_from=[], \
         env_vars=[env('E')])\n"
    )));
}

#[test]
fn decorators_that_start_pods() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.one @dags/a.py:7:5: Env A <- jobs/s key k @dags/a.py:6:76 exact
          DAG d.two @dags/a.py:9:5: Env B <- airflow/s key k @dags/a.py:8:51 exact
    "#]].assert_eq(&dump_one(&format!(
        "{SECRET}@task.kubernetes(image='x', namespace='jobs', secrets=[Secret('env', 'A', 's', 'k')])\n\
         def one(): pass\n\
         @task.kubernetes_cmd(secrets=[Secret('env', 'B', 's', 'k')])\n\
         def two(): pass\n\
         @dag()\ndef d():\n  one()\n  two()\nd()\n"
    )));
}

#[test]
fn the_namespace_of_the_override_counts() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.a @dags/a.py:7:3: EnvFrom("") <- moved/s @dags/a.py:5:205 exact
          DAG d.b @dags/a.py:8:3: EnvFrom("") <- airflow/s @dags/a.py:5:205 exact
          override @dags/a.py:5:27 None
    "#]]
    .assert_eq(&dump_one(
        "def config(**metadata):\n\
         \x20 return {'pod_override': k8s.V1Pod(metadata=k8s.V1ObjectMeta(**metadata), \
         spec=k8s.V1PodSpec(containers=[k8s.V1Container(name='base', env_from=[\
         k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name='s'))])]))}\n\
         with DAG('d'):\n\
         \x20 PythonOperator(task_id='a', executor_config=config(namespace='moved'))\n\
         \x20 PythonOperator(task_id='b', executor_config=config(labels={'x': 'y'}))\n",
    ));
}

#[test]
fn options_of_spark_name_secrets() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.a @dags/a.py:8:3: Env PW <- airflow/s3 key secret @dags/a.py:5:48 (computed) assumed
          DAG d.a @dags/a.py:8:3: Volume <- airflow/tls @dags/a.py:6:42 (computed) assumed
    "#]]
    .assert_eq(&dump_one(
        "conf = {f'spark.kubernetes.driver.secretKeyRef.KEY': f'{NAME}:a',\n\
         \x20 'spark.kubernetes.executor.secretKeyRef.PW': 's3:secret',\n\
         \x20 'spark.kubernetes.driver.secrets.tls': '/tls', 'spark.x': 'a:b'}\n\
         with DAG('d'):\n\
         \x20 SparkSubmitOperator(task_id='a', conf=conf)\n",
    ));
}

#[test]
fn shapes_that_airflow_refuses() {
    expect![[r#"
        DAG file dags/a.py 0/1
          DAG d.a @dags/a.py:5:3: EnvFrom("") <- airflow/s @dags/a.py:5:142 exact
          override @dags/a.py:5:64 Some(Dict)
          override @dags/a.py:6:49 Some(OldKey)
          override @dags/a.py:7:127 Some(FirstContainer("sidecar"))
          override @dags/a.py:8:64 None
          override @dags/a.py:10:105 Some(FirstContainer("main"))
          note @dags/a.py:9:117 no one file of this tree is the pod template `/opt/x.yaml`, so what a task reads by it is not known
    "#]].assert_eq(&dump_one(
        "with DAG('d'):\n\
         \x20 PythonOperator(task_id='a', executor_config={'pod_override': {'spec': {'containers': [\
         {'name': 'base', 'envFrom': [{'secretRef': {'name': 's'}}]}]}}})\n\
         \x20 PythonOperator(task_id='b', executor_config={'KubernetesExecutor': {'image': 'x'}})\n\
         \x20 PythonOperator(task_id='c', executor_config={'pod_override': k8s.V1Pod(\
         spec=k8s.V1PodSpec(containers=[k8s.V1Container(name='sidecar')]))})\n\
         \x20 PythonOperator(task_id='d', executor_config={'pod_override': k8s.V1Pod(\
         spec=k8s.V1PodSpec(containers=[k8s.V1Container(name=NAME)]))})\n\
         \x20 PythonOperator(task_id='e', executor_config={'KubernetesExecutor': {}, \
         'pod_override': None, 'pod_template_file': '/opt/x.yaml'})\n\
         \x20 PythonOperator(task_id='f', executor_config={'pod_override': k8s.V1Pod(\
         spec={'containers': [{'name': 'main'}]})})\n",
    ));
}
