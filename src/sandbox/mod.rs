//! Addigy and IT Glue in memory behind real HTTP on loopback, to try Bindery and to test it.
//!
//! The sandbox shares no wire type with Bindery's clients, so that a mistake in one is not hidden by
//! the other.

pub mod addigy;
mod clock;
pub mod control;
pub mod faults;
pub mod fleet;
#[cfg(test)]
pub(crate) mod fuzz;
pub mod itglue;
mod line;
mod names;
mod serve;
mod settings;
pub mod switches;
#[cfg(test)]
mod tests;
pub mod traffic;

pub use clock::Clock;
pub use control::Control;
pub use faults::{Fault, FaultKind, Faults, When};
pub use serve::{Options, Sandbox, SandboxError};
pub use switches::Switches;
pub use traffic::{Service, Traffic};

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A test that panics with a lock in hand must not take the others with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
