variable "key_vault_id" {
  description = "The Key Vault in which the entries are made."
  type        = string
}

variable "secrets_placeholders" {
  description = "Entries that people fill, by name without the prefix `manual-`."
  type = map(object({
    content_type    = optional(string, "text/plain")
    expiration_date = optional(string)
  }))
  default = {
    sharepoint-connector-proxy-password        = {}
    sharepoint-connector-zitadel-client-secret = {}
  }
}

variable "certificate_validity_hours" {
  description = "How long the certificate for Microsoft Graph is valid."
  type        = number
  default     = 8760
}
