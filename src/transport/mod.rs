//! What both clients share: the limiter, TLS and redirect policy, retries, redaction, and errors
//! written for people.
//!
//! A [`Transport`] speaks to one service with one key. Every attempt takes a slot of that service's
//! [`Limiter`], is logged without headers or bodies, and is told to the [`Observer`].

mod ca;
mod error;
mod forecast;
#[cfg(test)]
pub(crate) mod fuzz;
mod http;
mod limiter;
mod notice;
mod problem;
mod request;
mod retry;
mod send;
#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
mod tests;
mod tuning;
mod uses;

pub use ca::{CaError, PrivateCa};
pub use error::{Error, Kind};
pub use forecast::Forecast;
pub use limiter::{Limiter, RING, Turn};
pub use notice::{Notice, Observer, Service, Waiting};
pub use problem::Problem;
pub use request::{Effect, Request};
pub use send::Transport;
pub use tuning::Tuning;
pub use uses::{LastUse, REVOKED_AFTER_DAYS};

pub(crate) use problem::quote;
