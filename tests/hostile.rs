//! Hostile text from both services, through the real program, into everything that it writes to.

#[path = "support/binary.rs"]
mod binary;
#[path = "hostile/commands.rs"]
mod commands;
#[path = "hostile/console.rs"]
mod console;
#[path = "hostile/scene.rs"]
mod scene;
