//! Kinds of custom resources that name Secrets, one file for each family.
