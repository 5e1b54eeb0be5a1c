//! Several at once on one state: processes wait or step aside, nothing is doubled, nobody's edit is
//! lost, and a holder that dies holds nothing.

mod support;

#[path = "concurrency/between.rs"]
mod between;
#[path = "concurrency/desk.rs"]
mod desk;
#[path = "concurrency/many.rs"]
mod many;
#[path = "concurrency/waiting.rs"]
mod waiting;
