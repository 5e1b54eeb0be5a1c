//! What to do about a device, in the console's words: a key where one helps.

use super::keymap::{Context, Verb};
use super::run::{self, Step};
use super::shared::Shared;
use crate::commands::device::standing::Standing;
use crate::commands::status::capitalized;
use crate::domain::PendingReason;
use crate::text;

/// The next step for a device that stands so, with the key that does it in `place`; nothing where all
/// is well.
pub fn next(standing: &Standing, place: &'static Context, shared: &Shared) -> String {
    let (verb, told) = match standing {
        Standing::Held(_) => (Some(Verb::Release), "lets syncs touch it again"),
        Standing::Chosen | Standing::NotSynced => (Some(Verb::Sync), "syncs it"),
        Standing::Pending(pending) => step(pending.reason),
        Standing::Withheld => (None, "the plan of its policy shows it and asks"),
        Standing::Linked(_) => return String::new(),
        Standing::Leaving => (None, "the next sync of its policy sets its configuration inactive"),
        Standing::NotLinked => (None, "link its policy to an organization: 1, then o"),
    };
    phrase(verb, told, place, shared)
}

/// The next step for a pending device; see [`next`].
pub fn for_reason(reason: PendingReason, place: &'static Context, shared: &Shared) -> String {
    let (verb, told) = step(reason);
    phrase(verb, told, place, shared)
}

/// The same in a few words, for a line with little room.
pub fn brief(reason: PendingReason, place: &'static Context, shared: &Shared) -> String {
    use PendingReason as R;
    let (verb, told) = step(reason);
    let told = match reason {
        R::NoIdentity => "binds it by hand",
        R::IdentityConflict => "chooses one",
        R::DuplicateSerial => "remove the stale one in Addigy",
        R::TwoOrganizations => "unlink one, or take it out of one",
        R::Contested => "find out who changes it",
        R::RejectedByItglue => "retries, once corrected",
        R::NotPermitted => "retries, once the key is checked",
        R::OrganizationMissing => "link it anew, or: bindery doctor",
        _ => told,
    };
    phrase(verb, told, place, shared)
}

/// How a device stands, in one line: whole where that fits, else the particulars and the next step.
pub fn line(name: &str, standing: &Standing, place: &'static Context, shared: &Shared) -> String {
    let next = next(standing, place, shared);
    let whole = format!("{name}: {} {next}", standing.sentence(&|at| shared.moment(at)));
    let whole = text::clean(whole.trim_end());
    match standing {
        Standing::Pending(pending) if text::width(&whole) > usize::from(shared.size.0) => {
            let told = match pending.message.as_str() {
                "" => pending.reason.sentence(),
                message => message.trim_end_matches('.'),
            };
            let word = pending.reason.word();
            let short = text::clean(&format!("{word}: {told}. {next}"));
            // Where something is cut it is not what to do.
            match text::width(&short) > usize::from(shared.size.0) {
                true => text::clean(&format!("{word}: {next} {}.", capitalized(told))),
                false => short,
            }
        }
        _ => whole,
    }
}

fn phrase(verb: Option<Verb>, told: &str, place: &'static Context, shared: &Shared) -> String {
    match verb.and_then(|verb| shared.keymap.key_for(place, verb)) {
        Some(key) => format!("{} {told}.", key.label()),
        None => format!("Next: {told}."),
    }
}

/// What helps against a reason: the key's verb, and what it does, else what to do elsewhere.
const fn step(reason: PendingReason) -> (Option<Verb>, &'static str) {
    let (step, told) = run::step(reason);
    let verb = match step {
        Step::Bind => Some(Verb::Bind),
        Step::Retry => Some(Verb::Retry),
        Step::Release => Some(Verb::Release),
        Step::Confirm | Step::Elsewhere => None,
    };
    (verb, told)
}
