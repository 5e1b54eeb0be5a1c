//! What a transport tells while it works.

use jiff::Timestamp;
use std::fmt;

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Addigy, which is only read.
    Addigy,
    /// IT Glue.
    ItGlue,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Addigy => "Addigy",
            Self::ItGlue => "IT Glue",
        })
    }
}

/// Why a request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Our own limit is used up for now.
    OwnLimit,
    /// The service said 429.
    ServiceLimit,
    /// An attempt failed and is repeated.
    Retry,
}

impl Waiting {
    /// In words, after the service's name and a colon.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OwnLimit => "our own share of its request limit is used up",
            Self::ServiceLimit => "it answered 429, too many requests",
            Self::Retry => "an attempt failed and is repeated",
        }
    }
}

/// What a transport tells while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// An attempt is being sent.
    Sent {
        /// To whom.
        service: Service,
    },
    /// A request waits.
    Waiting {
        /// For whom.
        service: Service,
        /// Till when.
        until: Timestamp,
        /// Why.
        why: Waiting,
    },
}

/// Hears what a transport tells. Called from many tasks at once; must return quickly.
pub trait Observer: Send + Sync {
    /// Takes one notice.
    fn notice(&self, notice: Notice);
}

impl<F: Fn(Notice) + Send + Sync> Observer for F {
    fn notice(&self, notice: Notice) {
        self(notice);
    }
}
