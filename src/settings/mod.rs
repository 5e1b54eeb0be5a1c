//! The settings file, secrets, profiles and paths, and who is calling.
//!
//! Nothing here reads the environment by itself but [`SecretSource::read`] and [`Settings::load`], for
//! secrets alone: otherwise the caller passes a look-up ([`Env`]), so that tests decide what it holds.

mod address;
mod error;
mod file;
#[cfg(test)]
pub(crate) mod fuzz;
mod network;
mod origin;
mod paths;
mod reader;
mod rules;
mod secret;
pub mod write;

pub use address::{Region, parse as parse_address};
pub use error::{Place, SecretError, SettingsError};
pub use file::{
    AddigySettings, HistorySettings, ItGlueSettings, KeyOverride, Settings, SyncSettings,
};
pub use network::NetworkSettings;
pub use origin::origin;
pub use paths::{Paths, PathsError, PathsOptions};
pub(crate) use reader::{kind, nearest};
pub use rules::{MAX_CONDITIONS, compile};
pub use secret::SecretSource;

use std::ffi::OsString;

/// Looks a variable up in the environment.
pub type Env<'a> = &'a (dyn Fn(&str) -> Option<OsString> + Sync);

/// The environment of this process, to be passed as an [`Env`].
pub fn process_env(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

#[cfg(test)]
mod tests;
