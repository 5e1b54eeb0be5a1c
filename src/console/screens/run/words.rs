//! What Devices Binding says of a row, a reason and the whole.

use super::CONTEXT;
use crate::console::keymap::Verb;
use crate::console::run::{LiveRun, Row, RowState, Step, minute, step};
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
        Some(pending) if text::width(&whole) > room => short_reason(pending.reason).to_owned(),
        _ => whole,
    }
}

/// What to do, where there is little room.
const fn brief(reason: PendingReason) -> &'static str {
    use PendingReason as R;
    match reason {
        R::NoIdentity => "binds it by hand",
        R::IdentityConflict => "chooses one",
        R::DuplicateSerial => "remove the stale one in Addigy",
        R::TwoOrganizations => "unlink one, or take it out of one",
        R::Contested => "find out who changes it",
        R::RejectedByItglue => "retries, once corrected",
        R::NotPermitted => "retries, once the key is checked",
        R::OrganizationMissing => "link it anew, or: bindery doctor",
        reason => step(reason).1,
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
    if row.action == "create" { String::new() } else { row.sent.clone() }
}

/// Line 22: all of a row's particulars, and what to do.
pub fn sentence(row: Option<&Row>, shared: &Shared) -> Line<'static> {
    let Some(row) = row else { return Line::default() };
    let said = whole_message(row, shared);
    let room = usize::from(shared.size.0);
    let told = match (row.state, &row.pending) {
        (RowState::Withheld, _) => {
            let key = with_key(Step::Confirm, "shows all such and asks", shared);
            format!("{} left its policy and is still active. {key}", row.name)
        }
        (RowState::Waiting, Some(pending)) => {
            let why = pending.reason.sentence();
            format!("{}: {why}. This run comes to it again.", row.name)
        }
        (state, Some(pending)) if !state.is_on_the_way() => {
            let (kind, next) = step(pending.reason);
            let why = if row.message.is_empty() { pending.reason.sentence() } else { &row.message };
            let next = with_key(kind, next, shared);
            let why = why.trim_end_matches('.');
            let whole = format!("{}: {why}. {next}", pending.reason.word());
            if text::width(&whole) <= room {
                whole
            } else {
                // The column says the reason; what to do must not be what is cut.
                let next = with_key(kind, brief(pending.reason), shared);
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
    let next = with_key(line.step, line.next, shared);
    let told = format!("{word}: {}. {next}", line.sentence);
    Line::styled(told, shared.look.style(Role::Text))
}

/// What to do, begun with its key where there is one: `b chooses one.`
pub fn with_key(step: Step, next: &str, shared: &Shared) -> String {
    let verb = match step {
        Step::Bind => Verb::Bind,
        Step::Retry => Verb::Retry,
        Step::Confirm => Verb::Confirm,
        Step::Release => Verb::Release,
        Step::Elsewhere => return format!("{}.", capital(next)),
    };
    match shared.keymap.key_for(&CONTEXT, verb) {
        Some(key) => format!("{} {next}.", key.label()),
        None => format!("{}.", capital(next)),
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A file's name for a title: the last part of a path, in small letters, without anything odd.
pub fn stem(title: &str) -> String {
    let last = title.rsplit('/').next().unwrap_or_default().to_lowercase();
    let plain: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if plain.is_empty() { "devices".to_owned() } else { plain }
}
