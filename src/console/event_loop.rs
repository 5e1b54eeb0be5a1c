//! The loop: one `select!`, in the order of importance. A key draws at once, what a run tells at most
//! five times a second, and nothing at all when nothing changed.

use super::app::App;
use super::effect::Answer;
use super::effects::Runner;
use super::event::{Event, Signal};
use super::frame;
use super::input::{self, ESC_WAIT, Input};
use super::key::{Code, Key};
use super::output::{Collected, Quiet, Writer};
use super::terminal;
use crate::commands::{CommandError, Exit};
use crate::settings::process_env;
use jiff::Timestamp;
use ratatui::Terminal;
use std::io;
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::sync::mpsc;

/// Between two frames that no key asked for.
const PACE: Duration = Duration::from_millis(200);

/// Where this variable is set, F12 panics in a debug build: a test looks at what becomes of the terminal.
const PANIC: &str = "BINDERY_TEST_PANIC";

/// The signals that are heard while the console is open.
struct Signals {
    interrupt: Listener,
    terminate: Listener,
    hangup: Listener,
    resized: Listener,
    continued: Listener,
}

/// What a signal asks of the loop.
enum Heard {
    Signal(Signal),
    Resized,
    /// Continued by somebody else than us, who may have changed the terminal.
    Continued,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            resized: signal(SignalKind::window_change())?,
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            biased;
            _ = self.hangup.recv() => Heard::Signal(Signal::Hangup),
            _ = self.terminate.recv() => Heard::Signal(Signal::Terminate),
            _ = self.interrupt.recv() => Heard::Signal(Signal::Interrupt),
            _ = self.resized.recv() => Heard::Resized,
            _ = self.continued.recv() => Heard::Continued,
        }
    }
}

/// When the next frame is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    No,
    /// With the next beat.
    ByAndBy,
    Now,
}

struct Loop {
    app: App,
    runner: Runner,
    screen: Terminal<Quiet>,
    collected: Collected,
    writer: Writer,
    drawn: Instant,
    due: Due,
    /// No key will ever come again.
    hung_up: bool,
}

/// Runs the console until it ends. The terminal must be set up; it is restored by the caller.
pub async fn run(
    app: App,
    runner: Runner,
    mut events: mpsc::Receiver<Event>,
    mouse: bool,
) -> Result<Exit, CommandError> {
    let collected = Collected::default();
    let quiet = Quiet::new(collected.clone(), app.shared.size);
    let screen = Terminal::new(quiet).map_err(CommandError::failed)?;
    let writer = Writer::start();
    let mut this = Loop {
        app,
        runner,
        screen,
        collected,
        writer,
        drawn: Instant::now(),
        due: Due::Now,
        hung_up: false,
    };
    let mut signals = Signals::listen().map_err(CommandError::failed)?;
    let mut input = Input::default();
    let mut esc: Option<Instant> = None;
    let mut keys = input::listen();
    let first = this.app.first_effects();
    first.into_iter().for_each(|effect| this.runner.run(effect));
    this.wait_for_state(&mut events).await;
    loop {
        this.draw();
        if this.writer.failed() && !this.hung_up {
            this.hung_up = true;
            this.take(Event::Signal(Signal::Hangup));
        }
        if let Some(exit) = this.app.ended() {
            this.writer.finish();
            return Ok(exit);
        }
        if this.app.take_suspend() {
            this.suspend(mouse).await;
        }
        let idle = this.writer.idle.clone();
        let beat = this.next_beat();
        // From the key on, whatever else happens meanwhile.
        esc = input.waits().then(|| esc.unwrap_or_else(|| Instant::now() + ESC_WAIT));
        tokio::select! {
            biased;
            heard = signals.next() => match heard {
                Heard::Signal(signal) => this.take(Event::Signal(signal)),
                Heard::Resized => this.resized(),
                Heard::Continued => this.resume(mouse),
            },
            raw = keys.recv(), if !this.hung_up => this.keys(raw, &mut input, &mut keys),
            () = sleep_until(esc), if esc.is_some() => {
                esc = None;
                input.give_up().into_iter().for_each(|event| this.take(event));
            }
            Some(event) = events.recv() => this.take(event),
            () = idle.notified(), if this.due != Due::No || this.writer.busy() => {}
            () = sleep_until(beat), if beat.is_some() => {}
        }
    }
}

async fn sleep_until(beat: Option<Instant>) {
    if let Some(beat) = beat {
        tokio::time::sleep_until(beat.into()).await;
    }
}

impl Loop {
    /// Home is drawn from the state file; that is read so quickly that a frame without it would only
    /// flicker.
    async fn wait_for_state(&mut self, events: &mut mpsc::Receiver<Event>) {
        const NOT_LONGER: Duration = Duration::from_millis(30);
        if let Ok(Some(event)) = tokio::time::timeout(NOT_LONGER, events.recv()).await {
            self.take(event);
        }
        self.due = Due::Now;
    }

    fn take(&mut self, event: Event) {
        if let Event::Key(key) = event
            && key == Key::plain(Code::F(12))
            && cfg!(debug_assertions)
            && process_env(PANIC).is_some()
        {
            panic!("asked for by {PANIC}");
        }
        let soon = matches!(event, Event::Run(..) | Event::RunPulse(..));
        if matches!(event, Event::Resize(..)) {
            return self.resized();
        }
        if matches!(event, Event::Answer(Answer::State(_))) {
            // Reading it has made its folder, if that was not there.
            self.runner.watch();
        }
        let effects = self.app.update(Timestamp::now(), event);
        effects.into_iter().for_each(|effect| self.runner.run(effect));
        self.due = match (self.due, soon) {
            (Due::No | Due::ByAndBy, true) => Due::ByAndBy,
            _ => Due::Now,
        };
    }

    /// Takes the key and all that came with it: repeats read together give one frame.
    fn keys(
        &mut self,
        first: Option<RawEvent>,
        input: &mut Input,
        keys: &mut mpsc::Receiver<RawEvent>,
    ) {
        let Some(first) = first else {
            // The terminal is gone.
            self.hung_up = true;
            return self.take(Event::Signal(Signal::Hangup));
        };
        input.take(first).into_iter().for_each(|event| self.take(event));
        while let Ok(next) = keys.try_recv() {
            input.take(next).into_iter().for_each(|event| self.take(event));
        }
    }

    fn resized(&mut self) {
        let Ok((columns, rows)) = ratatui::crossterm::terminal::size() else { return };
        if (columns, rows) == self.app.shared.size {
            return;
        }
        self.screen.backend_mut().resize((columns, rows));
        let effects = self.app.update(Timestamp::now(), Event::Resize(columns, rows));
        effects.into_iter().for_each(|effect| self.runner.run(effect));
        self.due = Due::Now;
    }

    fn next_beat(&self) -> Option<Instant> {
        (self.due == Due::ByAndBy && !self.writer.busy()).then_some(self.drawn + PACE)
    }

    /// Draws, where a frame is due and the terminal has taken the last one.
    fn draw(&mut self) {
        let due = match self.due {
            Due::No => false,
            Due::ByAndBy => self.drawn.elapsed() >= PACE,
            Due::Now => true,
        };
        if !due || self.writer.busy() {
            return;
        }
        self.due = Due::No;
        self.drawn = Instant::now();
        if self.app.take_redraw() {
            // Clearing into a buffer can't fail.
            let _ = self.screen.clear();
        }
        let app = &self.app;
        let links = match self.screen.draw(|target| frame::draw(app, target)) {
            Ok(drawn) => super::frame::hyperlinks(app, drawn.buffer),
            Err(_) => Vec::new(),
        };
        let bytes = self.collected.take();
        let mut out = Vec::new();
        if !bytes.is_empty() {
            out.extend_from_slice(terminal::BEGIN_FRAME);
            out.extend(bytes);
            out.extend(links);
            out.extend_from_slice(terminal::END_FRAME);
        }
        for text in self.app.take_copies() {
            out.extend(terminal::copy_sequence(&text, &process_env));
        }
        self.writer.write(out);
    }

    /// Gives the terminal back, stops this process as Ctrl-Z would, and goes on when it is continued.
    async fn suspend(&mut self, mouse: bool) {
        // The last frame must not be written after the terminal is given back.
        const PATIENCE: Duration = Duration::from_secs(2);
        let written = async {
            while self.writer.busy() {
                self.writer.idle.notified().await;
            }
        };
        // A terminal that takes nothing is given back all the same.
        let _ = tokio::time::timeout(PATIENCE, written).await;
        terminal::restore();
        // It fails only where the signal is unknown.
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
        self.resume(mouse);
        self.take(Event::Signal(Signal::Continued));
    }

    /// Takes the terminal as if it were new. One that hangs up sends SIGCONT as well, and can't be set up.
    fn resume(&mut self, mouse: bool) {
        if terminal::set_up(mouse).is_err() {
            self.hung_up = true;
            return self.take(Event::Signal(Signal::Hangup));
        }
        self.resized();
        self.app.ask_redraw();
        self.due = Due::Now;
    }
}

type RawEvent = ratatui::crossterm::event::Event;
