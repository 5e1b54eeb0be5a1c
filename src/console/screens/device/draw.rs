//! How the page of a device looks: sentences first, then both sides, then what was tried.

use super::told::Told;
use super::{CONTEXT, DevicePage, Reading, sides};
use crate::commands::device::standing::Standing;
use crate::console::advice;
use crate::console::screen::Header;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::domain::DeviceId;
use crate::text;
use jiff::Timestamp;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub fn header(page: &DevicePage, shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let mut left = vec![Span::styled("Device", style(Role::Title))];
    if let Some(told) = &page.told {
        left.push(Span::styled(format!("  {}", told.name), style(Role::Text)));
    }
    if let (Some(at), true) = (page.place(), page.others.len() > 1) {
        let place = format!("  {} of {}", at + 1, page.others.len());
        left.push(Span::styled(place, style(Role::Muted)));
    }
    let as_of = shared.snapshot.as_ref().and_then(|snapshot| snapshot.known.as_of);
    let right = match (&page.reading, as_of) {
        (Reading::Now, _) => {
            let spinner = shared.look.glyphs.spinner;
            let turn = spinner.get(shared.spin % spinner.len().max(1)).copied().unwrap_or("");
            Line::styled(format!("{turn} reading both sides, Esc stops"), style(Role::Working))
        }
        (Reading::Done(sides), _) => Line::styled(
            format!("both sides read at {}", shared.clock(sides.at)),
            style(Role::Muted),
        ),
        (_, Some(at)) => Line::styled(format!("as of {}", shared.moment(at)), style(Role::Muted)),
        (_, None) => Line::default(),
    };
    Header { left: Line::from(left), right }
}

pub fn sentence(page: &DevicePage, shared: &Shared) -> Line<'static> {
    match &page.reading {
        Reading::Failed(trouble) => {
            Line::styled(text::clean(trouble), shared.look.style(Role::Danger))
        }
        _ => Line::default(),
    }
}

/// All lines of the page.
pub fn lines(page: &DevicePage, width: usize, shared: &Shared) -> Vec<Line<'static>> {
    let Some(told) = &page.told else {
        let why = match &shared.snapshot {
            None => "Reading the state.",
            Some(_) => "Neither Addigy nor the state knows this device any more.",
        };
        return wrapped(why, width, shared.look.style(Role::Muted));
    };
    let mut lines = standing(told, width, shared);
    if let Reading::Failed(trouble) = &page.reading {
        lines.push(Line::default());
        let told = format!("Reading both sides failed: {}", text::clean(trouble));
        lines.extend(wrapped(&told, width, shared.look.style(Role::Danger)));
    }
    lines.push(Line::default());
    for sentence in &told.sentences {
        lines.extend(wrapped(sentence, width, shared.look.style(Role::Text)));
    }
    if let Some(url) = &told.page {
        lines.push(Line::styled(format!("  {url}"), shared.look.style(Role::Accent)));
    }
    lines.push(Line::default());
    lines.extend(match &page.reading {
        Reading::Done(now) => sides::read_now(told, now, width, shared),
        _ => sides::last_known(told, width, shared),
    });
    let tried = attempts(&page.device, shared);
    if !tried.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled("  Attempts", shared.look.style(Role::Title)));
        for (at, answer) in tried {
            let at = Span::styled(format!("  {at}  "), shared.look.style(Role::Muted));
            lines.push(Line::from(vec![at, Span::raw(answer)]));
        }
    }
    lines
}

/// What runs of this console tried for the device, the newest first: the time, and what was answered.
fn attempts(device: &DeviceId, shared: &Shared) -> Vec<(String, String)> {
    let runs = shared.runs.iter().rev();
    let tried = runs.flat_map(|run| run.live.attempts(device).into_iter().rev());
    let clock = |at: Option<Timestamp>| at.map_or_else(|| "-".into(), |at| shared.clock(at));
    tried
        .map(|attempt| match attempt.ended {
            Some(_) => (clock(attempt.ended.or(attempt.began)), text::clean(&attempt.answer)),
            None => (clock(attempt.began), "sent, no answer yet".to_owned()),
        })
        .collect()
}

/// How it stands, to be read aloud, and what to do.
fn standing(told: &Told, width: usize, shared: &Shared) -> Vec<Line<'static>> {
    let style = |role| shared.look.style(role);
    let role = match &told.standing {
        Standing::Pending(pending) if !pending.superseded => Role::Attention,
        Standing::Withheld => Role::Danger,
        Standing::Linked(_) => Role::Linked,
        _ => Role::Text,
    };
    let sentence = told.standing.sentence(&|at| shared.moment(at));
    let sentence = match &told.standing {
        Standing::Linked(_) => format!("{} is linked. {sentence}", told.name),
        Standing::NotLinked if told.gone => format!("{} left: Addigy lists it no more.", told.name),
        Standing::NotLinked => format!("{} is not linked. {sentence}", told.name),
        _ => {
            let rest = sentence.strip_prefix("It ").map(|rest| format!("{} {rest}", told.name));
            rest.unwrap_or_else(|| format!("{}: {sentence}", told.name))
        }
    };
    let mut lines = wrapped(&text::clean(&sentence), width, style(role));
    let left = told.gone && told.standing == Standing::NotLinked;
    let next = advice::next(&told.standing, &CONTEXT, shared);
    if !next.is_empty() && !left {
        lines.extend(wrapped(&next, width, style(Role::Accent)));
    }
    lines
}

/// A sentence, indented and broken between words.
pub fn wrapped(sentence: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let lines = text::wrap(sentence, width.saturating_sub(4).max(1));
    lines.into_iter().map(|line| Line::styled(format!("  {line}"), style)).collect()
}
