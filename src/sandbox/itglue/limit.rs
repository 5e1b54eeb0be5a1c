//! The limit: so many requests in so many seconds.

use super::switches::{ItGlueSwitches, LimitWindow};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// The requests that still count.
#[derive(Debug, Default)]
pub(super) struct Limit {
    times: VecDeque<Timestamp>,
    opened: Option<Timestamp>,
}

impl Limit {
    /// Counts a request of now, or says when the next one would be let through. A refused request
    /// doesn't count.
    pub(super) fn admit(
        &mut self,
        now: Timestamp,
        switches: &ItGlueSwitches,
    ) -> Result<(), Timestamp> {
        let seconds = i64::try_from(switches.limit_seconds).unwrap_or(i64::MAX);
        let window = SignedDuration::from_secs(seconds);
        match switches.limit_window {
            LimitWindow::Sliding => {
                while self.times.front().is_some_and(|first| past(*first, window, now)) {
                    self.times.pop_front();
                }
            }
            LimitWindow::Fixed => {
                if self.opened.is_none_or(|opened| past(opened, window, now)) {
                    self.opened = Some(now);
                    self.times.clear();
                }
            }
        }
        let most = usize::try_from(switches.limit).unwrap_or(usize::MAX);
        if self.times.len() < most {
            self.times.push_back(now);
            return Ok(());
        }
        let begin = match switches.limit_window {
            LimitWindow::Sliding => self.times.front().copied(),
            LimitWindow::Fixed => self.opened,
        };
        Err(begin.unwrap_or(now).checked_add(window).unwrap_or(Timestamp::MAX))
    }
}

fn past(begin: Timestamp, window: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(begin) >= window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + seconds).unwrap()
    }

    fn admitted(limit: &mut Limit, window: LimitWindow, seconds: i64) -> bool {
        let switches = ItGlueSwitches {
            limit: 3,
            limit_seconds: 10,
            limit_window: window,
            ..Default::default()
        };
        limit.admit(at(seconds), &switches).is_ok()
    }

    #[test]
    fn a_sliding_window_looks_back() {
        let mut limit = Limit::default();
        let seen: Vec<bool> = [0, 8, 9, 9, 10, 11, 17, 18]
            .map(|second| admitted(&mut limit, LimitWindow::Sliding, second))
            .to_vec();
        assert_eq!(seen, [true, true, true, false, true, false, false, true]);
    }

    #[test]
    fn a_fixed_window_begins_anew() {
        let mut limit = Limit::default();
        let seen: Vec<bool> = [0, 8, 9, 9, 10, 10, 10, 19, 20]
            .map(|second| admitted(&mut limit, LimitWindow::Fixed, second))
            .to_vec();
        assert_eq!(seen, [true, true, true, false, true, true, true, false, true]);
    }

    #[test]
    fn the_refusal_knows_when_it_ends() {
        let mut limit = Limit::default();
        let switches = ItGlueSwitches { limit: 1, ..Default::default() };
        assert_eq!(limit.admit(at(5), &switches), Ok(()));
        assert_eq!(limit.admit(at(6), &switches), Err(at(305)));
    }
}
