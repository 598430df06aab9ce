module "sharepoint_connector" {
  source       = "github.com/unique-ag/connectors.git//services/sharepoint-connector/deploy/terraform/azure/sharepoint-connector-secrets?depth=1&ref=sharepoint-connector@1.4.0"
  key_vault_id = module.core-infra.key_vault_id_app_common
}
