//! Undo: what a run changed is put back where nobody changed it since, and held until it is released.

mod support;

#[path = "undo/commands.rs"]
mod commands;
#[path = "undo/engine.rs"]
mod engine;
#[path = "undo/interrupted.rs"]
mod interrupted;
