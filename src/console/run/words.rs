//! What a run says of itself, in sentences.

use super::{LiveRun, Wait};
use crate::domain::Outcome;
use crate::transport::Waiting;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time of day, to the second.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// The time of day, to the minute.
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string()
}

impl Wait {
    /// Why nothing goes on, until when, and that this is no failure.
    pub fn sentence(&self, zone: &TimeZone) -> String {
        let (service, until) = (self.service, clock(self.until, zone));
        match self.why {
            Waiting::ServiceLimit => {
                format!("{service} answered 429: waiting until {until}. Nothing is lost.")
            }
            Waiting::OwnLimit => {
                format!("Our share of {service}'s limit is used up: waiting until {until}.")
            }
            Waiting::Retry => format!("{service} failed once: trying again at {until}."),
        }
    }
}

impl LiveRun {
    /// What is going on now, if one sentence tells it: a wait first, then what is being read.
    pub fn now_doing(&self, now: Timestamp, zone: &TimeZone) -> Option<String> {
        if self.has_ended() {
            return None;
        }
        if let Some(wait) = self.waits_at(now).next() {
            return Some(wait.sentence(zone));
        }
        if let Some((devices, until)) = self.settling.filter(|(_, until)| *until > now) {
            let (one, them) =
                if devices == 1 { ("create has", "it") } else { ("creates have", "them") };
            return Some(format!(
                "{devices} {one} no clear answer: looking {them} up at {}, so that nothing is doubled.",
                clock(until, zone)
            ));
        }
        self.reading.as_ref().map(|what| format!("Reading {what}"))
    }

    /// How the run ended, in one sentence.
    pub fn ending(&self, zone: &TimeZone) -> Option<String> {
        let at = self.ended_at.map(|at| minute(at, zone)).unwrap_or_default();
        let summary = match self.ended.as_ref()? {
            Ok(summary) => summary,
            Err(why) => return Some(why.clone()),
        };
        let pending = summary.counts.pending;
        Some(match summary.outcome {
            Outcome::Done => format!("Done at {at}: every device is bound."),
            Outcome::Pending if pending == 0 => format!("Done at {at}; some devices are held."),
            Outcome::Pending => {
                let (one, them) =
                    if pending == 1 { ("device is", "it") } else { ("devices are", "them") };
                format!(
                    "Done at {at}, but {pending} {one} pending: retry {them}, or open {them} to see why."
                )
            }
            Outcome::Withheld if summary.counts.withheld > 0 => format!(
                "Done at {at}; {} left and would be set inactive, which waits for your word.",
                devices(summary.counts.withheld)
            ),
            Outcome::Withheld => format!("Done at {at}, but an organization has another name now."),
            Outcome::Busy => summary.busy.first().map_or_else(
                || format!("Stopped at {at}: another run holds the organization."),
                |(_, holder)| {
                    let holder = crate::text::clean(holder);
                    format!(
                        "{holder} is writing to this organization. Run again when that has ended."
                    )
                },
            ),
            Outcome::Cancelled => {
                format!("Stopped at {at}. Nothing is lost: a retry goes on from here.")
            }
            Outcome::Failed => match summary.problems.last() {
                Some(problem) => format!("Failed at {at}: {}", crate::text::clean(problem)),
                None => format!("Failed at {at}."),
            },
        })
    }
}

fn devices(count: u32) -> String {
    if count == 1 { "1 device".to_owned() } else { format!("{count} devices") }
}
