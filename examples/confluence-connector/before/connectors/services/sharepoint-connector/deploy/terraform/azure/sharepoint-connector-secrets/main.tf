terraform {
  required_version = ">= 1.5"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0, < 5.0"
    }
    tls = {
      source  = "hashicorp/tls"
      version = "~> 4.0"
    }
  }
}

# Terraform makes the entries, people set their values with `az keyvault secret set`, and Terraform
# never overwrites what they set.
# sealine: allow(secret-value-in-state) the state's storage account is limited to operations
resource "azurerm_key_vault_secret" "placeholders" {
  for_each = var.secrets_placeholders

  name            = "manual-${each.key}"
  value           = "<set manually>"
  content_type    = each.value.content_type
  expiration_date = each.value.expiration_date
  key_vault_id    = var.key_vault_id

  lifecycle {
    ignore_changes = [value]
  }
}
