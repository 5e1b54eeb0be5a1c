//! When a key last worked: one that is turned away now may have been revoked for want of use.

use super::Service;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// IT Glue revokes a key that was unused for so many days.
/// Source: IT Glue's help, API keys, since 2023-05-15.
pub const REVOKED_AFTER_DAYS: i64 = 90;

/// The last time before now at which a key of these settings worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastUse {
    /// When that was.
    pub at: Timestamp,
    /// How many days ago.
    pub days: i64,
}

impl LastUse {
    /// As seen from now.
    pub fn seen_from(at: Timestamp, now: Timestamp) -> Self {
        Self { at, days: now.duration_since(at).as_hours() / 24 }
    }

    /// The sentence for whoever was turned away.
    pub(super) fn when_refused(self, service: Service) -> String {
        let revoked = service == Service::ItGlue && self.days >= REVOKED_AFTER_DAYS;
        let then = if revoked { ", so it was most likely revoked: make a new one" } else { "" };
        format!(" A key of these settings last worked on {self}{then}.")
    }
}

impl fmt::Display for LastUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.at.strftime("%Y-%m-%d");
        match self.days {
            ..=0 => write!(f, "{day}, less than a day ago"),
            1 => write!(f, "{day}, a day ago"),
            days => write!(f, "{day}, {days} days ago"),
        }
    }
}

/// Knows the last use before this transport, and hears of the first one of it.
pub(super) struct Uses {
    last: Option<Timestamp>,
    noted: AtomicBool,
    note: Box<dyn Fn(Timestamp) + Send + Sync>,
}

impl Uses {
    pub fn new(last: Option<Timestamp>, note: impl Fn(Timestamp) + Send + Sync + 'static) -> Self {
        Self { last, noted: AtomicBool::new(false), note: Box::new(note) }
    }

    /// The key worked. That is noted once a day at most.
    pub fn worked(&self, now: Timestamp) {
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let known = self.last.is_some_and(|last| now.duration_since(last).abs() < DAY);
        if !known && !self.noted.swap(true, Ordering::Relaxed) {
            (self.note)(now);
        }
    }

    pub fn last(&self, now: Timestamp) -> Option<LastUse> {
        // Where it worked a moment ago, a refusal has another cause.
        let last = self.last.filter(|_| !self.noted.load(Ordering::Relaxed))?;
        Some(LastUse::seen_from(last, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn day(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn a_use_is_noted_once_a_day() {
        for (last, at, noted) in [(None, 5, 1), (Some(4), 5, 1), (Some(5), 5, 0), (Some(9), 5, 1)] {
            let heard: Arc<Mutex<Vec<Timestamp>>> = Arc::default();
            let kept = Arc::clone(&heard);
            let uses = Uses::new(last.map(day), move |at| kept.lock().unwrap().push(at));
            uses.worked(day(at));
            uses.worked(day(at));
            assert_eq!(heard.lock().unwrap().len(), noted, "{last:?}");
        }
    }

    #[test]
    fn a_key_that_was_long_unused_is_told_as_revoked() {
        let told = |days, service| LastUse::seen_from(day(0), day(days)).when_refused(service);
        assert_eq!(
            told(115, Service::ItGlue),
            " A key of these settings last worked on 1970-01-01, 115 days ago, so it was most likely \
             revoked: make a new one."
        );
        assert!(told(89, Service::ItGlue).ends_with("1970-01-01, 89 days ago."));
        assert!(told(115, Service::Addigy).ends_with("115 days ago."));
        assert!(told(0, Service::ItGlue).ends_with("less than a day ago."));
    }
}
