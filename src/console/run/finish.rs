//! When a run will be done, from what the limiter will grant and what is still to be sent.

use super::LiveRun;
use super::row::RowState;
use crate::apply::ToSend;
use crate::transport::Forecast;
use jiff::{SignedDuration, Timestamp};

/// What one service was asked, and what it may still be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauge {
    /// Requests this run has sent.
    pub sent: u64,
    /// What its limiter holds.
    pub forecast: Forecast,
}

/// Both services at one moment, measured once a second while a run is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// When.
    pub at: Timestamp,
    /// Addigy.
    pub addigy: Gauge,
    /// IT Glue.
    pub itglue: Gauge,
}

/// When a run ends, as far as that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// About then.
    About(Timestamp),
    /// Not before then; what comes after is not known yet.
    After(Timestamp),
}

/// How fast requests were answered while nothing held them up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pace {
    requests: u64,
    seconds: f64,
}

/// Shorter than this, a pace says nothing.
const ENOUGH: f64 = 3.0;
/// A wait that is not longer is nothing but the way there and back.
const SOON: SignedDuration = SignedDuration::from_secs(5);

impl Pace {
    fn take(&mut self, before: &Pulse, now: &Pulse) {
        let held_up = |pulse: &Pulse| {
            let forecast = &pulse.itglue.forecast;
            forecast.left() == 0 || forecast.blocked_until(pulse.at).is_some()
        };
        let seconds = now.at.duration_since(before.at).as_secs_f64();
        if seconds > 0.0 && !held_up(before) && !held_up(now) {
            self.requests += now.itglue.sent.saturating_sub(before.itglue.sent);
            self.seconds += seconds;
        }
    }

    /// How long so many requests take.
    fn needs(&self, requests: usize) -> Option<SignedDuration> {
        if self.seconds < ENOUGH || self.requests == 0 {
            return None;
        }
        let seconds = requests as f64 * self.seconds / self.requests as f64;
        SignedDuration::try_from_secs_f64(seconds).ok()
    }
}

impl LiveRun {
    /// Takes in what was measured.
    pub fn measure(&mut self, pulse: Pulse) {
        self.revision += 1;
        if let (Some(before), Some(_)) = (&self.pulse, self.to_send) {
            self.pace.take(before, &pulse);
        }
        let at = pulse.at;
        self.pulse = Some(pulse);
        self.refresh(at);
    }

    /// What was measured last.
    pub fn pulse(&self) -> Option<&Pulse> {
        self.pulse.as_ref()
    }

    /// When it will be done; `None` while that can't be known.
    pub fn ends(&self, now: Timestamp) -> Option<Ends> {
        if self.ended() {
            return None;
        }
        if let Some((_, until)) = self.settling {
            return (until > now).then_some(Ends::After(until));
        }
        let forecast = &self.pulse.as_ref()?.itglue.forecast;
        let (last, requests) = last_slot(self.to_send?, forecast, now)?;
        let by_pace = self.pace.needs(requests).and_then(|needs| now.checked_add(needs).ok());
        let end = match by_pace {
            Some(by_pace) => last.max(by_pace),
            None if last.duration_since(now) > SOON => last,
            None => return None,
        };
        Some(match self.latest_again() {
            // Those left over are read and planned anew then, which is another question.
            Some(again) => Ends::After(end.max(again)),
            None => Ends::About(end),
        })
    }

    /// When the last of the devices is come to again that this run comes to again.
    fn latest_again(&self) -> Option<Timestamp> {
        if self.counts.of(RowState::Waiting) == 0 {
            return None;
        }
        self.rows.iter().filter_map(|row| row.until).max()
    }
}

/// When the last of the requests still needed is granted, and how many these are.
fn last_slot(to_send: ToSend, forecast: &Forecast, now: Timestamp) -> Option<(Timestamp, usize)> {
    let mut slots = forecast.slots(now);
    let (mut last, mut requests) = (None, 0);
    for write in 0..to_send.writes {
        let slot = slots.next()?;
        let old = to_send.fresh_until.is_some_and(|until| slot > until);
        requests += 1;
        last = Some(slot);
        if old || write < to_send.looks {
            last = slots.next();
            requests += 1;
        }
    }
    Some((last?, requests))
}
