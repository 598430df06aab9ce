//! Corners of the rules about Airflow's connections: what the values of its chart, plain texts and
//! `ConfigMap`s give.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::date;
use sealine_engine::{Collected, analyse, collect, config, judge_all};
use sealine_source::FileName;

const SETTINGS: &str = "airflow: {namespace: airflow, connections: env, isolation: per-task}\n";

/// A DAG whose task uses the connections `crm` and `erp`, and is given `crm` by its pod.
const DAG: &str = r#"from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk import dag, task
from kubernetes.client import models as k8s

OWN = {
    "pod_override": k8s.V1Pod(
        spec=k8s.V1PodSpec(
            containers=[
                k8s.V1Container(
                    name="base",
                    env=[k8s.V1EnvVar(name="AIRFLOW_CONN_CRM", value="http://crm")],
                )
            ]
        )
    )
}


@dag(schedule="@daily")
def copy():
    @task(executor_config=OWN)
    def move():
        HttpHook(http_conn_id="crm").run("/")
        HttpHook(http_conn_id="erp").run("/")

    move()


copy()
"#;

/// Returns the findings of the two rules about where connections come from, as `rule file:line`.
fn look(values: &str) -> Vec<String> {
    look_at(DAG, values)
}

fn look_at(dag: &str, values: &str) -> Vec<String> {
    let release = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n\
         metadata: {{name: airflow, namespace: airflow}}\nspec:\n  \
         chart: {{spec: {{chart: airflow, sourceRef: {{kind: HelmRepository, name: apache}}}}}}\n  \
         values:\n{values}"
    );
    found_in(&[("release.yaml", &release), ("dags/copy.py", dag)])
}

fn found_in(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(path, text)| ("repo", *path, *text));
    let config = config::read(FileName::new("repo", "sealine.yaml"), SETTINGS, Path::new(""))
        .expect("the settings are right");
    let project = collect::from_memory(files);
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let found = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1)).findings;
    let own = ["connection-too-wide", "connection-without-secret"];
    let found = found.iter().filter(|found| own.contains(&found.rule));
    found
        .map(|found| format!("{} {}:{}", found.rule, found.place.file.path, found.place.line))
        .collect()
}

#[test]
fn a_connection_that_nobody_gives_is_told() {
    assert_eq!(look("    replicas: 1\n"), ["connection-without-secret dags/copy.py:24"]);
}

#[test]
fn an_id_that_airflow_brings_along_is_not_missing() {
    let dag = DAG.replace("\"erp\"", "\"http_default\"");
    assert_eq!(look_at(&dag, "    replicas: 1\n"), Vec::<String>::new());
}

#[test]
fn the_chart_gives_connections_from_lists_maps_and_texts() {
    for values in [
        "    env: [{name: AIRFLOW_CONN_ERP, value: 'http://erp'}]\n",
        "    airflow: {config: {AIRFLOW_CONN_ERP: 'http://erp'}}\n",
        "    extraEnv: |\n      - name: AIRFLOW_CONN_ERP\n        value: http://erp\n",
        "    secret: [{envName: AIRFLOW_CONN_ERP, secretName: erp, secretKey: uri}]\n",
        "    extraEnvFrom: |\n      - secretRef:\n          name: connections\n",
    ] {
        assert_eq!(look(values), Vec::<String>::new(), "{values}");
    }
}

#[test]
fn what_reaches_all_pods_is_too_wide_for_a_task_of_its_own() {
    let given = "    env:\n      - {name: AIRFLOW_CONN_ERP, value: 'http://erp'}\n";
    let wide = format!("{given}      - {{name: AIRFLOW_CONN_CRM, value: 'http://crm'}}\n");
    assert_eq!(look(&wide), ["connection-too-wide release.yaml:9"]);
    let backend =
        format!("{given}    config: {{secrets: {{backend: a.b.C, backend_kwargs: ''}}}}\n");
    assert_eq!(look(&backend), ["connection-too-wide release.yaml:9"]);
    let none = format!("{given}    config: {{secrets: {{backend: ''}}}}\n");
    assert_eq!(look(&none), Vec::<String>::new());
}

#[test]
fn a_pod_template_that_a_task_names_is_its_own() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: worker, namespace: airflow}\nspec:\n  \
        containers:\n    - name: base\n      image: airflow\n      env:\n        \
        - {name: AIRFLOW_CONN_CRM, value: 'http://crm'}\n        \
        - {name: AIRFLOW_CONN_ERP, value: 'http://erp'}\n";
    let dag = DAG.replace(
        "executor_config=OWN",
        "executor_config={\"pod_template_file\": \"/opt/pods/worker.yaml\"}",
    );
    let found = found_in(&[("pods/worker.yaml", pod), ("dags/copy.py", &dag)]);
    assert_eq!(found, Vec::<String>::new());
}
