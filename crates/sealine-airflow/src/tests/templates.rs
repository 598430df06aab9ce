//! Pod templates in files of the tree.

use expect_test::expect;

use super::{HEAD, dump, facts};

/// A pod of its own namespace, with a Secret in each of the ways that differ.
const POD: &str = "apiVersion: v1\n\
                   kind: Pod\n\
                   metadata: {name: worker, namespace: jobs}\n\
                   spec:\n\
                   \x20 containers:\n\
                   \x20 - name: base\n\
                   \x20   env:\n\
                   \x20   - name: TOKEN\n\
                   \x20     valueFrom: {secretKeyRef: {name: one, key: token, optional: false}}\n\
                   \x20   - {name: AIRFLOW_CONN_CRM, value: 'http://crm'}\n\
                   \x20   envFrom:\n\
                   \x20   - secretRef: {name: \"all\", optional: true}\n\
                   \x20 volumes:\n\
                   \x20 - name: v\n\
                   \x20   secret: {secretName: files}\n";

#[test]
fn tasks_read_what_their_template_reads() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d.given @dags/a.py:8:3: Env TOKEN <- there/one key token @dags/pods/a.yaml:9:40 exact
          DAG d.own @dags/a.py:7:3: Env TOKEN <- jobs/one key token @dags/pods/a.yaml:9:40 exact
          DAG d.worker @dags/a.py:6:3: Env TOKEN <- airflow/one key token @dags/pods/a.yaml:9:40 exact
          DAG d.given @dags/a.py:8:3: EnvFrom("") <- there/all @dags/pods/a.yaml:12:26 optional exact
          DAG d.own @dags/a.py:7:3: EnvFrom("") <- jobs/all @dags/pods/a.yaml:12:26 optional exact
          DAG d.worker @dags/a.py:6:3: EnvFrom("") <- airflow/all @dags/pods/a.yaml:12:26 optional exact
          DAG d.given @dags/a.py:8:3: Volume <- there/files @dags/pods/a.yaml:15:26 exact
          DAG d.own @dags/a.py:7:3: Volume <- jobs/files @dags/pods/a.yaml:15:26 exact
          DAG d.worker @dags/a.py:6:3: Volume <- airflow/files @dags/pods/a.yaml:15:26 exact
    "#]]
    .assert_eq(&dump(&[
        (
            "dags/a.py",
            &format!(
                "{HEAD}from airflow.providers.cncf.kubernetes.operators.pod import \
                 KubernetesPodOperator\n\
                 with DAG('d'):\n\
                 \x20 PythonOperator(task_id='worker', executor_config={{\
                 'pod_template_file': '/opt/airflow/dags/repo/dags/pods/a.yaml'}})\n\
                 \x20 KubernetesPodOperator(task_id='own', pod_template_file='pods/a.yaml')\n\
                 \x20 KubernetesPodOperator(task_id='given', namespace='there', \
                 pod_template_file='pods/a.yaml')\n"
            ),
        ),
        ("dags/pods/a.yaml", POD),
    ]));
}

#[test]
fn a_template_is_found_beside_its_dag() {
    for (before, path) in [
        ("import os", "os.path.join(os.path.dirname(__file__), 'pods', 'a.yaml')"),
        ("import os", "os.path.dirname(os.path.abspath(__file__)) + '/pods/a.yaml'"),
        ("import os", "os.path.join(os.path.dirname(__file__), '..', 'dags/pods/a.yaml')"),
        ("from pathlib import Path", "Path(__file__).parent / 'pods' / 'a.yaml'"),
        ("import pathlib", "str(pathlib.Path(__file__).resolve().parent / 'pods/a.yaml')"),
        ("from airflow.settings import AIRFLOW_HOME", "f'{AIRFLOW_HOME}/dags/pods/a.yaml'"),
        ("from airflow.settings import AIRFLOW_HOME", "AIRFLOW_HOME / 'dags/pods/a.yaml'"),
    ] {
        let text = format!(
            "{HEAD}{before}\nwith DAG('d'):\n  PythonOperator(task_id='t', executor_config=\
             {{'pod_template_file': {path}}})\n"
        );
        let found =
            dump(&[("dags/a.py", &text), ("dags/pods/a.yaml", POD), ("other/pods/a.yaml", POD)]);
        assert!(found.contains("<- airflow/one key token @dags/pods/a.yaml:9:40 exact"), "{found}");
    }
}

#[test]
fn a_template_that_is_not_one_file_is_told() {
    let head = format!("{HEAD}import os\n");
    let tree = |path: &str| {
        let text = format!(
            "{head}with DAG('d'):\n  PythonOperator(task_id='t', executor_config=\
             {{'pod_template_file': {path}}})\n"
        );
        let of_yaml = "kind: Deployment\nspec: {containers: []}\n";
        dump(&[
            ("dags/a.py", &text),
            ("one/pods/a.yaml", POD),
            ("two/pods/a.yaml", POD),
            ("alone/b.yaml", POD),
            ("pods/deployment.yaml", of_yaml),
            ("pods/broken.yaml", "kind: Pod\nspec: [\n"),
        ])
    };
    for path in [
        "'/opt/pods/a.yaml'",
        "'/opt/b.yaml'",
        "'/opt/pods/c.yaml'",
        "'/opt/pods/deployment.yaml'",
        "'/opt/pods/broken.yaml'",
        "os.environ['TEMPLATE']",
    ] {
        let found = tree(path);
        assert!(found.starts_with("DAG file dags/a.py 0/1\n  note "), "{path}\n{found}");
        assert!(
            found.contains("no one file of this tree is the pod template `"),
            "{path}\n{found}"
        );
    }
    let found = tree("os.getenv('TEMPLATE', '/opt/one/pods/a.yaml')");
    assert!(found.contains("<- airflow/one key token @one/pods/a.yaml:9:40 assumed"), "{found}");
}

#[test]
fn a_file_is_read_with_the_templates_of_its_tasks() {
    let text = format!(
        "{HEAD}with DAG('d', default_args={{'executor_config': {{'pod_template_file': \
         'pods/a.yaml'}}}}): pass\n"
    );
    let found = facts(&[("dags/a.py", &text), ("dags/pods/a.yaml", POD)]);
    assert!(found[0].reads.iter().any(|path| path == "dags/pods/a.yaml"), "{found:?}");
    let names: Vec<_> = found[0].plain_variables.iter().map(|found| found.name.pattern()).collect();
    assert_eq!(names, ["AIRFLOW_CONN_CRM"]);
}
