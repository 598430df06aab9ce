//! Which workloads a difference reaches, by the linked chain of secrets.
//!
//! Invariant: a difference is only ever raised, and says for whom.

use std::collections::BTreeSet;

use sealine_model::graph::{Graph, Node, Stage};
use sealine_model::query::{Direction, Neighbours};

use crate::report::{Difference, Kind, RunReport, Severity};
use sealine_source::stars::fits;

/// Names the workloads whose secrets pass through what differs, and raises it. `repo` and `folder`
/// are those of the project's root module, as the graph knows it.
pub fn raise(report: &mut RunReport, graph: &Graph, repo: &str, folder: &str) {
    let neighbours = Neighbours::of(graph);
    let prefix = format!("terraform/{repo}/{folder}:");
    let changed = |finding: &&mut Difference| !matches!(finding.kind, Kind::Noise);
    for finding in report.findings.iter_mut().filter(changed) {
        let workloads: BTreeSet<String> = nodes(graph, repo, &prefix, finding)
            .into_iter()
            .flat_map(|node| readers(graph, &neighbours, node))
            .collect();
        if workloads.is_empty() {
            continue;
        }
        finding.severity = match finding.severity {
            Severity::Low => Severity::Medium,
            Severity::Medium => Severity::High,
            Severity::High | Severity::Critical => Severity::Critical,
        };
        finding.workloads = workloads.into_iter().collect();
    }
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

/// The nodes that a difference is about: by address; where the graph knows none, by the block that
/// declares both. Another instance of the same block is another resource.
fn nodes(graph: &Graph, repo: &str, prefix: &str, finding: &Difference) -> Vec<usize> {
    let all = |is_meant: &dyn Fn(&Node) -> bool| -> Vec<usize> {
        let nodes = graph.nodes.iter().enumerate();
        nodes.filter(|(_, node)| is_meant(node)).map(|(index, _)| index).collect()
    };
    let by_address = all(&|node| {
        node.stage == Stage::TerraformResource
            && node.id.strip_prefix(prefix).is_some_and(|known| fits(known, &finding.address))
    });
    if !by_address.is_empty() {
        return by_address;
    }
    let declared = finding.declared.as_deref().and_then(|place| place.rsplit_once(':'));
    let Some((file, line)) = declared else { return Vec::new() };
    all(&|node| {
        node.declared.as_ref().is_some_and(|place| {
            place.file.repo == repo && place.file.path == file && place.line.to_string() == line
        })
    })
}

fn readers(graph: &Graph, neighbours: &Neighbours, node: usize) -> Vec<String> {
    let mut seen = BTreeSet::from([node]);
    let mut left = vec![node];
    while let Some(at) = left.pop() {
        for edge in neighbours.edges(at, Direction::Down) {
            let next = graph.edges[*edge].to;
            if seen.insert(next) {
                left.push(next);
            }
        }
    }
    let is_workload = |index: &usize| graph.nodes[*index].stage == Stage::Workload;
    let shown = |index: usize| sealine_report::on_one_line(&graph.nodes[index].id);
    seen.into_iter().filter(is_workload).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use jiff::Timestamp;
    use sealine_engine::{Collected, Config, analyse, collect};

    use super::*;
    use crate::report::{Change, FORMAT, Failure, FailureKind, Outcome};

    const TERRAFORM: &str = r#"terraform {
  backend "azurerm" {}
}
resource "azurerm_key_vault" "main" {
  name = "kv-shop"
}
resource "azurerm_key_vault_secret" "all" {
  for_each     = toset(["api-token", "unread"])
  name         = each.key
  value        = "<set manually>"
  key_vault_id = azurerm_key_vault.main.id
}
variable "names" {
  type = set(string)
}
resource "azurerm_key_vault_secret" "unknown" {
  for_each     = var.names
  name         = "db-${each.key}"
  value        = "<set manually>"
  key_vault_id = azurerm_key_vault.main.id
}
"#;

    const MANIFESTS: &str = "\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: kv, namespace: shop}
spec: {provider: {azurekv: {vaultUrl: 'https://kv-shop.vault.azure.net'}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: api, namespace: shop}
spec:
  secretStoreRef: {name: kv, kind: SecretStore}
  target: {name: api}
  data:
    - {secretKey: TOKEN, remoteRef: {key: api-token}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: shop}
spec:
  secretStoreRef: {name: kv, kind: SecretStore}
  target: {name: db}
  data:
    - {secretKey: PASSWORD, remoteRef: {key: db-main}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {spec: {containers: [{name: main, envFrom: [{secretRef: {name: api}}]}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  jobTemplate:
    spec: {template: {spec: {containers: [{name: main, envFrom: [{secretRef: {name: api}}, {secretRef: {name: db}}]}]}}}
";

    /// A finding that is not raised yet.
    fn finding(address: &str, kind: Kind, severity: Severity, line: Option<&str>) -> Difference {
        Difference {
            key: String::new(),
            fingerprint: String::new(),
            kind,
            change: Change::ChangedOutside,
            address: address.to_owned(),
            resource_type: String::new(),
            previous_address: None,
            attributes: Vec::new(),
            severity,
            owners: Vec::new(),
            workloads: Vec::new(),
            declared: line.map(str::to_owned),
            note: None,
        }
    }

    /// Links a repository with the root module in `folder`, and shows what is made of the findings.
    fn check(folder: &str, findings: Vec<Difference>, expected: &Expect) {
        let main =
            if folder.is_empty() { "main.tf".to_owned() } else { format!("{folder}/main.tf") };
        let files = [("ours", main.as_str(), TERRAFORM), ("ours", "shop.yaml", MANIFESTS)];
        let project = collect::from_memory(files);
        let collected = Collected { project, ..Collected::default() };
        let analysis = analyse(collected, &Config::default());
        let now = Timestamp::UNIX_EPOCH;
        let failure = Failure { kind: FailureKind::Other, message: String::new(), help: None };
        let mut report = RunReport::failed("p", now, now, failure);
        assert_eq!(report.format, FORMAT);
        report.outcome = Outcome::Drifted;
        report.findings = findings;
        raise(&mut report, analysis.graph(), "ours", folder);
        let line = |it: &Difference| {
            format!("{:?} {}: {}\n", it.severity, it.address, it.workloads.join(", "))
        };
        expected.assert_eq(&report.findings.iter().map(line).collect::<String>());
    }

    const TOKEN: &str = r#"azurerm_key_vault_secret.all["api-token"]"#;
    const UNREAD: &str = r#"azurerm_key_vault_secret.all["unread"]"#;

    #[test]
    fn what_workloads_read_is_raised_and_names_them() {
        let findings = || {
            vec![
                finding(UNREAD, Kind::Drifted, Severity::Medium, None),
                finding(TOKEN, Kind::Drifted, Severity::Medium, None),
                finding("random_pet.other", Kind::Drifted, Severity::Medium, None),
            ]
        };
        let expected = expect![[r#"
            High azurerm_key_vault_secret.all["api-token"]: cronjob/shop/nightly/main, deployment/shop/api/main
            Medium azurerm_key_vault_secret.all["unread"]: 
            Medium random_pet.other: 
        "#]];
        for folder in ["", "terraform/shop"] {
            check(folder, findings(), &expected);
        }
    }

    #[test]
    fn a_block_stands_for_what_the_graph_does_not_know_by_address() {
        let at = |line: u32| format!("tf/main.tf:{line}");
        check(
            "tf",
            vec![
                // A vault is no resource of the chain, and all that is read from it is reached.
                finding("azurerm_key_vault.main", Kind::Drifted, Severity::High, Some(&at(4))),
                // The instances of this block are not known.
                finding(
                    r#"azurerm_key_vault_secret.unknown["main"]"#,
                    Kind::Unapplied,
                    Severity::Low,
                    Some(&at(16)),
                ),
                // Another instance of the block is read by somebody, and this one by nobody.
                finding(UNREAD, Kind::Drifted, Severity::Medium, Some(&at(7))),
                finding(
                    "terraform_data.far",
                    Kind::Drifted,
                    Severity::Low,
                    Some("other/main.tf:4"),
                ),
            ],
            &expect![[r#"
                Critical azurerm_key_vault.main: cronjob/shop/nightly/main, deployment/shop/api/main
                Medium azurerm_key_vault_secret.unknown["main"]: cronjob/shop/nightly/main
                Medium azurerm_key_vault_secret.all["unread"]: 
                Low terraform_data.far: 
            "#]],
        );
    }

    #[test]
    fn critical_stays_critical_and_noise_is_left_alone() {
        check(
            "tf",
            vec![
                finding(TOKEN, Kind::Noise, Severity::Low, None),
                finding(TOKEN, Kind::Drifted, Severity::Critical, None),
            ],
            &expect![[r#"
                Critical azurerm_key_vault_secret.all["api-token"]: cronjob/shop/nightly/main, deployment/shop/api/main
                Low azurerm_key_vault_secret.all["api-token"]: 
            "#]],
        );
    }
}
