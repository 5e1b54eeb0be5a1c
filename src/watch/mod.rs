//! Syncing again and again: how long to wait, what to tell, when to stop.
//!
//! Nothing here sleeps, reads a clock or asks a service: whoever watches brings that as [`Rounds`], so
//! that a test lives through a month in minutes.

mod ended;
mod every;
mod news;
mod pace;

pub use ended::{Ended, Trouble, TroubleKind};
pub use every::{Every, EveryError};
pub use news::News;
pub use pace::{Next, Pace, When};

use crate::domain::Counts;
use jiff::Timestamp;

/// What a watch does beyond deciding.
pub trait Rounds {
    /// The time.
    fn now(&self) -> Timestamp;

    /// From 0 to 1, anew each time: watches that began together must not ask together for ever.
    fn chance(&mut self) -> f64;

    /// Syncs everything once. Numbers begin at 1.
    fn round(&mut self, number: u64) -> impl Future<Output = Ended>;

    /// Hears how a round ended and what comes next.
    fn told(&mut self, number: u64, ended: &Ended, next: &Next);

    /// Waits; `false` when told to stop, before the wait or in it.
    fn wait_until(&mut self, until: Timestamp) -> impl Future<Output = bool>;
}

/// Why a watch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// It was told to.
    Stopped,
    /// Nothing may be written any more until a person has confirmed something; says what.
    Refused(String),
}

/// What all rounds came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// Rounds.
    pub rounds: u64,
    /// Those that came to nothing, or not to their end.
    pub in_trouble: u64,
    /// What was written, over all rounds; what is pending, withheld or held, as of the last.
    pub counts: Counts,
    /// Requests to Addigy.
    pub addigy_requests: u64,
    /// Requests to IT Glue.
    pub itglue_requests: u64,
}

/// Syncs at once, and then for ever.
pub async fn watch(every: Every, rounds: &mut impl Rounds) -> (Over, Totals) {
    let (mut pace, mut totals) = (Pace::new(every), Totals::default());
    for number in 1.. {
        let started = rounds.now();
        let ended = rounds.round(number).await;
        totals.add(&ended);
        let next = pace.next(&ended, started, rounds.now(), rounds.chance());
        rounds.told(number, &ended, &next);
        match next.when {
            When::Never(why) => return (Over::Refused(why), totals),
            When::At(at) => {
                if !rounds.wait_until(at).await {
                    break;
                }
            }
        }
    }
    (Over::Stopped, totals)
}

impl Totals {
    fn add(&mut self, ended: &Ended) {
        self.rounds += 1;
        self.in_trouble += u64::from(ended.trouble.is_some());
        let Some(summary) = &ended.summary else { return };
        let (before, now) = (self.counts, summary.counts);
        self.counts = Counts {
            created: before.created.saturating_add(now.created),
            activated: before.activated.saturating_add(now.activated),
            updated: before.updated.saturating_add(now.updated),
            inactivated: before.inactivated.saturating_add(now.inactivated),
            ..now
        };
        self.addigy_requests += summary.addigy_requests;
        self.itglue_requests += summary.itglue_requests;
    }
}
