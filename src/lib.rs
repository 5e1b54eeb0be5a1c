//! Bindery keeps Addigy devices and IT Glue configurations bound.
//!
//! Data takes one way through the modules, and they stand here in that order: settings and clients
//! read, the plan is a pure function of what was read, apply carries it out, commands and console
//! listen to its events.
#![deny(missing_docs)]
#![recursion_limit = "256"]

pub mod domain;
pub mod text;
pub mod private;
pub mod process;

#[doc(hidden)]
pub mod killpoint;

pub mod settings;
pub mod log;
pub mod transport;
pub mod addigy;
pub mod itglue;
pub mod store;

pub mod near;
pub mod plan;
pub mod apply;
pub mod watch;

pub mod commands;
pub mod console;
pub mod sandbox;

#[cfg(test)]
mod fuzz;
