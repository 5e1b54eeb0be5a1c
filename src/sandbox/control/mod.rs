//! Changing the world while it runs: in process by [`Control`], over HTTP under `/_control/`.

mod addigy;
pub(super) mod http;
mod itglue;

pub use addigy::NewDevice;

use super::addigy::Addigy;
use super::faults::{Fault, Faults};
use super::itglue::ItGlue;
use super::traffic::Traffic;
use super::{Clock, Switches, read, write};
use std::fmt;
use std::sync::Arc;

/// The handle to a running sandbox. Clones act on the same one.
///
/// A device is named by its id, its serial number or its name, a policy by its id or its name, an
/// organization by its id or its exact name; what fits several is refused.
#[derive(Clone)]
pub struct Control {
    pub(super) addigy: Arc<Addigy>,
    pub(super) itglue: Arc<ItGlue>,
    pub(super) faults: Arc<Faults>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) clock: Clock,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Nothing has this id or name.
    #[error("the sandbox has no {kind} '{name}'")]
    Unknown {
        /// What kind of thing was meant.
        kind: &'static str,
        /// How it was named.
        name: String,
    },
    /// Several have this name.
    #[error("the sandbox has {count} {kind}s '{name}'; name one by its id")]
    Several {
        /// What kind of thing was meant.
        kind: &'static str,
        /// How it was named.
        name: String,
        /// How many there are.
        count: usize,
    },
    /// The request makes no sense; the sentence says why.
    #[error("{0}")]
    Invalid(String),
}

/// The one that is meant.
fn only<T>(kind: &'static str, name: &str, found: Vec<T>) -> Result<T, ControlError> {
    let count = found.len();
    let mut found = found.into_iter();
    match (found.next(), count) {
        (Some(one), 1) => Ok(one),
        (None, _) => Err(ControlError::Unknown { kind, name: name.to_owned() }),
        (Some(_), _) => Err(ControlError::Several { kind, name: name.to_owned(), count }),
    }
}

impl Control {
    /// Addigy itself, for what has no method here.
    pub fn addigy(&self) -> &Addigy {
        &self.addigy
    }

    /// IT Glue itself, for what has no method here.
    pub fn itglue(&self) -> &ItGlue {
        &self.itglue
    }

    /// The counters of both services.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The clock both services go by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The queue of faults.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Appends a fault to the queue.
    pub fn fault(&self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Changes a switch while the services run, by `NAME=VALUE`.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] with the known names or values.
    pub fn set_switch(&self, setting: &str) -> Result<(), ControlError> {
        let mut switches = Switches {
            addigy: self.addigy.switches(),
            itglue: read(&self.itglue.switches).clone(),
        };
        switches.set(setting).map_err(ControlError::Invalid)?;
        self.addigy.set_switches(switches.addigy);
        *write(&self.itglue.switches) = switches.itglue;
        Ok(())
    }
}
