//! Where to export a list to, and as what.

use crate::console::effect::{Answer, Effect};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::report::{Format, Report};
use crate::console::screen::{Cx, Mode, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;
use crate::console::widgets::popup::{self, Place};
use crate::console::widgets::{grouped, plural};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::path::Path;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "export",
    title: "Exporting a list",
    list: false,
    bindings: &[
        bind(Verb::Open, "write", &["enter"], "write", "Write the file"),
        bind(Verb::NextView, "format", &["tab"], "csv, json, md", "Change the suffix"),
        bind(Verb::Back, "close", &["esc"], "close", "Write nothing"),
    ],
};

/// What a format is good for.
const fn good_for(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv for spreadsheets",
        Format::Json => "json for programs",
        Format::Markdown => "md for tickets",
    }
}

/// Asks for the path.
#[derive(Debug)]
pub struct Export {
    report: Report,
    field: Field,
    writing: bool,
    trouble: String,
}

impl Export {
    /// A path in the current folder stands there already.
    pub fn new(report: Report) -> Self {
        let field = Field::with(&format!("./{}.csv", report.file_stem()));
        Self { report, field, writing: false, trouble: String::new() }
    }

    fn path(&self) -> &Path {
        Path::new(self.field.text().trim())
    }

    fn write(&mut self, cx: &mut Cx<'_>) {
        if self.writing {
            return;
        }
        if Format::of(self.path()).is_none() {
            self.trouble = "The name must end in .csv, .json or .md: that picks the format.".into();
            return;
        }
        self.writing = true;
        self.trouble.clear();
        cx.effect(Effect::Export(self.path().to_owned(), Box::new(self.report.clone())));
    }

    fn next_format(&mut self) {
        let at = Format::of(self.path())
            .and_then(|format| Format::ALL.iter().position(|other| *other == format));
        let next = at.map_or(0, |at| at + 1) % Format::ALL.len();
        let Some(format) = Format::ALL.get(next) else { return };
        let path = match at {
            Some(_) => self.path().with_extension(format.suffix()).to_string_lossy().into_owned(),
            None => format!("{}.{}", self.field.text().trim_end_matches('.'), format.suffix()),
        };
        self.field.set(&path);
        self.trouble.clear();
    }

    fn rows(&self) -> String {
        let count = self.report.rows.len();
        format!("{} {}", grouped(count), plural(count, "row", "rows"))
    }

    fn formats(&self, shared: &Shared, width: usize) -> Line<'static> {
        let chosen = Format::of(self.path());
        let mut spans = Vec::new();
        for format in Format::ALL {
            let role = if chosen == Some(format) { Role::Accent } else { Role::Muted };
            let sign = if chosen == Some(format) { shared.look.glyphs.cursor } else { " " };
            spans.push(Span::styled(sign, shared.look.style(Role::Accent)));
            let told = if width < 60 { format.suffix() } else { good_for(format) };
            spans.push(Span::styled(format!("{told}  "), shared.look.style(role)));
        }
        Line::from(spans)
    }
}

impl Screen for Export {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn mode(&self) -> Mode {
        Mode::Text
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        matches!(verb, Verb::Open | Verb::NextView | Verb::Back)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => self.write(cx),
            Verb::NextView => self.next_format(),
            _ => return false,
        }
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
        let took = !self.writing && self.field.key(key);
        if took {
            self.trouble.clear();
        }
        took
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> bool {
        if !self.writing {
            self.field.paste(text);
            self.trouble.clear();
        }
        true
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        let Answer::Exported(result) = answer else { return };
        if !std::mem::take(&mut self.writing) {
            return;
        }
        match result {
            Ok(path) => {
                cx.pop();
                let path = text::clean(&path.to_string_lossy());
                cx.say(format!("{} written to {path}, readable by you alone.", self.rows()));
            }
            Err(trouble) => self.trouble.clone_from(trouble),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let look = &shared.look;
        let columns = area.width.saturating_sub(popup::EDGE.0).min(90);
        let (told, role) = match (self.writing, self.trouble.as_str()) {
            (true, _) => ("Writing the file.", Role::Working),
            (false, "") => ("A new file, readable by you alone. ~/ leads home.", Role::Muted),
            (false, trouble) => (trouble, Role::Danger),
        };
        let told = text::wrap(&text::clean(told), usize::from(columns).max(1));
        let rows = u16::try_from(2 + told.len()).unwrap_or(u16::MAX);
        let around = popup::around(area, Place::Bottom, columns, rows);
        let title = format!("Export: {}, {}", self.report.title, self.rows());
        let inner = popup::draw(frame, around, look, &title);
        let row = |at: u16| {
            Rect { y: inner.y.saturating_add(at), height: 1, ..inner }.intersection(inner)
        };
        let width = usize::from(inner.width);
        self.field.draw(frame, row(0), look, !self.writing);
        let mut put = |at: u16, line: &Line<'_>| {
            let row = row(at);
            if !row.is_empty() {
                frame.buffer_mut().set_line(row.x, row.y, line, row.width);
            }
        };
        put(1, &self.formats(shared, width));
        for (at, line) in (2..).zip(told) {
            put(at, &Line::styled(line, look.style(role)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::event::Event;
    use crate::console::overlays::boxed;
    use crate::console::testing::Driver;
    use std::path::PathBuf;

    /// At home, `e` pressed.
    fn exporting(columns: u16, rows: u16) -> Driver {
        let mut driver = Driver::home(columns, rows);
        driver.press("e");
        assert_eq!(driver.place(), "export");
        driver
    }

    fn written(driver: &mut Driver) -> Option<(PathBuf, usize)> {
        driver.take_effects().into_iter().find_map(|effect| match effect {
            Effect::Export(path, report) => Some((path, report.rows.len())),
            _ => None,
        })
    }

    #[test]
    fn looks() {
        for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
            let mut driver = exporting(columns, rows);
            insta::assert_snapshot!(format!("{columns}x{rows}"), boxed(&driver.draw()));
            driver.press("enter");
            let trouble = "./policies.csv is there already and was left as it is. Choose another \
                           name.";
            driver.answer(Answer::Exported(Err(trouble.into())));
            insta::assert_snapshot!(format!("{columns}x{rows}_trouble"), boxed(&driver.draw()));
        }
    }

    #[test]
    fn enter_writes_what_the_path_says() {
        let mut driver = exporting(80, 24);
        driver.press("enter");
        assert_eq!(written(&mut driver), Some(("./policies.csv".into(), 7)));
        driver.press("enter x");
        assert_eq!(written(&mut driver), None, "it is being written");
        driver.answer(Answer::Exported(Ok("./policies.csv".into())));
        assert_eq!(driver.place(), "policies");
        let notice = driver.app.shared.notice.as_ref().unwrap();
        assert_eq!(notice.text, "7 rows written to ./policies.csv, readable by you alone.");
    }

    #[test]
    fn tab_changes_the_suffix() {
        let mut driver = exporting(80, 24);
        for suffix in ["json", "md", "csv"] {
            driver.press("tab");
            assert!(driver.draw().contains(&format!("./policies.{suffix}")), "{suffix}");
        }
        driver.press("ctrl-u").type_text("a.").press("tab enter");
        assert_eq!(written(&mut driver).map(|(path, _)| path), Some("a.csv".into()));
    }

    #[test]
    fn letters_are_text_and_a_paste_submits_nothing() {
        let mut driver = exporting(80, 24);
        driver.press("ctrl-u").type_text("q?:");
        driver.event(Event::Paste("/x.md\n".into()));
        assert_eq!(written(&mut driver), None);
        driver.press("enter");
        assert_eq!(written(&mut driver).map(|(path, _)| path), Some("q?:/x.md".into()));
    }

    #[test]
    fn trouble_is_told_and_can_be_mended() {
        let mut driver = exporting(80, 24);
        driver.press("ctrl-u").type_text("policies.txt").press("enter");
        assert_eq!(written(&mut driver), None);
        assert!(driver.draw().contains("must end in .csv, .json or .md"));
        driver.press("backspace backspace backspace").type_text("md").press("enter");
        assert!(written(&mut driver).is_some());
        driver.answer(Answer::Exported(Err("There is no folder x.".into())));
        assert!(driver.draw().contains("There is no folder x."));
        driver.press("enter");
        assert!(written(&mut driver).is_some(), "it can be tried again");
    }

    #[test]
    fn esc_writes_nothing() {
        let mut driver = exporting(80, 24);
        driver.press("esc");
        assert_eq!((driver.place(), written(&mut driver)), ("policies", None));
    }
}
