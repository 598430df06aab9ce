//! Post-build variables of Flux.

use super::{check, external_secret, flux};

#[track_caller]
fn in_root(post_build: &str, text: &str, metadata: &str, expected: &[&str]) {
    let spec = format!("  targetNamespace: app\n{post_build}");
    let template = format!("  target: {{template: {{data: {{K: '{text}'}}}}}}");
    let object = external_secret(metadata, &template);
    let root = flux("app", "app", &spec);
    check(
        "substitution-eats-template",
        &format!("//- r.yaml\n{root}//- app/a.yaml\n{object}"),
        expected,
    );
}

#[test]
fn only_surely_undefined_variables_are_told() {
    let closed = "  postBuild: {substitute: {cluster: west}}\n";
    let open = "  postBuild: {substituteFrom: [{kind: Secret, name: settings}]}\n";
    let found = ["substitution-eats-template app/a.yaml:7"];
    in_root(closed, "${HOME}", "", &found);
    in_root(closed, "${cluster} ${HOME:-x} $${HOME} $HOME", "", &[]);
    in_root(open, "${HOME}", "", &[]);
    in_root(open, "${1}", "", &found);
    in_root("", "${HOME} ${1} ${a.b}", "", &[]);
    in_root(closed, "${a.b}", "", &found);
    let disabled = "  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n";
    in_root(closed, "${HOME}", disabled, &[]);
}

#[test]
fn an_action_that_flux_fills_in_is_no_broken_template() {
    let look = |template: &str| {
        let spec = format!("  target:\n    template:\n      data:\n        PORT: '{template}'\n");
        let fixture = format!("//- base/a.yaml\n{}", super::external_secret("", &spec));
        super::look("template-syntax", &fixture)
    };
    assert!(look("{{ ${port} | toString }}").is_empty());
    for broken in ["{{ .a | toStrong }}", "${port} {{ .a | toStrong }}"] {
        assert_eq!(look(broken), ["template-syntax base/a.yaml:10"], "{broken}");
    }
}
