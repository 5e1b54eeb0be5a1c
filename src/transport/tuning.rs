//! Times and limits of a transport, and whom it trusts.

use super::PrivateCa;
use jiff::Timestamp;
use std::time::Duration;

/// Times, limits and trust; the defaults are for the real services, tests take shorter ones.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// For a connection to be made.
    pub connect_timeout: Duration,
    /// For an attempt as a whole.
    pub total_timeout: Duration,
    /// How often a request is sent at most, waits after a 429 not counted.
    pub attempts: u32,
    /// The first pause before a retry is at most this long.
    pub backoff_base: Duration,
    /// No pause before a retry is longer.
    pub backoff_cap: Duration,
    /// The wait after a 429 that names none.
    pub throttled: Duration,
    /// How many 429 in a row one request sits out.
    pub most_throttled: u32,
    /// How long an answer may be, unpacked, in bytes.
    pub body_limit: usize,
    /// Certificates that are trusted beside the system's.
    pub ca: Option<PrivateCa>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            attempts: 4,
            backoff_base: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(8),
            throttled: Duration::from_secs(60),
            most_throttled: 30,
            body_limit: 32 * 1024 * 1024,
            ca: None,
            clock: Timestamp::now,
        }
    }
}
