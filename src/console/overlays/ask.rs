//! A question in the bottom line: `Write 38 changes to Acme Corporation? y/n`, or a number to type.

use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::screen::{Cx, Mode, Request, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "ask",
    title: "A question",
    list: false,
    bindings: &[
        bind(Verb::Yes, "yes", &["y"], "yes", "Yes"),
        bind(Verb::No, "no", &["n"], "no", "No"),
        bind(Verb::Open, "answer", &["enter"], "", "Give the typed answer"),
    ],
};

/// A question. Enter never answers yes: only `y` does, or the number typed.
#[derive(Debug)]
pub struct Ask {
    question: String,
    /// What has to be typed in so many words; `None`: y/n.
    typed: Option<(String, Field)>,
    yes: Vec<Request>,
}

impl Ask {
    /// Asks y/n; on yes the requests are carried out.
    pub fn yes_no(question: impl Into<String>, yes: Vec<Request>) -> Self {
        Self { question: question.into(), typed: None, yes }
    }

    /// Asks for `expected` to be typed.
    pub fn typed(
        question: impl Into<String>,
        expected: impl Into<String>,
        yes: Vec<Request>,
    ) -> Self {
        let typed = Some((expected.into(), Field::default()));
        Self { question: question.into(), typed, yes }
    }

    fn answer(&mut self, yes: bool, cx: &mut Cx<'_>) {
        cx.pop();
        if yes {
            cx.requests.append(&mut self.yes);
        } else {
            cx.say("Nothing was changed.");
        }
    }
}

impl Screen for Ask {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn mode(&self) -> Mode {
        if self.typed.is_some() { Mode::Text } else { Mode::List }
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Yes | Verb::No => self.typed.is_none(),
            Verb::Open => self.typed.is_some(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match (verb, &self.typed) {
            (Verb::Yes, None) => self.answer(true, cx),
            (Verb::No, None) => self.answer(false, cx),
            (Verb::Open, Some((expected, field))) => {
                let right = field.text().trim() == expected;
                self.answer(right, cx);
            }
            _ => return false,
        }
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
        self.typed.as_mut().is_some_and(|(_, field)| field.key(key))
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> bool {
        if let Some((_, field)) = &mut self.typed {
            field.paste(text);
        }
        true
    }

    fn question(&self, shared: &Shared) -> Option<Line<'static>> {
        let answer = match &self.typed {
            None => " y/n".to_owned(),
            Some((_, field)) => format!(" {}", text::clean(field.text())),
        };
        let style = shared.look.style(Role::Accent);
        let question = Span::styled(text::clean(&self.question), style);
        Some(Line::from(vec![question, Span::styled(answer, shared.look.style(Role::Key))]))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        // The question may be longer than the line; then the body's end repeats it whole.
        let area = area.intersection(frame.area());
        let width = usize::from(area.width);
        if text::width(&self.question) + 8 <= width {
            return;
        }
        let lines = text::wrap(&text::clean(&self.question), width.max(1));
        let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let top = area.bottom().saturating_sub(count).max(area.y);
        for (y, line) in (top..area.bottom()).zip(lines) {
            let line = text::pad(&line, width);
            frame.buffer_mut().set_stringn(0, y, line, width, shared.look.style(Role::Accent));
        }
    }
}
