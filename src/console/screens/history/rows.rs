//! What the history lists: runs, and links made and removed between them.

use crate::commands::output::told;
use crate::console::look::Glyphs;
use crate::console::shared::{Shared, Snapshot};
use crate::console::theme::Role;
use crate::console::widgets::grouped;
use crate::domain::{LinkTarget, Outcome, PolicyId, Run, RunId};
use crate::store::LinkEvent;
use crate::text::clean;
use jiff::Timestamp;

/// So many changes of links are listed.
const LINKS: usize = 1000;

/// A row's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A run.
    Run(RunId),
    /// A change of a link: its place in the links' history, which is only added to.
    Link(usize),
}

/// How it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It ended.
    Ended(Outcome),
    /// Some process is at it.
    Running,
    /// It was broken off.
    Stopped,
    /// A change of a link, which has no outcome.
    Stored,
}

impl Standing {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ended(outcome) => outcome.word(),
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Stored => "stored",
        }
    }

    /// The symbol, and what it is for.
    pub const fn icon(self, glyphs: &Glyphs) -> (&'static str, Role) {
        let (utf8, ascii, role) = match self {
            Self::Ended(Outcome::Done) => ("●", "*", Role::Linked),
            Self::Ended(Outcome::Pending) => ("◐", "!", Role::Attention),
            Self::Ended(Outcome::Withheld) => ("#", "#", Role::Danger),
            Self::Ended(Outcome::Busy) => ("·", ".", Role::Waiting),
            Self::Ended(Outcome::Cancelled) | Self::Stopped => ("×", "x", Role::Attention),
            Self::Ended(Outcome::Failed) => ("×", "x", Role::Danger),
            Self::Running => ("↑", "^", Role::Working),
            Self::Stored => (" ", " ", Role::Muted),
        };
        (if glyphs.utf8 { utf8 } else { ascii }, role)
    }
}

/// One row, its texts cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: Key,
    /// When it began.
    pub at: Timestamp,
    /// When it ended, or was last heard of.
    pub ended: Timestamp,
    /// What kind it is.
    pub kind: &'static str,
    /// Who, with the SSH client's address.
    pub who: String,
    /// On which host; empty where that was not kept.
    pub host: String,
    /// The policy's path, or how many.
    pub policies: String,
    /// The policy's own name, or how many.
    pub policy: String,
    /// How it came out.
    pub standing: Standing,
    /// What it did.
    pub did: String,
}

impl Entry {
    /// Whether a person should look at it.
    pub const fn wants_attention(&self) -> bool {
        !matches!(
            self.standing,
            Standing::Ended(Outcome::Done) | Standing::Running | Standing::Stored
        )
    }
}

/// Everything, newest first.
pub fn entries(snapshot: &Snapshot) -> Vec<Entry> {
    let runs = snapshot.runs.iter().map(|run| of_run(run, snapshot));
    let links = snapshot.link_events.iter().enumerate().rev().take(LINKS);
    let mut entries: Vec<Entry> =
        runs.chain(links.map(|(at, event)| of_link(at, event, snapshot))).collect();
    // Stable: of one moment the runs stay in their order.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    entries
}

pub fn of_run(run: &Run, snapshot: &Snapshot) -> Entry {
    let standing = match run.outcome {
        Some(outcome) => Standing::Ended(outcome),
        None if snapshot.is_running(run.id) => Standing::Running,
        None => Standing::Stopped,
    };
    let counts = told(&run.counts);
    let did = match standing {
        Standing::Running | Standing::Stopped => {
            let (done, total) = snapshot.progress(run);
            format!("{}/{} devices", grouped(done), grouped(total))
        }
        _ if counts.is_empty() => "nothing".to_owned(),
        _ => counts.join(", "),
    };
    Entry {
        key: Key::Run(run.id),
        at: run.started,
        ended: snapshot.ended(run),
        kind: run.kind.word(),
        who: clean(&run.origin.who),
        host: clean(&run.origin.host),
        policies: policies(&run.policies, snapshot),
        policy: match run.policies.as_slice() {
            [only] => name(only, snapshot),
            several => policies(several, snapshot),
        },
        standing,
        did,
    }
}

/// The policy's path, or how many they are.
pub fn policies(policies: &[PolicyId], snapshot: &Snapshot) -> String {
    match policies {
        [] => "no policy".to_owned(),
        [only] => path(only, snapshot),
        several => format!("{} policies", grouped(several.len())),
    }
}

fn path(policy: &PolicyId, snapshot: &Snapshot) -> String {
    // One that Addigy lists no more has only its id.
    clean(&snapshot.known.tree.path_text(policy))
}

fn name(policy: &PolicyId, snapshot: &Snapshot) -> String {
    let known = snapshot.known.tree.get(policy);
    known.map_or_else(|| path(policy, snapshot), |policy| clean(&policy.name))
}

fn of_link(at: usize, event: &LinkEvent, snapshot: &Snapshot) -> Entry {
    let (kind, did) = match &event.target {
        Some(LinkTarget::Organization { name, with_children, .. }) => {
            let below = if *with_children { ", with the policies below" } else { "" };
            ("link", format!("{}{below}", clean(name)))
        }
        Some(LinkTarget::KeptUnlinked) => ("unlink", "kept unlinked".to_owned()),
        None => ("inherit", "links above count again".to_owned()),
    };
    Entry {
        key: Key::Link(at),
        at: event.at,
        ended: event.at,
        kind,
        who: clean(&event.who),
        host: String::new(),
        policies: path(&event.policy_id, snapshot),
        policy: name(&event.policy_id, snapshot),
        standing: Standing::Stored,
        did,
    }
}

/// The entry as a whole sentence: what its row has no room for.
pub fn sentence(entry: &Entry, shared: &Shared) -> String {
    let Entry { kind, who, policies, did, .. } = entry;
    let began = day_and_time(entry.at, shared);
    let Key::Run(id) = entry.key else {
        return format!("{policies}: {kind} by {who}, {began}: {did}.");
    };
    let host = match entry.host.is_empty() || who.contains(&entry.host) {
        true => String::new(),
        false => format!(" on {}", entry.host),
    };
    let by = format!("Run {id} by {who}{host}");
    let ended = shared.moment_short(entry.ended);
    match entry.standing {
        Standing::Running => format!("{by} is running since {began}, {did} so far."),
        Standing::Stopped => format!("{by} broke off at {ended} with {did} done."),
        Standing::Ended(_) | Standing::Stored => format!("{by}, {began}: {did}."),
    }
}

/// The time today, else month, day and time, else the date.
pub fn day_and_time(at: Timestamp, shared: &Shared) -> String {
    let here = at.to_zoned_datetime(shared.zone.clone());
    let today = shared.now.to_zoned_datetime(shared.zone.clone());
    let form = match (here.date() == today.date(), here.year() == today.year()) {
        (true, _) => "%H:%M",
        (false, true) => "%m-%d %H:%M",
        (false, false) => "%Y-%m-%d",
    };
    here.strftime(form).to_string()
}
