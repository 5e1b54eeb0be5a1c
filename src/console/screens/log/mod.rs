//! The log as it is written: redacted, its newest line at the end.

mod draw;
pub(crate) mod filter;
mod line;
mod tail;
#[cfg(test)]
mod tests;

pub use line::CONTEXT as LINE;
pub use tail::{Level, LogLine, Tail};

use crate::console::effect::{Answer, Effect, Trouble};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::filter::TYPING;
use crate::console::widgets::list::ListView;
use filter::Filter;
use line::LinePage;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "log",
    title: "Log",
    list: true,
    bindings: &[
        bind(Verb::Open, "open", &["enter"], "whole line", "Show the line whole"),
        bind(Verb::NextAttention, "next", &["n"], "next !", "Go to the next warning or error"),
        bind(Verb::Bottom, "follow", &["G", "end"], "follow", "To the newest line, and follow"),
        bind(Verb::Reread, "reread", &["R", "f5"], "", "Read the log again"),
    ],
};

/// The log.
#[derive(Debug, Default)]
pub struct LogView {
    list: ListView<(u32, u64)>,
    tail: Option<Result<Arc<Tail>, Trouble>>,
    reading: bool,
    /// It changed while it was read.
    stale: bool,
}

impl LogView {
    /// A new one; it is read when it is first looked at.
    pub fn new() -> Self {
        Self::default()
    }

    fn lines(&self) -> &[LogLine] {
        match &self.tail {
            Some(Ok(tail)) => &tail.lines,
            _ => &[],
        }
    }

    fn line(&self, place: &(u32, u64)) -> Option<&LogLine> {
        let at = self.lines().binary_search_by_key(place, |line| line.place).ok()?;
        self.lines().get(at)
    }

    fn current(&self) -> Option<&LogLine> {
        self.line(self.list.current()?)
    }

    /// The cursor is on the newest line: it stays on the newest.
    fn follows(&self) -> bool {
        self.list.position() + 1 >= self.list.rows().len()
    }

    fn make_rows(&mut self) {
        let follows = self.follows();
        let filter = Filter::parse(self.list.filter.text());
        let hits = self.lines().iter().filter(|line| filter.hits(line));
        let rows = hits.map(|line| line.place).collect();
        self.list.set_rows(rows);
        if follows {
            self.list.act(Verb::Bottom);
        }
    }

    fn read(&mut self, cx: &mut Cx<'_>) {
        if cx.shared.log_trouble.is_none() {
            self.reading = true;
            cx.effect(Effect::ReadLog);
        }
    }
}

impl Screen for LogView {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        self.read(cx);
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Open | Verb::Copy => self.current().is_some(),
            Verb::Export => !self.list.rows().is_empty(),
            Verb::Bottom => !self.follows(),
            Verb::NextAttention | Verb::PreviousAttention | Verb::Filter => {
                !self.lines().is_empty()
            }
            Verb::Mark | Verb::MarkAll | Verb::Left | Verb::Right => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => {
                if let Some(line) = self.current() {
                    cx.push(LinePage::new(line.clone()));
                }
            }
            Verb::Reread => self.read(cx),
            Verb::NextAttention | Verb::PreviousAttention => {
                let lines = self.lines();
                let wants = |place: &(u32, u64)| {
                    let at = lines.binary_search_by_key(place, |line| line.place).ok();
                    let level = at.and_then(|at| lines.get(at)?.level);
                    level.is_some_and(|level| level <= Level::Warn)
                };
                let mut list = self.list.clone();
                if list.jump(verb == Verb::NextAttention, wants) {
                    self.list = list;
                } else {
                    cx.say("No warning or error here.");
                }
            }
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
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

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Log(tail) => {
                self.reading = false;
                self.tail = Some(tail.clone());
                self.make_rows();
                if std::mem::take(&mut self.stale) {
                    self.read(cx);
                }
            }
            // Once it was looked at, it is kept up to date.
            Answer::LogChanged if self.reading => self.stale = true,
            Answer::LogChanged if self.tail.is_some() => self.read(cx),
            _ => {}
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
        draw::sentence(self, shared)
    }

    fn typing_hint(&self) -> Option<&'static str> {
        Some(TYPING)
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        let follows = self.follows();
        self.list.settle(area.height.saturating_sub(2));
        if follows {
            self.list.act(Verb::Bottom);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, _shared: &Shared) -> Vec<(Verb, String)> {
        self.current().map(|line| (Verb::CopyMessage, line.whole())).into_iter().collect()
    }

    fn report(&self, _shared: &Shared) -> Option<Report> {
        let rows = self.list.rows().iter().filter_map(|place| self.line(place));
        let rows = rows.map(|line| {
            vec![
                line.at.map_or_else(String::new, |at| at.to_string()),
                line.level.map_or_else(String::new, |level| level.word().to_lowercase()),
                line.target.clone(),
                line.message.clone(),
            ]
        });
        Some(Report {
            stem: "log".into(),
            title: "Log".into(),
            columns: vec!["at", "level", "part", "message"],
            rows: rows.collect(),
        })
    }
}
