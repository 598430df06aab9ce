//! Entries of vaults: who uses them, and who may create them.

#[test]
fn a_secret_in_terraform_is_judged_as_one_in_yaml() {
    let fixture = |password: &str| {
        format!(
            r#"
//- main.tf
terraform {{
  backend "s3" {{}}
}}
variable "password" {{}}
resource "kubectl_manifest" "c" {{
  yaml_body = yamlencode({{
    apiVersion = "v1"
    kind       = "Secret"
    metadata   = {{ name = "c", namespace = "db" }}
    stringData = {{ username = "lore", ENABLED = "true", password = {password} }}
  }})
}}
"#
        )
    };
    assert_eq!(super::look("plaintext-secret", &fixture("var.password")), "");
    let found = super::look("plaintext-secret", &fixture("\"hunter2\""));
    assert!(found.starts_with("error plaintext-secret main.tf:"), "{found}");
}
