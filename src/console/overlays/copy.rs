//! What to copy of the row under the cursor.

use crate::console::keymap::{Context, Verb, bind};
use crate::console::screen::{Cx, Request, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::popup::{self, Place};
use crate::console::widgets::table;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "copy",
    title: "Copying",
    list: true,
    bindings: &[
        bind(Verb::CopyLink, "link", &["l"], "link", "Copy the link into IT Glue"),
        bind(Verb::CopySerial, "serial", &["s"], "serial", "Copy the serial number"),
        bind(Verb::CopyName, "name", &["n"], "name", "Copy the name"),
        bind(Verb::CopyMessage, "message", &["m"], "message", "Copy the message"),
        bind(Verb::CopyId, "id", &["i"], "id", "Copy the id"),
        bind(Verb::Open, "choose", &["enter"], "copy", "Copy what the cursor is on"),
        bind(Verb::Back, "close", &["esc"], "close", "Copy nothing"),
    ],
};

/// Offers what can be copied, each with its key.
#[derive(Debug)]
pub struct Copy {
    values: Vec<(Verb, String)>,
    cursor: usize,
}

/// What a value is called.
const fn called(verb: Verb) -> &'static str {
    match verb {
        Verb::CopyLink => "link",
        Verb::CopySerial => "serial number",
        Verb::CopyName => "name",
        Verb::CopyMessage => "message",
        Verb::CopyId => "id",
        _ => "",
    }
}

impl Copy {
    /// Offers these, in the order of the keys.
    pub fn new(mut values: Vec<(Verb, String)>) -> Self {
        let place = |verb: Verb| CONTEXT.bindings.iter().position(|b| b.verb == verb);
        values.retain(|(verb, value)| !called(*verb).is_empty() && !value.is_empty());
        values.sort_by_key(|(verb, _)| place(*verb));
        Self { values, cursor: 0 }
    }

    fn copy(&self, at: usize, cx: &mut Cx<'_>) -> bool {
        let Some((verb, value)) = self.values.get(at) else { return false };
        let value = text::clean(value);
        cx.pop();
        // Where the terminal takes no copies, the value can be read and selected there.
        cx.say(format!("Copied the {}: {value}", called(*verb)));
        cx.request(Request::Copy(value));
        true
    }
}

impl Screen for Copy {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        self.values.iter().any(|(known, _)| *known == verb)
            || matches!(verb, Verb::Open | Verb::Back | Verb::Up | Verb::Down)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Up => self.cursor = self.cursor.saturating_sub(1),
            Verb::Down => {
                self.cursor = (self.cursor + 1).min(self.values.len().saturating_sub(1));
            }
            Verb::Open => return self.copy(self.cursor, cx),
            verb => {
                let at = self.values.iter().position(|(known, _)| *known == verb);
                return at.is_some_and(|at| self.copy(at, cx));
            }
        }
        true
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let value = self.values.get(self.cursor).map_or("", |(_, value)| value);
        Line::styled(text::clean(value), shared.look.style(Role::Text))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        const LEAD: usize = 22;
        let look = &shared.look;
        let widest = self.values.iter().map(|(_, value)| text::width(value)).max().unwrap_or(0);
        let columns = u16::try_from(LEAD + widest).unwrap_or(u16::MAX).max(40);
        let rows = u16::try_from(self.values.len()).unwrap_or(u16::MAX);
        let around = popup::around(area, Place::Bottom, columns, rows);
        let inner = popup::draw(frame, around, look, "Copy");
        for ((at, (verb, value)), y) in self.values.iter().enumerate().zip(inner.y..inner.bottom())
        {
            let label = shared.keymap.key_for(&CONTEXT, *verb).map(|key| key.label());
            let key = text::pad(&format!("  {}", label.unwrap_or_default()), 6);
            let room = usize::from(inner.width).saturating_sub(LEAD);
            let value = text::truncate(&text::clean(value), room, look.glyphs.cut);
            let line = Line::from(vec![
                Span::styled(key, look.style(Role::Key)),
                Span::styled(text::pad(called(*verb), LEAD - 6), look.style(Role::Muted)),
                Span::styled(value, look.style(Role::Text)),
            ]);
            let row = Rect { y, height: 1, ..inner };
            frame.buffer_mut().set_line(row.x, y, &line, row.width);
            table::lead(frame.buffer_mut(), row, look, at == self.cursor, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::overlays::boxed;
    use crate::console::testing::{Driver, shared};

    fn copying(columns: u16, rows: u16) -> Driver {
        let values = [
            (Verb::CopyName, "GLX-MBP-003"),
            (Verb::CopyId, "7c0d2f"),
            (Verb::CopyLink, "https://msp.itglue.com/1025/configurations/9911"),
            (Verb::CopySerial, "C02XK0ACJG5H"),
            (Verb::CopyMessage, "configurations 9911 and 9907 both carry C02XK0ACJG5H"),
        ];
        let values = values.map(|(verb, value)| (verb, value.to_owned())).to_vec();
        let shared = Shared { size: (columns, rows), ..shared() };
        Driver::new(shared, vec![Box::new(Copy::new(values))])
    }

    fn told(driver: &Driver) -> &str {
        driver.app.shared.notice.as_ref().map_or("", |notice| &notice.text)
    }

    #[test]
    fn looks() {
        for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
            insta::assert_snapshot!(
                format!("{columns}x{rows}"),
                boxed(&copying(columns, rows).draw())
            );
        }
    }

    #[test]
    fn each_letter_copies_and_says_what() {
        for (key, value) in [
            ("l", "https://msp.itglue.com/1025/configurations/9911"),
            ("s", "C02XK0ACJG5H"),
            ("n", "GLX-MBP-003"),
            ("m", "configurations 9911 and 9907 both carry C02XK0ACJG5H"),
            ("i", "7c0d2f"),
            ("enter", "https://msp.itglue.com/1025/configurations/9911"),
            ("down j up enter", "C02XK0ACJG5H"),
        ] {
            let mut driver = copying(80, 24);
            driver.press(key);
            assert_eq!(driver.app.take_copies(), [value], "{key}");
            assert!(told(&driver).ends_with(value), "{key}: {}", told(&driver));
            assert_eq!(driver.place(), "policies");
        }
    }

    #[test]
    fn esc_and_what_is_not_offered_copy_nothing() {
        let mut driver = copying(80, 24);
        driver.press("esc");
        assert!(driver.app.take_copies().is_empty());
        let mut driver = Driver::home(80, 24);
        driver.press("y s");
        assert_eq!(driver.place(), "copy");
        assert!(driver.app.take_copies().is_empty());
        driver.press("n");
        assert_eq!(driver.app.take_copies().len(), 1);
    }
}
