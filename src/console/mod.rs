//! The console.

pub mod run;
