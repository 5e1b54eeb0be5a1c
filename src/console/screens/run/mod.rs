//! Devices Binding: a run, live. Leaving it leaves the run going.

mod draw;
mod head;
mod retry;
#[cfg(test)]
mod tests;
mod withheld;
mod words;

use super::bind::Bind;
use super::device::DevicePage;
use super::undo::UndoScreen;
use crate::console::effect::{Effect, ReleaseOf};
use crate::console::event::RunKey;
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::report::Report;
use crate::console::run::{COLUMNS, LiveRun, Query, Row, RowState, View};
use crate::console::screen::{Cx, Header, Mode, Request, Screen};
use crate::console::shared::{RunEntry, Shared};
use crate::console::widgets::list::ListView;
use crate::domain::DeviceId;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use withheld::Withheld;

pub use withheld::CONTEXT as WITHHELD_CONTEXT;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "run",
    title: "Devices Binding",
    list: true,
    bindings: &[
        bind(Verb::Confirm, "confirm", &["C"], "confirm", "Confirm what the guard keeps back"),
        bind(Verb::Open, "open", &["enter"], "open", "Open the device, or filter by the reason"),
        bind(Verb::Bind, "bind", &["b"], "bind", "Bind the device by hand"),
        bind(Verb::Retry, "retry", &["r"], "retry", "Retry the marked, filtered or all pending"),
        bind(Verb::NextAttention, "next", &["n"], "next !", "Go to the next pending device"),
        bind(Verb::NextView, "next_view", &["tab"], "view", "All, pending, reasons, active"),
        bind(Verb::Cancel, "cancel", &["c"], "cancel", "Stop safely; what is under way finishes"),
        bind(Verb::Follow, "follow", &["t"], "follow", "Follow what is being done now"),
        bind(Verb::ShowRun, "next_run", &["v"], "", "Show the next run of this console"),
        bind(Verb::Release, "release", &["x"], "release", "Let syncs touch what undo held"),
        bind(Verb::Undo, "undo", &["u"], "undo", "Undo the run: shows the plan first"),
        bind(Verb::PreviousView, "previous_view", &["backtab"], "", "The view before"),
    ],
};

/// Devices Binding: a run, live.
#[derive(Debug)]
pub struct RunScreen {
    key: RunKey,
    view: View,
    list: ListView<u32>,
    reasons: ListView<&'static str>,
    /// The cursor goes where something is being done.
    following: bool,
    /// A person has put the cursor where it is.
    moved: bool,
    /// The end was seen.
    ended: bool,
}

impl RunScreen {
    /// Shows this run.
    pub fn new(key: RunKey) -> Self {
        Self {
            key,
            view: View::All,
            list: ListView::default(),
            reasons: ListView::default(),
            following: false,
            moved: false,
            ended: false,
        }
    }

    fn entry<'a>(&self, shared: &'a Shared) -> Option<&'a RunEntry> {
        shared.run(self.key)
    }

    fn live<'a>(&self, shared: &'a Shared) -> Option<&'a LiveRun> {
        self.entry(shared).map(|entry| &entry.live)
    }

    /// The row under the cursor.
    fn current<'a>(&self, shared: &'a Shared) -> Option<&'a Row> {
        if self.view == View::Reasons {
            return None;
        }
        self.live(shared)?.row(*self.list.current()?)
    }

    fn make_rows(&mut self, shared: &Shared) {
        let Some(live) = self.live(shared) else { return };
        let query = Query::parse(self.list.filter.text());
        self.list.set_rows(live.visible(self.view, &query));
        if self.view == View::Reasons {
            self.reasons.set_rows(live.reasons().iter().map(|line| line.word).collect());
        }
        if live.ended() && !self.ended {
            self.ended = true;
            self.following = false;
            if !self.moved {
                // Nobody looks at any row yet: then at the pending ones.
                self.list.act(Verb::Top);
            }
        }
        if self.following
            && let Some(newest) = live.newest_active()
        {
            self.list.select(&newest);
        }
    }

    fn show(&mut self, view: View, shared: &Shared) {
        self.view = view;
        self.make_rows(shared);
    }

    fn act_on_list(&mut self, verb: Verb, cx: &Cx<'_>) -> bool {
        if self.view == View::Reasons {
            return !matches!(verb, Verb::Mark | Verb::MarkAll | Verb::Filter)
                && self.reasons.act(verb);
        }
        let acted = self.list.act(verb);
        if acted && verb != Verb::Filter {
            (self.moved, self.following) = (true, false);
        }
        if verb == Verb::Filter {
            self.make_rows(cx.shared);
        }
        acted
    }

    fn open_row(&mut self, cx: &mut Cx<'_>) {
        if self.view == View::Reasons {
            if let Some(reason) = self.reasons.current() {
                self.list.filter.field.set(&format!("reason:{reason}"));
                self.show(View::All, cx.shared);
                self.list.act(Verb::Top);
                self.moved = true;
            }
            return;
        }
        let (Some(live), Some(row)) = (self.live(cx.shared), self.current(cx.shared)) else {
            return;
        };
        let others: Vec<DeviceId> = self
            .list
            .rows()
            .iter()
            .filter_map(|at| Some(live.row(*at)?.device_id.clone()))
            .collect();
        cx.push(DevicePage::new(row.device_id.clone(), others));
    }

    fn jump(&mut self, forward: bool, cx: &mut Cx<'_>) {
        if self.view == View::Reasons {
            self.show(View::All, cx.shared);
        }
        let Some(live) = self.live(cx.shared) else { return };
        let wants = |at: &u32| live.row(*at).is_some_and(|row| row.state.needs_attention());
        if self.list.jump(forward, wants) {
            (self.moved, self.following) = (true, false);
        } else {
            cx.say("No device here needs attention.");
        }
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        if self.view == View::Reasons {
            self.view = View::All;
        }
        self.following = !self.following;
        self.make_rows(cx.shared);
        cx.say(match self.following {
            true => "Following until the cursor is moved.",
            false => "No longer following.",
        });
    }

    fn ask_cancel(&self, cx: &mut Cx<'_>) {
        let Some(live) = self.live(cx.shared) else { return };
        let run = live.id().map_or_else(|| "the run".to_owned(), |id| format!("run {id}"));
        let question = format!("Stop {run}? What is under way finishes, nothing new starts.");
        let yes = vec![Request::Effect(Effect::CancelRun(self.key))];
        cx.push(Ask::yes_no(question, yes));
    }

    fn next_run(&self, cx: &mut Cx<'_>) {
        let runs = &cx.shared.runs;
        let here = runs.iter().position(|run| run.key == self.key).unwrap_or_default();
        match runs.iter().cycle().nth(here + 1).filter(|next| next.key != self.key) {
            Some(next) => cx.replace(Self::new(next.key)),
            None => cx.say("This is the only run here."),
        }
    }

    fn undo(&self, cx: &mut Cx<'_>) {
        let Some(live) = self.live(cx.shared).filter(|live| live.ended()) else { return };
        if let Some(id) = live.id() {
            cx.push(UndoScreen::new(id));
        }
    }
}

impl Screen for RunScreen {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, shared: &Shared) -> bool {
        let Some(live) = self.live(shared) else { return false };
        let row = self.current(shared);
        let is = |state| row.is_some_and(|row| row.state == state);
        match verb {
            Verb::Open => row.is_some() || self.reasons.current().is_some(),
            Verb::Bind => is(RowState::Pending),
            Verb::Release => is(RowState::Held),
            Verb::Retry => self.can_retry(live),
            Verb::Confirm => live.ended() && live.counts().of(RowState::Withheld) > 0,
            Verb::NextAttention | Verb::PreviousAttention => live.figures().reasons > 0,
            Verb::Cancel => !live.ended() && !live.stopping(),
            Verb::Follow => !live.ended(),
            Verb::Undo => live.ended() && live.id().is_some(),
            Verb::Mark | Verb::MarkAll => row.is_some(),
            Verb::Filter => self.view != View::Reasons,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::NextView => self.show(self.view.next(), cx.shared),
            Verb::PreviousView => self.show(self.view.previous(), cx.shared),
            Verb::NextAttention => self.jump(true, cx),
            Verb::PreviousAttention => self.jump(false, cx),
            Verb::Open => self.open_row(cx),
            Verb::Bind => {
                if let Some(row) = self.current(cx.shared) {
                    cx.push(Bind::new(row.device_id.clone()));
                }
            }
            Verb::Release => {
                if let Some(row) = self.current(cx.shared) {
                    let device = ReleaseOf::Device(row.device_id.clone());
                    cx.effect(Effect::Release(device));
                }
            }
            Verb::Retry => self.retry(cx),
            Verb::Confirm => cx.push(Withheld::new(self.key)),
            Verb::Cancel => self.ask_cancel(cx),
            Verb::Follow => self.follow(cx),
            Verb::ShowRun => self.next_run(cx),
            Verb::Undo => self.undo(cx),
            _ => return self.act_on_list(verb, cx),
        }
        true
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        let live = self.live(cx.shared);
        let complete = |typed: &str| Query::completions(typed, live?).into_iter().next();
        let taken = self.list.filter.take(key, complete);
        if taken {
            self.make_rows(cx.shared);
        }
        taken
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.paste(text);
        if taken {
            self.make_rows(cx.shared);
        }
        taken
    }

    fn changed(&mut self, shared: &Shared) {
        self.make_rows(shared);
    }

    fn run_went_on(&mut self, shared: &Shared) {
        self.make_rows(shared);
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        let closed = self.list.close_one();
        self.make_rows(cx.shared);
        closed
    }

    fn header(&self, shared: &Shared) -> Header {
        self.entry(shared).map(|entry| head::header(entry, shared)).unwrap_or_default()
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let Some(live) = self.live(shared) else { return Line::default() };
        match (self.view, self.reasons.current()) {
            (View::Reasons, Some(word)) => words::reason_sentence(live, word, shared),
            _ => words::sentence(self.current(shared), shared),
        }
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        let Some(live) = self.live(shared) else { return };
        let room = draw::rows(area, live).height;
        self.list.settle(room);
        self.reasons.settle(room / draw::REASON_LINES);
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let Some(row) = self.current(shared) else { return Vec::new() };
        let mut values = vec![
            (Verb::CopySerial, row.serial.clone()),
            (Verb::CopyName, row.name.clone()),
            (Verb::CopyMessage, row.message.clone()),
        ];
        if let Some(id) = row.configuration_id {
            values.push((Verb::CopyId, id.to_string()));
        }
        values.retain(|(_, value)| !value.is_empty());
        values
    }

    fn report(&self, shared: &Shared) -> Option<Report> {
        let entry = self.entry(shared)?;
        let path = |id: &crate::domain::PolicyId| {
            let policy = shared.snapshot.as_ref().and_then(|snapshot| snapshot.policy(id));
            text::clean(&policy.map_or_else(|| id.to_string(), |policy| policy.path_text()))
        };
        let run = entry.live.id().map_or_else(String::new, |id| format!("-run{id}"));
        Some(Report {
            stem: format!("{}{run}", words::stem(&entry.spec.title)),
            title: text::clean(&entry.spec.title),
            columns: COLUMNS.to_vec(),
            rows: entry.live.report(self.list.rows(), path),
        })
    }
}
