//! Where entries are listed whose names are made of the keys of a map.

use super::{at, read};

#[test]
fn keys_that_are_put_together_or_changed_lead_to_where_they_are_written() {
    let reading = read(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
variable "prefix" {
  default = "shop"
}
module "secrets" {
  source = "./secrets"
  names = {
    "/${var.prefix}/db/PASSWORD" = 1
    "/${var.prefix}/jwt/KEY"     = 2
  }
  upper = {
    DB_HOST = 1
  }
}
//- r/secrets/main.tf
variable "names" {}
variable "upper" {}
resource "aws_ssm_parameter" "it" {
  for_each = var.names
  name     = each.key
}
resource "azurerm_key_vault_secret" "it" {
  for_each = var.upper
  name     = replace(each.key, "_", "-")
}
resource "azurerm_key_vault_secret" "own" {
  for_each = var.upper
  name     = "own"
}
"#,
    );
    let entries = reading.facts.iter().flat_map(|facts| &facts.entries);
    let listed = |entry: &sealine_model::vault::Entry| entry.listed().map(at).unwrap_or_default();
    let listed: Vec<_> = entries.map(|it| format!("{} {}", it.name, listed(it))).collect();
    assert_eq!(
        listed,
        ["/shop/db/PASSWORD main.tf:10", "/shop/jwt/KEY main.tf:11", "DB-HOST main.tf:14", "own "]
    );
}
