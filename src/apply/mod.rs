//! Carrying a plan out: read, plan, journal, write, and as much again as it takes.
//!
//! [`Engine::plan`] looks, [`Engine::sync`] does, [`Engine::undo`] takes back. In the order of a run:
//! `locks`, `read`, `recover`, `prepare`, `job`, `absorb`, `refusal`; `progress` is the run's state and
//! the only thing that changes.

mod absorb;
mod bookkeeping;
mod engine;
mod error;
mod event;
mod job;
mod locks;
mod prepare;
mod progress;
mod read;
mod recover;
mod refusal;
mod run;
mod seen;
mod undo;
mod undoing;

pub use engine::{Clock, Confirmed, Engine, Request};
pub use error::Error;
pub use event::{DeviceEvent, Event, Failure, Reporter, Summary, ToSend};
pub use locks::Patience;
pub use prepare::Prepared;
pub use seen::{Choices, Seen, UndoSeen};
pub use undo::UndoPlan;
