# A playground that somebody never tidied up.
terraform {
  required_version = "~> 1.11"
}

variable "database_name" {
  description = "The database to play with."
  type        = string
}

variable "database_password" {
  description = "Its password."
  type        = string
  sensitive   = true
}

resource "terraform_data" "playground" {
  input = {
    database = var.database_name
    username = "playground"
    password = var.database_password
  }
}
