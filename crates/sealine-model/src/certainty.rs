//! How sure an edge or a statement is.

/// How sure a link is. The order is from least to most sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Read by convention, or joined because exactly one candidate fits an unknown part.
    Assumed,
    /// One side is known in part only, such as `manual-*`.
    Pattern,
    /// Both sides are known.
    Exact,
}

impl Certainty {
    /// Returns the name used in JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assumed => "assumed",
            Self::Pattern => "pattern",
            Self::Exact => "exact",
        }
    }
}
