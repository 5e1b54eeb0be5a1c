//! How the list of all devices looks.

use super::{CONTEXT, Devices};
use crate::console::advice;
use crate::console::fleet::FleetRow;
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The columns at 80; wider terminals show the rest.
const COLUMNS: [Column; 9] = [
    column("State", 10, 10),
    column("Device", 16, 40),
    column("Serial", 12, 14),
    column("Policy", 14, 40),
    column("Organization", 14, 32),
    column("Reason", 18, 18).from(100),
    column("IP", 15, 15).from(115),
    column("MAC", 17, 17).from(150),
    column("Model", 12, 26).from(165),
];
/// In front of the columns: cursor, icon.
const LEAD: u16 = 4;
/// Where the policy's column stands.
const POLICY: usize = 3;

pub fn header(screen: &Devices, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let left = Line::styled("Devices", style(Role::Title));
    let Some(snapshot) = &shared.snapshot else {
        return Header { left, right: Line::styled("reading the state", style(Role::Muted)) };
    };
    let (shown, all) = (screen.list.rows().len(), snapshot.fleet.rows().len());
    let devices = plural(all, "device", "devices");
    let count = match screen.list.filter.text().trim() {
        "" => format!("{} {devices}", grouped(all)),
        _ => format!("{} of {} {devices}", grouped(shown), grouped(all)),
    };
    let Some(at) = snapshot.known.as_of else {
        let told = if shared.reading { "reading from Addigy" } else { "Addigy was not read yet" };
        return Header { left, right: Line::styled(told, style(Role::Muted)) };
    };
    let told = format!("{count}, as of {}", shared.moment(at));
    let right = if shared.reading {
        Line::styled(format!("{told}, reading"), style(Role::Muted))
    } else if shared.read_trouble.is_some() {
        Line::styled(format!("{told}, not read since"), style(Role::Danger))
    } else {
        Line::styled(told, style(Role::Muted))
    };
    Header { left, right }
}

pub fn sentence(row: Option<&FleetRow>, shared: &Shared) -> Line<'static> {
    let Some(row) = row else { return Line::default() };
    let told = advice::line(&row.name, &row.standing, &CONTEXT, shared);
    Line::styled(told, shared.look.style(Role::Text))
}

pub fn draw(screen: &Devices, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if area.height < 3 {
        return;
    }
    let help = "name, serial, MAC, IP, id; state:… reason:… policy:… org:… (Tab completes)";
    let filter = Rect { height: 1, ..area };
    draw_search(screen, frame, filter, shared, help);
    let columns = |row: Rect| Rect {
        x: row.x + LEAD.min(row.width),
        width: row.width.saturating_sub(LEAD),
        ..row
    };
    let head = columns(Rect { y: area.y + 1, height: 1, ..area });
    table::heads(frame.buffer_mut(), head, &shared.look, &COLUMNS);
    let rows = Rect { y: area.y + 2, height: area.height - 2, ..area };
    let Some(snapshot) = shared.snapshot.as_deref() else {
        return empty(frame, rows, shared, shared.state_trouble.as_deref().unwrap_or_default());
    };
    if screen.list.rows().is_empty() {
        return empty(frame, rows, shared, &nothing(screen, shared));
    }
    let visible = screen.list.visible();
    let shown = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), id) in (rows.y..rows.bottom()).zip(visible).zip(shown) {
        let Some(device) = snapshot.fleet.get(id) else { continue };
        let line = Rect { y, height: 1, ..area };
        draw_row(frame, line, columns(line), device, shared);
        let selected = at == screen.list.position();
        table::lead(frame.buffer_mut(), line, &shared.look, selected, false);
    }
}

/// The search line: as a filter, but it says what can be searched for.
fn draw_search(screen: &Devices, frame: &mut Frame<'_>, area: Rect, shared: &Shared, help: &str) {
    screen.list.filter.draw(frame, area, shared, help, "");
    let muted = shared.look.style(Role::Muted);
    frame.buffer_mut().set_stringn(area.x, area.y, "Search: ", area.width.into(), muted);
}

fn draw_row(frame: &mut Frame<'_>, line: Rect, inner: Rect, row: &FleetRow, shared: &Shared) {
    let look = &shared.look;
    let (icon, role) = match row.looks_like() {
        Some(state) => look.device(state),
        None if look.glyphs.utf8 => ("○", Role::Unlinked),
        None => (".", Role::Unlinked),
    };
    if line.width > 2 {
        frame.buffer_mut().set_stringn(line.x + 2, line.y, icon, 1, look.style(role));
    }
    let widths = table::widths(&COLUMNS, inner.width);
    let room = usize::from(widths.get(POLICY).copied().unwrap_or_default());
    let (plain, muted) = (look.style(Role::Text), look.style(Role::Muted));
    let cells: [Cell<'_>; 9] = [
        cell(row.state(), look.style(role)),
        cell(row.name.as_str(), plain),
        cell(row.serial.as_str(), muted),
        cell(end_of_path(&row.policy, room, look.glyphs.cut), plain),
        organization(row, plain, muted),
        cell(row.reason(), look.style(Role::Attention)),
        cell(row.ip.as_str(), muted),
        cell(row.mac.as_str(), muted),
        cell(row.model.as_str(), muted),
    ];
    table::line(frame.buffer_mut(), inner, look, &COLUMNS, &cells);
}

fn organization(row: &FleetRow, plain: Style, muted: Style) -> Cell<'_> {
    match (row.organization.as_str(), row.gone) {
        ("", true) => cell("(gone from Addigy)", muted),
        ("", false) => cell("-", muted),
        (name, _) => cell(name, plain),
    }
}

/// As much of a path's end as there is room for: the last policy tells most.
pub fn end_of_path(path: &str, room: usize, cut: &str) -> String {
    if text::width(path) <= room {
        return path.to_owned();
    }
    let mut rest = path;
    while let Some((_, below)) = rest.split_once('/') {
        rest = below;
        let shortened = format!("{cut}/{rest}");
        if text::width(&shortened) <= room {
            return shortened;
        }
    }
    rest.to_owned()
}

fn nothing(screen: &Devices, shared: &Shared) -> String {
    let as_of = shared.snapshot.as_ref().and_then(|snapshot| snapshot.known.as_of);
    let query = text::clean(screen.list.filter.text().trim());
    match (as_of, query.as_str()) {
        (_, _) if shared.reading => "Reading policies and devices from Addigy.".into(),
        (None, _) => "Addigy has not been read yet. Esc, then R reads it.".into(),
        (Some(_), "") => "Addigy has no device. R reads again.".into(),
        (Some(at), query) => format!(
            "No device answers to {query}, as of {}. If it is new, Esc and R read Addigy again. A \
             name may be shortened, and a serial number or MAC address too.",
            shared.moment(at)
        ),
    }
}

fn empty(frame: &mut Frame<'_>, area: Rect, shared: &Shared, told: &str) {
    let lines = text::wrap(&text::clean(told), usize::from(area.width.saturating_sub(4)).max(1));
    for (y, line) in (area.y.saturating_add(1)..area.bottom()).zip(lines) {
        let line = Line::from(Span::styled(line, shared.look.style(Role::Muted)));
        frame.buffer_mut().set_line(area.x + 2.min(area.width), y, &line, area.width);
    }
}
