//! A run as it goes: the engine's events folded into rows and counts.

use crate::apply::{Event, Summary};

/// A run under way, or ended.
#[derive(Debug, Default)]
pub struct LiveRun {
    summary: Option<Result<Box<Summary>, String>>,
}

impl LiveRun {
    /// A run that is about to start.
    pub fn new(_spec: &super::shared::RunSpec) -> Self {
        Self::default()
    }

    /// Takes what the engine told.
    pub fn fold(&mut self, _events: Vec<Event>) {}

    /// Takes the end.
    pub fn end(&mut self, result: Result<Box<Summary>, String>) {
        self.summary = Some(result);
    }

    /// Whether it has ended.
    pub fn ended(&self) -> bool {
        self.summary.is_some()
    }

    /// One line for line 23.
    pub fn line(&self) -> String {
        String::new()
    }
}
