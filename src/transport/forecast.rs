//! When a limiter will grant the next requests, as things stand now.

use jiff::Timestamp;
use std::collections::VecDeque;

/// What a limiter held at one moment. Pure: the future is computed, nothing is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    pub(super) capacity: usize,
    /// In milliseconds.
    pub(super) period: i64,
    /// Nothing is sent before this time; milliseconds since 1970.
    pub(super) blocked: i64,
    /// The newest `capacity` times at which a request was or will be sent, ascending.
    pub(super) times: VecDeque<i64>,
    /// How many slots of the period were used.
    pub(super) used: usize,
}

impl Forecast {
    /// How many requests the period holds.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many requests could be sent right now, by our own limit.
    pub fn left(&self) -> usize {
        self.capacity.saturating_sub(self.used)
    }

    /// Until when the service itself makes everybody wait, if it does.
    pub fn blocked_until(&self, now: Timestamp) -> Option<Timestamp> {
        (self.blocked > now.as_millisecond()).then(|| at(self.blocked))
    }

    /// When the next requests are granted, one after the other, without end.
    pub fn slots(&self, now: Timestamp) -> impl Iterator<Item = Timestamp> + use<> {
        let (mut times, period) = (self.times.clone(), self.period);
        let earliest = now.as_millisecond().max(self.blocked);
        std::iter::repeat_with(move || {
            let bar = times.pop_front().map_or(i64::MIN, |time| time.saturating_add(period));
            let slot = earliest.max(bar);
            times.push_back(slot);
            at(slot)
        })
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use crate::transport::{Limiter, Turn};
    use jiff::Timestamp;
    use std::time::Duration;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_forecast_is_what_the_limiter_then_grants() {
        let limiter = Limiter::in_memory(3, Duration::from_secs(10));
        for time in [0, 2] {
            limiter.reserve(|| second(time)).unwrap();
        }
        let forecast = limiter.forecast(|| second(4)).unwrap();
        assert_eq!((forecast.left(), forecast.capacity()), (1, 3));
        let foreseen: Vec<Timestamp> = forecast.slots(second(4)).take(5).collect();
        assert_eq!(foreseen, [4, 10, 12, 14, 20].map(second));
        let granted: Vec<Timestamp> = [4, 4, 4, 14, 14]
            .into_iter()
            .map(|time| match limiter.reserve(|| second(time)).unwrap() {
                Turn::Granted(slot) => slot,
                Turn::NotBefore { until, .. } => panic!("not before {until}"),
            })
            .collect();
        assert_eq!(granted, foreseen);
    }

    #[test]
    fn a_block_holds_everything_up() {
        let limiter = Limiter::in_memory(3, Duration::from_secs(10));
        limiter.block_until(|| second(0), second(60)).unwrap();
        let forecast = limiter.forecast(|| second(1)).unwrap();
        assert_eq!(forecast.blocked_until(second(1)), Some(second(60)));
        assert_eq!(forecast.blocked_until(second(60)), None);
        assert_eq!(forecast.slots(second(1)).nth(3), Some(second(70)));
    }
}
