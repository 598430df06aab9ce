output "key_vault_id_app_common" {
  description = "The Key Vault that applications share."
  value       = azurerm_key_vault.app_common.id
}
