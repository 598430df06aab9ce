output "secret_names" {
  description = "The names of the entries that people fill."
  value       = [for entry in azurerm_key_vault_secret.placeholders : entry.name]
}

output "certificate_pem" {
  description = "The certificate to register with the connector's application in Microsoft Entra ID."
  value       = tls_self_signed_cert.graph.cert_pem
}
