//! How Devices Binding looks: progress, counts, requests, tabs, rows.

use super::{RunScreen, words};
use crate::console::frame;
use crate::console::run::{LiveRun, Row, RowState, View, minute};
use crate::console::screen::Header;
use crate::console::shared::{RunEntry, Shared};
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::console::widgets::{filter_line, grouped};
use crate::domain::Outcome;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

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

/// How the run ended, in as many lines as that needs, though not in more than four.
fn ending(live: &LiveRun, width: u16) -> Vec<String> {
    let mut lines = live.ending().map(|told| text::wrap(&told, width.into())).unwrap_or_default();
    lines.truncate(4);
    lines
}

/// The rows' part of the area.
pub fn rows(area: Rect, live: &LiveRun) -> Rect {
    Parts::of(area, live).rows
}

/// Line 1.
pub fn header(entry: &RunEntry, shared: &Shared) -> Header {
    let look = &shared.look;
    let title = text::clean(&entry.spec.title);
    let arrow = if look.glyphs.utf8 { look.glyphs.arrow } else { ">" };
    let organization = organization(entry, shared);
    // Policies are often called as their organization: once is enough.
    let last = title.rsplit('/').next().unwrap_or_default();
    let organization = organization.filter(|name| name != last);
    let to = organization.map_or_else(String::new, |name| format!(" {arrow} {name}"));
    let (live, zone) = (&entry.live, &shared.zone);
    let run = live.id().map_or_else(String::new, |id| format!("run {id}, "));
    let started = minute(live.started(), zone);
    let when = match live.ended_at() {
        Some(at) => format!("{run}{started} to {}", minute(at, zone)),
        None => format!("{run}started {started}"),
    };
    let left = vec![
        Span::styled("Devices Binding  ", look.style(Role::Title)),
        Span::styled(format!("{title}{to}"), look.style(Role::Text)),
    ];
    Header { left: Line::from(left), right: Line::styled(when, look.style(Role::Muted)) }
}

/// The name of the one organization that the run writes to.
fn organization(entry: &RunEntry, shared: &Shared) -> Option<String> {
    let snapshot = shared.snapshot.as_ref()?;
    let policies = entry.spec.request.policies.as_ref()?;
    let mut names: Vec<&str> = policies
        .iter()
        .filter_map(|id| Some(snapshot.policy(id)?.organization.as_ref()?.name.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [only] => Some(text::clean(only)),
        _ => None,
    }
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

/// What the engine found worth telling beyond single devices: a problem first, else the last note.
fn note(live: &LiveRun) -> Option<&str> {
    let problem = match live.outcome() {
        Some(Ok(summary)) if summary.outcome != Outcome::Failed => summary.problems.first(),
        _ => None,
    };
    problem.or(live.notes().last()).map(String::as_str)
}

fn draw_progress(frame: &mut Frame<'_>, area: Rect, live: &LiveRun, shared: &Shared) {
    let look = &shared.look;
    if live.ended() {
        let role = match live.outcome() {
            Some(Ok(summary)) if summary.outcome == Outcome::Done => Role::Linked,
            Some(Ok(summary)) if summary.outcome != Outcome::Failed => Role::Attention,
            _ => Role::Danger,
        };
        let lines = self::ending(live, area.width);
        for (y, line) in (area.y..area.bottom()).zip(lines) {
            frame.buffer_mut().set_stringn(area.x, y, line, area.width.into(), look.style(role));
        }
        return;
    }
    let figures = live.figures();
    if figures.total == 0 {
        let doing = live.now_doing(shared.now).unwrap_or_else(|| "starting".to_owned());
        let doing = Line::styled(format!("{}.", capital(&doing)), look.style(Role::Working));
        return frame::split(frame, area, shared, &doing, &Line::default());
    }
    let (done, total) = (figures.counts.done(), figures.total);
    let width = usize::from(area.width / 2);
    let full = if done >= total { width } else { width * done / total.max(1) };
    let glyphs = look.glyphs;
    let (open, close) = if glyphs.utf8 { ("", "") } else { ("[", "]") };
    let left = Line::from(vec![
        Span::raw(open),
        Span::styled(glyphs.bar.repeat(full), look.style(Role::Linked)),
        Span::styled(glyphs.rest.repeat(width - full), look.style(Role::Muted)),
        Span::raw(format!("{close}  {}/{}", grouped(done), grouped(total))),
    ]);
    let right = match figures.ends {
        _ if live.stopping() => "stopping safely".to_owned(),
        Some(ends) => ends.words(&shared.zone),
        None => String::new(),
    };
    frame::split(frame, area, shared, &left, &Line::raw(right));
}

fn capital(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// The counts of the states that a run goes through; those of none give way where there is no room.
fn counts(live: &LiveRun, area: Rect, shared: &Shared) -> Line<'static> {
    let counts = &live.figures().counts;
    let states = [
        RowState::Linked,
        RowState::Unchanged,
        RowState::Inactive,
        RowState::Matching,
        RowState::Writing,
        RowState::Waiting,
    ];
    let line = |all: bool| {
        let told = states.iter().filter(|state| all || counts.of(**state) > 0);
        let spans = told.flat_map(|state| count(live, *state, state.word(), shared));
        Line::from(spans.collect::<Vec<_>>())
    };
    let whole = line(true);
    // Two spaces end it.
    if !live.ended() && whole.width() <= usize::from(area.width) + 2 { whole } else { line(false) }
}

fn count(live: &LiveRun, state: RowState, word: &str, shared: &Shared) -> [Span<'static>; 2] {
    let count = live.figures().counts.of(state);
    let (_, role) = shared.look.device(state.looks_like());
    let role = if count == 0 { Role::Muted } else { role };
    [
        Span::styled(format!("{word} "), shared.look.style(Role::Muted)),
        Span::styled(format!("{}  ", grouped(count)), shared.look.style(role)),
    ]
}

/// What wants attention, and what was and may be asked of the services.
fn requests(live: &LiveRun, shared: &Shared) -> Line<'static> {
    let states = [
        (RowState::Pending, "PENDING"),
        (RowState::Withheld, "WITHHELD"),
        (RowState::Held, "held"),
        (RowState::Cancelled, "cancelled"),
        (RowState::Superseded, "superseded"),
    ];
    let mut spans: Vec<Span<'static>> = states
        .iter()
        .filter(|(state, _)| *state == RowState::Pending || live.figures().counts.of(*state) > 0)
        .flat_map(|(state, word)| count(live, *state, word, shared))
        .collect();
    let told = match (live.outcome(), live.pulse()) {
        (Some(Ok(summary)), _) => {
            let (itglue, addigy) = (summary.itglue_requests, summary.addigy_requests);
            format!("IT Glue {itglue} sent   Addigy {addigy} sent")
        }
        (_, Some(pulse)) => {
            let (itglue, addigy) = (&pulse.itglue, &pulse.addigy);
            let (left, capacity) = (itglue.forecast.left(), itglue.forecast.capacity());
            let (sent, read) = (itglue.sent, addigy.sent);
            format!("IT Glue {sent} sent, {left}/{capacity} left   Addigy {read} sent")
        }
        (_, None) => String::new(),
    };
    spans.push(Span::styled(told, shared.look.style(Role::Muted)));
    let differing = live.differing().count() + live.missing().len();
    if differing > 0 {
        let told = format!("   {} not as shown", grouped(differing));
        spans.push(Span::styled(told, shared.look.style(Role::Attention)));
    }
    Line::from(spans)
}

fn draw_tabs(
    screen: &RunScreen,
    frame: &mut Frame<'_>,
    area: Rect,
    live: &LiveRun,
    shared: &Shared,
) {
    let figures = live.figures();
    let look = &shared.look;
    let spans = View::ALL.iter().map(|view| {
        let count = match view {
            View::All => figures.total,
            View::Pending => figures.counts.of(RowState::Pending),
            View::Reasons => figures.reasons,
            View::Active => figures.counts.active(),
        };
        let told = format!("{} {}", view.name(), grouped(count));
        match *view == screen.view {
            true => Span::styled(format!("[{told}]  "), look.style(Role::Accent)),
            false => Span::styled(format!("{told}  "), look.style(Role::Muted)),
        }
    });
    let tabs = Line::from(spans.collect::<Vec<_>>());
    let used = u16::try_from(tabs.width()).unwrap_or(u16::MAX).min(area.width);
    frame.buffer_mut().set_line(area.x, area.y, &tabs, area.width);
    let rest = Rect { x: area.x + used, width: area.width - used, ..area };
    let marks = screen.list.marks().len();
    let marked = if marks == 0 { String::new() } else { format!("{} marked", grouped(marks)) };
    let filter = &screen.list.filter;
    if filter.editing || !filter.field.is_empty() {
        return filter_line(frame, rest, shared, filter, "text reason: state:", &marked);
    }
    let order = match (screen.following, live.ended(), marked.is_empty()) {
        (_, _, false) => marked,
        (true, ..) => "following".to_owned(),
        (false, true, true) => "order: pending first".to_owned(),
        (false, false, true) => "order: fixed".to_owned(),
    };
    let order = Line::styled(order, look.style(Role::Muted));
    frame::split(frame, rest, shared, &Line::default(), &order);
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
