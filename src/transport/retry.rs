//! How long to wait before trying again.

use jiff::Timestamp;
use std::time::Duration;

/// The longest `Retry-After` that is believed.
const LONGEST: i64 = 10 * 60;

/// Exponential back-off with full jitter: any time up to `base · 2^retry`, at most `cap`.
/// `random` lies in 0..1.
pub fn backoff(retry: u32, base: Duration, cap: Duration, random: f64) -> Duration {
    base.saturating_mul(2u32.saturating_pow(retry)).min(cap).mul_f64(random.clamp(0.0, 1.0))
}

/// Reads `Retry-After`, seconds or an HTTP date; `None` where it is absent, no time, in the past, or
/// more than ten minutes away.
pub fn retry_after(header: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let text = header?.trim();
    let seconds = match text.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            date.as_second() - now.as_second()
        }
    };
    if !(1..=LONGEST).contains(&seconds) {
        return None;
    }
    now.checked_add(Duration::from_secs(seconds.unsigned_abs())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_the_cap() {
        let pause = |retry| backoff(retry, Duration::from_millis(500), Duration::from_secs(8), 1.0);
        assert_eq!([0, 1, 2, 5, 99].map(|n| pause(n).as_millis()), [500, 1000, 2000, 8000, 8000]);
        assert_eq!(
            backoff(3, Duration::from_millis(500), Duration::from_secs(8), 0.0),
            Duration::ZERO
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_sane() {
        let now: Timestamp = "2026-11-01T12:00:00Z".parse().unwrap();
        let at = |text| retry_after(Some(text), now).map(|t| t.as_second() - now.as_second());
        assert_eq!(at("17"), Some(17));
        assert_eq!(at("Sun, 01 Nov 2026 12:01:30 GMT"), Some(90));
        for text in ["", "soon", "-5", "0", "86400", "Sun, 01 Nov 2026 11:00:00 GMT"] {
            assert_eq!(at(text), None, "{text:?}");
        }
        assert_eq!(retry_after(None, now), None);
    }
}
