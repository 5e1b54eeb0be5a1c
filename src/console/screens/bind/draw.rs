//! How binding by hand looks: the candidates above, the one under the cursor beside the device below.

use super::candidates::Likeness;
use super::{Bind, Work};
use crate::commands::hand;
use crate::console::screen::Header;
use crate::console::screens::device::sides;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::domain::{Configuration, Device};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

const COLUMNS: [Column; 6] = [
    column("Id", 8, 12),
    column("Name", 16, 44),
    column("Serial", 12, 16),
    column("Status", 8, 20),
    column("What speaks for it", 18, 20),
    column("Held by", 16, 32).from(100),
];
/// In front of the columns: the cursor.
const LEAD: u16 = 2;
/// The comparison: its head, five fields, the status.
const COMPARED: u16 = 7;
/// Sentence, heads, a free line, and the line for another one.
const AROUND: u16 = 5;

/// How many candidates are seen at once.
pub fn list_height(height: u16) -> u16 {
    height.saturating_sub(COMPARED + AROUND).max(2)
}

pub fn header(screen: &Bind, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let name = screen.device(shared).map_or_else(String::new, Device::label);
    let left = Line::from(vec![
        Span::styled("Bind by hand", style(Role::Title)),
        Span::styled(format!("  {}", text::clean(&name)), style(Role::Text)),
    ]);
    let spinner = shared.look.glyphs.spinner;
    let turn = spinner.get(shared.spin % spinner.len().max(1)).copied().unwrap_or("");
    let right = match &screen.work {
        Work::Nothing => String::new(),
        Work::Listing => format!("{turn} reading configurations, Esc stops"),
        Work::Reading(named) => format!("{turn} reading {}", text::clean(named)),
        Work::Storing => format!("{turn} storing the choice"),
    };
    Header { left, right: Line::styled(right, style(Role::Working)) }
}

pub fn sentence(screen: &Bind, shared: &Shared) -> Line<'static> {
    let style = |role| shared.look.style(role);
    if let Some(trouble) = &screen.trouble {
        return Line::styled(text::clean(trouble), style(Role::Danger));
    }
    let (Some(configuration), Some(device), Some(snapshot)) =
        (screen.current(), screen.device(shared), &shared.snapshot)
    else {
        return Line::default();
    };
    let id = configuration.id;
    let told = match hand::holder(&snapshot.known, device, id) {
        Some(other) => format!(
            "Configuration {id} is held by {}, which is still in Addigy: bind that one first.",
            other.label()
        ),
        None => format!("Enter asks whether it is {id}. That writes nothing; the next sync does."),
    };
    Line::styled(text::clean(&told), style(Role::Text))
}

pub fn draw(screen: &Bind, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let style = |role| shared.look.style(role);
    let line = |y: u16| Rect { y: area.y.saturating_add(y), height: 1, ..area };
    let put = |frame: &mut Frame<'_>, y: u16, line: Line<'static>| {
        if y < area.height {
            frame.buffer_mut().set_line(area.x, area.y + y, &line, area.width);
        }
    };
    put(frame, 0, Line::styled(intro(screen, shared), style(Role::Text)));
    let rows = list_height(area.height);
    if screen.found.is_empty() {
        let told = nothing(screen, shared);
        let lines = text::wrap(&told, usize::from(area.width.saturating_sub(4)).max(1));
        for (y, told) in (2..rows + 2).zip(lines) {
            put(frame, y, Line::styled(format!("  {told}"), style(Role::Muted)));
        }
    } else {
        if area.height > 1 {
            table::heads(frame.buffer_mut(), columns(line(1)), &shared.look, &COLUMNS);
        }
        draw_list(screen, frame, Rect { y: area.y + 2, height: rows, ..area }, shared);
    }
    let below = rows + 3;
    if let (Some(device), Some(configuration)) = (screen.device(shared), screen.current()) {
        let lines = sides::beside(device, configuration, usize::from(area.width), shared);
        for (y, line) in (below..).zip(lines) {
            put(frame, y, line);
        }
    }
    draw_another(screen, frame, line(below + COMPARED + 1), area, shared);
}

fn intro(screen: &Bind, shared: &Shared) -> String {
    let name = screen.device(shared).map_or_else(|| screen.device.to_string(), Device::label);
    let organization = shared
        .snapshot
        .as_ref()
        .and_then(|snapshot| snapshot.fleet.get(&screen.device))
        .map(|row| row.organization.clone())
        .filter(|name| !name.is_empty());
    let of = organization.map_or_else(String::new, |name| format!(" of {name}"));
    text::clean(&format!("Which configuration{of} is that of {name}?"))
}

fn nothing(screen: &Bind, shared: &Shared) -> String {
    match (&screen.trouble, &screen.work, screen.device(shared)) {
        (Some(trouble), ..) => text::clean(trouble),
        (None, Work::Listing, _) => "Reading the organization's configurations.".into(),
        (None, _, None) => "Addigy lists this device no more, so there is nothing to bind.".into(),
        _ => "No configuration of its organization has its serial number, its MAC address or a \
              similar name. i takes another by its id or its address in IT Glue."
            .into(),
    }
}

fn columns(row: Rect) -> Rect {
    Rect { x: row.x + LEAD.min(row.width), width: row.width.saturating_sub(LEAD), ..row }
}

fn draw_list(screen: &Bind, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let area = area.intersection(frame.area());
    let Some(device) = screen.device(shared) else { return };
    let visible = screen.list.visible();
    let shown = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), id) in (area.y..area.bottom()).zip(visible).zip(shown) {
        let Some(configuration) = screen.found.iter().find(|c| c.id == *id) else { continue };
        let line = Rect { y, height: 1, ..area };
        let cells = cells(device, configuration, shared);
        table::line(frame.buffer_mut(), columns(line), &shared.look, &COLUMNS, &cells);
        let selected = at == screen.list.position();
        table::lead(frame.buffer_mut(), line, &shared.look, selected, false);
    }
}

fn cells(device: &Device, configuration: &Configuration, shared: &Shared) -> [Cell<'static>; 6] {
    let style = |role| shared.look.style(role);
    let holder = shared
        .snapshot
        .as_ref()
        .and_then(|snapshot| hand::holder(&snapshot.known, device, configuration.id));
    let likeness = Likeness::of(device, configuration);
    let why = match (holder, bound_now(device, configuration, shared)) {
        (Some(_), _) => cell("held by another", style(Role::Danger)),
        (None, true) => cell("bound to it now", style(Role::Linked)),
        (None, false) => cell(likeness.words(), style(Role::Accent)),
    };
    let text = |value: &Option<String>| text::clean(value.as_deref().unwrap_or("-"));
    let status = sides::status_words(configuration.status_id, None, shared);
    let status = if configuration.archived { "archived".to_owned() } else { status };
    let holder = holder.map_or_else(String::new, |other| text::clean(&other.label()));
    [
        cell(configuration.id.to_string(), style(Role::Text)),
        cell(text(&configuration.name), style(Role::Text)),
        cell(text(&configuration.serial_number), style(Role::Text)),
        cell(status, style(Role::Muted)),
        why,
        cell(holder, style(Role::Danger)),
    ]
}

fn bound_now(device: &Device, configuration: &Configuration, shared: &Shared) -> bool {
    shared.snapshot.as_ref().is_some_and(|snapshot| {
        let mut bindings = snapshot.known.bindings.iter();
        bindings.any(|binding| {
            binding.device_id == device.id
                && binding.configuration_id == configuration.id
                && binding.is_bound()
        })
    })
}

/// The line in which another one is named.
fn draw_another(screen: &Bind, frame: &mut Frame<'_>, line: Rect, area: Rect, shared: &Shared) {
    let line = line.intersection(area);
    let Some(field) = &screen.another else { return };
    if line.is_empty() {
        return;
    }
    let label = "Id or address: ";
    let muted = shared.look.style(Role::Muted);
    frame.buffer_mut().set_stringn(line.x, line.y, label, line.width.into(), muted);
    let taken = u16::try_from(label.len()).unwrap_or(0).min(line.width);
    let field_area = Rect { x: line.x + taken, width: line.width - taken, ..line };
    field.draw(frame, field_area, &shared.look, true);
    if field.is_empty() {
        let help = "https://acme.itglue.com/1024/configurations/900001";
        let width = usize::from(field_area.width.saturating_sub(1));
        let help = text::truncate(help, width, shared.look.glyphs.cut);
        frame.buffer_mut().set_stringn(field_area.x + 1, line.y, help, width, muted);
    }
}
