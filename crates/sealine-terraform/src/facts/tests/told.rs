//! Secrets whose names modules are told that are not loaded.

use expect_test::expect;

use super::check;

#[test]
fn a_module_that_is_not_loaded_may_make_the_secrets_it_is_told_of() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
module "secrets" {
  source    = "github.com/example/terraform-secrets?ref=1.0.0"
  namespace = "orders"
  secrets = {
    api = {
      description     = "the key of the API"
      k8s_secret_name = "orders-api"
    }
  }
}
module "database" {
  source                 = "example/database/any"
  kubernetes_secret_name = "database-${var.stage}"
}
variable "stage" {}
"#,
        &expect![[r#"
            terraform root r (cloud)
              secret orders/orders-api [] and more by module.secrets
              secret */database-* [] and more by module.database
              note at main.tf:5: the module `github.com/example/terraform-secrets?ref=1.0.0` is not loaded; what it makes is unknown
              note at main.tf:15: the module `example/database/any` is not loaded; what it makes is unknown
        "#]],
    );
}
