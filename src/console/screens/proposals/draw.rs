//! How link proposals look.

use super::Proposals;
use crate::commands::proposals::Proposal;
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Above the list: the filter, how far the search is, the heads.
pub const ABOVE: u16 = 3;
/// In front of the columns: cursor, mark.
const LEAD: u16 = 3;
const COLUMNS: [Column; 4] = [
    column("", 5, 5),
    column("Policy", 22, 60),
    column("Organization", 18, 50),
    column("Evidence, or why it is left", 24, 120),
];

/// The place of the policy among the columns.
const POLICY: usize = 1;

pub fn header(screen: &Proposals, shared: &Shared) -> Header {
    let all = screen.found.as_ref().map_or(0, |found| found.len());
    let title = Line::styled("Link proposals", shared.look.style(Role::Title));
    let right = match (&shared.organizations, all) {
        (None, _) => String::new(),
        (Some(listing), _) => format!("organizations: {}", listing.told()),
    };
    Header { left: title, right: Line::styled(right, shared.look.style(Role::Muted)) }
}

/// How far the search is, in words.
fn standing(screen: &Proposals, shared: &Shared) -> (String, Role) {
    if let Some(trouble) = &screen.trouble {
        return (format!("Proposals could not be made: {trouble}"), Role::Danger);
    }
    let listing = shared.organizations.as_ref();
    if let Some(trouble) = listing.and_then(|listing| listing.trouble()) {
        return (format!("Names are not compared, the list stopped (F5): {trouble}"), Role::Danger);
    }
    let complete = listing.is_some_and(|listing| listing.is_complete());
    let Some(found) = &screen.found else {
        let frames = shared.look.glyphs.spinner;
        let turn = frames.get(shared.spin % frames.len().max(1)).copied().unwrap_or("");
        return (format!("{turn} Looking for links that suggest themselves."), Role::Working);
    };
    let takes = found.iter().filter(|proposal| proposal.take).count();
    let left = found.len() - takes;
    let is = plural(left, "is", "are");
    let counted = match (takes, left) {
        (0, 0) => "Nothing suggests itself so far.".to_owned(),
        (_, 0) => format!("{} can be accepted.", grouped(takes)),
        (0, _) => {
            format!("None can be accepted; {} {is} left, and the row says why.", grouped(left))
        }
        _ => format!(
            "{} can be accepted; {} {is} left, and the row says why.",
            grouped(takes),
            grouped(left)
        ),
    };
    match complete {
        true => (counted, Role::Text),
        false => (format!("{counted} Names are compared once all are listed."), Role::Working),
    }
}

pub fn draw(screen: &Proposals, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if area.height < ABOVE {
        return;
    }
    let accepted = screen.accepted().len();
    let right =
        if accepted == 0 { String::new() } else { format!("{} accepted", grouped(accepted)) };
    let top = Rect { height: 1, ..area };
    screen.list.filter.draw(frame, top, shared, "words of the policy or why", &right);
    let (told, role) = standing(screen, shared);
    let told = text::truncate(&text::clean(&told), area.width.into(), shared.look.glyphs.cut);
    let buf = frame.buffer_mut();
    buf.set_stringn(area.x, area.y + 1, told, area.width.into(), shared.look.style(role));
    let inner = |row: Rect| Rect {
        x: row.x + LEAD.min(row.width),
        width: row.width.saturating_sub(LEAD),
        ..row
    };
    if screen.list.rows().is_empty() {
        return empty(screen, frame, area, shared);
    }
    table::heads(buf, inner(Rect { y: area.y + 2, height: 1, ..area }), &shared.look, &COLUMNS);
    let widths = table::widths(&COLUMNS, inner(area).width);
    let room = usize::from(widths.get(POLICY).copied().unwrap_or_default());
    let visible = screen.list.visible();
    let rows = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), id) in (area.y + ABOVE..area.bottom()).zip(visible).zip(rows) {
        let Some(proposal) = screen.proposal(id) else { continue };
        let row = Rect { y, height: 1, ..area };
        let cells = cells(screen, proposal, room, shared);
        table::line(buf, inner(row), &shared.look, &COLUMNS, &cells);
        let marked = screen.list.marks().contains(id);
        table::lead(buf, row, &shared.look, at == screen.list.position(), marked);
    }
}

/// The end of a path, which tells more than its beginning.
fn tail(path: &str, room: usize, cut: &str) -> String {
    if text::width(path) <= room {
        return path.to_owned();
    }
    let mut rest = path.chars();
    while rest.next().is_some() {
        let shown = format!("{cut}{}", rest.as_str());
        if text::width(&shown) <= room {
            return shown;
        }
    }
    String::new()
}

fn cells(
    screen: &Proposals,
    proposal: &Proposal,
    room: usize,
    shared: &Shared,
) -> [Cell<'static>; 4] {
    let look = &shared.look;
    let failed = screen.left.get(&proposal.policy_id);
    let (word, role) = match (failed, proposal.take) {
        (Some(_), _) => ("left", Role::Danger),
        (None, true) => ("link", Role::Linked),
        (None, false) => ("leave", Role::Muted),
    };
    let text_role = if proposal.take { Role::Text } else { Role::Muted };
    let organization = match &proposal.organization {
        Some((id, name)) => format!("{} ({id})", text::clean(name)),
        None => "-".into(),
    };
    let why = failed.unwrap_or(&proposal.why);
    [
        cell(word, look.style(role)),
        cell(tail(&text::clean(&proposal.path), room, look.glyphs.cut), look.style(text_role)),
        cell(organization, look.style(text_role)),
        cell(text::clean(why), look.style(Role::Muted)),
    ]
}

fn empty(screen: &Proposals, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let complete = shared.organizations.as_ref().is_some_and(|listing| listing.is_complete());
    let told = match (&screen.found, screen.list.filter.text().is_empty(), complete) {
        (_, false, _) => "No proposal fits the filter. Esc clears it.",
        (Some(_), true, true) => {
            "No link suggests itself: no policy without a link carries an itglue_account_id or is \
             called exactly as an organization. o on a policy chooses one by its name."
        }
        _ => return,
    };
    let lines = text::wrap(told, usize::from(area.width.saturating_sub(4)).max(1));
    for (y, line) in (area.y + ABOVE..area.bottom()).zip(lines) {
        let style = shared.look.style(Role::Muted);
        frame.buffer_mut().set_stringn(area.x + 2, y, line, area.width.into(), style);
    }
}

pub fn sentence(screen: &Proposals, shared: &Shared) -> Line<'static> {
    let Some(proposal) = screen.list.current().and_then(|id| screen.proposal(id)) else {
        return Line::default();
    };
    let why = screen.left.get(&proposal.policy_id).unwrap_or(&proposal.why);
    let told = match &proposal.organization {
        Some((id, name)) => format!("{name} (id {id}): {why}."),
        None => format!("{}: {why}.", proposal.path),
    };
    Line::styled(text::clean(&told), shared.look.style(Role::Text))
}
