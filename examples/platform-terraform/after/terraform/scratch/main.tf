terraform {
  required_version = "~> 1.11"

  backend "s3" {
    bucket       = "example-terraform-state"
    key          = "scratch/terraform.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

variable "database_name" {
  description = "The database to play with."
  type        = string
}

resource "terraform_data" "playground" {
  input = {
    database = var.database_name
  }
}
