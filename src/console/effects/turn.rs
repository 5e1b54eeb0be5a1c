//! Tasks run side by side; where a later effect must win over an earlier one, its turn tells.

use std::sync::{Arc, Mutex, PoisonError};

/// Counts effects.
#[derive(Debug, Default)]
pub struct Turns {
    last: u64,
    done: Arc<Mutex<u64>>,
}

/// The place of an effect among all of them.
#[derive(Debug, Clone)]
pub struct Turn {
    number: u64,
    done: Arc<Mutex<u64>>,
}

impl Turns {
    /// The next effect's.
    pub fn next(&mut self) -> Turn {
        self.last += 1;
        Turn { number: self.last, done: Arc::clone(&self.done) }
    }
}

impl Turn {
    /// Does the work, unless a later effect has done its own already: `None` then. One at a time.
    pub fn take<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if *done > self.number {
            return None;
        }
        *done = self.number;
        Some(work())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_late_is_not_done() {
        let mut turns = Turns::default();
        let (first, second, third) = (turns.next(), turns.next(), turns.next());
        assert_eq!(second.take(|| "second"), Some("second"));
        assert_eq!(first.take(|| "first"), None);
        assert_eq!(third.take(|| "third"), Some("third"));
    }
}
