//! What Devices Binding says of a row, a reason and the whole.

use super::CONTEXT;
use crate::console::advice;
use crate::console::keymap::Verb;
use crate::console::run::{LiveRun, Row, RowState, minute};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::domain::PendingReason;
use crate::text;
use ratatui::text::Line;

/// The row's message, for a column of this width: the particulars where they fit, else why in short.
pub fn message(row: &Row, room: usize, shared: &Shared) -> String {
    let whole = whole_message(row, shared);
    let short = row.pending.as_ref().filter(|_| !row.state.is_on_the_way());
    match short {
        _ if text::width(&whole) <= room => whole,
        Some(pending) => short_reason(pending.reason).to_owned(),
        None => whole.replacen("new configuration ", "new: ", 1),
    }
}

/// At most 23 columns wide, which is what there is in a terminal of 80.
const fn short_reason(reason: PendingReason) -> &'static str {
    use PendingReason as R;
    match reason {
        R::NoIdentity => "no serial, no MAC",
        R::AmbiguousMatch => "several records fit",
        R::IdentityConflict => "two records claim it",
        R::DuplicateSerial => "serial is used twice",
        R::TwoOrganizations => "in two organizations",
        R::MembershipUnknown => "its policies unknown",
        R::Contested => "changed back each time",
        R::Held => "held by an undo",
        R::OwnedByPsa => "owned by the PSA",
        R::RejectedByItglue => "IT Glue refused it",
        R::NotPermitted => "the key may not write",
        R::RateLimited => "request limit reached",
        R::Unreachable => "no usable answer",
        R::OrganizationMissing => "organization is gone",
        R::Interrupted => "the run ended before it",
        R::Unsettled => "the answer got lost",
        R::ChangedMeanwhile => "kept changing",
    }
}

fn whole_message(row: &Row, shared: &Shared) -> String {
    let said = match row.state {
        RowState::Waiting => match (row.until, &row.pending) {
            (Some(until), _) => format!("unclear; look up {}", minute(until, &shared.zone)),
            (None, Some(_)) => "changed meanwhile; comes again".to_owned(),
            (None, None) => sent(row),
        },
        RowState::Matching => "looking once more".to_owned(),
        RowState::Writing => sent(row),
        RowState::Linked if row.message.is_empty() && row.action == "create" => {
            let id = row.configuration_id.map(|id| format!(" {id}")).unwrap_or_default();
            format!("new configuration{id}")
        }
        RowState::Linked if row.message.is_empty() => sent(row),
        RowState::Inactive if row.message.is_empty() => "left the policy".to_owned(),
        _ => row.message.clone(),
    };
    match row.shown {
        Some(shown) => format!("shown as {shown}; {said}").trim_end_matches("; ").to_owned(),
        None => said,
    }
}

/// The fields that are written; all of them, where a configuration is created.
fn sent(row: &Row) -> String {
    if row.action == "create" {
        return String::new();
    }
    let words = [("configuration-status-id", "status"), ("configuration-type-id", "type")];
    words.iter().fold(row.sent.clone(), |sent, (key, word)| sent.replace(key, word))
}

/// Line 22: all of a row's particulars, and what to do.
pub fn sentence(row: Option<&Row>, shared: &Shared) -> Line<'static> {
    let Some(row) = row else { return Line::default() };
    let said = whole_message(row, shared);
    let room = usize::from(shared.size.0);
    let told = match (row.state, &row.pending) {
        (RowState::Withheld, _) => {
            format!("{} left its policy and is still active. {}", row.name, next(None, shared))
        }
        (RowState::Waiting, Some(pending)) => {
            let why = pending.reason.sentence();
            format!("{}: {why}. This run comes to it again.", row.name)
        }
        (state, Some(pending)) if !state.is_on_the_way() => {
            let why = if row.message.is_empty() { pending.reason.sentence() } else { &row.message };
            let next = next(Some(pending.reason), shared);
            let why = why.trim_end_matches('.');
            let whole = format!("{}: {why}. {next}", pending.reason.word());
            if text::width(&whole) <= room {
                whole
            } else {
                // The column says the reason; what to do must not be what is cut.
                let next = advice::brief(pending.reason, &CONTEXT, shared);
                let left = room.saturating_sub(text::width(&next) + 2);
                let why = text::truncate(why, left, shared.look.glyphs.cut);
                let stop = if why.ends_with(shared.look.glyphs.cut) { "" } else { "." };
                format!("{why}{stop} {next}")
            }
        }
        _ if said.is_empty() => format!("{}: {}", row.name, row.state.word()),
        _ => format!("{}: {}, {said}", row.name, row.state.word()),
    };
    Line::styled(text::clean(&told), shared.look.style(Role::Text))
}

/// Line 22 in the view of reasons.
pub fn reason_sentence(live: &LiveRun, word: &str, shared: &Shared) -> Line<'static> {
    let reasons = live.reasons();
    let Some(line) = reasons.iter().find(|line| line.word == word) else { return Line::default() };
    let next = next(line.reason, shared);
    let told = format!("{word}: {}. {next}", line.sentence);
    Line::styled(told, shared.look.style(Role::Text))
}

/// What to do about a reason; without one, about what the guard keeps back.
pub fn next(reason: Option<PendingReason>, shared: &Shared) -> String {
    match (reason, shared.keymap.key_for(&CONTEXT, Verb::Confirm)) {
        (Some(reason), _) => advice::for_reason(reason, &CONTEXT, shared),
        (None, Some(key)) => format!("{} shows all such and asks.", key.label()),
        (None, None) => "They wait for a person to confirm them.".to_owned(),
    }
}

/// A file's name for a title: the last part of a path, in small letters, without anything odd.
pub fn stem(title: &str) -> String {
    let last = title.rsplit('/').next().unwrap_or_default().to_lowercase();
    let plain: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if plain.is_empty() { "devices".to_owned() } else { plain }
}
