module "sharepoint_connector" {
  source       = "github.com/unique-ag/connectors.git//services/sharepoint-connector/deploy/terraform/azure/sharepoint-connector-secrets?depth=1&ref=sharepoint-connector@1.4.0"
  key_vault_id = module.core-infra.key_vault_id_app_common
}

module "confluence_connector" {
  source       = "github.com/unique-ag/connectors.git//services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets?depth=1&ref=confluence-connector@2.0.0-alpha.1"
  key_vault_id = module.core-infra.key_vault_id_app_common
}
