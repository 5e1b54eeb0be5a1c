//! How the log looks.

use super::{Level, LogLine, LogView};
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::text;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::path::Path;

const COLUMNS: [Column; 4] = [
    column("Time", 8, 8),
    column("Level", 5, 5),
    column("Message", 20, 500),
    column("Part of Bindery", 20, 28).from(140),
];
/// In front of the columns: cursor, space.
const LEAD: u16 = 2;

pub fn header(screen: &LogView, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let count = screen.lines().len();
    let follows = if screen.follows() { ", following" } else { "" };
    let told = match &screen.tail {
        Some(Ok(_)) => format!("{} {}{follows}", grouped(count), plural(count, "line", "lines")),
        Some(Err(_)) => String::new(),
        None if shared.log_trouble.is_some() => String::new(),
        None => "reading".to_owned(),
    };
    Header {
        left: Line::styled("Log", style(Role::Title)),
        right: Line::styled(told, style(Role::Muted)),
    }
}

/// Where the file lies, its name kept where the path is too long.
fn place(file: &Path, room: usize, cut: &str) -> String {
    let path = text::clean(&file.to_string_lossy());
    if text::width(&path) <= room {
        return path;
    }
    let mut shown = String::new();
    for part in path.rsplit('/') {
        let longer = if shown.is_empty() { part.to_owned() } else { format!("{part}/{shown}") };
        if text::width(&longer) + text::width(cut) + 1 > room && !shown.is_empty() {
            break;
        }
        shown = longer;
    }
    format!("{cut}/{shown}")
}

pub fn draw(screen: &LogView, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if area.height < 3 {
        return;
    }
    let shown = screen.list.rows().len();
    let right = match screen.list.filter.text().is_empty() {
        true => String::new(),
        false => format!("{} shown", grouped(shown)),
    };
    let line = Rect { height: 1, ..area };
    screen.list.filter.draw(frame, line, shared, "level:warn text (Tab completes)", &right);
    let inner = |row: Rect| Rect {
        x: row.x + LEAD.min(row.width),
        width: row.width.saturating_sub(LEAD),
        ..row
    };
    if let Some(told) = nothing(screen, shared) {
        return draw_nothing(frame, area, shared, &told);
    }
    let head = Rect { y: area.y + 1, height: 1, ..area };
    let buf = frame.buffer_mut();
    table::heads(buf, inner(head), &shared.look, &COLUMNS);
    let visible = screen.list.visible();
    let rows = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), key) in (area.y + 2..area.bottom()).zip(visible).zip(rows) {
        let Some(line) = screen.line(key) else { continue };
        let row = Rect { y, height: 1, ..area };
        draw_line(frame, inner(row), line, shared);
        let selected = at == screen.list.position();
        table::lead(frame.buffer_mut(), row, &shared.look, selected, false);
    }
}

fn draw_line(frame: &mut Frame<'_>, area: Rect, line: &LogLine, shared: &Shared) {
    let style = |role| shared.look.style(role);
    let role = line.level.map_or(Role::Text, role);
    let message = if role == Role::Muted { Role::Muted } else { Role::Text };
    let cells = [
        cell(line.at.map_or_else(String::new, |at| time(at, shared)), style(Role::Muted)),
        cell(line.level.map_or("", Level::word), style(role)),
        cell(without_blanks(&line.message), style(message)),
        cell(line.target.as_str(), style(Role::Muted)),
    ];
    table::line(frame.buffer_mut(), area, &shared.look, &COLUMNS, &cells);
}

/// Fields that say nothing take the room of others.
fn without_blanks(message: &str) -> String {
    message.replace(" query=\"\"", "")
}

pub const fn role(level: Level) -> Role {
    match level {
        Level::Error => Role::Danger,
        Level::Warn => Role::Attention,
        Level::Info => Role::Text,
        Level::Debug | Level::Trace => Role::Muted,
    }
}

/// In eight columns: the time with its seconds today, else month and day.
fn time(at: Timestamp, shared: &Shared) -> String {
    let here = at.to_zoned_datetime(shared.zone.clone());
    let today = shared.now.to_zoned_datetime(shared.zone.clone()).date();
    let form = if here.date() == today { "%H:%M:%S" } else { "%m-%d" };
    here.strftime(form).to_string()
}

/// What stands there instead of lines.
fn nothing(screen: &LogView, shared: &Shared) -> Option<String> {
    if let Some(trouble) = &shared.log_trouble {
        let mut letters = trouble.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        return Some(format!("{}{}.", first.unwrap_or_default(), letters.as_str()));
    }
    match &screen.tail {
        None => Some("Reading the log.".into()),
        Some(Err(trouble)) => Some(trouble.clone()),
        Some(Ok(_)) if screen.list.rows().is_empty() => {
            Some(match screen.list.filter.text().is_empty() {
                true => "Nothing was written to the log yet.".into(),
                false => "No line fits the filter. Esc clears it.".into(),
            })
        }
        Some(Ok(_)) => None,
    }
}

fn draw_nothing(frame: &mut Frame<'_>, area: Rect, shared: &Shared, told: &str) {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let lines = text::wrap(&text::clean(told), width);
    for (y, line) in (area.y + 3..area.bottom()).zip(lines) {
        let style = shared.look.style(Role::Muted);
        frame.buffer_mut().set_stringn(area.x + LEAD, y, line, area.width.into(), style);
    }
}

/// Where the file lies.
pub fn sentence(screen: &LogView, shared: &Shared) -> Line<'static> {
    let Some(Ok(tail)) = &screen.tail else { return Line::default() };
    let room = usize::from(shared.size.0).saturating_sub(9);
    let place = place(&tail.file, room, shared.look.glyphs.cut);
    Line::styled(format!("File: {place}"), shared.look.style(Role::Muted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_its_end() {
        let path = Path::new("/home/ana/.local/state/bindery/default/logs/bindery.2026-06-01.log");
        assert_eq!(place(path, 80, "…"), path.to_str().unwrap());
        assert_eq!(place(path, 42, "…"), "…/default/logs/bindery.2026-06-01.log");
        assert_eq!(place(path, 5, "…"), "…/bindery.2026-06-01.log");
    }
}
