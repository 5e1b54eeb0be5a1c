//! Why devices are not bound: one line a reason, with what it means and what to do.

use super::LiveRun;
use super::row::RowState;
use crate::domain::PendingReason;
use std::collections::BTreeMap;

/// What a person can do about a reason. The key's name is the key map's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Settle the match by hand.
    Bind,
    /// Run again.
    Retry,
    /// Look at what the guard withholds, and confirm.
    Confirm,
    /// Let syncs touch it again.
    Release,
    /// Something outside of this program; the sentence says what.
    Elsewhere,
}

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

/// What helps against a reason, in the console's words.
pub const fn step(reason: PendingReason) -> (Step, &'static str) {
    use PendingReason as R;
    match reason {
        R::NoIdentity => (Step::Bind, "binds it by hand, or let Addigy audit the device"),
        R::AmbiguousMatch => (Step::Bind, "chooses one"),
        R::IdentityConflict => (Step::Bind, "shows both records and chooses one"),
        R::DuplicateSerial => (
            Step::Elsewhere,
            "remove the stale device in Addigy, or wait until it is silent for a day",
        ),
        R::TwoOrganizations => (
            Step::Elsewhere,
            "take it out of one policy in Addigy, or unlink one of the two policies",
        ),
        R::MembershipUnknown => (Step::Retry, "retries, once Addigy has audited the device"),
        R::Contested => {
            (Step::Elsewhere, "find out who changes it in IT Glue, or correct the value in Addigy")
        }
        R::Held => (Step::Release, "lets syncs touch it again"),
        R::OwnedByPsa => (Step::Elsewhere, "correct the record in the PSA"),
        R::RejectedByItglue => (Step::Retry, "retries, once the value is corrected in Addigy"),
        R::NotPermitted => {
            (Step::Retry, "retries, once an IT Glue administrator has checked the API key")
        }
        R::RateLimited => (Step::Retry, "retries; best a few minutes later"),
        R::Unreachable => (Step::Retry, "retries, once IT Glue answers again"),
        R::OrganizationMissing => {
            (Step::Elsewhere, "link the policy anew, or confirm the new name: bindery doctor")
        }
        R::Interrupted => (Step::Retry, "goes on"),
        R::Unsettled => (Step::Retry, "looks it up and goes on, a minute later"),
        R::ChangedMeanwhile => (Step::Retry, "retries, once nobody edits it"),
    }
}
