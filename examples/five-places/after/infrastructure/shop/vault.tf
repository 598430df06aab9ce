variable "tenant_id" {
  type        = string
  description = "The tenant of the vault."
}

resource "azurerm_resource_group" "shop" {
  name     = "rg-shop"
  location = "westeurope"
}

resource "azurerm_key_vault" "shop" {
  name                          = "kv-shop"
  location                      = azurerm_resource_group.shop.location
  resource_group_name           = azurerm_resource_group.shop.name
  tenant_id                     = var.tenant_id
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = false
}

# Terraform makes the entries once, people fill them with `az keyvault secret set`.
resource "azurerm_key_vault_secret" "shop" {
  for_each = toset(["cookie-key", "database-password", "mail-password", "reports-token"])

  name             = "shop-${each.key}"
  value_wo         = "<set manually>"
  value_wo_version = 1
  content_type     = "text/plain"
  expiration_date  = "2027-12-31T00:00:00Z"
  key_vault_id     = azurerm_key_vault.shop.id
}
