//! How an undo plan looks.

use super::{CONTEXT, RowKey, UndoScreen};
use crate::apply::UndoPlan;
use crate::commands::undo::headline;
use crate::console::keymap::Verb;
use crate::console::screen::Header;
use crate::console::screens::plan::{name, value};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table;
use crate::domain::Attribute;
use crate::plan::{UndoDevice, Was};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The width of a field's name below a device.
const FIELD: usize = 15;
/// The width of a device's name.
const NAME: usize = 28;

pub fn header(screen: &UndoScreen, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let mut left = vec![
        Span::styled("Undo", style(Role::Title)),
        Span::styled(format!("  run {}", screen.run), style(Role::Text)),
    ];
    if let Some(plan) = &screen.plan {
        let (kind, who) = (plan.run.kind.word(), text::clean(&plan.run.origin.who));
        let when = shared.moment(plan.run.started);
        left.push(Span::styled(format!(", {kind} by {who}, {when}"), style(Role::Text)));
    }
    let right = match &screen.plan {
        _ if screen.planning => Line::styled("planning, Esc stops", style(Role::Working)),
        Some(plan) => {
            let clock = shared.clock(plan.read_at);
            let told = match shared.size.0 {
                ..90 => format!("read at {clock}"),
                _ => format!("nothing written yet, read at {clock}"),
            };
            Line::styled(told, style(Role::Muted))
        }
        None => Line::default(),
    };
    Header { left: Line::from(left), right }
}

pub fn sentence(screen: &UndoScreen, shared: &Shared) -> Line<'static> {
    let style = |role| shared.look.style(role);
    if let (Some(trouble), Some(_)) = (&screen.trouble, &screen.plan) {
        return Line::styled(text::clean(trouble), style(Role::Danger));
    }
    let Some(device) = screen.current() else { return Line::default() };
    let left = device.put_back.left_told();
    let left = if left.is_empty() { left } else { format!("; left as it is: {left}") };
    let told = format!("{}: {}{left}", device.name, what(device));
    Line::styled(text::clean(&told), style(Role::Text))
}

/// What is done with a device, in words.
fn what(device: &UndoDevice) -> String {
    let put_back = &device.put_back;
    match (put_back.changes.is_empty(), put_back.was) {
        (false, _) if !put_back.left.is_empty() => "put back in part".into(),
        (false, Was::Created) => "created by the run, so set inactive".into(),
        (false, _) => "put back".into(),
        (true, _) if put_back.already.is_empty() => "left as it is".into(),
        (true, _) => "as before already".into(),
    }
}

/// What is said above the rows: the counts, and what else there is to know.
fn told(plan: &UndoPlan, screen: &UndoScreen, shared: &Shared) -> Vec<(String, Role)> {
    let mut told = vec![(headline(plan), Role::Text)];
    if plan.run.kind == crate::domain::RunKind::Undo {
        told.push((
            "The run is an undo itself: what it put back is done again, and syncs may touch it."
                .into(),
            Role::Muted,
        ));
    } else if plan.has_something_to_do() {
        let held = "What is undone is held: syncs leave it alone until it is released.";
        told.push((held.into(), Role::Muted));
    }
    if let Some(policy) = screen.unlinkable(shared) {
        let path = shared.snapshot.as_ref().map(|s| s.known.tree.path_text(&policy));
        let key = shared.keymap.key_for(&CONTEXT, Verb::Unlink).map(|key| key.label());
        told.push((
            format!(
                "It was the first sync of the link of {}; {} unlinks it, too.",
                path.unwrap_or_default(),
                key.unwrap_or_default()
            ),
            Role::Attention,
        ));
    }
    told
}

fn summary(
    plan: &UndoPlan,
    screen: &UndoScreen,
    area: Rect,
    shared: &Shared,
) -> Vec<Line<'static>> {
    let width = usize::from(area.width).max(1);
    let lines = told(plan, screen, shared).into_iter().flat_map(|(sentence, role)| {
        let lines = text::wrap(&text::clean(&sentence), width);
        lines.into_iter().map(move |line| (line, role))
    });
    lines.map(|(line, role)| Line::styled(line, shared.look.style(role))).collect()
}

/// How many lines stand above the rows.
pub fn above(screen: &UndoScreen, area: Rect, shared: &Shared) -> u16 {
    let lines = screen.plan.as_ref().map_or(0, |plan| summary(plan, screen, area, shared).len());
    // The filter.
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(1)
}

pub fn draw(screen: &UndoScreen, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let Some(plan) = &screen.plan else {
        let (told, role) = match &screen.trouble {
            Some(trouble) => (format!("There is no plan: {}", text::clean(trouble)), Role::Danger),
            None => {
                ("Reading what the run changed, and what stands there now.".into(), Role::Muted)
            }
        };
        let lines = text::wrap(&told, usize::from(area.width).max(1));
        return set_lines(frame, area, &lines, role, shared);
    };
    let summary = summary(plan, screen, area, shared);
    let mut y = area.y;
    for line in summary.iter().take(usize::from(area.height)) {
        frame.buffer_mut().set_line(area.x, y, line, area.width);
        y = y.saturating_add(1);
    }
    if y >= area.bottom() {
        return;
    }
    let filter = Rect { y, height: 1, ..area };
    screen.list.filter.draw(frame, filter, shared, "part of a name", "");
    let rows = Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area };
    if screen.list.rows().is_empty() {
        let told = match screen.list.filter.text().trim() {
            "" => "Nothing of this run is left to be put back.",
            _ => "No device fits the filter. Esc clears it.",
        };
        return set_lines(frame, rows, &[told.to_owned()], Role::Muted, shared);
    }
    draw_rows(screen, plan, frame, rows, shared);
}

fn set_lines(frame: &mut Frame<'_>, area: Rect, lines: &[String], role: Role, shared: &Shared) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        let line = Line::styled(line.clone(), shared.look.style(role));
        frame.buffer_mut().set_line(area.x, y, &line, area.width);
    }
}

fn draw_rows(
    screen: &UndoScreen,
    plan: &UndoPlan,
    frame: &mut Frame<'_>,
    area: Rect,
    shared: &Shared,
) {
    let visible = screen.list.visible();
    let shown = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), row) in (area.y..area.bottom()).zip(visible).zip(shown) {
        let line = Rect { y, height: 1, ..area };
        let Some(device) = plan.devices.get(row.device()) else { continue };
        let told = match *row {
            RowKey::Device(_) => device_line(device, plan, shared),
            RowKey::Change(_, field) => change_line(device, field, line.width, shared),
            RowKey::Left(_, at) => left_line(device, at, line.width, shared),
        };
        frame.buffer_mut().set_line(line.x, line.y, &told, line.width);
        let selected = at == screen.list.position();
        table::lead(frame.buffer_mut(), line, &shared.look, selected, false);
    }
}

fn device_line(device: &UndoDevice, plan: &UndoPlan, shared: &Shared) -> Line<'static> {
    let style = |role| shared.look.style(role);
    let put_back = &device.put_back;
    let role = match (put_back.left.is_empty(), put_back.changes.is_empty()) {
        (false, _) => Role::Attention,
        (true, false) => Role::Linked,
        (true, true) => Role::Muted,
    };
    let sign = match (put_back.left.is_empty(), put_back.changes.is_empty()) {
        (false, _) => "!",
        (true, false) => "~",
        (true, true) => "=",
    };
    let glyphs = &shared.look.glyphs;
    let name = text::truncate(&text::clean(&device.name), NAME, glyphs.cut);
    let mut spans = vec![
        Span::styled(format!("  {sign} "), style(role)),
        Span::styled(text::pad(&name, NAME), style(Role::Text)),
        Span::styled(format!("  {}", what(device)), style(role)),
    ];
    if plan.organizations.len() > 1
        && let Some(name) = plan.organizations.get(&device.organization_id)
    {
        spans.push(Span::styled(format!("  {}", text::clean(name)), style(Role::Muted)));
    }
    Line::from(spans)
}

/// `name            renamed → acme-1`
fn change_line(
    device: &UndoDevice,
    field: Attribute,
    width: u16,
    shared: &Shared,
) -> Line<'static> {
    let Some(change) = device.put_back.changes.get(&field) else { return Line::default() };
    let style = |role| shared.look.style(role);
    let glyphs = &shared.look.glyphs;
    let room = usize::from(width).saturating_sub(6 + FIELD + 3 + text::width(glyphs.arrow)).max(4);
    let then = text::truncate(&value(field, &change.to, shared), room * 2 / 3, glyphs.cut);
    let now = change.from.as_ref().map_or_else(|| "(nothing)".into(), |v| value(field, v, shared));
    let now = text::truncate(&now, room.saturating_sub(text::width(&then)), glyphs.cut);
    Line::from(vec![
        Span::styled(format!("      {} ", text::pad(name(field), FIELD)), style(Role::Muted)),
        Span::styled(now, style(Role::Old)),
        Span::styled(format!(" {} ", glyphs.arrow), style(Role::Muted)),
        Span::styled(then, style(Role::New)),
    ])
}

fn left_line(device: &UndoDevice, at: usize, width: u16, shared: &Shared) -> Line<'static> {
    let Some(left) = device.put_back.left.get(at) else { return Line::default() };
    let style = |role| shared.look.style(role);
    let field = left.attribute.map_or("all", name);
    let room = usize::from(width).saturating_sub(7 + FIELD).max(4);
    let why = text::clean(&format!("left: {}", left.why.sentence()));
    Line::from(vec![
        Span::styled(format!("      {} ", text::pad(field, FIELD)), style(Role::Muted)),
        Span::styled(text::truncate(&why, room, shared.look.glyphs.cut), style(Role::Attention)),
    ])
}
