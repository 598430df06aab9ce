variable "environment" {
  description = "The environment's short name."
  type        = string
}

variable "location" {
  description = "The Azure region."
  type        = string
}

variable "tenant_id" {
  description = "The tenant in Microsoft Entra ID."
  type        = string
}

variable "external_secrets_principal_id" {
  description = "The workload identity of External Secrets Operator, which reads the vault."
  type        = string
}
