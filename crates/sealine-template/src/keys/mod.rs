//! Keys, certificates and archives, as far as templates turn them into one another.
//!
//! Invariants: what is read may be anything; whatever is refused gives a reason without a byte of
//! it. Nothing here makes up a key.

pub(crate) mod archive;
pub(crate) mod certificate;
pub(crate) mod cipher;
pub(crate) mod der;
pub(crate) mod jwk;
pub(crate) mod pem;
pub(crate) mod private;
