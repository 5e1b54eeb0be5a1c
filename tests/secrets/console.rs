//! The console on a real terminal: what it draws, what it leaves behind, and how a crash is told.

use super::{Binary, KEY, clean, clean_files, echo, place};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn size(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).unwrap()
}

/// A program at a terminal, and everything it ever drew there.
struct Terminal {
    child: Child,
    keys: File,
    drawn: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    fn open(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = std::ffi::OsStr::from_bytes(name.as_bytes()).to_owned();
        let terminal = || OpenOptions::new().read(true).write(true).open(&path).unwrap();
        command.env("TERM", "xterm-256color").env("BINDERY_TEST_PANIC", "1");
        command.stdin(terminal()).stdout(terminal()).stderr(terminal());
        let child = command.spawn().unwrap();
        drop(command);
        let mut screen = File::from(master);
        let keys = screen.try_clone().unwrap();
        let drawn: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = Arc::clone(&drawn);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                kept.lock().unwrap().extend(&bytes[..count]);
            }
        });
        Self { child, keys, drawn }
    }

    fn drawn(&self) -> Vec<u8> {
        self.drawn.lock().unwrap().clone()
    }

    fn screen(&self) -> String {
        let mut parser = vt100::Parser::new(size(40), size(120), 0);
        parser.process(&self.drawn());
        parser.screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn wait(&self, text: &str) {
        self.until(text, || self.screen().contains(text));
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(30), "no {what}:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The wizard on the token's field, the token typed and asked about.
fn typed(bindery: &Binary) -> Terminal {
    let text = bindery.settings();
    let url = bindery.sandbox.addigy_url();
    bindery.write_settings(&text);
    std::fs::remove_file(bindery.config()).unwrap();
    let mut terminal = Terminal::open(bindery.command(&["-vv"]));
    terminal.wait("step 1 of 7");
    // To the address, and on to the secret.
    terminal.press("\x1b[A\x15");
    terminal.press(&url);
    terminal.press("\x1b[B\x1b[B");
    terminal.press(KEY);
    terminal.until("draft", || bindery.state().join("setup.draft.toml").exists());
    terminal.press("\r");
    terminal
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setup_shows_and_keeps_no_secret_and_a_crash_tells_none() {
    let bindery = place().await;
    echo(&bindery, 403, [KEY, KEY]);
    let mut terminal = typed(&bindery);
    terminal.wait("turned the token away");
    clean("the screen", terminal.screen().as_bytes());
    clean_files(bindery.path());
    terminal.press("\x1b[24~");
    terminal.until("end", || {
        String::from_utf8_lossy(&terminal.drawn()).contains("has a fault and ended")
    });
    let status = terminal.child.wait().unwrap();
    assert_eq!(status.code(), Some(101));
    clean("all that was ever drawn", &terminal.drawn());
    clean_files(bindery.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_to_keeping_a_secret_is_final() {
    let bindery = place().await;
    let mut terminal = typed(&bindery);
    terminal.wait("turned the token away");
    // Leaves the setup; whether the secret may be kept is asked.
    terminal.press("\x1b");
    terminal.wait("y/n");
    terminal.press("n");
    terminal.wait("kept as a draft");
    clean_files(bindery.path());
    terminal.press("q");
    let status = terminal.child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", terminal.screen());
    assert!(bindery.state().join("setup.draft.toml").exists());
    clean("all that was ever drawn", &terminal.drawn());
    clean_files(bindery.path());
}
