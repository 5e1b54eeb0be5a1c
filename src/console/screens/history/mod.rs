//! Past runs and changes of links, newest first; a run opens to what it changed.

mod change;
mod changes;
mod draw;
pub(crate) mod filter;
mod rows;
#[cfg(test)]
mod tests;

pub use changes::CONTEXT as CHANGES;

use super::undo::UndoScreen;
use crate::console::effect::{Answer, Effect};
use crate::console::key::Key as Pressed;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::filter::TYPING;
use crate::console::widgets::list::ListView;
use crate::domain::RunId;
use changes::RunChanges;
use filter::Filter;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use rows::{Entry, Key, Standing};

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "history",
    title: "History",
    list: true,
    bindings: &[
        bind(Verb::Open, "open", &["enter"], "changes", "Show what the run changed"),
        bind(Verb::NextAttention, "next", &["n"], "next !", "Go to the next run to look at"),
        bind(Verb::Undo, "undo", &["u"], "undo", "Undo the run: shows the plan first"),
        bind(Verb::Reread, "reread", &["R", "f5"], "", "Read the history again"),
    ],
};

/// Past runs.
#[derive(Debug, Default)]
pub struct History {
    list: ListView<Key>,
    entries: Vec<Entry>,
}

impl History {
    /// A new one.
    pub fn new() -> Self {
        Self::default()
    }

    fn entry(&self, key: &Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == *key)
    }

    fn current(&self) -> Option<&Entry> {
        self.entry(self.list.current()?)
    }

    fn current_run(&self) -> Option<RunId> {
        match self.list.current()? {
            Key::Run(id) => Some(*id),
            Key::Link(_) => None,
        }
    }

    fn make_rows(&mut self) {
        // Who looks at the newest wants to see what comes.
        let newest = self.list.position() == 0;
        let filter = Filter::parse(self.list.filter.text());
        let hits = self.entries.iter().filter(|entry| filter.hits(entry));
        self.list.set_rows(hits.map(|entry| entry.key).collect());
        if newest {
            self.list.act(Verb::Top);
        }
    }
}

/// Opens the plan of a run's undo.
fn undo(run: RunId, ended: bool, cx: &mut Cx<'_>) {
    match ended {
        true => cx.push(UndoScreen::new(run)),
        false => cx.say("This run is still under way; only one that has ended can be undone."),
    }
}

impl Screen for History {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Open | Verb::Undo => self.current_run().is_some(),
            Verb::Copy => self.current().is_some(),
            Verb::Export => !self.list.rows().is_empty(),
            Verb::NextAttention | Verb::PreviousAttention => {
                self.entries.iter().any(Entry::wants_attention)
            }
            Verb::Mark | Verb::MarkAll | Verb::Left | Verb::Right => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => {
                if let Some(id) = self.current_run() {
                    cx.push(RunChanges::new(id));
                }
            }
            Verb::Undo => {
                let running = self.current().map(|entry| entry.standing) == Some(Standing::Running);
                if let Some(run) = self.current_run() {
                    undo(run, !running, cx);
                }
            }
            Verb::Reread => cx.effect(Effect::ReadState),
            Verb::NextAttention | Verb::PreviousAttention => {
                let entries = &self.entries;
                let wants = |key: &Key| {
                    let entry = entries.iter().find(|entry| entry.key == *key);
                    entry.is_some_and(Entry::wants_attention)
                };
                self.list.jump(verb == Verb::NextAttention, wants);
            }
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Pressed, _cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.take(key, filter::complete);
        if taken {
            self.make_rows();
        }
        taken
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.paste(text);
        if taken {
            self.make_rows();
        }
        taken
    }

    fn hear(&mut self, _answer: &Answer, _cx: &mut Cx<'_>) {}

    fn changed(&mut self, shared: &Shared) {
        if let Some(snapshot) = &shared.snapshot {
            self.entries = rows::entries(snapshot);
            self.make_rows();
        }
    }

    fn close_one(&mut self, _cx: &mut Cx<'_>) -> bool {
        let closed = self.list.close_one();
        self.make_rows();
        closed
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self.current(), shared)
    }

    fn typing_hint(&self) -> Option<&'static str> {
        Some(TYPING)
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(area.height.saturating_sub(2));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let Some(entry) = self.current() else { return Vec::new() };
        let mut values = vec![
            (Verb::CopyName, entry.policies.clone()),
            (Verb::CopyMessage, rows::sentence(entry, shared)),
        ];
        if let Key::Run(id) = entry.key {
            values.push((Verb::CopyId, id.to_string()));
        }
        values
    }

    fn report(&self, _shared: &Shared) -> Option<Report> {
        let rows = self.list.rows().iter().filter_map(|key| self.entry(key));
        let rows = rows.map(|entry| {
            vec![
                match entry.key {
                    Key::Run(id) => id.to_string(),
                    Key::Link(_) => String::new(),
                },
                entry.at.to_string(),
                entry.ended.to_string(),
                entry.kind.to_owned(),
                entry.who.clone(),
                entry.host.clone(),
                entry.policies.clone(),
                entry.standing.word().to_owned(),
                entry.did.clone(),
            ]
        });
        Some(Report {
            stem: "history".into(),
            title: "History".into(),
            columns: vec![
                "run", "started", "ended", "kind", "who", "host", "policies", "outcome", "did",
            ],
            rows: rows.collect(),
        })
    }
}
