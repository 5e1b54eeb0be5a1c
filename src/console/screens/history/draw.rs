//! How the history looks.

use super::rows::{self, Entry, Key};
use super::{History, Standing};
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::text;
use jiff::SignedDuration;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// In a narrow table the sentence on line 22 has the rest.
const NARROW: [Column; 7] = [
    column("Run", 4, 7).right(),
    column("Began", 5, 5),
    column("Kind", 7, 7),
    column("Who", 10, 12),
    column("Policies", 13, 20),
    column("Outcome", 9, 9),
    column("What it did", 18, 400),
];
const WIDE: [Column; 9] = [
    column("Run", 4, 7).right(),
    column("Began", 11, 11),
    column("Took", 7, 7).from(120).right(),
    column("Kind", 7, 7),
    column("Who", 17, 30),
    column("Host", 8, 20).from(140),
    column("Policies", 13, 44),
    column("Outcome", 9, 9),
    column("What it did", 20, 400),
];
/// From so many columns on the table is wide.
const WIDE_FROM: u16 = 100;
/// In front of the columns: cursor, space, icon, space.
const LEAD: u16 = 4;

pub fn header(screen: &History, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let runs = screen.entries.iter().filter(|entry| matches!(entry.key, Key::Run(_))).count();
    let links = screen.entries.len() - runs;
    let told = format!(
        "{} {}, {} {}",
        grouped(runs),
        plural(runs, "run", "runs"),
        grouped(links),
        plural(links, "change of a link", "changes of links")
    );
    let told = if shared.snapshot.is_some() { told } else { "reading the state".to_owned() };
    Header {
        left: Line::styled("History", style(Role::Title)),
        right: Line::styled(told, style(Role::Muted)),
    }
}

pub fn sentence(entry: Option<&Entry>, shared: &Shared) -> Line<'static> {
    let told = entry.map_or_else(String::new, |entry| rows::sentence(entry, shared));
    Line::styled(told, shared.look.style(Role::Text))
}

pub fn draw(screen: &History, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if area.height < 3 {
        return;
    }
    let filter = &screen.list.filter;
    let right = match filter.text().is_empty() {
        true => String::new(),
        false => format!("{} shown", grouped(screen.list.rows().len())),
    };
    let help = "globex who:cron kind:sync outcome:… (Tab completes)";
    filter.draw(frame, Rect { height: 1, ..area }, shared, help, &right);
    if let Some(told) = nothing(screen, shared) {
        return draw_nothing(frame, area, shared, &told);
    }
    let head = Rect { y: area.y + 1, height: 1, ..area };
    let buf = frame.buffer_mut();
    buf.set_stringn(head.x + 2, head.y, "S", 1, shared.look.style(Role::Muted));
    match area.width >= WIDE_FROM {
        true => table::heads(buf, inner(head), &shared.look, &WIDE),
        false => table::heads(buf, inner(head), &shared.look, &NARROW),
    }
    let visible = screen.list.visible();
    let keys = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), key) in (area.y + 2..area.bottom()).zip(visible).zip(keys) {
        let Some(entry) = screen.entry(key) else { continue };
        let row = Rect { y, height: 1, ..area };
        draw_entry(frame, row, entry, shared);
        let selected = at == screen.list.position();
        table::lead(frame.buffer_mut(), row, &shared.look, selected, false);
    }
}

fn inner(row: Rect) -> Rect {
    Rect { x: row.x + LEAD.min(row.width), width: row.width.saturating_sub(LEAD), ..row }
}

fn draw_entry(frame: &mut Frame<'_>, row: Rect, entry: &Entry, shared: &Shared) {
    let style = |role| shared.look.style(role);
    let (icon, role) = entry.standing.icon(&shared.look.glyphs);
    let buf = frame.buffer_mut();
    buf.set_stringn(row.x + 2, row.y, icon, usize::from(row.width.saturating_sub(2)), style(role));
    let is_run = matches!(entry.key, Key::Run(_));
    let text = if is_run { style(Role::Text) } else { style(Role::Muted) };
    let muted = style(Role::Muted);
    let did = cell(entry.did.as_str(), text);
    let outcome = cell(if is_run { entry.standing.word() } else { "" }, style(role));
    let (number, kind) = (cell(number(entry.key), text), cell(entry.kind, text));
    if row.width < WIDE_FROM {
        let login = entry.who.split(" from ").next().unwrap_or_default();
        let began = cell(shared.moment_short(entry.at), muted);
        let policy = cell(entry.policy.as_str(), text);
        let cells = [number, began, kind, cell(login, text), policy, outcome, did];
        return table::line(buf, inner(row), &shared.look, &NARROW, &cells);
    }
    let began = cell(rows::day_and_time(entry.at, shared), muted);
    let (who, host) = (cell(entry.who.as_str(), text), cell(entry.host.as_str(), muted));
    let policies = cell(entry.policies.as_str(), text);
    let cells = [number, began, cell(took(entry), muted), kind, who, host, policies, outcome, did];
    table::line(buf, inner(row), &shared.look, &WIDE, &cells);
}

fn number(key: Key) -> String {
    match key {
        Key::Run(id) => id.to_string(),
        Key::Link(_) => String::new(),
    }
}

/// How long a run took that has ended.
fn took(entry: &Entry) -> String {
    if !matches!((entry.key, entry.standing), (Key::Run(_), Standing::Ended(_))) {
        return String::new();
    }
    duration(entry.ended.duration_since(entry.at))
}

/// `3 s`, `2:05`, `1:02:05`.
fn duration(took: SignedDuration) -> String {
    let seconds = took.as_secs().max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// What stands there instead of rows.
fn nothing(screen: &History, shared: &Shared) -> Option<String> {
    if !screen.list.rows().is_empty() {
        return None;
    }
    Some(match (&shared.snapshot, &shared.state_trouble) {
        (None, Some(trouble)) => trouble.clone(),
        (None, None) => "Reading the state.".to_owned(),
        (Some(_), _) if !screen.entries.is_empty() => {
            "Nothing fits the filter. Esc clears it.".to_owned()
        }
        (Some(_), _) => "Nothing was linked and nothing was synced yet. 1 shows the policies: o \
                         links one, s syncs it."
            .to_owned(),
    })
}

pub fn draw_nothing(frame: &mut Frame<'_>, area: Rect, shared: &Shared, told: &str) {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let lines = text::wrap(&text::clean(told), width);
    for (y, line) in (area.y + 3..area.bottom()).zip(lines) {
        let style = shared.look.style(Role::Muted);
        frame.buffer_mut().set_stringn(area.x + 2, y, line, area.width.into(), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_clocks_do() {
        let told = |seconds| duration(SignedDuration::from_secs(seconds));
        assert_eq!([0, 59, 60, 125, 3725].map(told), ["0 s", "59 s", "1:00", "2:05", "1:02:05"]);
        assert_eq!(told(-5), "0 s");
    }
}
