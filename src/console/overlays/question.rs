//! A question in the bottom line: its end, the answers, is never cut; where its text is, the lines above
//! repeat it whole.

use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// In characters; the names in a question are cut before.
const LONGEST: usize = 4096;

/// The bottom line: the question, as much as fits, and how to answer.
pub fn line(question: &str, answers: &str, shared: &Shared) -> Line<'static> {
    let room = usize::from(shared.size.0).saturating_sub(text::width(answers) + 1);
    let question = text::clean_to(question, LONGEST);
    // What does not fit is drawn above; its end is the question proper.
    let end = match question.rsplit_once(". ") {
        Some((_, end)) if text::width(&question) > room => end,
        _ => &question,
    };
    let question = text::truncate(end, room, shared.look.glyphs.cut);
    Line::from(vec![
        Span::styled(format!("{question} "), shared.look.style(Role::Accent)),
        Span::styled(answers.to_owned(), shared.look.style(Role::Key)),
    ])
}

/// The whole question above the bottom line, where it does not fit into that.
pub fn draw_whole(question: &str, answers: &str, frame: &mut Frame<'_>, shared: &Shared) {
    let area = frame.area();
    let width = usize::from(area.width);
    let question = text::clean_to(question, LONGEST);
    if text::width(&question) + text::width(answers) < width || width == 0 {
        return;
    }
    let lines = text::wrap(&question, width);
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height / 2);
    let top = area.bottom().saturating_sub(1 + count);
    // Line 22 and 23 come after this; the question stands above them.
    let top = top.saturating_sub(2);
    Clear.render(Rect { y: top, height: count, ..area }, frame.buffer_mut());
    for (y, line) in (top..top + count).zip(lines) {
        frame.buffer_mut().set_stringn(0, y, line, width, shared.look.style(Role::Accent));
    }
}
