//! The setup, in seven steps.

pub mod draft;
pub mod draft_file;
pub mod rule;
pub mod secret;

pub use draft::Draft;
