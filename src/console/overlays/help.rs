//! What the keys do in the layer below, and what the signs mean.

use crate::commands::overview::State;
use crate::console::keymap::{Binding, Context, GLOBAL, LIST, Verb, bind};
use crate::console::look::Look;
use crate::console::screen::{Cx, Request, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::popup;
use crate::domain::DeviceState;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "help",
    title: "Help",
    list: true,
    bindings: &[
        bind(Verb::Help, "close", &["?", "f1", "q"], "close", "Close the help"),
        bind(Verb::PageDown, "page_down", &["space", "pagedown"], "next page", "One page down"),
    ],
};

/// Two columns from so many columns of content on.
const TWO: u16 = 110;
/// Columns of keys and signs.
const KEYS: usize = 14;
/// Columns between two columns.
const GAP: u16 = 4;

/// A piece of the help: its lines stay in one column.
#[derive(Debug)]
struct Section {
    title: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// Keys or a sign.
    sign: String,
    role: Role,
    told: String,
    /// Whether it would do something now.
    now: bool,
}

/// The help of a layer.
#[derive(Debug)]
pub struct Help {
    sections: Vec<Section>,
    top: usize,
    height: usize,
    columns: u16,
}

impl Help {
    /// The help of this layer.
    pub fn new(below: &dyn Screen, shared: &Shared) -> Self {
        let here = below.context();
        let keys = |context: &'static Context| {
            let mine = |binding: &&Binding| {
                let nearer = context.name != here.name
                    && here.bindings.iter().any(|other| other.verb == binding.verb);
                !nearer && !shared.keymap.keys(context, binding.verb).is_empty()
            };
            let entries = context.bindings.iter().filter(mine).map(|binding| Entry {
                sign: labels(shared, context, binding.verb),
                role: Role::Key,
                told: binding.does.to_owned(),
                now: below.can(binding.verb, shared),
            });
            Section { title: context.title.to_owned(), entries: entries.collect() }
        };
        let mut sections = vec![keys(here)];
        if here.list {
            sections.push(keys(&LIST));
        }
        sections.extend([keys(&GLOBAL), typing(), policies(&shared.look), devices(&shared.look)]);
        sections.push(more(shared));
        sections.retain(|section| !section.entries.is_empty());
        Self { sections, top: 0, height: 1, columns: 0 }
    }

    /// The columns of lines for so much width: one, or two of about the same length.
    fn columns(&self, width: u16, shared: &Shared) -> Vec<Vec<Line<'static>>> {
        let count = if width >= TWO { 2 } else { 1 };
        let column = (width.saturating_sub(GAP * (count - 1)) / count).max(1);
        let sections: Vec<Vec<Line<'static>>> = self
            .sections
            .iter()
            .map(|section| lines(section, usize::from(column), shared))
            .collect();
        if count == 1 {
            return vec![sections.concat()];
        }
        let all: usize = sections.iter().map(Vec::len).sum();
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for section in sections {
            let fits = right.is_empty() && left.len() + section.len() / 2 <= all / 2;
            if fits { &mut left } else { &mut right }.extend(section);
        }
        vec![left, right]
    }

    fn last_top(&self, shared: &Shared) -> usize {
        let columns = self.columns(self.columns, shared);
        let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
        longest.saturating_sub(self.height)
    }

    fn go(&mut self, to: usize, shared: &Shared) {
        self.top = to.min(self.last_top(shared));
    }
}

fn labels(shared: &Shared, context: &Context, verb: Verb) -> String {
    let keys = shared.keymap.keys(context, verb).iter();
    keys.map(|key| key.label()).collect::<Vec<_>>().join(" ")
}

fn lines(section: &Section, width: usize, shared: &Shared) -> Vec<Line<'static>> {
    let look = &shared.look;
    let mut lines = vec![Line::styled(section.title.clone(), look.style(Role::Title))];
    for entry in &section.entries {
        let (sign, told) = match entry.now {
            true => (entry.role, Role::Text),
            false => (Role::Muted, Role::Muted),
        };
        let mut sign = Span::styled(text::pad(&entry.sign, KEYS), look.style(sign));
        for part in text::wrap(&entry.told, width.saturating_sub(KEYS + 2).max(8)) {
            let part = Span::styled(part, look.style(told));
            lines.push(Line::from(vec![Span::raw("  "), sign, part]));
            sign = Span::raw(" ".repeat(KEYS));
        }
    }
    lines.push(Line::default());
    lines
}

fn sign(sign: &str, role: Role, told: impl Into<String>) -> Entry {
    Entry { sign: sign.to_owned(), role, told: told.into(), now: true }
}

fn typing() -> Section {
    let key = |keys: &str, told: &str| sign(keys, Role::Key, told);
    let entries = vec![
        key("Enter", "Done; a filter stays in force"),
        key("Esc", "Drop what was typed"),
        key("^U ^K", "Delete all, or what follows the cursor"),
        key("Home End", "To the start, to the end; also ^E for the end"),
        key("^Left ^Right", "One word back or on"),
    ];
    Section { title: "While typing, every letter is text".into(), entries }
}

fn policies(look: &Look) -> Section {
    let glyphs = &look.glyphs;
    let icon = |state: State, role, told: &str| sign(state.icon(glyphs.utf8), role, told);
    let entries = vec![
        icon(State::Linked, Role::Linked, "linked: every device is bound"),
        icon(State::Attention, Role::Attention, "attention: linked, but not every device is bound"),
        icon(State::NotLinked, Role::Unlinked, "not linked to an organization"),
        sign(glyphs.inherited, Role::Muted, "covered by the link of a policy above"),
        sign(
            &format!("{} {}", glyphs.folded, glyphs.unfolded),
            Role::Muted,
            "folded: the row sums what is below; unfolded",
        ),
        sign(glyphs.mark, Role::Marked, "marked for a batch"),
    ];
    Section { title: "Signs of policies".into(), entries }
}

fn devices(look: &Look) -> Section {
    let states = [
        (DeviceState::Waiting, "not come to yet"),
        (DeviceState::Matching, "its configuration is being looked for"),
        (DeviceState::Writing, "a write is under way"),
        (DeviceState::Linked, "bound, written by this run"),
        (DeviceState::Unchanged, "bound, nothing had to be written"),
        (DeviceState::Inactive, "it left; its configuration is inactive"),
        (DeviceState::Pending, "not bound; its row says why and what to do"),
        (DeviceState::Cancelled, "the run was stopped before it"),
        (DeviceState::Withheld, "the guard keeps its inactivation back: a person confirms"),
        (DeviceState::Held, "undo holds it until it is released"),
    ];
    let entries = states.into_iter().map(|(state, told)| {
        let (symbol, role) = look.device(state);
        sign(&format!("{symbol} {}", state.word()), role, told)
    });
    Section { title: "States of devices".into(), entries: entries.collect() }
}

fn more(shared: &Shared) -> Section {
    let palette = labels(shared, &GLOBAL, Verb::Palette);
    let file = text::clean(&shared.paths.config_file.to_string_lossy());
    let entries = vec![
        sign(&palette, Role::Key, "Every action by its name, such as policies.sync"),
        sign(
            "[keys]",
            Role::Key,
            format!("\"policies.sync\" = [\"s\", \"f9\"] in {file} changes keys"),
        ),
    ];
    Section { title: "More".into(), entries }
}

impl Screen for Help {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        use Verb::{Bottom, Down, Help, PageDown, PageUp, Palette, Top, Up};
        matches!(verb, Help | Palette | Up | Down | PageUp | PageDown | Top | Bottom)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        let page = self.height.saturating_sub(1).max(1);
        let to = match verb {
            Verb::Help => {
                cx.pop();
                return true;
            }
            Verb::Palette => {
                cx.pop();
                cx.request(Request::Verb(Verb::Palette));
                return true;
            }
            Verb::Up => self.top.saturating_sub(1),
            Verb::Down => self.top.saturating_add(1),
            Verb::PageUp => self.top.saturating_sub(page),
            Verb::PageDown => self.top.saturating_add(page),
            Verb::Top => 0,
            Verb::Bottom => usize::MAX,
            _ => return false,
        };
        self.go(to, cx.shared);
        true
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        let inner = popup::inside(area);
        (self.height, self.columns) = (inner.height.max(1).into(), inner.width);
        self.go(self.top, shared);
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let muted = shared.look.style(Role::Muted);
        match self.last_top(shared) {
            0 => Line::default(),
            last if self.top >= last => Line::styled("This is the end.", muted),
            _ => Line::styled("There is more below: Space or the arrows go on.", muted),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let inner = popup::draw(frame, area, &shared.look, "Help");
        let columns = self.columns(inner.width, shared);
        let count = u16::try_from(columns.len()).unwrap_or(1).max(1);
        let width = inner.width.saturating_sub(GAP * (count - 1)) / count;
        for (x, column) in (inner.x..).step_by(usize::from(width + GAP)).zip(columns) {
            for (y, line) in (inner.y..inner.bottom()).zip(column.iter().skip(self.top)) {
                frame.buffer_mut().set_line(x, y, line, width);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::overlays::boxed;
    use crate::console::testing::{Driver, look, shared};

    fn helping(columns: u16, rows: u16) -> Driver {
        let mut driver = Driver::home(columns, rows);
        driver.press("?");
        assert_eq!(driver.place(), "help");
        driver
    }

    /// All that scrolling to the end shows.
    fn whole(driver: &mut Driver) -> String {
        let mut text = driver.draw();
        for _ in 0..80 {
            driver.press("down");
            text.push_str(&driver.draw());
        }
        text
    }

    #[test]
    fn looks() {
        let mut driver = helping(80, 24);
        for page in 1..=4 {
            insta::assert_snapshot!(format!("80x24_page{page}"), boxed(&driver.draw()));
            driver.press("space");
        }
        insta::assert_snapshot!("120x40", boxed(&helping(120, 40).draw()));
        insta::assert_snapshot!("200x50", boxed(&helping(200, 50).draw()));
        insta::assert_snapshot!("40x10", boxed(&helping(40, 10).draw()));
        let shared = Shared { look: look("dark", false), ..shared() };
        let mut driver = Driver::new(shared, Vec::new());
        driver.press("? G");
        insta::assert_snapshot!("ascii_end", boxed(&driver.draw()));
    }

    #[test]
    fn every_key_of_the_layer_below_is_explained() {
        let mut driver = helping(80, 24);
        let text = whole(&mut driver);
        let policies = &crate::console::screens::policies::CONTEXT;
        for context in [policies, &LIST, &GLOBAL] {
            for binding in context.bindings.iter().filter(|binding| !binding.keys.is_empty()) {
                let nearer = context.name != policies.name
                    && policies.bindings.iter().any(|other| other.verb == binding.verb);
                assert!(nearer || text.contains(binding.does), "{}", binding.does);
            }
        }
        for state in ["waiting", "matching", "withheld", "held", "attention:"] {
            assert!(text.contains(state), "{state}");
        }
    }

    #[test]
    fn keys_scroll_and_stop_at_the_ends() {
        let mut driver = helping(80, 24);
        let first = driver.draw();
        for (there, back) in [("down", "up"), ("j", "k"), ("pagedown", "pageup"), ("G", "g")] {
            driver.press(there);
            assert_ne!(driver.draw(), first, "{there}");
            driver.press(back);
            assert_eq!(driver.draw(), first, "{back}");
        }
        driver.press("end");
        let last = driver.draw();
        driver.press("down pagedown space");
        assert_eq!(driver.draw(), last);
        assert!(last.contains("This is the end."));
    }

    #[test]
    fn keys_close_it() {
        for key in ["?", "f1", "q", "esc"] {
            let mut driver = helping(80, 24);
            driver.press(key);
            assert_eq!(driver.place(), "policies", "{key}");
            assert!(driver.app.ended().is_none(), "{key}");
        }
        let mut driver = helping(80, 24);
        driver.press(":");
        assert_eq!(driver.place(), "palette");
        driver.press("esc");
        assert_eq!(driver.place(), "policies");
    }

    #[test]
    fn other_keys_do_nothing_behind_it() {
        let mut driver = helping(80, 24);
        driver.take_effects();
        driver.press("s r 2 f / enter");
        assert_eq!(driver.place(), "help");
        assert!(driver.take_effects().is_empty());
    }
}
