//! Asks a run to end.
//!
//! Invariant: once asked, always asked; dropping the [`Canceller`] asks, too.

use tokio::sync::watch;

/// What a run looks at to learn that it is to end.
#[derive(Clone, Debug)]
pub struct Cancel {
    asked: watch::Receiver<bool>,
}

/// What asks. Dropping it asks.
#[derive(Debug)]
pub struct Canceller {
    asked: watch::Sender<bool>,
}

impl Cancel {
    /// Returns both ends.
    pub fn new() -> (Canceller, Self) {
        let (sender, receiver) = watch::channel(false);
        (Canceller { asked: sender }, Self { asked: receiver })
    }

    /// Returns whether the run is to end.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow() || self.asked.has_changed().is_err()
    }

    /// Waits until the run is to end.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        // An error says that the other end is gone, which asks as well.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}

impl Canceller {
    /// Asks every run that holds the other end.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_and_dropping_both_ask() {
        let (canceller, cancel) = Cancel::new();
        assert!(!cancel.is_asked());
        canceller.ask();
        assert!(cancel.is_asked());
        let (canceller, cancel) = Cancel::new();
        drop(canceller);
        assert!(cancel.is_asked());
    }
}
