//! Why devices are not bound: one line a reason, with what it means.

use super::LiveRun;
use super::row::RowState;
use crate::domain::PendingReason;
use std::collections::BTreeMap;

/// A reason and how many devices have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonLine {
    /// The reason's word.
    pub word: &'static str,
    /// How many devices.
    pub count: usize,
    /// What it means.
    pub sentence: &'static str,
    /// The reason; `None` for what the guard keeps back.
    pub reason: Option<PendingReason>,
}

impl LiveRun {
    /// One line a reason, the most frequent first. Devices that this run comes to again have none yet.
    pub fn reasons(&self) -> Vec<ReasonLine> {
        let mut counts: BTreeMap<&'static str, (usize, Option<PendingReason>)> = BTreeMap::new();
        for row in &self.rows {
            if let (Some(word), true) = (row.reason(), row.state != RowState::Superseded) {
                let reason = row.pending.as_ref().map(|pending| pending.reason);
                counts.entry(word).or_insert((0, reason)).0 += 1;
            }
        }
        let mut lines: Vec<ReasonLine> =
            counts.into_iter().map(|(word, (count, reason))| line(word, count, reason)).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.count));
        lines
    }
}

fn line(word: &'static str, count: usize, reason: Option<PendingReason>) -> ReasonLine {
    let reason = reason.filter(|_| word != "withheld");
    let sentence = reason.map_or(
        "they left their policy, more at once than the guard lets pass",
        PendingReason::sentence,
    );
    ReasonLine { word, count, sentence, reason }
}
