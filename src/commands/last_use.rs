//! When the key of a service last worked, as the state remembers it.

use crate::store::Store;
use crate::transport::{LastUse, Service};
use jiff::Timestamp;

/// So many days without use are told: a month is left to do something.
const LONG_DAYS: i64 = 60;

const fn key(service: Service) -> &'static str {
    match service {
        Service::Addigy => "addigy_last_worked",
        Service::ItGlue => "itglue_last_worked",
    }
}

/// The last time, if any is known. A state that can't be read knows none.
pub fn read(store: &Store, service: Service) -> Option<Timestamp> {
    store.capability(key(service)).ok()??.parse().ok()
}

/// Notes that it worked then. Nothing but a hint is lost where that fails.
pub fn note(store: &Store, service: Service, at: Timestamp) {
    if let Err(error) = store.set_capability(key(service), &at.to_string()) {
        tracing::warn!(%error, %service, "the last use of the key can't be noted");
    }
}

/// The last use of IT Glue's key, where it lies so far back that the key was near its end.
pub fn long_ago(store: &Store, now: Timestamp) -> Option<LastUse> {
    let last = LastUse::seen_from(read(store, Service::ItGlue)?, now);
    (last.days > LONG_DAYS).then_some(last)
}
