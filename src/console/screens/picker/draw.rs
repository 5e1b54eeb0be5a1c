//! How the organization picker looks.

use super::{Asked, Picker, Row};
use crate::commands::status::capitalized;
use crate::console::look::Look;
use crate::console::organizations::NearName;
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column, widths};
use crate::domain::Organization;
use crate::text;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

/// Above the list: the field, two lines on how the question stands, the heads.
pub const ABOVE: u16 = 5;
/// In front of the columns: the cursor.
const LEAD: u16 = 2;
/// What stands before the field.
const LABEL: &str = "Name  ";
/// The place of the name among the columns.
const NAME: usize = 1;

pub fn header(picker: &Picker, shared: &Shared) -> Header {
    let path = shared.snapshot.as_ref().map_or_else(
        || picker.policy.to_string(),
        |snapshot| snapshot.known.tree.path_text(&picker.policy),
    );
    let left = Line::from(vec![
        Span::styled("Organization for ", shared.look.style(Role::Title)),
        Span::styled(text::clean(&path), shared.look.style(Role::Title)),
    ]);
    let right = match &shared.organizations {
        None => Line::default(),
        Some(listing) => {
            let role = if listing.trouble().is_some() { Role::Danger } else { Role::Muted };
            let stopped = if listing.trouble().is_some() { ", stopped (F5)" } else { "" };
            Line::styled(format!("{}{stopped}", listing.told()), shared.look.style(role))
        }
    };
    Header { left, right }
}

/// How the exact question stands, in words.
fn standing(picker: &Picker, shared: &Shared) -> (String, Role) {
    if picker.wanted().is_empty() {
        return (
            "Type the organization's exact name, as IT Glue shows it, or its id as id:1024.".into(),
            Role::Muted,
        );
    }
    match &picker.asked {
        Asked::Not => {
            ("IT Glue is asked when you stop typing; Enter asks at once.".into(), Role::Muted)
        }
        Asked::Asking => match picker.waits {
            Some((service, until, why)) => (
                format!(
                    "{service}: {why}. Waiting until {}; nothing is lost.",
                    shared.clock(until)
                ),
                Role::Waiting,
            ),
            None => {
                let frames = shared.look.glyphs.spinner;
                let turn = frames.get(shared.spin % frames.len().max(1)).copied().unwrap_or("");
                (format!("{turn} Asking IT Glue for exactly this name."), Role::Working)
            }
        },
        Asked::Failed(trouble) => {
            let told = capitalized(trouble.trim_end_matches('.'));
            (format!("{told}. Enter asks again."), Role::Danger)
        }
        Asked::Found(found) => match found.as_slice() {
            [] => (nobody(picker, shared), Role::Attention),
            [_] => {
                ("One organization has exactly this name. Enter chooses it.".into(), Role::Linked)
            }
            several => (
                format!(
                    "{} organizations have exactly this name; id, type, status and short name tell \
                     them apart. The arrow keys choose one.",
                    several.len()
                ),
                Role::Attention,
            ),
        },
    }
}

fn nobody(picker: &Picker, shared: &Shared) -> String {
    let none = "No organization has exactly this name.";
    let Some(listing) = &shared.organizations else { return none.into() };
    if let Some(trouble) = listing.trouble().filter(|_| listing.index.is_empty()) {
        return format!("{none} Near names could not be listed: {trouble}");
    }
    if !picker.near.is_empty() {
        return format!("{none} These come near; choosing one asks for its exact name.");
    }
    match (listing.is_complete(), picker.among) {
        (true, Some(_)) => format!("{none} None comes near, either."),
        (false, Some(_)) => format!("{none} None of those listed so far comes near."),
        (_, None) => none.into(),
    }
}

/// The columns; an id is never cut, since it tells namesakes apart.
fn columns(picker: &Picker, width: u16) -> [Column; 7] {
    let organizations = || picker.list.rows().iter().filter_map(|row| picker.organization(*row));
    let longest = |texts: &mut dyn Iterator<Item = usize>, least: usize, most: usize| {
        u16::try_from(texts.max().unwrap_or_default().clamp(least, most)).unwrap_or(u16::MAX)
    };
    let id = longest(&mut organizations().map(|o| o.id.to_string().len()), 4, 20);
    let short = longest(
        &mut organizations().filter_map(|o| o.short_name.as_deref().map(text::width)),
        5,
        12,
    );
    let rest = 5 + id + short + 8 + 8 + 5 + LEAD;
    let name = width.saturating_sub(rest).clamp(12, 60);
    [
        column("", 5, 5),
        Column { min: name.min(40), max: name, ..column("Name", 12, 60) },
        Column { min: id, max: id, ..column("Id", 4, 20) }.right(),
        Column { min: short, max: short, ..column("Short", 5, 12) },
        column("Type", 8, 16),
        column("Status", 8, 12),
        column("Differs", 20, 60).from(118),
    ]
}

pub fn draw(picker: &Picker, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if area.height == 0 {
        return;
    }
    draw_field(picker, frame, Rect { height: 1, ..area }, shared);
    let (told, role) = standing(picker, shared);
    let lines = text::wrap(&text::clean_to(&told, 2048), usize::from(area.width).max(1));
    for (y, line) in (area.y + 1..area.bottom()).zip(lines).take(usize::from(ABOVE) - 2) {
        frame.buffer_mut().set_stringn(area.x, y, line, area.width.into(), shared.look.style(role));
    }
    if area.height < ABOVE || picker.list.rows().is_empty() {
        return;
    }
    let columns = columns(picker, area.width);
    let head = Rect { y: area.y + ABOVE - 1, height: 1, ..area };
    let inner = |row: Rect| Rect {
        x: row.x + LEAD.min(row.width),
        width: row.width.saturating_sub(LEAD),
        ..row
    };
    table::heads(frame.buffer_mut(), inner(head), &shared.look, &columns);
    let visible = picker.list.visible();
    let rows = picker.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), row) in (area.y + ABOVE..area.bottom()).zip(visible).zip(rows) {
        let line = Rect { y, height: 1, ..area };
        draw_row(picker, frame.buffer_mut(), inner(line), &shared.look, &columns, *row);
        let selected = picker.picked && at == picker.list.position();
        table::lead(frame.buffer_mut(), line, &shared.look, selected, false);
    }
}

fn draw_field(picker: &Picker, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let label = LABEL.len() as u16;
    let style = shared.look.style(Role::Muted);
    frame.buffer_mut().set_stringn(area.x, area.y, LABEL, area.width.into(), style);
    let width = area.width.saturating_sub(label).min(70);
    let field = Rect { x: area.x + label.min(area.width), width, ..area };
    picker.field.draw(frame, field, &shared.look, true);
}

fn draw_row(
    picker: &Picker,
    buf: &mut Buffer,
    area: Rect,
    look: &Look,
    columns: &[Column],
    row: Row,
) {
    let Some(organization) = picker.organization(row) else { return };
    let near = match row {
        Row::Near(id) => picker.near_name(id),
        Row::Exact(_) => None,
    };
    let (kind, role) = match row {
        Row::Exact(_) => ("exact", Role::Linked),
        Row::Near(_) => ("near", Role::Muted),
    };
    let muted = look.style(Role::Muted);
    let optional =
        |text: &Option<String>| cell(text.as_deref().map_or("-".into(), text::clean), muted);
    let cells: [Cell<'_>; 7] = [
        cell(kind, look.style(role)),
        cell(text::clean(&organization.name), look.style(Role::Text)),
        cell(organization.id.to_string(), muted),
        optional(&organization.short_name),
        optional(&organization.type_name),
        optional(&organization.status_name),
        cell(near.map_or_else(String::new, |near| text::clean(&near.told)), muted),
    ];
    table::line(buf, area, look, columns, &cells);
    if let Some(near) = near {
        mark_letters(buf, area, look, columns, near);
    }
}

/// Marks the letters of the name that were asked for.
fn mark_letters(buf: &mut Buffer, area: Rect, look: &Look, columns: &[Column], near: &NearName) {
    let all = widths(columns, area.width);
    let before: u16 = all.iter().take(NAME).map(|width| width + 1).sum();
    let width = all.get(NAME).copied().unwrap_or_default();
    let start = area.x.saturating_add(before);
    let end = start.saturating_add(width).min(area.right());
    // Names come cleaned from IT Glue; were this one not, the places would not be those shown.
    let name = &near.near.organization.name;
    if text::clean(name) != *name {
        return;
    }
    // The last column shows that the name is cut.
    let end = if text::width(name) > usize::from(width) { end.saturating_sub(1) } else { end };
    let (mut x, mut at) = (start, 0);
    for grapheme in name.graphemes(true) {
        let columns = u16::try_from(text::width(grapheme)).unwrap_or_default();
        let characters = grapheme.chars().count();
        let hit = near.letters.iter().any(|place| (at..at + characters).contains(place));
        if hit && x.saturating_add(columns) <= end {
            let place = Rect { x, y: area.y, width: columns, height: 1 };
            buf.set_style(place.intersection(buf.area), look.style(Role::Match));
        }
        x = x.saturating_add(columns);
        at += characters;
    }
}

pub fn sentence(picker: &Picker, shared: &Shared) -> Line<'static> {
    let style = shared.look.style(Role::Text);
    let Some(row) = picker.selected() else { return Line::default() };
    let Some(organization) = picker.organization(row) else { return Line::default() };
    Line::styled(told(picker, row, organization), style)
}

fn told(picker: &Picker, row: Row, organization: &Organization) -> String {
    let name = text::clean(&organization.name);
    match row {
        Row::Exact(id) => format!("{name} (id {id}): Enter chooses it. Nothing is stored yet."),
        Row::Near(id) => {
            let differs = picker.near_name(id).map_or("", |near| near.told.as_str());
            format!("Enter asks for exactly this name; {name} {}.", text::clean(differs))
        }
    }
}
