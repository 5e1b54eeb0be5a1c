//! When the next round begins: a state machine without a clock of its own.

use super::ended::{Ended, TroubleKind};
use super::every::Every;
use super::news::News;
use crate::apply::Summary;
use crate::domain::{DeviceId, OrganizationId, Outcome};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Longer is never waited for a service that is down, unless rounds are farther apart anyway.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// How long Addigy locks an account out.
const LOCK_OUT: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the rounds so far.
#[derive(Debug, Clone)]
pub struct Pace {
    every: Every,
    trouble: Option<TroubleKind>,
    /// Rounds in a row that ended in the same trouble.
    failures: u32,
    withheld: BTreeSet<(OrganizationId, DeviceId)>,
    problems: BTreeSet<String>,
    busy: BTreeSet<OrganizationId>,
}

/// What follows from a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// What is to be told.
    pub news: Vec<News>,
    /// When the next round begins.
    pub when: When,
}

/// When the next round begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// At this time.
    At(Timestamp),
    /// Never: a person must confirm something first; says what.
    Never(String),
}

impl Pace {
    /// Before the first round, which begins at once.
    pub fn new(every: Every) -> Self {
        Self {
            every,
            trouble: None,
            failures: 0,
            withheld: BTreeSet::new(),
            problems: BTreeSet::new(),
            busy: BTreeSet::new(),
        }
    }

    /// What follows from a round that began and ended at these times; `chance` is from 0 to 1.
    pub fn next(&mut self, ended: &Ended, started: Timestamp, now: Timestamp, chance: f64) -> Next {
        let kind = ended.trouble.as_ref().map(|trouble| trouble.kind);
        let same = kind.is_some() && kind == self.trouble;
        self.failures = if same { self.failures.saturating_add(1) } else { 0 };
        let at = self.at(kind, started, now, chance);
        let mut news = Vec::new();
        match (&ended.trouble, self.trouble) {
            (Some(trouble), _) if trouble.kind == TroubleKind::Refused => {
                return Next { news, when: When::Never(trouble.words.clone()) };
            }
            (Some(trouble), _) if !same => {
                news.push(News::Trouble { trouble: trouble.clone(), until: at });
            }
            (None, Some(before)) if ended.summary.is_some() => news.push(News::Over(before)),
            _ => {}
        }
        self.trouble = kind;
        if let (Some(summary), None) = (&ended.summary, kind) {
            news.extend(self.of_run(summary));
        }
        Next { news, when: When::At(at) }
    }

    fn at(
        &self,
        kind: Option<TroubleKind>,
        started: Timestamp,
        now: Timestamp,
        chance: f64,
    ) -> Timestamp {
        let every = self.every.duration();
        let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 0.5 };
        let about = |wait: SignedDuration| times(wait, 0.9 + 0.2 * chance);
        let (from, wait) = match kind {
            None | Some(TroubleKind::Settings | TroubleKind::SwitchedOff) => {
                // A round that took long is followed by a pause all the same. A clock that was set
                // back meanwhile must not make the wait longer.
                let taken = now.duration_since(started).max(SignedDuration::ZERO);
                (now, (about(every) - taken).max(times(every, 0.1)))
            }
            Some(TroubleKind::Down | TroubleKind::State | TroubleKind::Refused) => {
                let most = LONGEST.max(every);
                // 2^6 times the shortest is beyond the longest.
                (now, about((every * 2i32.pow(self.failures.min(6))).min(most)))
            }
            Some(TroubleKind::NotPermitted) => (now, about(LONGEST.max(every))),
            // Never sooner than the day is over.
            Some(TroubleKind::LockedOut) => (now, times(LOCK_OUT, 1.0 + 0.1 * chance)),
        };
        from.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// What is different from the last run that came to its end.
    fn of_run(&mut self, summary: &Summary) -> Vec<News> {
        if summary.outcome == Outcome::Cancelled {
            return Vec::new();
        }
        let mut news = Vec::new();
        if summary.withheld_devices != self.withheld {
            self.withheld.clone_from(&summary.withheld_devices);
            news.push(News::Withheld(self.withheld.len()));
        }
        let problems: BTreeSet<String> = summary.problems.iter().cloned().collect();
        news.extend(problems.difference(&self.problems).cloned().map(News::Problem));
        self.problems = problems;
        let busy = &summary.busy;
        let fresh = busy.iter().filter(|(id, _)| !self.busy.contains(id));
        news.extend(
            fresh.map(|(id, holder)| News::Busy { organization: *id, holder: holder.clone() }),
        );
        self.busy = busy.iter().map(|(id, _)| *id).collect();
        news
    }
}

/// At most a day times a small number: never too large for milliseconds.
fn times(duration: SignedDuration, factor: f64) -> SignedDuration {
    #[allow(clippy::cast_possible_truncation, reason = "within a few days of milliseconds")]
    SignedDuration::from_millis((duration.as_millis() as f64 * factor) as i64)
}

#[cfg(test)]
mod tests;
