//! The rail that names the seven steps and which of them are done: a column, or one line.

use super::draft::Step;
use crate::console::look::Look;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// From this width on the rail is a column.
const WIDE: u16 = 100;
/// Its width.
const COLUMN: u16 = 24;

/// The names that fit into one line of 80 columns.
const fn short(step: Step) -> &'static str {
    match step {
        Step::Addigy => "Addigy",
        Step::ItGlue => "IT Glue",
        Step::Active => "Active",
        Step::Inactive => "Inactive",
        Step::DefaultType => "Type",
        Step::Rules => "Rules",
        Step::Review => "Review",
    }
}

/// The area that the rail leaves to the step.
pub fn rest(area: Rect) -> Rect {
    let (x, y) = if area.width >= WIDE { (COLUMN + 3, 0) } else { (0, 2.min(area.height)) };
    Rect {
        x: area.x + x,
        y: area.y + y,
        width: area.width.saturating_sub(x),
        height: area.height.saturating_sub(y),
    }
}

/// Draws the rail into the area that it shares with the step.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    look: &Look,
    current: Step,
    done: impl Fn(Step) -> bool,
) {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return;
    }
    if area.width >= WIDE {
        return column(frame, area, look, current, done);
    }
    let parts = |name: fn(Step) -> &'static str| -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        for step in Step::ALL {
            if step != Step::Addigy {
                spans.push(Span::raw("  "));
            }
            spans.extend(entry(look, step, name(step), step == current, done(step)));
        }
        spans
    };
    let line = Line::from(parts(short));
    let line = match line.width() <= usize::from(area.width) {
        true => line,
        false => Line::styled(
            format!("Step {} of 7: {}", current.number(), current.title()),
            look.style(Role::Accent),
        ),
    };
    frame.buffer_mut().set_line(area.x, area.y, &line, area.width);
    if area.height > 1 {
        let rule = look.glyphs.rule.repeat(area.width.into());
        let style = look.style(Role::Border);
        frame.buffer_mut().set_stringn(area.x, area.y + 1, rule, area.width.into(), style);
    }
}

fn column(
    frame: &mut Frame<'_>,
    area: Rect,
    look: &Look,
    current: Step,
    done: impl Fn(Step) -> bool,
) {
    let buf = frame.buffer_mut();
    for (step, y) in Step::ALL.into_iter().zip((area.y..area.bottom()).skip(1).step_by(2)) {
        if step == current {
            buf.set_stringn(area.x, y, look.glyphs.cursor, 1, look.style(Role::Accent));
        }
        let line = Line::from(entry(look, step, step.title(), step == current, done(step)));
        buf.set_line(area.x + 2, y, &line, COLUMN.saturating_sub(2).min(area.width));
    }
    for y in area.y..area.bottom() {
        buf.set_stringn(area.x + COLUMN, y, look.glyphs.stroke, 1, look.style(Role::Border));
    }
}

fn entry(look: &Look, step: Step, name: &str, current: bool, done: bool) -> Vec<Span<'static>> {
    let role = match (current, done) {
        (true, _) => Role::Accent,
        (false, true) => Role::Text,
        (false, false) => Role::Muted,
    };
    let mut spans =
        vec![Span::styled(format!("{} {}", step.number(), text::clean(name)), look.style(role))];
    if done {
        spans.push(Span::styled(format!(" {}", look.glyphs.done), look.style(Role::Linked)));
    }
    spans
}
