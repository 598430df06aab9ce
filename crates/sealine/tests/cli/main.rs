//! The command line's habits: arguments, exit codes, what is written where.
//!
//! What rules find is tested where the rules are; here a finding is only there to be reported.

mod baseline;
mod configuration;
mod exit_codes;
mod explain;
mod facts;
mod generated;
mod init;
mod inputs;
mod new;
mod outputs;
mod render;
mod repairs;
mod suppression;
mod trace;

use std::path::Path;

use sealine_testing::{Run, Tree, run};
use serde_json::Value;

/// A Secret with its values in git: one error, at line 4, without a repair.
const PLAIN: &str = "\
//- secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: app
stringData:
  token: Harbour-Tulip-7
";

/// A backend that does not ask for encryption: one error with a safe repair.
const UNENCRYPTED: &str = "\
//- main.tf
terraform {
  backend \"s3\" {
    bucket       = \"state\"
    key          = \"app\"
    region       = \"eu-central-1\"
    use_lockfile = true
  }
}
";

/// Runs the binary in a tree.
fn sealine(tree: &Tree, arguments: &[&str]) -> Run {
    sealine_in(tree.root(), arguments)
}

fn sealine_in(folder: &Path, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), folder, arguments)
}

/// Runs `check` with JSON on standard output, and returns it.
#[track_caller]
fn check(tree: &Tree, arguments: &[&str]) -> Value {
    let mut all = vec!["check", "-o", "json", "--exit-zero"];
    all.extend(arguments);
    sealine(tree, &all).exits(0).json()
}

/// The findings of a report as `file:line rule`, sorted.
fn rows(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings");
    let mut rows: Vec<String> = findings
        .iter()
        .map(|finding| {
            let at = &finding["at"];
            format!(
                "{}:{} {}",
                at["file"].as_str().expect("a file"),
                at["line"],
                finding["rule"].as_str().expect("a rule")
            )
        })
        .collect();
    rows.sort();
    rows
}
