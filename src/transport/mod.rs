//! What both clients share: the limiter, TLS and redirect policy, retries, redaction, and errors
//! written for people.
//!
//! A [`Transport`] speaks to one service with one key. Every attempt takes a slot of that service's
//! [`Limiter`], is logged without headers or bodies, and is told to the [`Observer`].

mod error;
mod http;
mod limiter;
mod problem;
mod retry;
mod send;
#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
mod tests;

pub use error::{Error, Kind};
pub use limiter::{Limiter, Turn};
pub use problem::Problem;
pub use send::{Effect, Notice, Observer, Request, Service, Transport, Tuning, Waiting};

pub(crate) use problem::quote;
