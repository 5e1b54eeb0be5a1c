//! This process's memory holds secrets: no core dump of it is left, nobody looks into it, and a report
//! of a crash goes without them.

use crate::log::redact;
use crate::text::clean;
use color_eyre::section::PanicMessage;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fmt;
use std::panic::PanicHookInfo;

/// Forbids core dumps, and on Linux other processes of the same person to look into this one. Where
/// the system does not take it, the program works all the same.
pub fn harden() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Where a program collects the dumps, the limit above does not count, and this does.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// How a crash is told: what and where, without secrets and control characters.
#[derive(Debug)]
pub struct Crash;

impl PanicMessage for Crash {
    fn display(&self, crash: &PanicHookInfo<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = crash.payload();
        let said = payload.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("unknown");
        let said: Vec<String> =
            said.lines().map(|line| redact::apply(&clean(line)).into()).collect();
        writeln!(f, "Bindery has a fault and ended. Every write was journaled; run it again.")?;
        writeln!(f, "Message:  {}", said.join("\n          "))?;
        match crash.location() {
            Some(place) => write!(f, "Location: {}:{}", place.file(), place.line()),
            None => write!(f, "Location: unknown"),
        }
    }
}
