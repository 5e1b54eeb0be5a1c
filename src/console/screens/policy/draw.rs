//! How the integration of a policy looks.

use super::{PolicyPage, Row};
use crate::commands::accounts::organization_page;
use crate::commands::new_link::NewLink;
use crate::commands::overview::{PolicyOverview, State};
use crate::console::overlays::sync::counts;
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::domain::{LinkTarget, Outcome, PendingReason, Run};
use crate::near;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The width of the words on the left.
const LABEL: usize = 14;
/// In front of the columns: cursor, icon.
const LEAD: u16 = 4;
const COLUMNS: [Column; 4] = [
    column("Device", 16, 40),
    column("Serial", 12, 12),
    column("Reason", 17, 20),
    column("Message", 20, 120),
];

pub fn header(page: &PolicyPage, shared: &Shared) -> Header {
    let left = Line::from(vec![
        Span::styled("Integration  ", shared.look.style(Role::Title)),
        Span::styled(text::clean(&page.path(shared)), shared.look.style(Role::Title)),
    ]);
    let off = shared.settings.is_some() && !shared.writes();
    let right = match off {
        true => Line::styled("writes OFF", shared.look.style(Role::Attention)),
        false => Line::default(),
    };
    Header { left, right }
}

/// The web page of the organization, where the account's name is known.
pub fn page(page: &PolicyPage, shared: &Shared) -> Option<String> {
    let snapshot = shared.snapshot.as_ref()?;
    let organization = page.row(shared)?.organization.as_ref()?.id;
    organization_page(&snapshot.accounts, organization)
}

/// The lines above the list.
fn facts(page: &PolicyPage, shared: &Shared, width: u16) -> Vec<Line<'static>> {
    let mut facts = Vec::new();
    let mut add = |label: &str, told: String, role: Role| {
        let room = usize::from(width).saturating_sub(LABEL + 1).max(10);
        for (at, line) in text::wrap(&text::clean_to(&told, 2048), room).into_iter().enumerate() {
            let label = text::pad(if at == 0 { label } else { "" }, LABEL);
            facts.push(Line::from(vec![
                Span::styled(label, shared.look.style(Role::Muted)),
                Span::styled(line, shared.look.style(role)),
            ]));
        }
    };
    let Some(row) = page.row(shared) else {
        let told = shared.state_trouble.clone().unwrap_or_else(|| "reading the state".into());
        add("", told, Role::Muted);
        return facts;
    };
    let (told, role) = organization(page, shared);
    add("Organization", told, role);
    if let Some(url) = self::page(page, shared) {
        add("", url, Role::Muted);
    }
    if let Some(link) = &page.unsaved {
        add("Not saved", format!("link {}", link.told()), Role::Attention);
        if let Some(told) = other_name(link, &row.policy.name) {
            add("", told, Role::Attention);
        }
        link.consequences().into_iter().for_each(|told| add("", told, Role::Attention));
        if link.uncovered > 0 {
            let policies = plural(link.uncovered, "policy", "policies");
            let stays = plural(link.uncovered, "stays", "stay");
            let told = format!(
                "{} {policies} below {stays} without a link; w covers what is below.",
                link.uncovered
            );
            add("", told, Role::Muted);
        }
    }
    let (told, role) = state(page, row);
    add("State", format!("{} {told}", row.state.icon(shared.look.glyphs.utf8)), role);
    add("Last run", last_run(page, shared), Role::Text);
    if row.organization.is_some() {
        add("Devices", page.standing.counts(), Role::Text);
        if page.standing.pending > 0 {
            add("Pending", page.standing.reasons(), Role::Text);
        }
        add("Next sync", next_sync(page, shared), Role::Text);
    } else if page.unsaved.is_none() {
        let told =
            "o chooses the organization; nothing is written to IT Glue before a plan is applied.";
        add("Next", told.into(), Role::Text);
    }
    facts
}

/// Said before a link is saved to another organization than before, not called as the policy.
fn other_name(link: &NewLink, policy: &str) -> Option<String> {
    let (id, name) = &link.organization;
    let same = |before: &LinkTarget| matches!(before, LinkTarget::Organization { id: was, .. } if was == id);
    if name == policy || link.before.as_ref().is_some_and(same) {
        return None;
    }
    let differs = match near::difference(policy, name) {
        Some(what) => format!("differs in {what} from"),
        None => "is not".to_owned(),
    };
    Some(format!("Its name {differs} the policy's, {policy}: look whether it is that client."))
}

fn state(page: &PolicyPage, row: &PolicyOverview) -> (String, Role) {
    let total = format!("{} {}", grouped(row.total), plural(row.total, "device", "devices"));
    let bound = grouped(page.standing.linked);
    match (row.state, &row.organization) {
        (State::Linked, _) if row.total == 0 => ("linked, no device".into(), Role::Linked),
        (State::Linked, _) => (format!("linked, {total} and all bound"), Role::Linked),
        (State::Attention, Some(_)) => {
            (format!("needs attention, {bound} of {total} bound"), Role::Attention)
        }
        (State::Attention, None) => (format!("needs attention, {total}"), Role::Attention),
        (State::NotLinked, _) => (format!("not linked, {total}"), Role::Unlinked),
    }
}

fn organization(page: &PolicyPage, shared: &Shared) -> (String, Role) {
    let Some(row) = page.row(shared) else { return (String::new(), Role::Muted) };
    let Some(linked) = &row.organization else {
        let told = match (row.kept_unlinked, row.policy.itglue_account_id) {
            (true, _) => "none; kept unlinked, so that links above don't cover it".into(),
            (false, Some(id)) => {
                format!("none; Addigy's own integration named organization {id}, see L")
            }
            (false, None) => "none".into(),
        };
        return (told, Role::Muted);
    };
    let mut told = format!("{} (id {})", linked.name, linked.id);
    if linked.inherited {
        let from = shared.snapshot.as_ref().and_then(|snapshot| {
            let known = &snapshot.known;
            let coverage = known.links.coverage(&known.tree, &page.policy)?;
            Some(known.tree.path_text(coverage.carried_by))
        });
        let from = from.unwrap_or_default();
        told.push_str(&format!(", {} inherited from {from}", shared.look.glyphs.inherited));
    } else if linked.with_children {
        told.push_str(", with the policies below");
    } else if below(page, shared) > 0 {
        told.push_str(", this policy alone");
    }
    if !row.exists {
        told.push_str("; Addigy has this policy no more");
    }
    (told, Role::Text)
}

/// How many policies stand right below.
fn below(page: &PolicyPage, shared: &Shared) -> usize {
    let Some(snapshot) = &shared.snapshot else { return 0 };
    snapshot.known.tree.children(Some(&page.policy)).count()
}

fn last_run(page: &PolicyPage, shared: &Shared) -> String {
    let runs = shared.snapshot.as_ref().map_or(&[][..], |snapshot| &snapshot.runs);
    let Some(run) = runs.iter().find(|run| run.policies.contains(&page.policy)) else {
        return "none yet".into();
    };
    let who = text::clean(&run.origin.who);
    let at = shared.moment(run.finished.unwrap_or(run.started));
    format!("{} by {who}, {at}: {}", run.id, outcome(run))
}

fn outcome(run: &Run) -> String {
    let counts = &run.counts;
    let all = [
        ("created", counts.created),
        ("activated", counts.activated),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("inactivated", counts.inactivated),
        ("pending", counts.pending),
    ];
    let told: Vec<String> =
        all.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word} {n}")).collect();
    let counts = if told.is_empty() { "no device".to_owned() } else { told.join(", ") };
    let word = match run.outcome {
        None => "under way",
        Some(Outcome::Done | Outcome::Pending) => return counts,
        Some(Outcome::Withheld) => "inactivations withheld",
        Some(Outcome::Busy) => "another run held the organization",
        Some(Outcome::Cancelled) => "stopped",
        Some(Outcome::Failed) => "failed",
    };
    format!("{word}; {counts}")
}

fn next_sync(page: &PolicyPage, shared: &Shared) -> String {
    match &page.planned {
        Some((at, prepared)) => format!("as planned {}: {}", shared.clock(*at), counts(prepared)),
        None => format!("{}. p plans it exactly.", page.standing.outlook()),
    }
}

/// How many lines stand above the list, its head included.
pub fn above(page: &PolicyPage, shared: &Shared, width: u16) -> u16 {
    let facts = facts(page, shared, width).len();
    // A blank line, and the heads where there are devices.
    u16::try_from(facts).unwrap_or(u16::MAX).saturating_add(1 + heads(page))
}

fn heads(page: &PolicyPage) -> u16 {
    u16::from(!page.standing.rows.is_empty() && page.unsaved.is_none())
}

pub fn draw(page: &PolicyPage, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let facts = facts(page, shared, area.width);
    let buf = frame.buffer_mut();
    for (y, line) in (area.y..area.bottom()).zip(&facts) {
        buf.set_line(area.x + 1, y, line, area.width.saturating_sub(1));
    }
    let top = area.y.saturating_add(above(page, shared, area.width));
    if heads(page) > 0 && top > area.y && top <= area.bottom() {
        let head = Rect { y: top - 1, height: 1, ..area };
        table::heads(buf, inner(head), &shared.look, &COLUMNS);
    }
    let visible = page.list.visible();
    let rows = page.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), row) in (top..area.bottom()).zip(visible).zip(rows) {
        let line = Rect { y, height: 1, ..area };
        draw_row(page, frame, line, shared, row);
        let selected = at == page.list.position();
        table::lead(frame.buffer_mut(), line, &shared.look, selected, false);
    }
}

fn inner(row: Rect) -> Rect {
    Rect { x: row.x + LEAD.min(row.width), width: row.width.saturating_sub(LEAD), ..row }
}

fn draw_row(page: &PolicyPage, frame: &mut Frame<'_>, area: Rect, shared: &Shared, row: &Row) {
    let look = &shared.look;
    let buf = frame.buffer_mut();
    let id = match row {
        Row::Device(id) => id,
        Row::Save => {
            let told = if page.saving { "[ Saving … ]" } else { "[ Save changes ]" };
            let told = if look.glyphs.utf8 { told } else { &told.replace('…', "...") };
            let width = area.width.saturating_sub(2).into();
            buf.set_stringn(
                area.x + 2.min(area.width),
                area.y,
                told,
                width,
                look.style(Role::Accent),
            );
            return;
        }
    };
    let Some(device) = page.standing.row(id) else { return };
    let (icon, role) = look.device(device.state);
    buf.set_stringn(area.x + 2.min(area.width), area.y, icon, 1, look.style(role));
    let cells: [Cell<'_>; 4] = [
        cell(text::clean(&device.name), look.style(Role::Text)),
        cell(device.serial.as_deref().map_or("-".into(), text::clean), look.style(Role::Muted)),
        cell(device.word(), look.style(role)),
        cell(text::clean(&device.message), look.style(Role::Text)),
    ];
    table::line(buf, inner(area), look, &COLUMNS, &cells);
}

pub fn sentence(page: &PolicyPage, shared: &Shared) -> Line<'static> {
    let told = match page.list.current() {
        Some(Row::Save) => "Enter saves the link and shows what a sync would do.".to_owned(),
        Some(Row::Device(id)) => match page.standing.row(id) {
            Some(device) => {
                format!("{}. {}", device.message.trim_end_matches('.'), next(device.reason))
            }
            None => String::new(),
        },
        None => match page.own(shared) {
            None if page.linked(shared) => {
                "U keeps it unlinked; o gives it a link of its own.".into()
            }
            Some(LinkTarget::KeptUnlinked) => "U lets links above cover it again.".into(),
            _ => String::new(),
        },
    };
    Line::styled(text::clean(&told), shared.look.style(Role::Text))
}

/// What to do next about a device, by the keys of this page.
fn next(reason: Option<PendingReason>) -> &'static str {
    match reason {
        None => "s asks, x releases what undo held.",
        Some(PendingReason::AmbiguousMatch | PendingReason::IdentityConflict) => {
            "b chooses the configuration."
        }
        Some(reason) if reason.needs_a_person() => "Enter shows both sides and what to do.",
        Some(_) => "r tries again.",
    }
}

/// Asked before the link takes the place of another, or lets devices go.
pub fn question(link: &NewLink) -> String {
    let (_, name) = &link.organization;
    match &link.before {
        Some(LinkTarget::Organization { name: before, .. }) if before != name => {
            format!("Link {} to {name} in place of {before}?", link.path)
        }
        _ => format!("Link {} to {name}?", link.path),
    }
}
