terraform {
  required_version = ">= 1.5"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.42, < 5.0"
    }
  }
}

resource "azurerm_resource_group" "core" {
  name     = "rg-core-${var.environment}"
  location = var.location
}

resource "azurerm_key_vault" "app_common" {
  name                          = "kv-app-common"
  location                      = azurerm_resource_group.core.location
  resource_group_name           = azurerm_resource_group.core.name
  tenant_id                     = var.tenant_id
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = false
}

# The one reader of the vault inside the cluster.
resource "azurerm_role_assignment" "external_secrets" {
  scope                = azurerm_key_vault.app_common.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = var.external_secrets_principal_id
}
