//! Templates for two tools, and values that one of them cannot read.

use super::{argo, check, external_secret, flux};

const RULES: &str = "template-eaten-by-helm template-escaped-for-helm ciphertext-reaches-workload";
const SOPS: &str =
    "sops:\n  lastmodified: \"2026-01-01T00:00:00Z\"\n  mac: ENC[x]\n  version: 3.9.0\n";

fn with_template(text: &str) -> String {
    external_secret("", &format!("  target: {{template: {{data: {{K: '{text}'}}}}}}"))
}

#[test]
fn a_chart_shared_by_two_roots_is_one_finding() {
    let object = with_template("{{ .a }}");
    let chart = "//- app/Chart.yaml\nname: app\nversion: 1.0.0\n";
    let one = argo("");
    let two = one.replace("name: app,", "name: other,");
    let fixture =
        format!("//- one.yaml\n{one}//- two.yaml\n{two}{chart}//- app/templates/db.yaml\n{object}");
    check(RULES, &fixture, &["template-eaten-by-helm app/templates/db.yaml:7"]);
}

#[test]
fn the_same_text_is_right_or_wrong_by_where_it_stands() {
    let (plain, escaped) = (with_template("{{ .a }}"), with_template("{{ `{{ .a }}` }}"));
    let manifest = |text: &str| format!("//- apps.yaml\n{}//- app/db.yaml\n{text}", argo(""));
    let chart = |text: &str| {
        format!("//- Chart.yaml\nname: app\nversion: 1.0.0\n//- templates/db.yaml\n{text}")
    };
    check(RULES, &manifest(&plain), &[]);
    check(RULES, &chart(&escaped), &[]);
    check(RULES, &manifest(&escaped), &["template-escaped-for-helm app/db.yaml:7"]);
    // Something that is not seen may render what no root delivers.
    check(RULES, &format!("//- db.yaml\n{escaped}"), &[]);
}

#[test]
fn what_a_third_program_carries_out_has_to_be_escaped() {
    let found = ["template-escaped-for-helm app/db.yaml:7"];
    for (text, expected) in [
        ("{{ `{{ .a | b64enc }}` }}", &found[..]),
        ("{{ `{{ index . \"a\" }}` }}", &found),
        ("{{ `{{ if .a }}x{{ .a }}{{ end }}` }}", &found),
        ("{{ `{{ .b }}` }}", &[]),
        ("{{ `{{ .a }}-{{ .Labels.a }}` }}", &[]),
        ("{{`{{y}}/{{y}}-{{MM}}-{{dd}}/{{filename}}`}}", &[]),
        ("{{`{{ parameters.[csi.storage.k8s.io/pvc/name] }}`}}", &[]),
        ("{{ \"{{ .Status | toUpper }}\" }} {{ \"{{ .CommonLabels.alertname }}\" }}", &[]),
        ("{{ `{{ range . }}{{ .a }}{{ end }}` }}", &[]),
        ("{{ `{{ now }}` }}", &[]),
    ] {
        let fixture =
            format!("//- apps.yaml\n{}//- app/db.yaml\n{}", argo(""), with_template(text));
        check(RULES, &fixture, expected);
        // Other keys may come with an extract.
        let extract =
            fixture.replace("  data: [", "  dataFrom: [{extract: {key: all}}]\n  data: [");
        check(RULES, &extract, &[]);
    }
}

#[test]
fn encrypted_files_need_a_decryptor() {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: app}}\nstringData: {{a: x}}\n{SOPS}"
    );
    let manifest = |root: &str| format!("//- root.yaml\n{root}//- app/s.yaml\n{secret}");
    let found = ["ciphertext-reaches-workload app/s.yaml:3"];
    check(RULES, &manifest(&flux("app", "app", "")), &found);
    check(RULES, &manifest(&argo("")), &found);
    check(RULES, &manifest(&flux("app", "app", "  decryption: {provider: sops}\n")), &[]);
    check(RULES, &manifest(&argo("    plugin: {name: any}\n")), &[]);
    check(RULES, &manifest(""), &[]);
    let named = "//- app/kustomization.yaml\nresources: [s.yaml]\n";
    check(RULES, &format!("{named}//- app/s.yaml\n{secret}"), &[]);

    // Where a folder that its root leaves out brings it, nothing applies it.
    let listed = |list: &str| {
        format!(
            "//- root.yaml\n{}//- apps/kustomization.yaml\nresources: [{list}]\n\
             //- apps/on/kustomization.yaml\nresources: []\n\
             //- apps/off/kustomization.yaml\nresources: [ks.yaml]\n//- apps/off/ks.yaml\n{}\
             //- app/s.yaml\n{secret}",
            flux("root", "apps", ""),
            flux("app", "app", "")
        )
    };
    check(RULES, &listed("on, off"), &found);
    check(RULES, &listed("on"), &[]);

    let values = |file: &str| {
        let root = argo(&format!("    helm: {{valueFiles: ['{file}']}}\n"));
        format!(
            "//- root.yaml\n{root}//- app/Chart.yaml\nname: app\nversion: 1.0.0\n\
             //- app/secrets.yaml\npassword: ENC[x]\n{SOPS}"
        )
    };
    check(RULES, &values("secrets.yaml"), &["ciphertext-reaches-workload root.yaml:9"]);
    check(RULES, &values("secrets://secrets.yaml"), &[]);
}
