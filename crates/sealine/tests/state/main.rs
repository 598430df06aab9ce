//! `sealine state audit`, on states that the real programs write.

mod backends;
mod history;
mod real;

use std::path::Path;

use sealine_testing::{Run, run};
use serde_json::Value;

fn sealine(folder: &Path, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), folder, arguments)
}

/// `address path: kinds` of each finding of a subject.
fn findings(subject: &Value) -> Vec<String> {
    let findings = subject["findings"].as_array().expect("findings");
    let lines = findings.iter().map(|found| {
        let kinds = found["reasons"].as_array().expect("reasons").iter();
        let kinds: Vec<&str> =
            kinds.map(|reason| reason["kind"].as_str().expect("a kind")).collect();
        let (address, path) = (found["address"].as_str(), found["path"].as_str());
        format!("{} {}: {}", address.expect("text"), path.expect("text"), kinds.join(" "))
    });
    lines.collect()
}
