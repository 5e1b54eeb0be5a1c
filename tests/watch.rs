//! `bindery watch`: the real program stopped and refused, and a month of rounds in a simulated time.

mod support;

#[path = "watch/binary.rs"]
mod binary;
#[path = "watch/checks.rs"]
mod checks;
#[path = "watch/life.rs"]
mod life;
#[path = "watch/long_run.rs"]
mod long_run;
#[path = "watch/rounds.rs"]
mod rounds;
