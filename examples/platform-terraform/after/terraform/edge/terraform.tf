terraform {
  required_version = "~> 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }

  # This backend always locks, and Google encrypts what it stores.
  backend "gcs" {
    bucket = "example-terraform-state-edge"
    prefix = "edge"
  }
}

provider "google" {
  project = "example-edge"
  region  = "europe-west3"
}
