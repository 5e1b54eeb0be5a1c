//! A program in a real pseudo-terminal, and the screen it draws.

use super::keys::Key;
use super::manners::Manners;
use super::step::{Background, Signal, Size};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{self, Pid, WaitId, WaitIdOptions};
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Code(i32),
    Signal(i32),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// What came out of the program so far.
pub struct Seen {
    parser: vt100::Parser<Manners>,
    /// How many bytes it wrote.
    pub bytes: u64,
    /// When it wrote last.
    pub last: Instant,
    /// When it was last sent something.
    sent: Instant,
    /// How it ended, once it did.
    pub ending: Option<Ending>,
    /// Whether everything it wrote is on the screen.
    complete: bool,
    /// The modes of the line as the program left them.
    after: Option<Termios>,
}

impl Seen {
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub fn manners(&self) -> &Manners {
        self.parser.callbacks()
    }

    /// The rows without the space at their ends.
    pub fn rows(&self) -> Vec<String> {
        let (_, columns) = self.screen().size();
        let rows = self.screen().rows(0, columns.get());
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    pub fn shows(&self, text: &str) -> bool {
        let (_, columns) = self.screen().size();
        self.screen().rows(0, columns.get()).any(|row| row.contains(text))
    }

    /// Whether every cell has the terminal's own colours.
    pub fn colourless(&self) -> bool {
        let (rows, columns) = self.screen().size();
        let own = |row, column| {
            let cell = self.screen().cell(row, column);
            let colours = cell.map(|cell| (cell.fgcolor(), cell.bgcolor()));
            colours.is_none_or(|both| both == (vt100::Color::Default, vt100::Color::Default))
        };
        (0..rows.get()).all(|row| (0..columns.get()).all(|column| own(row, column)))
    }

    /// Whether the program ended and nothing of it is still on its way.
    pub fn over(&self) -> bool {
        self.ending.is_some() && self.complete
    }
}

impl fmt::Display for Seen {
    /// The screen in a frame, for people who look for what went wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, columns) = self.screen().size();
        let edge = "-".repeat(usize::from(columns.get()));
        writeln!(f, "+{edge}+")?;
        for row in self.rows() {
            writeln!(f, "|{row}")?;
        }
        writeln!(f, "+{edge}+")
    }
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Writer = Arc<Mutex<Option<Box<dyn Write + Send>>>>;

/// The terminal. Dropping it ends the program.
pub struct Terminal {
    shared: Arc<Shared>,
    writer: Writer,
    master: Option<Box<dyn MasterPty + Send>>,
    reader: Option<JoinHandle<()>>,
    tty: PathBuf,
    before: Termios,
    process: Pid,
}

impl Terminal {
    /// Starts a program.
    pub fn start(
        command: CommandBuilder,
        size: Size,
        background: Background,
    ) -> Result<Self, String> {
        let pair = native_pty_system().openpty(pty_size(size)).map_err(|e| e.to_string())?;
        let tty = pair.master.tty_name().ok_or("the terminal has no name")?;
        let line = open_line(&tty)?;
        let before = tcgetattr(&line).map_err(|e| e.to_string())?;
        let reader = pair.master.try_clone_reader().map_err(|e| e.to_string())?;
        let writer = pair.master.take_writer().map_err(|e| e.to_string())?;
        let child = pair.slave.spawn_command(command).map_err(|e| e.to_string())?;
        let pid = child.process_id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: parser(size, background),
                bytes: 0,
                last: Instant::now(),
                sent: Instant::now(),
                ending: None,
                complete: false,
                after: None,
            }),
            changed: Condvar::new(),
        });
        let writer: Writer = Arc::new(Mutex::new(Some(writer)));
        let process = pid.ok_or("the program has no process")?;
        let reading = (Arc::clone(&shared), Arc::clone(&writer));
        let reader = std::thread::spawn(move || read(reader, &reading.0, &reading.1));
        let waiting = Arc::clone(&shared);
        std::thread::spawn(move || wait(child, process, line, &waiting));
        let (master, reader) = (Some(pair.master), Some(reader));
        Ok(Self { shared, writer, master, reader, tty, before, process })
    }

    /// Looks once.
    pub fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.shared.lock())
    }

    /// Looks whenever something changed, at whole frames only, until there is an answer. `None` when
    /// the time is up, or the program is over and will never give one.
    pub fn until<T>(&self, limit: Duration, mut look: impl FnMut(&Seen) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut seen = self.shared.lock();
        loop {
            let over = seen.over();
            if (over || !seen.manners().mid_update())
                && let Some(answer) = look(&seen)
            {
                return Some(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if over || left.is_zero() {
                return None;
            }
            let waited = self.shared.changed.wait_timeout(seen, left);
            seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Until for so long nothing was written, nor sent, or the program is over.
    pub fn idle(&self, quiet: Duration, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut seen = self.shared.lock();
        loop {
            let still = seen.last.max(seen.sent).elapsed();
            if seen.over() || still >= quiet && !seen.manners().mid_update() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let quiet_left = quiet.saturating_sub(still).max(Duration::from_millis(1));
            let waited = self.shared.changed.wait_timeout(seen, left.min(quiet_left));
            seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn send(&self, bytes: &[u8]) -> Result<(), String> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = writer.as_mut().ok_or("the terminal is gone")?;
        self.shared.lock().sent = Instant::now();
        writer.write_all(bytes).and_then(|()| writer.flush()).map_err(|e| e.to_string())
    }

    pub fn press(&self, key: Key) -> Result<(), String> {
        self.send(&key.bytes(self.look(|seen| seen.screen().application_cursor())))
    }

    /// As terminals do it: line ends become carriage returns, brackets where they were asked for.
    pub fn paste(&self, text: &str) -> Result<(), String> {
        let text = text.replace('\n', "\r");
        if self.look(|seen| seen.screen().bracketed_paste()) {
            self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes())
        } else {
            self.send(text.as_bytes())
        }
    }

    pub fn resize(&self, size: Size) -> Result<(), String> {
        let master = self.master.as_ref().ok_or("the terminal is gone")?;
        {
            let mut seen = self.shared.lock();
            let (rows, columns) = dimensions(size);
            seen.parser.set_size(rows, columns);
            seen.sent = Instant::now();
        }
        master.resize(pty_size(size)).map_err(|e| e.to_string())
    }

    /// To what runs in the foreground.
    pub fn signal(&self, signal: Signal) -> Result<(), String> {
        let group = self.master.as_ref().and_then(|master| master.process_group_leader());
        let group = group.and_then(Pid::from_raw).ok_or("nothing runs in the terminal")?;
        let seen = self.shared.lock();
        if seen.ending.is_some() {
            return Err("the program is over".into());
        }
        process::kill_process_group(group, number(signal)).map_err(|e| e.to_string())
    }

    /// The terminal goes away: the kernel tells the program so, and whatever it still writes fails.
    pub fn hang_up(&mut self) -> Result<(), String> {
        // Dropping the writer types an end of file, unless there is no character for it.
        let line = open_line(&self.tty)?;
        let mut modes = tcgetattr(&line).map_err(|e| e.to_string())?;
        modes.special_codes[SpecialCodeIndex::VEOF] = 0;
        tcsetattr(&line, OptionalActions::Now, &modes).map_err(|e| e.to_string())?;
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The reader leaves when there is no writer any more, but it must have something to read.
        (&line).write_all(b"\0").map_err(|e| e.to_string())?;
        if let Some(reader) = self.reader.take() {
            reader.join().map_err(|_| "the reader panicked")?;
        }
        self.master = None;
        Ok(())
    }

    /// What the program changed of the terminal and left so.
    pub fn left_on(&self) -> Vec<String> {
        self.look(|seen| {
            let mut left = seen.manners().left_on(seen.screen());
            let modes =
                |t: &Termios| (t.input_modes, t.output_modes, t.control_modes, t.local_modes);
            let same = |after: &Termios| modes(after) == modes(&self.before);
            if !seen.after.as_ref().is_some_and(same) {
                left.push("the line's modes".into());
            }
            left
        })
    }

    pub fn process(&self) -> u32 {
        self.process.as_raw_nonzero().get().unsigned_abs()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.signal(Signal::Kill);
        let seen = self.shared.lock();
        // A process that was waited for gives its number to others.
        if seen.ending.is_none() {
            let _ = process::kill_process(self.process, number(Signal::Kill));
        }
    }
}

/// Feeds the screen until the terminal is closed, and answers what is asked.
fn read(mut reader: Box<dyn Read + Send>, shared: &Shared, writer: &Writer) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let now = Instant::now();
        let answers = {
            let mut seen = shared.lock();
            seen.parser.process(&bytes[..count]);
            seen.bytes += count as u64;
            seen.last = now;
            seen.parser.callbacks_mut().take_answers()
        };
        shared.changed.notify_all();
        match &mut *writer.lock().unwrap_or_else(PoisonError::into_inner) {
            // A program that is gone needs no answer.
            Some(writer) => drop(writer.write_all(&answers).and_then(|()| writer.flush())),
            None => break,
        }
    }
    shared.lock().complete = true;
    shared.changed.notify_all();
}

/// Waits for the end, and notes the line's modes before the line is closed, which resets them.
fn wait(mut child: Box<dyn Child + Send + Sync>, process: Pid, line: File, shared: &Shared) {
    // It stays a zombie meanwhile, so that its number is nobody else's.
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let status = process::waitid(WaitId::Pid(process), options).ok().flatten();
    let after = tcgetattr(&line).ok();
    drop(line);
    let signal = status.as_ref().and_then(|status| status.terminating_signal());
    let code = status.as_ref().and_then(|status| status.exit_status());
    {
        let mut seen = shared.lock();
        seen.ending = Some(signal.map_or(Ending::Code(code.unwrap_or(-1)), Ending::Signal));
        seen.after = after;
        let _ = child.wait();
    }
    shared.changed.notify_all();
}

/// The program's side of the terminal, which must not become ours.
fn open_line(tty: &Path) -> Result<File, String> {
    let flags = OpenptFlags::NOCTTY.bits().cast_signed();
    let file = File::options().read(true).write(true).custom_flags(flags).open(tty);
    file.map_err(|e| format!("{}: {e}", tty.display()))
}

fn parser(size: Size, background: Background) -> vt100::Parser<Manners> {
    let (rows, columns) = dimensions(size);
    vt100::Parser::new_with_callbacks(rows, columns, 0, Manners::new(background))
}

fn dimensions(size: Size) -> (NonZeroU16, NonZeroU16) {
    let at_least_one = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    (at_least_one(size.rows), at_least_one(size.columns))
}

fn pty_size(size: Size) -> PtySize {
    PtySize {
        rows: size.rows,
        cols: size.columns,
        pixel_width: size.columns.saturating_mul(9),
        pixel_height: size.rows.saturating_mul(20),
    }
}

fn number(signal: Signal) -> process::Signal {
    match signal {
        Signal::Hangup => process::Signal::HUP,
        Signal::Interrupt => process::Signal::INT,
        Signal::Terminate => process::Signal::TERM,
        Signal::Kill => process::Signal::KILL,
    }
}
