//! How a plan looks.

use super::rows::{self, RowKey};
use super::words::{self, Detail, Kind};
use super::{CONTEXT, Made, PlanScreen};
use crate::commands::device::standing::Standing;
use crate::commands::plan::{kept_back, notes};
use crate::console::advice;
use crate::console::keymap::Verb;
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

const COLUMNS: [Column; 5] = [
    column("Action", 10, 10),
    column("Device", 16, 36),
    column("Serial", 12, 14),
    column("Match", 7, 7).from(100),
    column("What changes and why", 30, 200),
];
/// In front of the columns: cursor, sign of a difference, sign of the action.
const LEAD: u16 = 4;
/// The width of a field's name below a device.
const FIELD: usize = 15;
/// Notes above the list are cut to so many lines.
const NOTES: usize = 4;

pub fn header(screen: &PlanScreen, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let left = Line::from(vec![
        Span::styled("Plan", style(Role::Title)),
        Span::styled(format!("  {}", text::clean(&screen.title)), style(Role::Text)),
    ]);
    let right = match &screen.made {
        _ if screen.planning => {
            Line::styled(format!("{} planning, Esc stops", turn(shared)), style(Role::Working))
        }
        Some(made) => {
            let clock = shared.clock(made.at);
            let told = match shared.size.0 {
                ..70 => format!("read at {clock}"),
                _ => format!("nothing written yet, read at {clock}"),
            };
            Line::styled(told, style(Role::Muted))
        }
        None => Line::default(),
    };
    Header { left, right }
}

fn turn(shared: &Shared) -> &'static str {
    let spinner = shared.look.glyphs.spinner;
    spinner.get(shared.spin % spinner.len().max(1)).copied().unwrap_or("")
}

pub fn sentence(screen: &PlanScreen, shared: &Shared) -> Line<'static> {
    let style = |role| shared.look.style(role);
    if screen.planning && !screen.doing.is_empty() {
        return Line::styled(screen.doing.clone(), style(Role::Working));
    }
    if let (Some(trouble), Some(_)) = (&screen.trouble, &screen.made) {
        return Line::styled(text::clean(trouble), style(Role::Danger));
    }
    let Some(planned) = screen.current() else { return of_part(screen, shared) };
    let told = match &planned.pending {
        Some(pending) => {
            let standing = Standing::Pending(pending.clone());
            advice::line(&planned.name, &standing, &CONTEXT, shared)
        }
        None => {
            let kind = Kind::of(planned);
            let short = words::in_short(planned, shared);
            format!("{}: {}. {short}", planned.name, kind.word())
        }
    };
    Line::styled(text::clean(&told), style(Role::Text))
}

/// What is done in the policy under the cursor.
fn of_part(screen: &PlanScreen, shared: &Shared) -> Line<'static> {
    let (Some(made), Some(row)) = (&screen.made, screen.list.current()) else {
        return Line::default();
    };
    let Some(part) = made.view.parts.get(row.part()) else { return Line::default() };
    let counted = Kind::ALL
        .into_iter()
        .map(|kind| (kind, part.entries.iter().filter(|entry| entry.kind == kind).count()));
    let told: Vec<String> = counted
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{} {}", kind.word(), grouped(count)))
        .collect();
    let told = format!("{}: {}", part.title, told.join(", "));
    Line::styled(told, shared.look.style(Role::Text))
}

/// How many lines stand above the rows.
pub fn above(screen: &PlanScreen, area: Rect, shared: &Shared) -> u16 {
    let lines = screen.made.as_ref().map_or(0, |made| summary(screen, made, area, shared).len());
    // The filter and the heads.
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2)
}

pub fn draw(screen: &PlanScreen, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let Some(made) = &screen.made else {
        return draw_nothing_yet(screen, frame, area, shared);
    };
    let summary = summary(screen, made, area, shared);
    let mut y = area.y;
    for line in &summary {
        if y < area.bottom() {
            frame.buffer_mut().set_line(area.x, y, line, area.width);
        }
        y = y.saturating_add(1);
    }
    if y.saturating_add(1) >= area.bottom() {
        return;
    }
    let line = |y: u16| Rect { y, height: 1, ..area };
    let help = "text, action:create, reason:… (Tab completes)";
    screen.list.filter.draw(frame, line(y), shared, help, "");
    table::heads(frame.buffer_mut(), columns(line(y + 1)), &shared.look, &COLUMNS);
    let rows = Rect { y: y + 2, height: area.bottom().saturating_sub(y + 2), ..area };
    if screen.list.rows().is_empty() {
        return empty(frame, rows, shared, nothing(screen), Role::Muted);
    }
    draw_rows(screen, made, frame, rows, shared);
}

fn columns(row: Rect) -> Rect {
    Rect { x: row.x + LEAD.min(row.width), width: row.width.saturating_sub(LEAD), ..row }
}

fn nothing(screen: &PlanScreen) -> &'static str {
    match screen.list.filter.text().trim() {
        "" => "No device is in these policies; there is nothing to do.",
        _ => "Nothing in the plan fits the filter. Esc clears it.",
    }
}

/// Before there is a plan: what is going on, or why there is none.
fn draw_nothing_yet(screen: &PlanScreen, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if let Some(trouble) = &screen.trouble {
        let told = format!("There is no plan: {}", text::clean(trouble));
        empty(frame, area, shared, &told, Role::Danger);
        let after = text::wrap(&told, usize::from(area.width.saturating_sub(4)).max(1)).len();
        let after = u16::try_from(after).unwrap_or(u16::MAX).saturating_add(2);
        let below = Rect {
            y: area.y.saturating_add(after),
            height: area.height.saturating_sub(after),
            ..area
        };
        let key = shared.keymap.key_for(&CONTEXT, Verb::Reread).map(|key| key.label());
        return empty(
            frame,
            below,
            shared,
            &format!("{} plans again.", key.unwrap_or_default()),
            Role::Accent,
        );
    }
    if screen.planning {
        let doing = match screen.doing.as_str() {
            "" => "Reading devices and configurations",
            doing => doing,
        };
        let told = format!("{} {doing}. Nothing is written by planning.", turn(shared));
        empty(frame, area, shared, &told, Role::Working);
    }
}

fn empty(frame: &mut Frame<'_>, area: Rect, shared: &Shared, told: &str, role: Role) {
    let lines = text::wrap(told, usize::from(area.width.saturating_sub(4)).max(1));
    for (y, line) in (area.y.saturating_add(1)..area.bottom()).zip(lines) {
        let line = Line::styled(line, shared.look.style(role));
        frame.buffer_mut().set_line(area.x + 2.min(area.width), y, &line, area.width);
    }
}

/// What is written, what is left, and what is worth knowing of the whole.
fn summary(screen: &PlanScreen, made: &Made, area: Rect, shared: &Shared) -> Vec<Line<'static>> {
    let style = |role| shared.look.style(role);
    let counts = |writes: bool| -> Vec<Span<'static>> {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.writes() == writes);
        let counted = kinds.map(|kind| (kind, made.view.count(|other| other == kind)));
        counted
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| {
                let told = format!("{} {}  ", kind.word(), grouped(count));
                Span::styled(told, style(kind.role()))
            })
            .collect()
    };
    let row = |label: &'static str, count: usize, spans: Vec<Span<'static>>| {
        let head = format!("{label} {:<6} ", grouped(count));
        Line::from_iter([Span::styled(head, style(Role::Text))].into_iter().chain(spans))
    };
    let mut lines = vec![
        row("To write", made.view.count(Kind::writes), counts(true)),
        row("To leave", made.view.count(|kind| !kind.writes()), counts(false)),
    ];
    let width = usize::from(area.width).max(1);
    let mut told: Vec<(String, Role)> = Vec::new();
    if let Some(differs) = screen.differs.as_ref().filter(|differs| differs.any()) {
        told.push((format!("{} They are marked with *.", differs.told()), Role::Attention));
    }
    told.extend(notes(&made.prepared).into_iter().map(|note| (note, Role::Danger)));
    let key = shared.keymap.key_for(&CONTEXT, Verb::Confirm).map(|key| key.label());
    let key = key.unwrap_or_default();
    let kept = kept_back(&made.prepared).into_iter();
    told.extend(kept.map(|kept| (format!("{kept}; {key} shows and confirms them."), Role::Danger)));
    let told = told.into_iter().flat_map(|(sentence, role)| {
        let lines = text::wrap(&text::clean(&sentence), width);
        lines.into_iter().map(move |line| (line, role))
    });
    lines.extend(told.take(NOTES).map(|(line, role)| Line::styled(line, style(role))));
    lines
}

fn draw_rows(screen: &PlanScreen, made: &Made, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let visible = screen.list.visible();
    let shown = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), row) in (area.y..area.bottom()).zip(visible).zip(shown) {
        let line = Rect { y, height: 1, ..area };
        match *row {
            RowKey::Part(part) => draw_part(screen, made, part, frame, line, shared),
            RowKey::Device(part, at) => {
                draw_device(screen, made, (part, at), frame, line, shared);
            }
            RowKey::Detail(part, at, number) => {
                let place = (part, at, number);
                let detail = rows::detail(&made.view, &made.prepared, place, shared);
                if let Some(detail) = detail {
                    let told = detail_line(&detail, usize::from(line.width), shared);
                    frame.buffer_mut().set_line(line.x, line.y, &told, line.width);
                }
            }
        }
        let selected = at == screen.list.position();
        table::lead(frame.buffer_mut(), line, &shared.look, selected, false);
    }
}

/// A policy's head: the path, the organization, and what is written there.
fn draw_part(
    screen: &PlanScreen,
    made: &Made,
    part: usize,
    frame: &mut Frame<'_>,
    line: Rect,
    shared: &Shared,
) {
    let Some(part) = made.view.parts.get(part) else { return };
    let folded = screen.folded.contains(&part.policy);
    let glyphs = &shared.look.glyphs;
    let sign = if folded { glyphs.folded } else { glyphs.unfolded };
    let writes = part.entries.iter().filter(|entry| entry.kind.writes()).count();
    let devices = plural(part.entries.len(), "device", "devices");
    let title = Line::from(vec![
        Span::styled(format!("  {sign} "), shared.look.style(Role::Muted)),
        Span::styled(part.title.clone(), shared.look.style(Role::Title)),
    ]);
    let count =
        format!("{} of {} {devices} to write", grouped(writes), grouped(part.entries.len()));
    let count = Line::styled(count, shared.look.style(Role::Muted));
    crate::console::frame::split(frame, line, shared, &title, &count);
}

fn draw_device(
    screen: &PlanScreen,
    made: &Made,
    place: (usize, usize),
    frame: &mut Frame<'_>,
    line: Rect,
    shared: &Shared,
) {
    let Some((plan, planned)) = made.view.planned(&made.prepared, place) else { return };
    let look = &shared.look;
    let kind = Kind::of(planned);
    let key = (plan.organization_id, planned.device_id.clone());
    if screen.differs.as_ref().is_some_and(|differs| differs.has(&key)) && line.width > 1 {
        frame.buffer_mut().set_stringn(line.x + 1, line.y, "*", 1, look.style(Role::Attention));
    }
    if line.width > 2 {
        let sign = kind.sign(look.glyphs.utf8);
        frame.buffer_mut().set_stringn(line.x + 2, line.y, sign, 1, look.style(kind.role()));
    }
    let (plain, muted) = (look.style(Role::Text), look.style(Role::Muted));
    let what = words::in_short(planned, shared);
    let cells: [Cell<'_>; 5] = [
        cell(kind.word(), look.style(kind.role())),
        cell(text::clean(&planned.name), plain),
        cell(text::clean(planned.serial_number.as_deref().unwrap_or("-")), muted),
        cell(words::matched(planned), muted),
        cell(what, if planned.pending.is_some() { look.style(Role::Attention) } else { plain }),
    ];
    table::line(frame.buffer_mut(), columns(line), look, &COLUMNS, &cells);
}

/// A line below a device: `primary-ip     10.1.2.3 → 10.1.2.9`
fn detail_line(detail: &Detail, width: usize, shared: &Shared) -> Line<'static> {
    let style = |role| shared.look.style(role);
    match detail {
        Detail::Told(told, role) => Line::styled(format!("      {told}"), style(*role)),
        Detail::Field { name, from, to } => {
            let glyphs = &shared.look.glyphs;
            let arrow = glyphs.arrow;
            let room = width.saturating_sub(6 + FIELD + 3 + text::width(arrow)).max(2);
            let old = from.as_deref().unwrap_or("(nothing)");
            // The new value tells more, so the old one gives way first.
            let new = text::truncate(to, room.max(2) * 2 / 3, glyphs.cut);
            let old = text::truncate(old, room.saturating_sub(text::width(&new)), glyphs.cut);
            let old_role = if from.is_some() { Role::Old } else { Role::Muted };
            Line::from(vec![
                Span::styled(format!("      {} ", text::pad(name, FIELD)), style(Role::Muted)),
                Span::styled(old, style(old_role)),
                Span::styled(format!(" {arrow} "), style(Role::Muted)),
                Span::styled(new, style(Role::New)),
            ])
        }
    }
}
