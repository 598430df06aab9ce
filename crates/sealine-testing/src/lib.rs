//! What tests of several crates share. A dev-dependency only: nothing here reaches a user.

pub mod peers;
