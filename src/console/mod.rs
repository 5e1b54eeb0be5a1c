//! The console.

pub mod wizard;
