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
    confluence-connector-api-token = {}
  }
}
