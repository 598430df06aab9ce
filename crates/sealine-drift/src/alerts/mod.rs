//! What is told, to whom, and how it gets there.
//!
//! Invariant: the first sight of a thing is always told, the same again never; that it is gone is
//! told only after it was told that it is there.

pub mod backoff;
pub mod deliver;
pub mod glob;
pub mod heartbeat;
pub mod message;
pub mod policy;
pub mod scrub;

pub use deliver::{Delivered, deliver};
pub use message::{Event, Item, Message, Standing};
pub use policy::{Policy, Route, Topic};
