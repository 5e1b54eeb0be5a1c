//! What the console costs, seen from its terminal: the real binary in a pseudo-terminal of 120x40.
//!
//! `cargo bench --bench console`, or `DEVICES=500 cargo bench --bench console`. Prints start-up, idle
//! cost, the time from a key to its frame, and the same during a run of 10,000 devices. Linux only: CPU
//! time and memory are read from /proc.

#[path = "../tests/support/story/mod.rs"]
mod story;
mod support;

use bindery::sandbox::{Fault, FaultKind, Sandbox, Service, When};
use portable_pty::CommandBuilder;
use std::path::Path;
use std::time::{Duration, Instant};
use story::{Background, Key, Size, Terminal};

const SIZE: Size = Size { columns: 120, rows: 40 };
const STARTS: usize = 15;
const KEYS: usize = 100;
const IDLE: Duration = Duration::from_secs(10);
/// The longest a step may take.
const LIMIT: Duration = Duration::from_secs(300);

fn main() {
    let options = support::options();
    let devices = options.devices;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
    let home = support::home(&sandbox);
    start_up(home.path());
    idle(home.path());
    run(&sandbox, home.path(), devices);
}

fn start(home: &Path) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_bindery"));
    command.env_clear();
    command.env("HOME", home);
    command.env("LANG", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("BINDERY_CONFIG", home.join("config.toml"));
    command.env("BINDERY_STATE_DIR", home.join("state"));
    Terminal::start(command, SIZE, Background::Dark).unwrap()
}

/// When the last row of the first whole frame was there, and how many bytes that took.
fn first_frame(terminal: &Terminal, began: Instant) -> (f64, u64) {
    let frame = terminal.until(LIMIT, |seen| {
        let rows = seen.rows();
        let drawn = rows.first().is_some_and(|row| row.contains("Policies"))
            && rows.last().is_some_and(|row| row.contains("help"));
        drawn.then_some((seen.last, seen.bytes))
    });
    let (at, bytes) = frame.expect("a first frame");
    ((at - began).as_secs_f64() * 1e3, bytes)
}

fn start_up(home: &Path) {
    // What is known after the first start is there for all others, as in daily use.
    settle(&start(home));
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..STARTS {
        let began = Instant::now();
        let terminal = start(home);
        let (milliseconds, wrote) = first_frame(&terminal, began);
        times.push(milliseconds);
        bytes = wrote;
        quit(terminal);
    }
    let (median, worst) = (at(&mut times, 50), at(&mut times, 95));
    println!("first frame: median {median:.1} ms, p95 {worst:.1} ms, {bytes} bytes");
}

fn settle(terminal: &Terminal) {
    terminal.until(LIMIT, |seen| {
        let header = seen.rows().first().cloned().unwrap_or_default();
        (header.contains("as of") && !header.contains("reading")).then_some(())
    });
    // A notice takes its time to go, too.
    terminal.idle(Duration::from_secs(14), LIMIT);
}

fn quit(terminal: Terminal) {
    terminal.press(Key::Char('q')).unwrap();
    terminal.until(LIMIT, |seen| seen.over().then_some(()));
}

fn idle(home: &Path) {
    let terminal = start(home);
    settle(&terminal);
    let (before, cpu) = (terminal.look(|seen| seen.bytes), cpu_ms(&terminal));
    std::thread::sleep(IDLE);
    let (after, cpu_after) = (terminal.look(|seen| seen.bytes), cpu_ms(&terminal));
    println!(
        "idle {} s: {} bytes, {:.1} ms CPU, {} MB resident, {} threads",
        IDLE.as_secs(),
        after - before,
        cpu_after - cpu,
        status(&terminal, "VmRSS:") / 1024,
        status(&terminal, "Threads:")
    );
    keys(&terminal, "key to frame, idle");
    quit(terminal);
}

/// Down and up, each when the frame of the one before is whole.
fn keys(terminal: &Terminal, what: &str) {
    let mut times = Vec::new();
    let mut bytes = Vec::new();
    for at in 0..KEYS {
        let before = terminal.look(|seen| seen.bytes);
        let began = Instant::now();
        terminal.press(if at % 2 == 0 { Key::Down } else { Key::Up }).unwrap();
        let Some((drawn, wrote)) = terminal.until(Duration::from_secs(5), |seen| {
            (seen.bytes > before).then_some((seen.last, seen.bytes - before))
        }) else {
            continue;
        };
        times.push((drawn - began).as_secs_f64() * 1e3);
        bytes.push(wrote as f64);
        std::thread::sleep(Duration::from_millis(15));
    }
    println!(
        "{what}: median {:.2} ms, p95 {:.2} ms, {:.0} bytes a frame, {} of {KEYS} answered",
        at(&mut times, 50),
        at(&mut times, 95),
        at(&mut bytes, 50),
        times.len()
    );
}

/// A first sync of everything, watched in Devices Binding, with keys pressed in the middle of it.
fn run(sandbox: &Sandbox, home: &Path, devices: usize) {
    // Progress as an account on the net shows it, not as loopback would.
    let slow = FaultKind::Delay(When::Milliseconds(300));
    sandbox.control().faults().push(Fault::new(slow).at(Service::ItGlue).times(u32::MAX));
    let terminal = start(home);
    settle(&terminal);
    for key in ['A', 's'] {
        terminal.press(Key::Char(key)).unwrap();
    }
    wait(&terminal, "y/n");
    terminal.press(Key::Char('y')).unwrap();
    let whole = Spent::until_now(&terminal);
    wait(&terminal, "● linked");
    let writing = Spent::until_now(&terminal);
    let over = |seen: &story::Seen| seen.shows("pending first").then_some(());
    if terminal.until(Duration::from_secs(10), over).is_none() {
        writing.report(&terminal, "writing, no key pressed");
        keys(&terminal, "key to frame, while writing");
    }
    assert!(terminal.until(LIMIT, over).is_some(), "{}", terminal.look(ToString::to_string));
    whole.report(&terminal, &format!("run of {devices} devices"));
    keys(&terminal, "key to frame, run over");
    println!("peak memory: {} MB", status(&terminal, "VmHWM:") / 1024);
    quit(terminal);
}

/// What was spent up to a moment.
struct Spent {
    at: Instant,
    bytes: u64,
    cpu: f64,
}

impl Spent {
    fn until_now(terminal: &Terminal) -> Self {
        let bytes = terminal.look(|seen| seen.bytes);
        Self { at: Instant::now(), bytes, cpu: cpu_ms(terminal) }
    }

    /// What was spent since.
    fn report(&self, terminal: &Terminal, what: &str) {
        let now = Self::until_now(terminal);
        let seconds = (now.at - self.at).as_secs_f64();
        let rate = (now.bytes - self.bytes) as f64 / 1e3 / seconds;
        let percent = (now.cpu - self.cpu) / seconds / 10.0;
        println!("{what}: {seconds:.1} s, {rate:.1} kB/s to the terminal, {percent:.0} % CPU");
    }
}

fn wait(terminal: &Terminal, text: &str) {
    let shown = terminal.until(LIMIT, |seen| seen.shows(text).then_some(()));
    assert!(shown.is_some(), "{text:?} never came\n{}", terminal.look(ToString::to_string));
}

/// The value at so many hundredths.
fn at(values: &mut [f64], hundredths: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = values.len() * hundredths / 100;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// The processor time of all threads, to the nanosecond.
fn cpu_ms(terminal: &Terminal) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", terminal.process()));
    let spent = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0)
    };
    tasks.into_iter().flatten().flatten().map(spent).sum::<f64>() / 1e6
}

fn status(terminal: &Terminal, name: &str) -> u64 {
    let path = format!("/proc/{}/status", terminal.process());
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
