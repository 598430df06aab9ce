output "secret_names" {
  description = "The names of the entries that people fill."
  value       = [for entry in azurerm_key_vault_secret.placeholders : entry.name]
}
