//! Corners of the rules about exports.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::date;
use sealine_engine::{Collected, analyse, collect, config, judge_all};
use sealine_source::FileName;

const SETTINGS: &str = "export:\n  egress: {from: terraform, to: gitops/egress.json, at: egress}\n";

/// Returns the findings of `export-stale` where the target is JSON that SOPS encrypted.
fn look(serial: u64) -> Vec<String> {
    let target = format!(
        r#"{{
  "egress": {{"ip": "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]"}},
  "sops": {{
    "sealine": {{"other": {{"lineage": "l", "serial": 1}}, "egress": {{"lineage": "l", "serial": {serial}}}}},
    "lastmodified": "2026-01-01T00:00:00Z",
    "mac": "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]",
    "version": "3.13.3"
  }}
}}
"#
    );
    let state = r#"{"version": 4, "serial": 14, "lineage": "l", "outputs": {}, "resources": []}"#;
    let files = [("repo", "gitops/egress.json", target.as_str()), ("repo", "a.tfstate", state)];
    let config = config::read(FileName::new("repo", "sealine.yaml"), SETTINGS, Path::new(""))
        .expect("the settings are right");
    let project = collect::from_memory(files);
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let report = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1));
    let found = report.findings.iter().filter(|finding| finding.rule == "export-stale");
    found.map(|finding| finding.message.clone()).collect()
}

#[test]
fn a_stamp_in_json_is_compared_with_the_state() {
    let expected = "`gitops/egress.json` was exported from serial 12, and the state is at 14";
    assert_eq!(look(12), [expected]);
    assert_eq!(look(14), [""; 0]);
}
