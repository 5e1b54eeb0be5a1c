//! What stands above the rows: line 1, progress, counts, requests, tabs.

use super::RunScreen;
use crate::console::frame;
use crate::console::run::{LiveRun, RowState, View, minute};
use crate::console::screen::Header;
use crate::console::shared::{RunEntry, Shared};
use crate::console::theme::Role;
use crate::console::widgets::grouped;
use crate::domain::Outcome;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

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

/// What the engine found worth telling beyond single devices: a problem first, else the last note.
pub fn note(live: &LiveRun) -> Option<&str> {
    let problem = match live.outcome() {
        Some(Ok(summary)) if summary.outcome != Outcome::Failed => summary.problems.first(),
        _ => None,
    };
    problem.or(live.notes().last()).map(String::as_str)
}

/// How the run ended, in as many lines as that needs, though not in more than four.
pub fn ending(live: &LiveRun, width: u16) -> Vec<String> {
    let mut lines = live.ending().map(|told| text::wrap(&told, width.into())).unwrap_or_default();
    lines.truncate(4);
    lines
}

pub fn draw_progress(frame: &mut Frame<'_>, area: Rect, live: &LiveRun, shared: &Shared) {
    let look = &shared.look;
    if live.ended() {
        let role = match live.outcome() {
            Some(Ok(summary)) if summary.outcome == Outcome::Done => Role::Linked,
            Some(Ok(summary)) if summary.outcome != Outcome::Failed => Role::Attention,
            _ => Role::Danger,
        };
        let lines = ending(live, area.width);
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

pub fn capital(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// The counts of the states that a run goes through; those of none give way where there is no room.
pub fn counts(live: &LiveRun, area: Rect, shared: &Shared) -> Line<'static> {
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
pub fn requests(live: &LiveRun, shared: &Shared) -> Line<'static> {
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

pub fn draw_tabs(
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
        return filter.draw(frame, rest, shared, "text reason: state:", &marked);
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
