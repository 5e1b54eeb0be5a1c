//! Choosing a theme: the whole console shows each while the cursor moves.

use crate::console::effect::{Answer, Effect};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::screen::{Cx, Request, Screen};
use crate::console::shared::Shared;
use crate::console::theme::{Depth, Offer, Role, Theme, ThemeProblem, built_in_offers};
use crate::console::widgets::list::ListView;
use crate::console::widgets::popup::{self, Place};
use crate::console::widgets::table;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::path::PathBuf;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "theme",
    title: "Choosing a theme",
    list: true,
    bindings: &[
        bind(Verb::Open, "keep", &["enter"], "keep", "Write it to the settings file"),
        bind(Verb::Back, "restore", &["esc"], "as before", "Go back to the theme before"),
    ],
};

/// Columns of the box.
const COLUMNS: u16 = 32;
/// Rows below the names: a rule, the samples, what the terminal can.
const BELOW: u16 = 7;

/// The themes, and the one that was there before.
#[derive(Debug)]
pub struct Themes {
    offers: Arc<Vec<Offer>>,
    list: ListView<usize>,
    before: Theme,
    saving: bool,
}

impl Themes {
    /// The built-in ones at once; the user's own follow when their folder was read.
    pub fn new(shared: &Shared) -> Self {
        let before = shared.look.theme.clone();
        let mut themes =
            Self { offers: Arc::new(Vec::new()), list: ListView::default(), saving: false, before };
        let wanted = themes.before.name().to_owned();
        themes.offer(Arc::new(built_in_offers(shared.look.depth)), &wanted);
        themes
    }

    fn offer(&mut self, offers: Arc<Vec<Offer>>, wanted: &str) {
        self.offers = offers;
        self.list.set_rows((0..self.offers.len()).collect());
        if let Some(at) = self.offers.iter().position(|offer| offer.name == wanted) {
            self.list.select(&at);
        }
    }

    fn current(&self) -> Option<&Offer> {
        self.offers.get(*self.list.current()?)
    }

    fn preview(&self, cx: &mut Cx<'_>) {
        if let Some(offer) = self.current() {
            cx.request(Request::Theme(Box::new(offer.theme.clone())));
        }
    }

    fn saved(&self, name: &str, result: &Result<(), String>, cx: &mut Cx<'_>) {
        cx.pop();
        match result {
            Ok(()) => {
                let file = text::clean(&cx.shared.paths.config_file.to_string_lossy());
                cx.say(format!("The theme {name} is in {file}."));
            }
            Err(trouble) => cx.warn(format!("{name} holds for this session: {trouble}")),
        }
    }

    fn draw_names(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let look = &shared.look;
        let visible = self.list.visible();
        for (y, at) in (area.y..area.bottom()).zip(visible) {
            let Some(offer) = self.offers.get(at) else { continue };
            let row = Rect { y, height: 1, ..area };
            let note = if !offer.problems.is_empty() {
                ("mistakes", Role::Danger)
            } else if offer.name == self.before.name() {
                ("before", Role::Muted)
            } else if offer.theme.is_light() && offer.name != "light" {
                ("light", Role::Muted)
            } else {
                ("", Role::Muted)
            };
            let room = usize::from(row.width).saturating_sub(12);
            let name = text::truncate(&text::clean(&offer.name), room, look.glyphs.cut);
            let line = Line::from(vec![
                Span::styled(format!("  {}", text::pad(&name, room)), look.style(Role::Text)),
                Span::styled(format!("{:>10}", note.0), look.style(note.1)),
            ]);
            frame.buffer_mut().set_line(row.x, y, &line, row.width);
            table::lead(frame.buffer_mut(), row, look, at == self.list.position(), false);
        }
    }
}

/// The roles at work.
fn samples(shared: &Shared) -> Vec<Line<'static>> {
    let look = &shared.look;
    let glyphs = &look.glyphs;
    let part = |text: &str, role| Span::styled(text.to_owned(), look.style(role));
    let icons = if glyphs.utf8 { ["●", "◐", "○"] } else { ["*", "!", "."] };
    let [linked, attention, unlinked] = icons;
    let depth = match look.depth {
        Depth::None => "No colours in this terminal.",
        Depth::Ansi16 => "16 colours in this terminal.",
        Depth::Ansi256 => "256 colours in this terminal.",
        Depth::TrueColor => "All colours in this terminal.",
    };
    vec![
        Line::from(vec![
            part(&format!("{linked} linked  "), Role::Linked),
            part(&format!("{attention} attention"), Role::Attention),
        ]),
        Line::from(vec![
            part(&format!("{unlinked} not linked  "), Role::Unlinked),
            part("# withheld", Role::Danger),
        ]),
        Line::from(vec![
            part("old-name", Role::Old),
            part(&format!(" {} ", glyphs.arrow), Role::Muted),
            part("new-name  ", Role::New),
            part("writing", Role::Working),
        ]),
        Line::from(vec![
            part("f", Role::Key),
            part(" find  ", Role::Muted),
            part("Gl", Role::Match),
            part("obex  ", Role::Text),
            part("notice", Role::Notice),
        ]),
        Line::from(part(depth, Role::Muted)),
    ]
}

impl Screen for Themes {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        cx.effect(Effect::ReadThemes(cx.shared.look.depth));
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        use Verb::{Back, Bottom, Down, Open, PageDown, PageUp, Top, Up};
        matches!(verb, Open | Back | Up | Down | PageUp | PageDown | Top | Bottom)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        if self.saving {
            return true;
        }
        if verb != Verb::Open {
            let moved = self.list.act(verb);
            self.preview(cx);
            return moved;
        }
        if let Some(offer) = self.current() {
            cx.effect(Effect::SaveTheme(offer.name.clone()));
            self.preview(cx);
            self.saving = true;
        }
        true
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Themes(offers) if !self.saving => {
                let wanted = self.current().map(|offer| offer.name.clone()).unwrap_or_default();
                self.offer(Arc::clone(offers), &wanted);
            }
            Answer::ThemeSaved(name, result) if self.saving => self.saved(name, result, cx),
            _ => {}
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        if !self.saving {
            cx.request(Request::Theme(Box::new(self.before.clone())));
        }
        self.saving
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        let inner = popup::inside(around(area, self.offers.len()));
        self.list.settle(names_area(inner).height);
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let Some(offer) = self.current() else { return Line::default() };
        match offer.problems.as_slice() {
            [] => {
                let file = text::clean(&shared.paths.config_file.to_string_lossy());
                let told = format!("Enter keeps {} and writes it into {file}.", offer.name);
                Line::styled(told, shared.look.style(Role::Text))
            }
            [first, rest @ ..] => {
                // The folder is always the same, and long.
                let file = first.file.file_name().map(PathBuf::from).unwrap_or_default();
                let first = ThemeProblem { file, ..first.clone() };
                let more = match rest.len() {
                    0 => String::new(),
                    count => format!(" (and {count} more)"),
                };
                Line::styled(format!("{first}{more}"), shared.look.style(Role::Danger))
            }
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let inner =
            popup::draw(frame, around(area, self.offers.len()), &shared.look, "Choose a theme");
        let names = names_area(inner);
        self.draw_names(frame, names, shared);
        for (y, line) in (names.bottom().saturating_add(1)..inner.bottom()).zip(samples(shared)) {
            frame.buffer_mut().set_line(inner.x, y, &line, inner.width);
        }
    }
}

fn around(area: Rect, names: usize) -> Rect {
    let rows = u16::try_from(names).unwrap_or(u16::MAX).saturating_add(BELOW - 1);
    popup::around(area, Place::Right, COLUMNS, rows)
}

/// Where the box is low the names go before the samples.
fn names_area(inner: Rect) -> Rect {
    let height = inner.height.saturating_sub(BELOW - 1).max(inner.height.min(5));
    Rect { height, ..inner }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::overlays::boxed;
    use crate::console::testing::{Driver, shared};

    fn choosing(columns: u16, rows: u16) -> Driver {
        let shared = Shared { size: (columns, rows), ..shared() };
        let themes: Vec<Box<dyn Screen>> = vec![Box::new(Themes::new(&shared))];
        Driver::new(shared, themes)
    }

    fn shown(driver: &Driver) -> &str {
        driver.app.shared.look.theme.name()
    }

    fn own(name: &str, problems: Vec<ThemeProblem>) -> Offer {
        let theme = Theme::builtin("dark", Depth::TrueColor).unwrap();
        Offer { name: name.into(), theme: theme.named(name), problems }
    }

    fn saves(driver: &mut Driver) -> Option<String> {
        driver.take_effects().into_iter().find_map(|effect| match effect {
            Effect::SaveTheme(name) => Some(name),
            _ => None,
        })
    }

    #[test]
    fn looks() {
        for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
            let mut driver = choosing(columns, rows);
            driver.press("down");
            insta::assert_snapshot!(format!("{columns}x{rows}"), boxed(&driver.draw()));
        }
    }

    #[test]
    fn moving_previews_and_esc_restores() {
        let mut driver = choosing(80, 24);
        for (key, name) in [
            ("down", "light"),
            ("j", "high-contrast"),
            ("up", "light"),
            ("G", "mono"),
            ("home", "dark"),
            ("pagedown", "mono"),
        ] {
            driver.press(key);
            assert_eq!(shown(&driver), name, "{key}");
        }
        driver.press("esc");
        assert_eq!((shown(&driver), driver.place()), ("dark", "policies"));
        assert_eq!(saves(&mut driver), None);
    }

    #[test]
    fn the_whole_screen_shows_it() {
        let mut driver = choosing(80, 24);
        let linked = |name: &str| {
            let theme = Theme::builtin(name, Depth::TrueColor).unwrap();
            format!("{:?}", theme.style(Role::Linked).fg)
        };
        assert!(driver.styles().contains(&linked("dark")));
        driver.press("down");
        let styles = driver.styles();
        assert!(styles.contains(&linked("light")) && !styles.contains(&linked("dark")));
    }

    #[test]
    fn enter_writes_it_to_the_settings() {
        let mut driver = choosing(80, 24);
        driver.press("down enter");
        assert_eq!(saves(&mut driver).as_deref(), Some("light"));
        driver.press("down esc enter");
        assert_eq!(saves(&mut driver), None, "it is being written");
        assert_eq!((shown(&driver), driver.place()), ("light", "theme"));
        driver.answer(Answer::ThemeSaved("light".into(), Ok(())));
        assert_eq!((shown(&driver), driver.place()), ("light", "policies"));
        let notice = driver.app.shared.notice.as_ref().unwrap();
        assert_eq!(notice.text, "The theme light is in /nowhere/config.toml.");
    }

    #[test]
    fn where_it_can_not_be_written_it_holds_for_the_session() {
        let mut driver = choosing(80, 24);
        driver.press("down enter");
        driver.answer(Answer::ThemeSaved("light".into(), Err("the file is read-only".into())));
        assert_eq!((shown(&driver), driver.place()), ("light", "policies"));
        let notice = driver.app.shared.notice.as_ref().unwrap();
        assert_eq!(notice.text, "light holds for this session: the file is read-only");
        assert!(notice.warning);
    }

    #[test]
    fn own_themes_come_when_they_were_read_and_the_cursor_stays() {
        let mut driver = choosing(80, 24);
        driver.press("down");
        let problem = ThemeProblem {
            file: PathBuf::from("/nowhere/themes/mine.toml"),
            line: Some(3),
            message: "unknown colour `ambre`; did you mean `amber`?".into(),
        };
        let mut offers = built_in_offers(Depth::TrueColor);
        offers.extend([own("birch", Vec::new()), own("mine", vec![problem.clone(), problem])]);
        driver.answer(Answer::Themes(Arc::new(offers)));
        assert_eq!(shown(&driver), "light");
        driver.press("G");
        assert_eq!(shown(&driver), "mine");
        insta::assert_snapshot!("own", boxed(&driver.draw()));
    }

    #[test]
    fn every_depth_says_what_it_can() {
        for (depth, told) in [
            (Depth::None, "No colours"),
            (Depth::Ansi16, "16 colours"),
            (Depth::Ansi256, "256 colours"),
            (Depth::TrueColor, "All colours"),
        ] {
            let mut driver = choosing(80, 24);
            driver.app.shared.look.depth = depth;
            assert!(driver.draw().contains(told));
        }
    }
}
