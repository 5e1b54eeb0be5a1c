//! Kill -9 at any moment: of the real program, with its state on disk. Run again it comes to the same
//! end as if nothing had happened: nothing doubled, nothing lost, no other client touched.
//!
//! `cargo test --test crash -- --nocapture` prints how many kills were survived. Of the pairs (killed,
//! and killed again on the way back) a sample is tried; `BINDERY_CRASH_PAIRS=1000` tries that many of
//! each kind, `BINDERY_CRASH_PAIRS=all` all of them, which takes hours.

mod support;

#[path = "crash/commands.rs"]
mod commands;
#[path = "crash/fleet.rs"]
mod fleet;
#[path = "crash/held.rs"]
mod held;
#[path = "crash/kills.rs"]
mod kills;
