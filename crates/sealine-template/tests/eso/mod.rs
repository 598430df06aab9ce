//! What the comparison with the operator's engine is made of.

pub(crate) mod cases;
pub(crate) mod generator;

pub(crate) mod oracle;
pub(crate) mod render;
pub(crate) mod source_keys;
pub(crate) mod target;
pub(crate) mod values;
pub(crate) mod words;
