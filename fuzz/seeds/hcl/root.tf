terraform {
  required_version = ">= 1.5"
  backend "s3" {
    bucket  = "state"
    key     = "app"
    region  = "eu-central-1"
    encrypt = true
  }
}

variable "names" {
  type    = map(object({ days = optional(number, 30) }))
  default = { one = {}, "two" = { days = 7 } }
}

locals {
  upper = { for key, value in var.names : upper(key) => merge(value, { label = "${key}-${value.days}" }) if key != "" }
  first = try(values(local.upper)[0].label, "none")
}

resource "azurerm_key_vault_secret" "app" {
  for_each     = var.names
  name         = "manual-${each.key}"
  value        = "<set manually>"
  key_vault_id = azurerm_key_vault.app.id
  lifecycle {
    ignore_changes = [value]
  }
}

resource "azurerm_key_vault" "app" {
  name = format("kv-%s", lower("APP"))
}
