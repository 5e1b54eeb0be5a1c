//! A question in the bottom line: `Write 38 changes to Acme Corporation? y/n`, or a number to type.

use super::question;
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::screen::{Cx, Mode, Request, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::field::Field;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

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
            None => "y/n".to_owned(),
            Some((_, field)) => text::clean(field.text()),
        };
        Some(question::line(&self.question, &answer, shared))
    }

    fn draw(&self, frame: &mut Frame<'_>, _area: Rect, shared: &Shared) {
        question::draw_whole(&self.question, "y/n", frame, shared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::shared::Shared;
    use crate::console::testing::{self, Driver};

    fn asked(ask: Ask) -> Driver {
        Driver::new(testing::shared(), vec![Box::new(ask)])
    }

    fn quits() -> Vec<Request> {
        vec![Request::Quit { when_done: true }]
    }

    fn bottom(driver: &Driver) -> String {
        driver.draw().lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn only_y_is_yes() {
        for keys in ["enter", "space", "q", "a", "1", "f"] {
            let mut driver = asked(Ask::yes_no("Write 38 changes to Acme?", quits()));
            driver.press(keys);
            assert_eq!((driver.place(), driver.app.ended()), ("ask", None), "{keys}");
        }
        for keys in ["n", "esc"] {
            let mut driver = asked(Ask::yes_no("Write 38 changes to Acme?", quits()));
            driver.press(keys);
            assert_eq!((driver.place(), driver.app.ended()), ("policies", None), "{keys}");
        }
        let mut driver = asked(Ask::yes_no("Write 38 changes to Acme?", quits()));
        assert_eq!(bottom(&driver), "Write 38 changes to Acme? y/n");
        driver.press("y");
        assert!(driver.app.ended().is_some());
    }

    #[test]
    fn a_number_has_to_be_typed() {
        let ask = || Ask::typed("12 devices left. Type 12 to confirm:", "12", quits());
        for typed in ["", "1", "y", "13"] {
            let mut driver = asked(ask());
            driver.type_text(typed).press("enter");
            assert_eq!((driver.place(), driver.app.ended()), ("policies", None), "{typed}");
        }
        let mut driver = asked(ask());
        driver.type_text("12");
        assert_eq!(bottom(&driver), "12 devices left. Type 12 to confirm: 12");
        driver.press("enter");
        assert!(driver.app.ended().is_some());
    }

    #[test]
    fn a_long_question_is_repeated_whole_and_its_answers_are_never_cut() {
        let long = format!("Write 38 changes to {}?", "Acme Corporation ".repeat(6).trim());
        for size in [(80, 24), (40, 10)] {
            let shared = Shared { size, ..testing::shared() };
            let driver = Driver::new(shared, vec![Box::new(Ask::yes_no(&*long, quits()))]);
            assert!(bottom(&driver).ends_with(" y/n"), "{}", driver.draw());
            let words = driver.draw().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(&long), "{}", driver.draw());
        }
    }
}
