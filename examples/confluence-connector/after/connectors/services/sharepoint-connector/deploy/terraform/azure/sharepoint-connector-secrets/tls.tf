# The connector proves itself to Microsoft Entra ID with a certificate. No person ever sees its key.
resource "tls_private_key" "graph" {
  algorithm = "RSA"
  rsa_bits  = 4096
}

resource "tls_self_signed_cert" "graph" {
  private_key_pem       = tls_private_key.graph.private_key_pem
  validity_period_hours = var.certificate_validity_hours
  early_renewal_hours   = 720
  allowed_uses          = ["digital_signature", "client_auth"]

  subject {
    common_name  = "sharepoint-connector"
    organization = "Example"
  }
}

# sealine: allow(secret-value-in-state) `tls_private_key` keeps the key in state anyway, limited to operations
resource "azurerm_key_vault_secret" "tls" {
  for_each = {
    tls-key  = tls_private_key.graph.private_key_pem
    tls-cert = tls_self_signed_cert.graph.cert_pem
  }

  name         = "sharepoint-connector-${each.key}"
  value        = each.value
  content_type = "application/x-pem-file"
  key_vault_id = var.key_vault_id
}
