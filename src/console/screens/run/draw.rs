//! How Devices Binding looks: where what stands, the rows, the reasons.

use super::head::{capital, counts, draw_progress, draw_tabs, ending, note, requests};
use super::{RunScreen, words};
use crate::console::run::{LiveRun, Row, View};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::grouped;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;

/// A reason takes so many lines: its word, what it means, what to do.
pub const REASON_LINES: u16 = 3;
/// Cursor, mark and icon stand before the columns.
const LEAD: u16 = 4;
/// Fewer lines show the rows and little else.
const ROOMY: u16 = 12;

/// Names and messages grow first; further columns come where there is room for all of these.
const COLUMNS: [Column; 8] = [
    column("State", 9, 10),
    column("Name", 18, 32),
    column("Serial", 12, 14),
    column("Action", 10, 10),
    column("Message", 23, 90),
    column("Reason", 20, 20).from(140),
    column("Configuration", 13, 17).from(140),
    column("Tries", 5, 5).from(140).right(),
];

/// The place of the messages among them.
const MESSAGE: usize = 4;

/// Where what stands.
struct Parts {
    progress: Rect,
    counts: Option<Rect>,
    requests: Option<Rect>,
    note: Option<Rect>,
    tabs: Rect,
    heads: Rect,
    rows: Rect,
}

impl Parts {
    fn of(area: Rect, live: &LiveRun) -> Self {
        let roomy = area.height >= ROOMY;
        let mut y = area.y;
        let mut next = || {
            let line = Rect { y, height: 1, ..area }.intersection(area);
            y += 1;
            line
        };
        let ending = if roomy { ending(live, area.width).len() } else { 1 };
        let mut progress = next();
        for _ in 1..ending {
            progress = progress.union(next());
        }
        let counts = roomy.then(&mut next);
        let requests = roomy.then(&mut next);
        let note = (roomy && note(live).is_some()).then(&mut next);
        let (tabs, heads) = (next(), next());
        let rows = Rect { y, height: area.bottom().saturating_sub(y), ..area };
        Self { progress, counts, requests, note, tabs, heads, rows }
    }
}

/// The rows' part of the area.
pub fn rows(area: Rect, live: &LiveRun) -> Rect {
    Parts::of(area, live).rows
}

/// Draws the screen.
pub fn draw(screen: &RunScreen, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let Some(live) = screen.live(shared) else { return };
    let parts = Parts::of(area, live);
    draw_progress(frame, parts.progress, live, shared);
    if let Some(area) = parts.counts {
        frame.buffer_mut().set_line(area.x, area.y, &counts(live, area, shared), area.width);
    }
    if let Some(area) = parts.requests {
        frame.buffer_mut().set_line(area.x, area.y, &requests(live, shared), area.width);
    }
    if let (Some(area), Some(note)) = (parts.note, note(live)) {
        let style = shared.look.style(Role::Notice);
        let note = text::truncate(note, area.width.into(), shared.look.glyphs.cut);
        frame.buffer_mut().set_stringn(area.x, area.y, note, area.width.into(), style);
    }
    draw_tabs(screen, frame, parts.tabs, live, shared);
    match screen.view {
        View::Reasons => draw_reasons(screen, frame, parts.rows, live, shared),
        View::All | View::Pending | View::Active => {
            draw_rows(screen, frame, &parts, live, shared);
        }
    }
}

fn draw_rows(
    screen: &RunScreen,
    frame: &mut Frame<'_>,
    parts: &Parts,
    live: &LiveRun,
    shared: &Shared,
) {
    let area = parts.rows;
    let look = &shared.look;
    let inner = |row: Rect| Rect { x: row.x + LEAD, width: row.width.saturating_sub(LEAD), ..row };
    if area.width <= LEAD {
        return;
    }
    if screen.list.rows().is_empty() {
        return draw_empty(screen, frame, area, live, shared);
    }
    let widths = table::widths(&COLUMNS, area.width - LEAD);
    let room = usize::from(widths.get(MESSAGE).copied().unwrap_or_default());
    let buf = frame.buffer_mut();
    if parts.heads.width > LEAD {
        buf.set_stringn(parts.heads.x + 2, parts.heads.y, "S", 1, look.style(Role::Muted));
        table::heads(buf, inner(parts.heads), look, &COLUMNS);
    }
    for (y, place) in (area.y..area.bottom()).zip(screen.list.visible()) {
        let Some(at) = screen.list.rows().get(place) else { continue };
        let Some(row) = live.row(*at) else { continue };
        let line = Rect { y, height: 1, ..area };
        let (icon, role) = look.device(row.state.looks_like());
        buf.set_stringn(line.x + 2, y, icon, 1, look.style(role));
        table::line(buf, inner(line), look, &COLUMNS, &cells(row, role, room, shared));
        let marked = screen.list.marks().contains(at);
        table::lead(buf, line, look, place == screen.list.position(), marked);
    }
}

fn cells<'a>(row: &'a Row, role: Role, room: usize, shared: &Shared) -> [Cell<'a>; 8] {
    let style = |role| shared.look.style(role);
    let said = if row.state.needs_attention() { Role::Text } else { Role::Muted };
    let said = if row.shown.is_some() { Role::Attention } else { said };
    let configuration = row.configuration_id.map(|id| id.to_string()).unwrap_or_default();
    let tries = row.attempts.len();
    [
        cell(row.state.word(), style(role)),
        cell(&row.name, style(Role::Text)),
        cell(&row.serial, style(Role::Muted)),
        cell(row.action_shown(), style(Role::Text)),
        cell(words::message(row, room, shared), style(said)),
        cell(row.reason().unwrap_or_default(), style(Role::Attention)),
        cell(configuration, style(Role::Muted)),
        cell(if tries == 0 { String::new() } else { tries.to_string() }, style(Role::Muted)),
    ]
}

fn draw_empty(
    screen: &RunScreen,
    frame: &mut Frame<'_>,
    area: Rect,
    live: &LiveRun,
    shared: &Shared,
) {
    let told = match (screen.view, live.rows().is_empty()) {
        (_, true) if live.ended() => "No device was come to.".to_owned(),
        (_, true) => "The devices are listed as soon as both services are read.".to_owned(),
        _ if !screen.list.filter.field.is_empty() => {
            "No device fits this filter. Esc clears it.".to_owned()
        }
        (View::Active, _) => "Nothing is being done right now.".to_owned(),
        (View::Pending, _) if live.ended() => "No device is pending.".to_owned(),
        _ => "No device is pending so far.".to_owned(),
    };
    let width = usize::from(area.width.saturating_sub(LEAD)).max(1);
    for (y, line) in (area.y..area.bottom()).zip(text::wrap(&told, width)) {
        let style = shared.look.style(Role::Muted);
        frame.buffer_mut().set_stringn(area.x + 2, y, line, width, style);
    }
}

fn draw_reasons(
    screen: &RunScreen,
    frame: &mut Frame<'_>,
    area: Rect,
    live: &LiveRun,
    shared: &Shared,
) {
    let reasons = live.reasons();
    if reasons.is_empty() {
        return draw_empty(screen, frame, area, live, shared);
    }
    let look = &shared.look;
    let buf = frame.buffer_mut();
    let lines = (area.y..area.bottom()).step_by(REASON_LINES.into());
    for (y, place) in lines.zip(screen.reasons.visible()) {
        let word = screen.reasons.rows().get(place);
        let Some(line) = word.and_then(|word| reasons.iter().find(|line| line.word == *word))
        else {
            continue;
        };
        let count = format!("{:>6}  ", grouped(line.count));
        let next = words::next(line.reason, shared);
        let told = [
            (format!("{count}{}", line.word), Role::Attention),
            (format!("    {}.", capital(line.sentence)), Role::Text),
            (format!("    {next}"), Role::Muted),
        ];
        for (y, (told, role)) in (y..area.bottom()).zip(told) {
            let told = text::truncate(&told, area.width.into(), look.glyphs.cut);
            buf.set_stringn(area.x, y, told, area.width.into(), look.style(role));
        }
        let first = Rect { y, height: 1, ..area };
        table::lead(buf, first, look, place == screen.reasons.position(), false);
    }
}
