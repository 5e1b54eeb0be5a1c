//! Carrying effects out: each is a task that comes back as an event. One file a subject.

mod device;
mod history;
mod linking;
mod organizations;
#[cfg(test)]
mod organizations_tests;
mod plan;
mod report;
mod runs;
mod setup;
mod state;
mod themes;
mod turn;

use super::effect::{Answer, Effect, Slot, Trouble};
use super::event::{Event, RunKey};
use super::watch::Watch;
use crate::commands::context::{Context, Services};
use crate::settings::Settings;
use crate::store::Store;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use turn::{Turn, Turns};

/// How many events may wait for the loop.
pub const EVENTS: usize = 256;

/// Runs effects.
#[derive(Debug)]
pub struct Runner {
    context: Arc<Context>,
    events: mpsc::Sender<Event>,
    slots: HashMap<Slot, AbortHandle>,
    runs: HashMap<RunKey, CancellationToken>,
    watch: Option<Watch>,
    turns: Turns,
}

/// What a task works with.
#[derive(Debug, Clone)]
pub struct Task {
    context: Arc<Context>,
    events: mpsc::Sender<Event>,
    turn: Turn,
}

impl Runner {
    /// Runs effects in these surroundings, and sends what they come to into `events`.
    pub fn new(context: Context, events: mpsc::Sender<Event>) -> Self {
        Self {
            context: Arc::new(context),
            events,
            slots: HashMap::new(),
            runs: HashMap::new(),
            watch: None,
            turns: Turns::default(),
        }
    }

    /// Watches state and log from now on; their folders must be there.
    pub fn watch(&mut self) {
        if self.watch.is_none() {
            let paths = &self.context.paths;
            self.watch = Watch::start(&paths.state_dir, &paths.log_dir, self.events.clone());
        }
    }

    /// Forgets what was read from the settings file: the next effect reads it anew.
    fn reopen(&mut self) {
        self.context = Arc::new(self.context.anew());
    }

    /// Starts an effect. Of one slot only the newest goes on.
    pub fn run(&mut self, effect: Effect) {
        if let Some(slot) = effect.slot() {
            self.stop(slot);
        }
        let slot = effect.slot();
        let task = Task {
            context: Arc::clone(&self.context),
            events: self.events.clone(),
            turn: self.turns.next(),
        };
        let handle = match effect {
            Effect::Stop(slot) => return self.stop(slot),
            Effect::CancelRun(key) => {
                if let Some(cancel) = self.runs.get(&key) {
                    cancel.cancel();
                }
                return;
            }
            Effect::StartRun(key, request) => {
                let cancel = CancellationToken::new();
                self.runs.insert(key, cancel.clone());
                tokio::spawn(runs::run(task, key, *request, cancel)).abort_handle()
            }
            Effect::Timer(timer, after) => tokio::spawn(async move {
                tokio::time::sleep(after).await;
                task.send(Event::Timer(timer)).await;
            })
            .abort_handle(),
            effect => {
                if matches!(effect, Effect::SwitchedOn(_)) {
                    self.reopen();
                }
                tokio::spawn(carry_out(task, effect)).abort_handle()
            }
        };
        if let Some(slot) = slot {
            self.slots.insert(slot, handle);
        }
    }

    fn stop(&mut self, slot: Slot) {
        if let Some(handle) = self.slots.remove(&slot) {
            handle.abort();
        }
    }
}

/// One arm an effect; the work is in the files beside this one.
async fn carry_out(task: Task, effect: Effect) {
    match effect {
        // Those are the runner's own.
        Effect::Timer(..) | Effect::Stop(_) | Effect::StartRun(..) | Effect::CancelRun(_) => {}
        Effect::ReadState => state::read(task).await,
        Effect::Reread => state::reread(task).await,
        Effect::SwitchedOn(settings) => task.answer(Answer::Settings(settings)).await,
        Effect::Setup(ask) => setup::setup(task, *ask).await,
        Effect::Plan(request) => plan::plan(task, *request).await,
        Effect::PlanUndo(run) => plan::plan_undo(task, run).await,
        Effect::Named(name) => organizations::named(task, name).await,
        Effect::ListOrganizations => organizations::list(task).await,
        Effect::Near(wanted, index) => organizations::near(task, wanted, index).await,
        Effect::Link { policy, target, run } => linking::link(task, policy, target, run).await,
        Effect::Propose(snapshot, listing) => linking::propose(task, snapshot, listing).await,
        Effect::StoreProposals(snapshot, proposals) => {
            linking::store_proposals(task, snapshot, proposals).await;
        }
        Effect::ReadSides(id) => device::read_sides(task, id).await,
        Effect::Candidates(id) => device::candidates(task, id).await,
        Effect::Candidate(id, named) => device::candidate(task, id, named).await,
        Effect::Bind { device, configuration } => device::bind(task, device, configuration).await,
        Effect::Release(what) => device::release(task, what).await,
        Effect::ReadChanges(run) => history::changes(task, run).await,
        Effect::ReadLog => history::log(task).await,
        Effect::NoteStop(why) => history::note_stop(task, why).await,
        Effect::Export(path, report) => report::export(task, path, *report).await,
        Effect::ReadThemes(depth) => themes::read(task, depth).await,
        Effect::SaveTheme(name) => themes::save(task, name).await,
    }
}

impl Task {
    /// Sends an event to the loop; a loop that is gone needs none.
    pub async fn send(&self, event: Event) {
        let _ = self.events.send(event).await;
    }

    /// Sends an answer to the loop.
    pub async fn answer(&self, answer: Answer) {
        self.send(Event::Answer(answer)).await;
    }

    /// The settings as they are in the file now.
    pub fn settings(&self) -> Result<Settings, Trouble> {
        self.context.settings().map_err(told)
    }

    /// The state.
    pub fn store(&self) -> Result<Store, Trouble> {
        self.context.store().map_err(told)
    }

    /// Both clients, for reading.
    pub async fn services(&self) -> Result<(Services, Settings), Trouble> {
        let settings = self.settings()?;
        let services = self.context.services(&settings, Arc::new(|_| {})).await.map_err(told)?;
        Ok((services, settings))
    }
}

/// Lets blocking work, such as with the state file, run where it blocks nobody.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(format!("a task inside Bindery failed: {error}. Please report this")),
    }
}

/// An error's words.
pub fn told(error: impl ToString) -> Trouble {
    error.to_string()
}

/// A future whose error is told in words.
pub async fn in_words<T, E: ToString>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    work.await.map_err(told)
}
