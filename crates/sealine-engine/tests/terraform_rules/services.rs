//! Roots whose state a service keeps.

use expect_test::expect;

use super::{check, look};

#[test]
fn a_service_keeps_the_state_of_what_it_runs() {
    let fixture = |stack: &str| {
        format!(
            "//- stacks/.terraform.lock.hcl\n\
             //- stacks/main.tf\nterraform {{}}\n{stack}\n\
             //- tofu/app/.terraform.lock.hcl\n\
             //- tofu/app/main.tf\nterraform {{}}\nresource \"aws_iam_role\" \"app\" {{}}\n"
        )
    };
    for stack in [
        "resource \"spacelift_stack\" \"a\" {\n  project_root = \"tofu/app\"\n}",
        "resource \"tfe_workspace\" \"a\" {\n  working_directory = \"/tofu/app/\"\n}",
    ] {
        assert_eq!(look("local-backend", &fixture(stack)), "info local-backend stacks/main.tf:1\n");
    }
    let by_hand = "resource \"spacelift_stack\" \"a\" {\n  project_root = \"tofu/app\"\n  manage_state = false\n}";
    check(
        "local-backend",
        &fixture(by_hand),
        &expect![[r#"
            info local-backend stacks/main.tf:1
            warning local-backend tofu/app/main.tf:1
        "#]],
    );
}

#[test]
fn coder_keeps_the_state_of_its_templates() {
    let template = |kind: &str| {
        format!(
            "//- gitops/app.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\n\
             metadata: {{name: app, namespace: argocd}}\nspec:\n  \
             source: {{repoURL: https://charts.example.com, chart: app, targetRevision: 1.0.0}}\n  \
             destination: {{server: https://kubernetes.default.svc, namespace: app}}\n\
             //- shop/.terraform.lock.hcl\n\
             //- shop/main.tf\nterraform {{}}\nresource \"{kind}\" \"main\" {{}}\n\
             resource \"kubernetes_pod_v1\" \"main\" {{}}\n"
        )
    };
    let rules = "local-backend kubernetes-from-terraform";
    assert_eq!(look(rules, &template("coder_agent")), "");
    // What sets up Coder itself is a root as any other.
    check(
        rules,
        &template("coderd_template"),
        &expect![[r#"
            warning local-backend shop/main.tf:1
            warning kubernetes-from-terraform shop/main.tf:3
        "#]],
    );
}
