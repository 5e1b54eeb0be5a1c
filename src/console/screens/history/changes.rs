//! A run and what it changed: each field's way from its old value to the new one.

use super::change::{self, action, field, from, hit, value};
use super::draw::draw_nothing;
use super::rows::{self, Entry};
use super::{Standing, undo};
use crate::commands::accounts::configuration_page;
use crate::console::effect::{Answer, Effect, Trouble};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Screen};
use crate::console::screens::device::DevicePage;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::list::ListView;
use crate::console::widgets::table::{self, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::domain::{DeviceId, Run, RunId};
use crate::store::RecordedChange;
use crate::text::{clean, truncate};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "changes",
    title: "A run's changes",
    list: true,
    bindings: &[
        bind(Verb::Open, "open", &["enter"], "device", "Show the device"),
        bind(Verb::Undo, "undo", &["u"], "undo", "Undo the run: shows the plan first"),
        bind(Verb::Reread, "reread", &["R", "f5"], "", "Read the changes again"),
    ],
};

const COLUMNS: [Column; 7] = [
    column("Device", 15, 40),
    column("Action", 10, 10).from(110),
    column("Config", 13, 17),
    column("Field", 13, 13),
    column("From", 14, 48),
    column("To", 14, 48),
    column("At", 8, 8).from(100),
];
/// In front of the columns: cursor, space, whether it was undone, space.
const LEAD: u16 = 4;
/// Above the rows: the run in two lines, the filter, the heads.
const ABOVE: u16 = 4;

/// A run and what it changed.
#[derive(Debug)]
pub struct RunChanges {
    run: RunId,
    list: ListView<usize>,
    changes: Option<Result<Arc<Vec<RecordedChange>>, Trouble>>,
}

impl RunChanges {
    /// A new one.
    pub fn new(run: RunId) -> Self {
        Self { run, list: ListView::default(), changes: None }
    }

    fn changes(&self) -> &[RecordedChange] {
        match &self.changes {
            Some(Ok(changes)) => changes,
            _ => &[],
        }
    }

    fn current(&self) -> Option<&RecordedChange> {
        self.changes().get(*self.list.current()?)
    }

    fn make_rows(&mut self) {
        let text = self.list.filter.text().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let hits = |change: &RecordedChange| words.iter().all(|word| hit(change, word));
        let rows = self.changes().iter().enumerate().filter(|(_, change)| hits(change));
        let rows = rows.map(|(at, _)| at).collect();
        self.list.set_rows(rows);
    }

    /// The run, and how the history shows it.
    fn run<'a>(&self, shared: &'a Shared) -> Option<(&'a Run, Entry)> {
        let snapshot = shared.snapshot.as_ref()?;
        let run = snapshot.runs.iter().find(|run| run.id == self.run)?;
        Some((run, rows::of_run(run, snapshot)))
    }

    fn running(&self, shared: &Shared) -> bool {
        shared.snapshot.as_ref().is_some_and(|snapshot| snapshot.is_running(self.run))
    }

    /// The devices in the order of the rows, each once: what J and K walk through.
    fn devices(&self) -> Vec<DeviceId> {
        let mut seen = BTreeSet::new();
        let rows = self.list.rows().iter().filter_map(|at| self.changes().get(*at));
        rows.map(|change| &change.device_id).filter(|id| seen.insert(*id)).cloned().collect()
    }

    fn draw_run(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let Some((run, entry)) = self.run(shared) else { return };
        let standing = match entry.standing {
            Standing::Running => "running".to_owned(),
            Standing::Stopped => format!("stopped at {}", shared.clock(entry.ended)),
            Standing::Ended(_) | Standing::Stored => format!("until {}", shared.clock(entry.ended)),
        };
        let first = format!(
            "By {} on {}, Bindery {}; from {} {standing}",
            entry.who,
            entry.host,
            clean(&run.origin.version),
            shared.clock(entry.at),
        );
        let (icon, role) = entry.standing.icon(&shared.look.glyphs);
        let undone = self.changes().iter().filter(|change| change.undone).count();
        let undone = match undone {
            0 => String::new(),
            count => {
                let changes = plural(count, "change was", "changes were");
                format!("; {} {changes} undone since", grouped(count))
            }
        };
        let second = format!("{icon} {}: {}{undone}", entry.standing.word(), entry.did);
        let lines = [(first, Role::Muted), (second, role)];
        for (y, (line, role)) in (area.y..area.bottom()).zip(lines) {
            let room = usize::from(area.width);
            let line = truncate(&line, room, shared.look.glyphs.cut);
            frame.buffer_mut().set_stringn(area.x, y, line, room, shared.look.style(role));
        }
    }

    fn nothing(&self, shared: &Shared) -> Option<String> {
        match &self.changes {
            None => Some("Reading what the run changed.".into()),
            Some(Err(trouble)) => Some(trouble.clone()),
            Some(Ok(changes)) if changes.is_empty() && self.running(shared) => {
                Some("It has changed nothing in IT Glue so far.".into())
            }
            Some(Ok(changes)) if changes.is_empty() => {
                Some("It changed nothing in IT Glue.".into())
            }
            Some(Ok(_)) if self.list.rows().is_empty() => {
                Some("No change fits the filter. Esc clears it.".into())
            }
            Some(Ok(_)) => None,
        }
    }

    fn draw_change(
        &self,
        frame: &mut Frame<'_>,
        row: Rect,
        change: &RecordedChange,
        repeated: bool,
        shared: &Shared,
    ) {
        let style = |role| shared.look.style(role);
        let settings = shared.settings.as_deref();
        let undone = change.undone;
        let (old, new) = if undone { (Role::Muted, Role::Muted) } else { (Role::Old, Role::New) };
        let plain = style(if undone || repeated { Role::Muted } else { Role::Text });
        let cells = [
            cell(clean(&change.device_name), plain),
            cell(action(change), style(Role::Muted)),
            cell(change.configuration_id.to_string(), style(Role::Muted)),
            cell(field(change.attribute), style(Role::Text)),
            cell(
                from(change, settings),
                style(if change.from.is_none() { Role::Muted } else { old }),
            ),
            cell(value(change.attribute, &change.to, settings), style(new)),
            cell(shared.clock(change.at), style(Role::Muted)),
        ];
        let inner =
            Rect { x: row.x + LEAD.min(row.width), width: row.width.saturating_sub(LEAD), ..row };
        let buf = frame.buffer_mut();
        if undone {
            let mark = if shared.look.glyphs.utf8 { "↩" } else { "u" };
            buf.set_stringn(row.x + 2, row.y, mark, 1, style(Role::Waiting));
        }
        table::line(buf, inner, &shared.look, &COLUMNS, &cells);
    }
}

impl Screen for RunChanges {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        cx.effect(Effect::ReadChanges(self.run));
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Open | Verb::Copy => self.current().is_some(),
            Verb::Export | Verb::Filter => !self.changes().is_empty(),
            Verb::Mark | Verb::MarkAll | Verb::Left | Verb::Right => false,
            Verb::NextAttention | Verb::PreviousAttention => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => {
                if let Some(change) = self.current() {
                    cx.push(DevicePage::new(change.device_id.clone(), self.devices()));
                }
            }
            Verb::Undo => undo(self.run, !self.running(cx.shared), cx),
            Verb::Reread => cx.effect(Effect::ReadChanges(self.run)),
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.key(key).is_some();
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
            Answer::Changes(run, changes) if *run == self.run => {
                self.changes = Some(changes.clone());
                self.make_rows();
            }
            // A run that is under way goes on changing.
            Answer::State(Ok(_)) if self.running(cx.shared) => {
                cx.effect(Effect::ReadChanges(self.run));
            }
            _ => {}
        }
    }

    fn close_one(&mut self, _cx: &mut Cx<'_>) -> bool {
        let closed = self.list.close_one();
        self.make_rows();
        closed
    }

    fn header(&self, shared: &Shared) -> Header {
        let style = |role| shared.look.style(role);
        let left = match self.run(shared) {
            Some((_, entry)) => format!("Run {}  {} of {}", self.run, entry.kind, entry.policies),
            None => format!("Run {}", self.run),
        };
        let count = self.changes().len();
        let right = match self.changes {
            None => "reading".to_owned(),
            Some(_) => format!("{} {}", grouped(count), plural(count, "change", "changes")),
        };
        Header {
            left: Line::styled(left, style(Role::Title)),
            right: Line::styled(right, style(Role::Muted)),
        }
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let Some(change) = self.current() else { return Line::default() };
        let settings = shared.settings.as_deref();
        let told = format!(
            "{}: {} of {} {} {} {} at {}{}",
            clean(&change.device_name),
            field(change.attribute),
            change.configuration_id,
            from(change, settings),
            shared.look.glyphs.arrow,
            value(change.attribute, &change.to, settings),
            shared.clock(change.at),
            if change.undone { ", undone since." } else { "." },
        );
        Line::styled(told, shared.look.style(Role::Text))
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(area.height.saturating_sub(ABOVE));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        self.draw_run(frame, Rect { height: area.height.min(2), ..area }, shared);
        if area.height <= ABOVE {
            return;
        }
        let filter = Rect { y: area.y + 2, height: 1, ..area };
        let right = match self.list.filter.text().is_empty() {
            true => String::new(),
            false => format!("{} shown", grouped(self.list.rows().len())),
        };
        self.list.filter.draw(frame, filter, shared, "a device, a field, a value", &right);
        if let Some(told) = self.nothing(shared) {
            let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
            return draw_nothing(frame, below, shared, &told);
        }
        let head = Rect { y: area.y + 3, height: 1, ..area };
        let inner = Rect {
            x: head.x + LEAD.min(head.width),
            width: head.width.saturating_sub(LEAD),
            ..head
        };
        table::heads(frame.buffer_mut(), inner, &shared.look, &COLUMNS);
        let visible = self.list.visible();
        let rows = self.list.rows().get(visible.clone()).unwrap_or(&[]);
        let mut above: Option<&DeviceId> = None;
        for ((y, at), key) in (area.y + ABOVE..area.bottom()).zip(visible).zip(rows) {
            let Some(change) = self.changes().get(*key) else { continue };
            let row = Rect { y, height: 1, ..area };
            let repeated = above == Some(&change.device_id);
            self.draw_change(frame, row, change, repeated, shared);
            let selected = at == self.list.position();
            table::lead(frame.buffer_mut(), row, &shared.look, selected, false);
            above = Some(&change.device_id);
        }
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let Some(change) = self.current() else { return Vec::new() };
        let sentence: String =
            self.sentence(shared).spans.iter().map(|span| span.content.as_ref()).collect();
        let mut values = vec![
            (Verb::CopyName, clean(&change.device_name)),
            (Verb::CopyMessage, sentence),
            (Verb::CopyId, change.configuration_id.to_string()),
        ];
        let page = shared.snapshot.as_ref().and_then(|snapshot| {
            let (organization, id) = (change.organization_id, change.configuration_id);
            configuration_page(&snapshot.accounts, organization, id)
        });
        values.extend(page.map(|page| (Verb::CopyLink, page)));
        values
    }

    fn report(&self, _shared: &Shared) -> Option<Report> {
        let rows = self.list.rows().iter().filter_map(|at| self.changes().get(*at));
        let rows = rows.map(change::report_row);
        Some(Report {
            stem: format!("run{}-changes", self.run),
            title: format!("Changes of run {}", self.run),
            columns: change::REPORT_COLUMNS.to_vec(),
            rows: rows.collect(),
        })
    }
}
