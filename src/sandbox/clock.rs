//! The sandbox's clock: real time plus an offset, so that a lock-out of a day can be lived through.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Real time plus an offset. Clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time in the sandbox.
    pub fn now(&self) -> Timestamp {
        let real = Timestamp::now();
        let offset = SignedDuration::from_millis(self.0.load(Ordering::SeqCst));
        real.checked_add(offset).unwrap_or(real)
    }

    /// Moves the clock by so many milliseconds, backwards where negative.
    pub fn advance_milliseconds(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Moves the clock by so many seconds, backwards where negative.
    pub fn advance(&self, seconds: i64) {
        self.advance_milliseconds(seconds.saturating_mul(1000));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = Clock::default();
        let clone = clock.clone();
        let before = clock.now();
        clone.advance(86_400);
        assert!(clock.now() >= before + SignedDuration::from_hours(24));
        clone.advance(-2 * 86_400);
        assert!(clock.now() < before);
    }
}
