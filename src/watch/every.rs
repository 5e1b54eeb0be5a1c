//! How often a watch syncs.

use jiff::SignedDuration;
use std::fmt;
use std::str::FromStr;

/// From one minute to one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Every(SignedDuration);

/// Why a text is no [`Every`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EveryError {
    /// Not a number and a unit.
    #[error("say a number and s, m or h, such as 90s, 15m or 2h")]
    Form,
    /// Shorter than the services should be asked.
    #[error("at least 1m; clients' devices seldom change, 15m is plenty")]
    TooOften,
    /// So seldom that it is no watching.
    #[error("at most 24h")]
    TooSeldom,
}

impl Every {
    /// The same as a length of time.
    pub const fn duration(self) -> SignedDuration {
        self.0
    }
}

impl FromStr for Every {
    type Err = EveryError;

    fn from_str(text: &str) -> Result<Self, EveryError> {
        let text = text.trim();
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let seconds = match &text[digits.len()..] {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(EveryError::Form),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EveryError::Form);
        }
        let number: i64 = digits.parse().map_err(|_| EveryError::TooSeldom)?;
        match number.saturating_mul(seconds) {
            ..60 => Err(EveryError::TooOften),
            seconds @ 60..=86_400 => Ok(Self(SignedDuration::from_secs(seconds))),
            _ => Err(EveryError::TooSeldom),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds if seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
            seconds if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_with_a_unit_are_read() {
        for (text, seconds, shown) in [
            ("90s", 90, "90s"),
            ("15m", 900, "15m"),
            ("2h", 7200, "2h"),
            (" 60s ", 60, "1m"),
            ("1440m", 86_400, "24h"),
        ] {
            let every: Every = text.parse().unwrap();
            assert_eq!(every.duration(), SignedDuration::from_secs(seconds), "{text}");
            assert_eq!(every.to_string(), shown);
        }
        for (text, error) in [
            ("59s", EveryError::TooOften),
            ("0h", EveryError::TooOften),
            ("25h", EveryError::TooSeldom),
            ("99999999999999999999s", EveryError::TooSeldom),
            ("9999999999999999h", EveryError::TooSeldom),
        ] {
            assert_eq!(text.parse::<Every>(), Err(error), "{text}");
        }
        for text in ["", "15", "m", "-5m", "1.5h", "15 m", "15min", "1h30m", "٣m", "5µ"] {
            assert_eq!(text.parse::<Every>(), Err(EveryError::Form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = text.parse::<Every>();
        }

        #[test]
        fn what_is_shown_reads_again(seconds in 60i64..=86_400) {
            let every = Every(SignedDuration::from_secs(seconds));
            prop_assert_eq!(every.to_string().parse(), Ok(every));
        }
    }
}
