//! The console: the face of Bindery in a terminal.

pub mod theme;
