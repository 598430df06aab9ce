//! Terraform and `OpenTofu`.
pub mod syntax;
