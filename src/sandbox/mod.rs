//! Addigy and IT Glue in memory behind real HTTP, to try Bindery and to test it.

pub mod itglue;
