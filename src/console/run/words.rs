//! What a run says of itself, in sentences.

use super::row::RowState;
use super::{Ends, LiveRun, Wait};
use crate::console::widgets::{grouped, plural};
use crate::domain::Outcome;
use crate::text;
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

impl Ends {
    /// `ends about 14:09`.
    pub fn words(self, zone: &TimeZone) -> String {
        match self {
            Self::About(at) => format!("ends about {}", minute(at, zone)),
            Self::After(at) => format!("ends after {}", minute(at, zone)),
        }
    }
}

impl LiveRun {
    /// The run's name: its number and the last part of what it is for.
    fn name(&self) -> String {
        let title = self.title.rsplit('/').next().unwrap_or_default();
        match self.id {
            Some(id) => format!("Run {id} {title}"),
            None => title.to_owned(),
        }
    }

    /// One line for line 23, whatever the screen: how far it is, or what it waits for, or how it ended.
    pub fn line(&self) -> String {
        let name = self.name();
        if let Some(ending) = self.ended_line() {
            return format!("{name} {ending}");
        }
        let figures = &self.figures;
        let progress = format!("{}/{}", grouped(figures.counts.done()), grouped(figures.total));
        if self.stopping {
            return format!("{name}: stopping safely at {progress}");
        }
        if let Some(doing) = self.now_doing(figures.at) {
            // The number is enough: what it waits for must not be cut.
            let name = self.id.map_or(name, |id| format!("Run {id}"));
            return format!("{name}: {doing}");
        }
        if figures.total == 0 {
            return format!("{name}: starting");
        }
        let pending = figures.counts.of(RowState::Pending);
        let pending =
            if pending == 0 { String::new() } else { format!(", {} pending", grouped(pending)) };
        let ends = match figures.ends {
            Some(Ends::About(at)) => format!("  ends ~{}", minute(at, &self.zone)),
            Some(Ends::After(at)) => format!("  ends after {}", minute(at, &self.zone)),
            None => String::new(),
        };
        format!("{name} {progress} done{pending}{ends}")
    }

    fn ended_line(&self) -> Option<String> {
        let at = self.ended_at.map(|at| minute(at, &self.zone)).unwrap_or_default();
        let (counts, total) = (&self.counts, self.total());
        let bound = counts.of(RowState::Linked) + counts.of(RowState::Unchanged);
        let Ok(summary) = self.outcome.as_ref()? else { return Some(format!("failed, {at}")) };
        let pending = counts.of(RowState::Pending);
        Some(match summary.outcome {
            Outcome::Cancelled => {
                format!("stopped at {}/{}, {at}", grouped(counts.done()), grouped(total))
            }
            Outcome::Failed => format!("failed, {at}"),
            Outcome::Busy => format!("refused, {at}: another run holds the organization"),
            _ if pending > 0 => {
                format!("done, {at}: {} bound, {} pending", grouped(bound), grouped(pending))
            }
            _ if summary.counts.withheld > 0 => {
                format!("done, {at}: {} wait for your word", summary.counts.withheld)
            }
            _ => format!("done, {at}: all {} in order", grouped(total)),
        })
    }

    /// What is going on now, if one sentence tells it: a wait first, then what is being read.
    pub fn now_doing(&self, now: Timestamp) -> Option<String> {
        if self.ended() {
            return None;
        }
        let zone = &self.zone;
        if let Some(wait) = self.waits_at(now).next() {
            return Some(wait.sentence(zone));
        }
        if let Some((devices, until)) = self.settling.filter(|(_, until)| *until > now) {
            let (have, them) = (plural(devices, "create has", "creates have"), them(devices));
            let until = clock(until, zone);
            return Some(format!("{devices} {have} no clear answer; looking {them} up at {until}"));
        }
        self.reading.as_ref().map(|what| format!("reading {what}"))
    }

    /// How the run ended, in one sentence with what to do.
    pub fn ending(&self) -> Option<String> {
        let at = self.ended_at.map(|at| minute(at, &self.zone)).unwrap_or_default();
        let summary = match self.outcome.as_ref()? {
            Ok(summary) => summary,
            Err(why) => return Some(why.clone()),
        };
        let (pending, withheld) = (summary.counts.pending as usize, summary.counts.withheld);
        let undoes = self.rows.iter().any(|row| row.action == "undo");
        Some(match summary.outcome {
            Outcome::Done if undoes => {
                format!("Done at {at}: put back, and held where it says so.")
            }
            Outcome::Pending if undoes && pending > 0 => format!(
                "Done at {at}, but something of {pending} {} was left as it is. u on the undone run \
                 shows what and why.",
                plural(pending, "device", "devices")
            ),
            Outcome::Done => format!("Done at {at}: every device is in order."),
            Outcome::Pending if pending == 0 => format!("Done at {at}; some devices are held."),
            Outcome::Pending => {
                let (are, them) = (plural(pending, "device is", "devices are"), them(pending));
                format!("Done at {at}, but {pending} {are} pending. Open {them} to see why.")
            }
            Outcome::Withheld if withheld > 0 => {
                let devices = plural(withheld as usize, "device", "devices");
                format!("Done at {at}; {withheld} {devices} left, which waits for your word.")
            }
            Outcome::Withheld => summary.problems.first().map_or_else(
                || format!("Done at {at}, but an organization has another name now."),
                |problem| text::clean(problem),
            ),
            Outcome::Busy => summary.busy.first().map_or_else(
                || format!("Refused at {at}: another run holds the organization."),
                |(_, holder)| {
                    let holder = text::clean(holder);
                    format!(
                        "Another run holds the organization: {holder}. Retry when it has ended."
                    )
                },
            ),
            Outcome::Cancelled => format!("Stopped at {at}. Nothing is lost: a retry goes on."),
            Outcome::Failed => match summary.problems.last() {
                Some(problem) => format!("Failed at {at}: {}", text::clean(problem)),
                None => format!("Failed at {at}."),
            },
        })
    }
}

const fn them(count: usize) -> &'static str {
    plural(count, "it", "them")
}
