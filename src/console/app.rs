//! The state and `update`: an event arrives, state changes here and nowhere else, effects go out.

use super::effect::{Answer, Effect, Slot};
use super::event::{Event, RunKey, Signal, Timer};
use super::key::Key;
use super::keymap::Verb;
use super::overlays::{self, quit::Quit};
use super::run::{LiveRun, Pulse};
use super::screen::{Cx, Mode, Request, Screen};
use super::screens;
use super::shared::{Notice, RunEntry, RunSpec, Shared};
use super::welcome::welcome;
use crate::commands::Exit;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a notice stays.
const NOTICE: Duration = Duration::from_secs(12);
/// So many notices are kept.
const NOTICES: usize = 500;
/// A spinner's pace.
const SPIN: Duration = Duration::from_millis(150);
/// Two Ctrl-C within this time stop a run safely.
const TWICE: Duration = Duration::from_secs(3);

/// The four places one can always go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The policy tree: home.
    Policies,
    /// All devices.
    Devices,
    /// Past runs.
    History,
    /// The log.
    Log,
}

/// What is left to do before the program may stop or be suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    WhenDone,
    Stopping(Exit),
    Suspending,
    Now(Exit),
}

/// The whole state of the console.
#[derive(Debug)]
pub struct App {
    /// What all screens share.
    pub shared: Shared,
    tabs: Vec<Box<dyn Screen>>,
    tab: usize,
    stack: Vec<Box<dyn Screen>>,
    leaving: Leaving,
    suspend: bool,
    /// Whether the last suspending cut a run short.
    stopped_to_suspend: bool,
    interrupted: bool,
    spinning: bool,
    redraw: bool,
    /// Whether home has said what it says first.
    welcomed: bool,
    copies: Vec<String>,
    next_run: u64,
    effects: Vec<Effect>,
}

impl App {
    /// Home, with these layers on top (the wizard, where nothing is set up). The state is being read
    /// already.
    pub fn new(shared: Shared, on_top: Vec<Box<dyn Screen>>) -> Self {
        let mut app = Self {
            shared,
            tabs: screens::tabs(),
            tab: 0,
            stack: Vec::new(),
            leaving: Leaving::No,
            suspend: false,
            stopped_to_suspend: false,
            interrupted: false,
            spinning: false,
            redraw: false,
            welcomed: false,
            copies: Vec::new(),
            next_run: 1,
            effects: Vec::new(),
        };
        if let Some(notice) = app.shared.notice.clone() {
            app.shared.notices.push_back((app.shared.now, notice));
        }
        app.with_layer(0, |screen, cx| screen.open(cx));
        for layer in on_top {
            app.carry_out(Request::Push(layer));
        }
        if app.shared.settings.is_some() {
            app.reread();
        }
        app
    }

    /// Takes in one event; what is to be done outside comes back.
    pub fn update(&mut self, now: Timestamp, event: Event) -> Vec<Effect> {
        self.shared.now = now;
        match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(columns, rows) => self.shared.size = (columns, rows),
            Event::Focus(_) => {}
            Event::Signal(signal) => self.signal(signal),
            Event::Run(key, events) => self.run_went_on(key, events),
            Event::RunPulse(key, pulse) => self.run_measured(key, *pulse),
            Event::RunEnded(key, result) => self.run_ended(key, result),
            Event::Answer(answer) => self.answer(answer),
            Event::Timer(timer) => self.timer(timer),
        }
        self.settle();
        self.start_spinning();
        std::mem::take(&mut self.effects)
    }

    /// What is to be done before the first event.
    pub fn first_effects(&mut self) -> Vec<Effect> {
        self.settle();
        self.start_spinning();
        std::mem::take(&mut self.effects)
    }

    /// How the program is to end, once it is.
    pub fn ended(&self) -> Option<Exit> {
        match self.leaving {
            Leaving::Now(exit) => Some(exit),
            _ => None,
        }
    }

    /// Whether the program is to be suspended now.
    pub fn take_suspend(&mut self) -> bool {
        std::mem::take(&mut self.suspend)
    }

    /// Whether the whole screen is to be drawn anew.
    pub fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    /// Draws the whole screen anew with the next frame.
    pub fn ask_redraw(&mut self) {
        self.redraw = true;
    }

    /// What is to be copied to the terminal's clipboard.
    pub fn take_copies(&mut self) -> Vec<String> {
        std::mem::take(&mut self.copies)
    }

    /// The layers that are seen, lowest first.
    pub fn seen(&self) -> impl Iterator<Item = &dyn Screen> {
        let base = self.stack.iter().rposition(|layer| !layer.overlay());
        let home = base.is_none().then(|| self.tabs.get(self.tab)).flatten();
        home.into_iter()
            .chain(self.stack.get(base.unwrap_or(0)..).unwrap_or(&[]))
            .map(AsRef::as_ref)
    }

    /// The layer that has the keys.
    pub fn top(&self) -> &dyn Screen {
        match self.stack.last() {
            Some(top) => top.as_ref(),
            // There are always four tabs, and `tab` is below four.
            None => self.tabs[self.tab].as_ref(),
        }
    }

    /// Opens a layer from outside; the effects come with the next event.
    #[cfg(test)]
    pub(crate) fn push_layer(&mut self, layer: Box<dyn Screen>) {
        self.push_box(layer);
        self.settle();
    }

    // Keys.

    fn key(&mut self, key: Key) {
        let text = self.top().mode() == Mode::Text;
        if text && self.with_top(|screen, cx| screen.text(key, cx)) {
            return;
        }
        if text && key.typed().is_some() {
            return;
        }
        if let Some(verb) = self.shared.keymap.verb(self.top().context(), key) {
            self.act(verb);
        }
    }

    /// Does what a key or the palette asks for.
    pub(super) fn act(&mut self, verb: Verb) {
        match verb {
            Verb::Back => return self.back(),
            Verb::Interrupt => return self.interrupt(),
            Verb::Suspend => return self.ask_suspend(),
            Verb::Redraw => return self.redraw = true,
            _ => {}
        }
        let can = self.top().can(verb, &self.shared);
        if can && self.with_top(|screen, cx| screen.act(verb, cx)) {
            return;
        }
        if !self.top().overlay() {
            self.act_globally(verb);
        }
    }

    fn act_globally(&mut self, verb: Verb) {
        match verb {
            Verb::GoPolicies => self.go(Tab::Policies),
            Verb::GoDevices => self.go(Tab::Devices),
            Verb::GoHistory => self.go(Tab::History),
            Verb::GoLog => self.go(Tab::Log),
            Verb::Find => self.find(None),
            Verb::ShowRun => self.show_run(),
            Verb::Reread => self.reread(),
            Verb::Quit => self.ask_quit(),
            Verb::Help => self.push(overlays::help::Help::new(self.top(), &self.shared)),
            Verb::Palette => self.push(overlays::palette::Palette::new(self.top(), &self.shared)),
            Verb::Theme => self.push(overlays::theme::Themes::new(&self.shared)),
            Verb::Setup => self.setup(),
            Verb::Notices => self.push(overlays::notices::Notices::new()),
            Verb::Copy => {
                let values = self.top().copyables(&self.shared);
                if values.is_empty() {
                    return self.say(Notice::info("Nothing can be copied here."));
                }
                self.push(overlays::copy::Copy::new(values));
            }
            Verb::Export => match self.top().report(&self.shared) {
                Some(report) => self.push(overlays::export::Export::new(report)),
                None => self.say(Notice::info("There is no list to export here.")),
            },
            _ => {}
        }
    }

    fn paste(&mut self, text: &str) {
        if self.with_top(|screen, cx| screen.paste(text, cx)) {
            return;
        }
        if self.top().mode() == Mode::List && !self.top().overlay() {
            self.find(Some(text.trim().to_owned()));
        }
    }

    fn back(&mut self) {
        if self.with_top(|screen, cx| screen.close_one(cx)) {
            return;
        }
        if self.stack.pop().is_none() {
            self.tab = 0;
        }
    }

    fn find(&mut self, query: Option<String>) {
        if !self.may_leave() {
            return;
        }
        self.go(Tab::Devices);
        self.with_top(|screen, cx| {
            screen.act(Verb::Find, cx);
            if let Some(query) = query {
                screen.paste(&query, cx);
            }
        });
    }

    /// Whether all layers may be left; else says why not.
    fn may_leave(&mut self) -> bool {
        let unsaved = self.stack.iter().any(|layer| layer.unsaved());
        if unsaved {
            self.say(Notice::warning(
                "Something here is not saved yet: save it, or leave it with Esc.",
            ));
        }
        !unsaved
    }

    fn go(&mut self, tab: Tab) {
        if !self.may_leave() {
            return;
        }
        self.stack.clear();
        self.tab = tab as usize;
        self.with_top(|screen, cx| screen.open(cx));
    }

    fn show_run(&mut self) {
        let active = self.shared.active_runs().last().or(self.shared.runs.last());
        match active.map(|run| run.key) {
            Some(_) if !self.may_leave() => {}
            Some(key) => {
                self.stack.clear();
                self.push(screens::run::RunScreen::new(key));
            }
            None => self.say(Notice::info("No run was started here yet. s syncs a policy.")),
        }
    }

    fn setup(&mut self) {
        if self.shared.active_runs().next().is_some() {
            return self.say(Notice::warning("The setup waits until the run has ended."));
        }
        let draft = super::wizard::Draft::of(&self.shared);
        self.push(super::wizard::Wizard::new(draft));
    }

    fn reread(&mut self) {
        if self.shared.settings.is_some() && !self.shared.reading {
            self.shared.reading = true;
            self.effects.push(Effect::Reread);
        }
    }

    // Leaving.

    fn ask_quit(&mut self) {
        if !self.may_leave() {
            return;
        }
        if self.shared.active_runs().next().is_some() {
            self.push(Quit::new());
        } else {
            self.leaving = Leaving::Now(Exit::Done);
        }
    }

    fn interrupt(&mut self) {
        let asked = self.top().context().name == overlays::quit::CONTEXT.name;
        if self.interrupted || asked {
            return self.stop(Leaving::Stopping(Exit::Interrupted));
        }
        self.interrupted = true;
        self.effects.push(Effect::Timer(Timer::Interrupt, TWICE));
        if self.has_just_ended() && !self.stopped_to_suspend {
            return self.say(Notice::info("The run has ended. Ctrl-C once more quits."));
        }
        if self.shared.active_runs().next().is_none() {
            self.leaving = Leaving::Now(Exit::Done);
        } else {
            self.push(Quit::new());
        }
    }

    /// Whether a Ctrl-C may have been meant for a run that ended meanwhile.
    fn has_just_ended(&self) -> bool {
        let ended = self.shared.runs.iter().filter_map(|run| run.live.ended_at()).max();
        let quick = |at| self.shared.now.duration_since(at) < jiff::SignedDuration::from_secs(5);
        self.shared.active_runs().next().is_none() && ended.is_some_and(quick)
    }

    fn ask_suspend(&mut self) {
        // Who was told to end ends.
        if !matches!(self.leaving, Leaving::Stopping(_) | Leaving::Now(_)) {
            self.stopped_to_suspend = self.shared.active_runs().next().is_some();
            self.stop(Leaving::Suspending);
        }
    }

    /// Cancels all runs; when the last has ended, what `then` says is done.
    fn stop(&mut self, then: Leaving) {
        self.leaving = then;
        let active: Vec<RunKey> = self.shared.active_runs().map(|run| run.key).collect();
        active.iter().for_each(|key| self.cancel_run(*key));
        if !active.is_empty() {
            self.say(Notice::info(
                "Stopping safely: what is under way finishes, nothing new starts.",
            ));
        }
        self.leave_if_done();
    }

    fn leave_if_done(&mut self) {
        if self.shared.active_runs().next().is_some() {
            return;
        }
        match self.leaving {
            Leaving::WhenDone => self.leaving = Leaving::Now(Exit::Done),
            Leaving::Stopping(exit) => self.leaving = Leaving::Now(exit),
            Leaving::Suspending => {
                self.leaving = Leaving::No;
                self.suspend = true;
            }
            Leaving::No | Leaving::Now(_) => {}
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Interrupt => self.interrupt(),
            Signal::Terminate | Signal::Hangup => {
                if self.shared.active_runs().next().is_some() {
                    self.effects.push(Effect::NoteStop(match signal {
                        Signal::Hangup => "connection lost",
                        _ => "ended by the system",
                    }));
                }
                self.stop(Leaving::Stopping(Exit::Interrupted));
            }
            Signal::Continued => {
                self.effects.push(Effect::ReadState);
                let stopped = self.shared.runs.last().filter(|_| self.stopped_to_suspend);
                let stopped = stopped.map(|run| run.live.line());
                if let Some(line) = stopped.filter(|line| !line.is_empty()) {
                    self.say(Notice::info(format!("{line}. Go on: r on its policy")));
                }
            }
        }
    }

    // Runs.

    fn start(&mut self, spec: RunSpec) {
        if !matches!(self.leaving, Leaving::No | Leaving::WhenDone) {
            return self.say(Notice::warning("Bindery is about to end, so no run is started."));
        }
        if !self.shared.writes() {
            return self.say(Notice::warning(
                "The integration is switched off, so nothing is written to IT Glue. Switch it on: \
                 :setup",
            ));
        }
        let key = RunKey(self.next_run);
        self.next_run += 1;
        self.effects.push(Effect::StartRun(key, Box::new(spec.request.clone())));
        let (now, zone) = (self.shared.now, self.shared.zone.clone());
        let live = LiveRun::new(&spec.title, spec.shown.clone(), now, zone);
        self.shared.runs.push(RunEntry { key, spec, live });
        self.push(screens::run::RunScreen::new(key));
    }

    fn run_went_on(&mut self, key: RunKey, events: Vec<crate::apply::Event>) {
        let now = self.shared.now;
        if let Some(run) = self.shared.runs.iter_mut().find(|run| run.key == key) {
            events.into_iter().for_each(|event| run.live.fold(event, now));
        }
        self.tell_layers(|layer, shared| layer.run_went_on(shared));
    }

    fn run_measured(&mut self, key: RunKey, pulse: Pulse) {
        if let Some(run) = self.shared.runs.iter_mut().find(|run| run.key == key) {
            run.live.measure(pulse);
        }
        self.tell_layers(|layer, shared| layer.run_went_on(shared));
    }

    fn cancel_run(&mut self, key: RunKey) {
        if let Some(run) = self.shared.runs.iter_mut().find(|run| run.key == key) {
            run.live.stop();
        }
        self.effects.push(Effect::CancelRun(key));
        self.tell_layers(|layer, shared| layer.run_went_on(shared));
    }

    fn run_ended(&mut self, key: RunKey, result: Result<Box<crate::apply::Summary>, String>) {
        let now = self.shared.now;
        if let Some(run) = self.shared.runs.iter_mut().find(|run| run.key == key) {
            run.live.end(result, now);
            let line = run.live.line();
            if !line.is_empty() {
                self.say(Notice::info(line));
            }
        }
        self.effects.push(Effect::ReadState);
        self.tell_layers(|layer, shared| layer.run_went_on(shared));
        self.leave_if_done();
    }

    // Answers.

    fn answer(&mut self, answer: Answer) {
        match &answer {
            Answer::State(Ok(snapshot)) => {
                self.shared.snapshot = Some(Arc::clone(snapshot));
                self.shared.state_trouble = None;
                self.tell_layers(|layer, shared| layer.changed(shared));
            }
            Answer::State(Err(trouble)) => self.shared.state_trouble = Some(trouble.clone()),
            Answer::StateChanged => self.effects.push(Effect::ReadState),
            Answer::Reread(result) => {
                self.shared.reading = false;
                self.shared.read_trouble = result.as_ref().err().cloned();
                if let Err(trouble) = result {
                    self.say(Notice::warning(trouble.clone()));
                }
            }
            Answer::Listed(listing) => self.shared.organizations = Some(listing.clone()),
            Answer::Run(spec) => self.start((**spec).clone()),
            Answer::Settings(settings) => {
                self.shared.settings = Some(Arc::new((**settings).clone()));
                // It may be another account's.
                self.shared.organizations = None;
                self.effects.push(Effect::ReadState);
                self.reread();
            }
            // The layer that asked may be gone by now.
            Answer::Linked(_, Err(trouble)) | Answer::Bound(_, Err(trouble)) => {
                self.say(Notice::warning(trouble.clone()));
            }
            Answer::Linked(_, Ok(_))
            | Answer::ProposalsStored { .. }
            | Answer::Bound(_, Ok(_))
            | Answer::Released(Ok(_)) => {
                self.effects.push(Effect::ReadState);
            }
            _ => {}
        }
        self.deliver(&answer);
        if matches!(answer, Answer::State(Ok(_))) {
            self.welcome();
        }
    }

    /// Says once what home says first, and shows the policy it is about.
    fn welcome(&mut self) {
        if std::mem::replace(&mut self.welcomed, true) {
            return;
        }
        let snapshot = self.shared.snapshot.clone();
        let told = snapshot.and_then(|snapshot| welcome(&self.shared, &snapshot));
        if let Some((notice, policy)) = told {
            self.say(notice);
            if let Some(policy) = policy {
                self.deliver(&Answer::ShowPolicy(policy));
            }
        }
    }

    /// Lets every layer hear the answer, the top one first.
    fn deliver(&mut self, answer: &Answer) {
        let mut asked = Vec::new();
        let layers = self.stack.iter_mut().enumerate().rev().map(|(at, layer)| (at + 1, layer));
        for (depth, layer) in layers.chain(self.tabs.iter_mut().map(|tab| (0, tab))) {
            let mut cx = Cx::new(&self.shared);
            layer.hear(answer, &mut cx);
            asked.push((depth, cx.requests));
        }
        // The top one first, so that the places of those below stay what they are.
        for (depth, requests) in asked {
            self.carry_out_all(requests, depth);
        }
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Spin => {
                self.spinning = false;
                self.shared.spin = self.shared.spin.wrapping_add(1);
            }
            Timer::Notice => self.shared.notice = None,
            Timer::Interrupt => self.interrupted = false,
            // An overlay may lie over the one that asked for it.
            Timer::Question | Timer::Draft | Timer::Counters => {
                for at in 0..=self.stack.len() {
                    self.with_layer(at, |screen, cx| screen.timer(timer, cx));
                }
            }
        }
    }

    // Layers.

    /// Carries out what the layer asked for that so many layers end with (0: the tab). What it puts on
    /// top or takes away is meant from its own place, also where something lies over it by now.
    fn carry_out_all(&mut self, requests: Vec<Request>, mut depth: usize) {
        for request in requests {
            depth = depth.min(self.stack.len());
            match request {
                Request::Push(layer) => {
                    self.insert(depth, layer);
                    depth += 1;
                }
                Request::Pop => depth = self.remove(depth),
                Request::Replace(layer) => {
                    depth = self.remove(depth);
                    self.insert(depth, layer);
                    depth += 1;
                }
                other => self.carry_out(other),
            }
        }
    }

    fn carry_out(&mut self, request: Request) {
        match request {
            Request::Push(_) | Request::Pop | Request::Replace(_) => {
                self.carry_out_all(vec![request], self.stack.len());
            }
            Request::Tab(tab) => self.go(tab),
            Request::Effect(Effect::CancelRun(key)) => self.cancel_run(key),
            Request::Effect(effect) => self.effects.push(effect),
            Request::Deliver(answer) => self.deliver(&answer),
            Request::Notice(notice) => self.say(notice),
            Request::Start(spec) => self.start(*spec),
            Request::Theme(theme) => self.shared.look.theme = *theme,
            Request::Verb(verb) => self.act(verb),
            Request::Copy(text) => self.copies.push(text),
            Request::Stay => {
                if self.leaving == Leaving::WhenDone {
                    self.leaving = Leaving::No;
                }
            }
            Request::Quit { when_done: true } => {
                self.leaving = Leaving::WhenDone;
                self.leave_if_done();
            }
            Request::Quit { when_done: false } => self.stop(Leaving::Stopping(Exit::Done)),
        }
    }

    fn push(&mut self, layer: impl Screen + 'static) {
        self.push_box(Box::new(layer));
    }

    fn push_box(&mut self, layer: Box<dyn Screen>) {
        self.insert(self.stack.len(), layer);
    }

    fn insert(&mut self, depth: usize, layer: Box<dyn Screen>) {
        self.stack.insert(depth, layer);
        self.with_layer(depth + 1, |screen, cx| {
            screen.changed(cx.shared);
            screen.open(cx);
        });
    }

    /// Takes a layer away; how many lie below its place comes back.
    fn remove(&mut self, depth: usize) -> usize {
        let below = depth.saturating_sub(1);
        if depth > 0 {
            self.stack.remove(below);
        }
        below
    }

    fn with_top<T>(&mut self, work: impl FnOnce(&mut dyn Screen, &mut Cx<'_>) -> T) -> T {
        self.with_layer(self.stack.len(), work)
    }

    /// Lets a layer work (0: the tab), then carries its requests out.
    fn with_layer<T>(
        &mut self,
        at: usize,
        work: impl FnOnce(&mut dyn Screen, &mut Cx<'_>) -> T,
    ) -> T {
        let mut cx = Cx::new(&self.shared);
        let layer = match at.checked_sub(1).and_then(|at| self.stack.get_mut(at)) {
            Some(layer) => layer,
            None => &mut self.tabs[self.tab],
        };
        let result = work(layer.as_mut(), &mut cx);
        let requests = cx.requests;
        self.carry_out_all(requests, at);
        result
    }

    /// Tells every layer, the covered ones too.
    fn tell_layers(&mut self, tell: impl Fn(&mut dyn Screen, &Shared)) {
        for layer in self.tabs.iter_mut().chain(self.stack.iter_mut()) {
            tell(layer.as_mut(), &self.shared);
        }
    }

    fn say(&mut self, notice: Notice) {
        self.shared.notices.push_back((self.shared.now, notice.clone()));
        if self.shared.notices.len() > NOTICES {
            self.shared.notices.pop_front();
        }
        self.effects.push(match notice.stays {
            true => Effect::Stop(Slot::Timer(Timer::Notice)),
            false => Effect::Timer(Timer::Notice, NOTICE),
        });
        self.shared.notice = Some(notice);
    }

    fn settle(&mut self) {
        let area = super::frame::body(self.shared.size);
        for layer in self.tabs.iter_mut().chain(self.stack.iter_mut()) {
            layer.settle(area, &self.shared);
        }
    }

    fn start_spinning(&mut self) {
        let spins = self.seen().any(|layer| layer.spins(&self.shared));
        if spins && !self.spinning {
            self.spinning = true;
            self.effects.push(Effect::Timer(Timer::Spin, SPIN));
        }
    }
}
