terraform {
  required_version = "~> 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.42"
    }
    tls = {
      source  = "hashicorp/tls"
      version = "~> 4.0"
    }
  }

  backend "azurerm" {
    resource_group_name  = "rg-terraform-qa"
    storage_account_name = "stexampleterraformqa"
    container_name       = "tfstate"
    key                  = "unique/qa/lz.tfstate"
    use_azuread_auth     = true
  }
}

provider "azurerm" {
  features {}

  # The subscription and the login come from the environment (ARM_*).
  storage_use_azuread = true
}
