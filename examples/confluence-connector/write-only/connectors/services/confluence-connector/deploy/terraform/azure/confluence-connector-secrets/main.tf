terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.23, < 5.0"
    }
  }
}

# Terraform makes the entry and people set its value with `az keyvault secret set`. The placeholder
# is written once, when the version here is new, and no value is ever read back into state.
resource "azurerm_key_vault_secret" "placeholders" {
  for_each = var.secrets_placeholders

  name             = "manual-${each.key}"
  value_wo         = "<set manually>"
  value_wo_version = 1
  content_type     = each.value.content_type
  expiration_date  = each.value.expiration_date
  key_vault_id     = var.key_vault_id
}
