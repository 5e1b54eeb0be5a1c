//! Every action by name: found by a few letters, done with Enter.

use crate::console::key::Key;
use crate::console::keymap::{Binding, Context, GLOBAL, LIST, Verb, bind, chain};
use crate::console::screen::{Cx, Mode, Request, Screen};
use crate::console::screens;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;
use crate::console::widgets::list::ListView;
use crate::console::widgets::popup::{self, Place};
use crate::console::widgets::table;
use crate::text;
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::collections::BTreeSet;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "palette",
    title: "Palette",
    list: true,
    bindings: &[
        bind(Verb::Open, "do", &["enter"], "do it", "Do what the cursor is on"),
        bind(Verb::Back, "close", &["esc"], "close", "Do nothing"),
    ],
};

/// Columns of the box at most.
const COLUMNS: u16 = 96;
/// Columns of the keys at the end of a row, and of the names before them.
const KEYS: usize = 9;
const NAMES: usize = 21;
/// Less per letter, and the letters only happen to stand in this order.
const SCORE_PER_LETTER: i64 = 14;

/// What a word adds with which the action's own name begins.
const OWN_NAME: i64 = 50;

/// Whether an action would do something now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Now,
    NotNow,
    Elsewhere,
}

#[derive(Debug)]
struct Action {
    context: &'static Context,
    binding: &'static Binding,
    name: String,
    keys: String,
    when: When,
}

/// An action found, and the letters that were: of its sentence, of its name.
#[derive(Debug, Default)]
struct Hit {
    told: BTreeSet<usize>,
    name: BTreeSet<usize>,
}

/// The actions of the layer below, of everywhere, and of other places.
#[derive(Debug)]
pub struct Palette {
    actions: Vec<Action>,
    field: Field,
    list: ListView<usize>,
    /// What the letters hit, by row.
    hits: Vec<Hit>,
}

impl Palette {
    /// The actions as they stand over this layer.
    pub fn new(below: &dyn Screen, shared: &Shared) -> Self {
        let others = screens::contexts().filter(|context| !super::is_overlay(context));
        Self::with(below, shared, others)
    }

    fn with(
        below: &dyn Screen,
        shared: &Shared,
        others: impl Iterator<Item = &'static Context>,
    ) -> Self {
        let here = below.context();
        let mut seen = BTreeSet::new();
        let mut actions = Vec::new();
        for context in order(here, others) {
            let near = chain(here).any(|near| near.name == context.name);
            for binding in context.bindings {
                // Of one verb here the nearest context counts.
                if binding.verb == Verb::Palette || (near && !seen.insert(binding.verb)) {
                    continue;
                }
                let when = match near {
                    true if works(below, binding.verb, shared) => When::Now,
                    true => When::NotNow,
                    false => When::Elsewhere,
                };
                let keys = shared.keymap.keys(context, binding.verb).iter();
                actions.push(Action {
                    context,
                    binding,
                    name: format!("{}.{}", context.name, binding.name),
                    keys: keys.map(|key| key.label()).collect::<Vec<_>>().join(" "),
                    when,
                });
            }
        }
        let mut palette =
            Self { actions, field: Field::default(), list: ListView::default(), hits: Vec::new() };
        palette.filter();
        palette
    }

    /// The best first, what can be done before what can't.
    fn filter(&mut self) {
        let matcher = SkimMatcherV2::default().ignore_case();
        let mut found: Vec<(When, i64, usize, Hit)> = self
            .actions
            .iter()
            .enumerate()
            .filter_map(|(at, action)| {
                let (score, hit) = hit(&matcher, action, self.field.text())?;
                Some((action.when, -score, at, hit))
            })
            .collect();
        found.sort_by_key(|(when, score, at, _)| (*when, *score, *at));
        self.list = ListView::default();
        self.list.set_rows(found.iter().map(|(_, _, at, _)| *at).collect());
        self.hits = found.into_iter().map(|(.., hit)| hit).collect();
    }

    fn current(&self) -> Option<&Action> {
        self.actions.get(*self.list.current()?)
    }

    fn choose(&self, cx: &mut Cx<'_>) {
        let Some(action) = self.current() else { return };
        if action.when != When::Now {
            return cx.say(why_not(action));
        }
        cx.pop();
        cx.request(Request::Verb(action.binding.verb));
    }

    fn draw_row(&self, frame: &mut Frame<'_>, row: Rect, shared: &Shared, at: usize) {
        let Some(action) = self.list.rows().get(at).and_then(|at| self.actions.get(*at)) else {
            return;
        };
        let look = &shared.look;
        let (role, end) = match action.when {
            When::Now => (Role::Text, Span::styled(pad_left(&action.keys), look.style(Role::Key))),
            When::NotNow => {
                (Role::Muted, Span::styled(pad_left("not now"), look.style(Role::Muted)))
            }
            When::Elsewhere => {
                (Role::Muted, Span::styled(pad_left("not here"), look.style(Role::Muted)))
            }
        };
        let none = Hit::default();
        let hit = self.hits.get(at).unwrap_or(&none);
        let width = usize::from(row.width);
        // Where it is narrow, the sentence goes before the name.
        let names = if width < 64 { 0 } else { NAMES + 1 };
        let room = width.saturating_sub(KEYS + names + 3);
        let mut line = vec![Span::raw("  ")];
        let put = |line: &mut Vec<_>, text: &str, room, hits: &BTreeSet<usize>, role| {
            let text = text::pad(&text::truncate(text, room, look.glyphs.cut), room);
            for (at, c) in text.chars().enumerate() {
                let style = look.style(role);
                let matched = hits.contains(&at);
                let style = if matched { style.patch(look.style(Role::Match)) } else { style };
                line.push(Span::styled(c.to_string(), style));
            }
            line.push(Span::raw(" "));
        };
        put(&mut line, action.binding.does, room, &hit.told, role);
        if names > 0 {
            put(&mut line, &action.name, NAMES, &hit.name, Role::Muted);
        }
        line.push(end);
        frame.buffer_mut().set_line(row.x, row.y, &Line::from(line), row.width);
        table::lead(frame.buffer_mut(), row, look, at == self.list.position(), false);
    }
}

/// The contexts whose actions are listed: here, everywhere, in lists, then other places.
fn order(
    here: &'static Context,
    others: impl Iterator<Item = &'static Context>,
) -> Vec<&'static Context> {
    let mut order = vec![here, &GLOBAL];
    order.extend(here.list.then_some(&LIST));
    order.extend(
        others.filter(|context| ![here.name, GLOBAL.name, LIST.name].contains(&context.name)),
    );
    order
}

/// Whether the verb would do something: what the layer says, and what the app knows of its own verbs.
fn works(below: &dyn Screen, verb: Verb, shared: &Shared) -> bool {
    below.can(verb, shared)
        && match verb {
            Verb::Copy => !below.copyables(shared).is_empty(),
            Verb::Export => below.report(shared).is_some(),
            Verb::ShowRun => !shared.runs.is_empty(),
            Verb::Reread => shared.settings.is_some() && !shared.reading,
            Verb::Setup => shared.active_runs().next().is_none(),
            _ => true,
        }
}

fn why_not(action: &Action) -> String {
    let told = action.binding.does;
    match action.when {
        When::Elsewhere => format!("{told}: that is for {}.", place(action.context)),
        _ => format!("{told}: there is nothing for it here now."),
    }
}

fn place(context: &Context) -> String {
    format!("the screen {}", context.title)
}

/// Every word must hit the sentence or the name, in any order.
fn hit(matcher: &SkimMatcherV2, action: &Action, wanted: &str) -> Option<(i64, Hit)> {
    let mut hit = Hit::default();
    let mut score = 0;
    for word in wanted.split_whitespace().take(8) {
        let letters = i64::try_from(word.chars().count()).unwrap_or(i64::MAX);
        let find = |text: &str| {
            let (score, at) = matcher.fuzzy_indices(text, word)?;
            (score >= letters.saturating_mul(SCORE_PER_LETTER)).then_some((score, at))
        };
        let (told, name) = (find(action.binding.does), find(&action.name));
        score += told.iter().chain(&name).map(|(score, _)| *score).max()?;
        if action.binding.name.starts_with(&word.to_lowercase()) {
            score += OWN_NAME;
        }
        hit.told.extend(told.into_iter().flat_map(|(_, at)| at));
        hit.name.extend(name.into_iter().flat_map(|(_, at)| at));
    }
    Some((score, hit))
}

fn pad_left(label: &str) -> String {
    let gap = KEYS.saturating_sub(text::width(label));
    format!("{}{label}", " ".repeat(gap))
}

fn around(area: Rect) -> Rect {
    popup::around(area, Place::Middle, COLUMNS, area.height)
}

impl Screen for Palette {
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
        use Verb::{Back, Down, Open, PageDown, PageUp, Up};
        matches!(verb, Open | Back | Up | Down | PageUp | PageDown)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        if verb != Verb::Open {
            return self.list.act(verb);
        }
        self.choose(cx);
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
        let took = self.field.key(key);
        if took {
            self.filter();
        }
        took
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> bool {
        self.field.paste(text);
        self.filter();
        true
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(popup::inside(around(area)).height.saturating_sub(1));
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let (told, role) = match self.current() {
            None => ("No action fits. Backspace takes a letter back.".into(), Role::Muted),
            Some(action) if action.when == When::Now => {
                (format!("{}: {}", action.name, action.binding.does), Role::Text)
            }
            Some(action) => (why_not(action), Role::Muted),
        };
        Line::styled(told, shared.look.style(role))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let inner = popup::draw(frame, around(area), &shared.look, "Actions: type a few letters");
        self.field.draw(frame, Rect { height: 1, ..inner }.intersection(inner), &shared.look, true);
        let rows = inner.y.saturating_add(1)..inner.bottom();
        for (y, at) in rows.zip(self.list.visible()) {
            self.draw_row(frame, Rect { y, height: 1, ..inner }, shared, at);
        }
    }
}

#[cfg(test)]
mod tests;
