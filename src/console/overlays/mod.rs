//! Layers that lie over a screen.

pub mod ask;
pub mod copy;
pub mod export;
pub mod help;
pub mod notices;
pub mod palette;
pub mod quit;
pub mod sync;
pub mod theme;
