//! Every state of the worked examples gives exactly the findings its page lists, and `--fix` makes
//! exactly these diffs.
//!
//! The tables are written from what each example is meant to show, never copied from output.

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use sealine_testing::{Run, Tree, run};
use serde_json::Value;

/// A finding: severity, rule, repository, file, line.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, u64);

const NOTHING: [Row<'_>; 0] = [];

fn state(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    root.join(name).canonicalize().unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn sealine(folder: &Path, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), folder, arguments)
}

/// Holds a state to its findings, and returns them.
#[track_caller]
fn check(name: &str, expected: &[Row<'_>]) -> Value {
    let fails = expected.iter().any(|(severity, ..)| *severity != "info");
    let folder = state(name);
    let outside = folder.parent().expect("a parent");
    let last = folder.file_name().and_then(|name| name.to_str()).expect("a name");
    let report = sealine(outside, &["check", last, "-o", "json"]).exits(if fails { 2 } else { 0 });
    let report = report.json();
    let mut found: Vec<Row<'_>> = rows(&report);
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{name}");
    assert_eq!(report["understood"], report["documents"], "{name} is understood");
    report
}

fn rows(report: &Value) -> Vec<Row<'_>> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| {
            let (repo, file, line) = at(&finding["at"]);
            (text(&finding["severity"]), text(&finding["rule"]), repo, file, line)
        })
        .collect()
}

fn at(place: &Value) -> (&str, &str, u64) {
    (text(&place["repo"]), text(&place["file"]), place["line"].as_u64().expect("a line"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// The other places of the one finding of `rule` at `line`.
fn related<'a>(report: &'a Value, rule: &str, line: u64) -> Vec<(&'a str, &'a str, u64)> {
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings
        .iter()
        .find(|finding| finding["rule"] == rule && finding["at"]["line"] == line)
        .expect("the finding");
    finding["related"].as_array().expect("places").iter().map(|place| at(&place["at"])).collect()
}

/// Repairs a copy of a state, shows what changed, and holds that a second run changes nothing.
#[track_caller]
fn fix(name: &str, expected: &Expect) -> Tree {
    let before = Tree::copy_of(&state(name));
    let after = Tree::copy_of(&state(name));
    let _ = sealine(after.root(), &["check", "--fix", "--quiet"]);
    let fixed = after.files();
    let mut diff = String::new();
    for (path, old) in before.files() {
        let old = String::from_utf8(old).expect("UTF-8");
        let new = String::from_utf8(fixed[&path].clone()).expect("UTF-8");
        let lines = similar::TextDiff::from_lines(&old, &new);
        let path = path.as_str();
        diff.push_str(&lines.unified_diff().context_radius(1).header(path, path).to_string());
    }
    assert_eq!(fixed.len(), before.files().len(), "no file comes or goes");
    expected.assert_eq(&diff);
    let _ = sealine(after.root(), &["check", "--fix", "--quiet"]);
    assert_eq!(after.files(), fixed, "a second run changes nothing");
    after
}

const CHART: &str =
    "services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml";

#[test]
fn confluence_before() {
    let key = ("error", "unprovisioned-key", "connectors", CHART, 19);
    let report = check("confluence-connector/before", &[key]);
    let help = text(&report["findings"][0]["help"]);
    assert!(help.contains("entries people fill carry manual- in this vault"), "{help}");
    fix("confluence-connector/before", &expect![""]);
}

#[test]
fn confluence_module_added() {
    let name = "confluence-connector/module-added";
    let report = check(name, &[("error", "misnamed-key", "connectors", CHART, 19)]);
    let module =
        "services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets/main.tf";
    let declared = related(&report, "misnamed-key", 19);
    let in_module = |(repo, file, line): &(&str, &str, u64)| {
        // The resource, or the name inside it.
        *repo == "connectors" && *file == module && [15, 18].contains(line)
    };
    assert!(declared.iter().any(in_module), "{declared:?}");
    assert_eq!(report["findings"][0]["fix"]["safe"], true);
    let fixed = fix(
        name,
        &expect![[r#"
        --- connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml
        +++ connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml
        @@ -18,2 +18,2 @@
               remoteRef:
        -        key: confluence-connector-api-token
        +        key: manual-confluence-connector-api-token
    "#]],
    );
    assert_eq!(fixed.files(), Tree::copy_of(&state("confluence-connector/after")).files());
}

#[test]
fn confluence_after() {
    let report = check("confluence-connector/after", &NOTHING);
    // The placeholders of both modules, and the key of the TLS certificate.
    assert_eq!(report["suppressed"], 3);
    fix("confluence-connector/after", &expect![""]);
}

#[test]
fn confluence_write_only() {
    let report = check("confluence-connector/write-only", &NOTHING);
    // The module of the other connector is as it was; the write-only one needs no permission.
    assert_eq!(report["suppressed"], 2);
    fix("confluence-connector/write-only", &expect![""]);
}

const PING: &str = "dags/postgres_ping.py";
const EXTRACTION: &str = "dags/salesforce_extraction.py";
const APPS: &str = "kubernetes/apps/airflow/production";

/// The chart of Airflow itself is not in sight and may read Secrets, hence no more than info.
fn unused(file: &str) -> Row<'_> {
    ("info", "unused-secret", "homelab", file, 11)
}

#[test]
fn airflow_before() {
    let name = "airflow-connections/before";
    let report = check(
        name,
        &[
            ("error", "missing-secret", "de-airflow-pipeline", PING, 23),
            ("error", "missing-secret", "de-airflow-pipeline", EXTRACTION, 24),
            unused(&format!("{APPS}/postgres-credentials.yaml")),
            unused(&format!("{APPS}/salesforce-credentials.yaml")),
        ],
    );
    let others = related(&report, "missing-secret", 23);
    assert_eq!(others, [("de-airflow-pipeline", EXTRACTION, 47)]);
    assert!(related(&report, "missing-secret", 24).is_empty());
    fix(name, &expect![""]);
}

#[test]
fn airflow_both() {
    let old = [
        unused(&format!("{APPS}/postgres-credentials.yaml")).3.to_owned(),
        unused(&format!("{APPS}/salesforce-credentials.yaml")).3.to_owned(),
    ];
    check("airflow-connections/both", &[unused(&old[0]), unused(&old[1])]);
    fix("airflow-connections/both", &expect![""]);
}

#[test]
fn airflow_naive() {
    let name = "airflow-connections/naive";
    let postgres = format!("{APPS}/warehouse-postgres-conn.yaml");
    let salesforce = format!("{APPS}/salesforce-conn.yaml");
    check(
        name,
        &[
            ("error", "unescaped-in-uri", "homelab", &postgres, 16),
            ("error", "unescaped-in-json", "homelab", &salesforce, 16),
            ("error", "unescaped-in-json", "homelab", &salesforce, 16),
            ("error", "connection-fields", "homelab", &salesforce, 16),
            ("info", "stale-copy", "homelab", &postgres, 16),
        ],
    );
    fix(
        name,
        &expect![[r#"
        --- homelab/kubernetes/apps/airflow/production/salesforce-conn.yaml
        +++ homelab/kubernetes/apps/airflow/production/salesforce-conn.yaml
        @@ -15,3 +15,3 @@
               data:
        -        AIRFLOW_CONN_SALESFORCE: '{"conn_type": "salesforce", "extra": {"consumer_key": "{{ .consumer_key }}", "consumer_secret": "{{ .consumer_secret }}", "domain": "login"}}'
        +        AIRFLOW_CONN_SALESFORCE: '{"conn_type": "salesforce", "extra": {"consumer_key": {{ .consumer_key | toJson }}, "consumer_secret": {{ .consumer_secret | toJson }}, "domain": "login"}}'
           data:
        --- homelab/kubernetes/apps/airflow/production/warehouse-postgres-conn.yaml
        +++ homelab/kubernetes/apps/airflow/production/warehouse-postgres-conn.yaml
        @@ -15,3 +15,3 @@
               data:
        -        AIRFLOW_CONN_WAREHOUSE_POSTGRES: "postgresql://app:{{ .password }}@warehouse-db-production-cnpg-v1-rw.warehouse.svc.cluster.local:5432/app"
        +        AIRFLOW_CONN_WAREHOUSE_POSTGRES: 'postgresql://app:{{ .password | urlquery | replace "+" "%20" }}@warehouse-db-production-cnpg-v1-rw.warehouse.svc.cluster.local:5432/app'
           data:
    "#]],
    );
}

#[test]
fn airflow_after() {
    for name in ["after", "after-jwt", "after-password"] {
        let name = format!("airflow-connections/{name}");
        check(&name, &NOTHING);
        fix(&name, &expect![""]);
    }
}

/// Take an entry out of the list, and the key is unprovisioned.
#[test]
fn airflow_entries_are_complete() {
    let tree = Tree::copy_of(&state("airflow-connections/after"));
    let config = tree.read("sealine.yaml");
    let entry = "      app--salesforce-consumer-key--prod:\n        owner: crm\n        reason: issued by Salesforce for the connected app\n";
    assert!(config.contains(entry));
    tree.write("sealine.yaml", config.replace(entry, ""));
    let report = sealine(tree.root(), &["check", "-o", "json"]).exits(2).json();
    let file = format!("{APPS}/salesforce-conn.yaml");
    assert_eq!(rows(&report), [("error", "unprovisioned-key", "homelab", file.as_str(), 20)]);
}

#[test]
fn platform_before() {
    let name = "platform-terraform/before";
    let platform = |severity, rule, file, line| (severity, rule, "platform", file, line);
    let report = check(
        name,
        &[
            platform("error", "double-owner", "terraform/platform/kubernetes.tf", 1),
            platform("error", "double-owner", "terraform/platform/kubernetes.tf", 16),
            platform("error", "backend-not-encrypted", "terraform/platform/terraform.tf", 19),
            platform("error", "backend-not-locked", "terraform/platform/terraform.tf", 19),
            platform("error", "apply-unguarded", ".github/workflows/terraform-apply.yml", 25),
            platform("warning", "local-backend", "terraform/scratch/main.tf", 2),
            platform("error", "state-in-repository", "terraform/scratch/terraform.tfstate", 1),
            platform("error", "secret-in-configuration", "terraform/platform/database.tf", 16),
            platform("info", "secret-value-in-state", "terraform/platform/database.tf", 6),
            platform("warning", "sensitive-output", "terraform/platform/outputs.tf", 11),
            platform("warning", "no-drift-schedule", ".github/workflows/terraform-plan.yml", 1),
            platform("error", "plaintext-secret", "gitops/platform/legacy/db-secret.yaml", 4),
            platform("error", "ciphertext-reaches-workload", "gitops/applications/egress.yaml", 14),
        ],
    );
    assert_eq!(
        related(&report, "double-owner", 1),
        [("platform", "gitops/applications/ingress-nginx.yaml", 4)]
    );
    assert_eq!(
        related(&report, "double-owner", 16),
        [("platform", "gitops/platform/settings/platform-settings.yaml", 4)]
    );
    fix(
        name,
        &expect![[r#"
        --- terraform/platform/outputs.tf
        +++ terraform/platform/outputs.tf
        @@ -13,2 +13,3 @@
           value       = nonsensitive(aws_db_instance.platform.password)
        +  sensitive   = true
         }
        --- terraform/platform/terraform.tf
        +++ terraform/platform/terraform.tf
        @@ -22,2 +22,4 @@
             region = "eu-central-1"
        +    encrypt = true
        +    use_lockfile = true
           }
    "#]],
    );
}

#[test]
fn platform_after() {
    check("platform-terraform/after", &NOTHING);
    fix("platform-terraform/after", &expect![""]);
}

#[test]
fn five_places_before() {
    let name = "five-places/before";
    let gitops = |severity, rule, file, line| (severity, rule, "gitops", file, line);
    let report = check(
        name,
        &[
            gitops("error", "misnamed-key", "secrets/base/database.yaml", 12),
            gitops("error", "unknown-store", "secrets/production/kustomization.yaml", 13),
            gitops("error", "missing-secret-key", "environments/production.yaml", 4),
            gitops("error", "wrong-namespace", "reports/cronjob.yaml", 17),
            gitops("warning", "undelivered-manifest", "secrets/base/mail.yaml", 4),
            gitops("error", "template-eaten-by-helm", "charts/shop/templates/cookie.yaml", 12),
            gitops("error", "secret-after-consumer", "charts/shop/templates/migrate.yaml", 17),
        ],
    );
    let sets = ("gitops", "applications/reports.yaml", 14);
    assert!(related(&report, "wrong-namespace", 17).contains(&sets));
    fix(
        name,
        &expect![[r#"
        --- gitops/charts/shop/templates/cookie.yaml
        +++ gitops/charts/shop/templates/cookie.yaml
        @@ -11,3 +11,3 @@
               data:
        -        COOKIE: "v1:{{ .key }}"
        +        COOKIE: "v1:{{ `{{ .key }}` }}"
           data:
    "#]],
    );
}

#[test]
fn five_places_after() {
    let name = "five-places/after";
    check(name, &NOTHING);
    fix(name, &expect![""]);
    let list = sealine(&state(name), &["graph", "--deliveries"]).exits(0).stdout;
    assert!(list.ends_with("\n7 of 7 delivery roots resolved\n"), "{list}");
}

/// A chart is shared: the fault of one environment's values is that environment's alone.
#[test]
fn five_places_each_environment_by_itself() {
    for environment in ["qa", "production"] {
        let tree = Tree::copy_of(&state("five-places/after"));
        let path = format!("gitops/environments/{environment}.yaml");
        tree.write(&path, "replicas: 2\ndatabase: {secretName: elsewhere}\n");
        let report = sealine(tree.root(), &["check", "-o", "json"]).exits(2).json();
        let rows = rows(&report);
        let file = format!("environments/{environment}.yaml");
        let missing = ("error", "missing-secret", "gitops", file.as_str(), 2);
        assert!(rows.contains(&missing), "{rows:?}");
        let errors = rows.iter().filter(|(severity, ..)| *severity == "error").count();
        assert_eq!(errors, 1, "{rows:?}");
    }
}
