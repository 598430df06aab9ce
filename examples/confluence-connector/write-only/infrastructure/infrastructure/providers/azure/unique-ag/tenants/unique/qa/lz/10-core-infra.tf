module "core-infra" {
  source = "../../../../modules/core-infra"

  environment                   = "qa"
  location                      = var.location
  tenant_id                     = var.tenant_id
  external_secrets_principal_id = var.external_secrets_principal_id
}
