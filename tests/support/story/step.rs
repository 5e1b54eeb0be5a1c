//! What a story can say.

use super::keys::Key;
use std::time::Duration;

/// Columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

/// The terminal's own colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

impl Background {
    pub fn paper(self) -> [u8; 3] {
        match self {
            Self::Dark => [0x16, 0x19, 0x20],
            Self::Light => [0xfd, 0xfd, 0xfc],
        }
    }

    pub fn ink(self) -> [u8; 3] {
        match self {
            Self::Dark => [0xd5, 0xda, 0xe3],
            Self::Light => [0x24, 0x29, 0x2f],
        }
    }
}

/// A signal that a program is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Hangup,
    Interrupt,
    Terminate,
    Kill,
}

/// One line of a story.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `size 80x24`: how large the terminal is when a program starts.
    Size(Size),
    /// `background light`: what the terminal answers when asked for its colours.
    Background(Background),
    /// `env NAME=VALUE` or `env NAME`, which removes it.
    Env(String, Option<String>),
    /// `clock 14:02`: what clocks show from here on, so that pictures don't differ by the time of day.
    Clock { minutes: u32 },
    /// `sandbox devices=40 itglue-limit=100`: both services, and a settings file that uses them.
    Sandbox(Vec<(String, String)>),
    /// `settings none` removes the settings file; `settings sandbox` writes it again.
    Settings { present: bool },
    /// `setting sync.settle_seconds = 0`: a value of the settings file.
    Setting { key: Vec<String>, value: String },
    /// `run bindery demo`: a program in the terminal.
    Run(Vec<String>),
    /// `do bindery link Acme Acme`, `do exit=3 …`: a command outside of the terminal, to its end.
    Do { exit: i32, command: Vec<String> },
    /// `says "…"`: what the last `do` printed.
    Says(String),
    /// `press down*3 enter`.
    Press(Vec<Key>),
    /// `type Acme Corporation`; `{addigy}` and `{itglue}` stand for the services' addresses.
    Type(String),
    /// `paste "two\nlines"`: as a terminal pastes, in brackets where the program asked for them.
    Paste(String),
    /// `resize 20x6`.
    Resize(Size),
    /// `wait "text"`, `wait "text" within 90s`: until the screen shows it.
    Wait { text: String, within: Option<Duration> },
    /// `gone "text"`: until the screen no longer shows it.
    Gone { text: String, within: Option<Duration> },
    /// `idle`: until nothing was written for a while.
    Idle,
    /// `expect "text"`: the screen shows it now.
    Expect(String),
    /// `reject "text"`: the screen doesn't show it now.
    Reject(String),
    /// `expect-line 24 "text"`: that row, counted from 1, shows it now.
    ExpectLine(u16, String),
    /// `colourless`: nothing on the screen has a colour now.
    Colourless,
    /// `ascii`: no symbol on the screen is beyond ASCII now; letters of names may be.
    Ascii,
    /// `clipboard "text"`: what the program copied last, by OSC 52.
    Clipboard(String),
    /// `signal TERM`: to what runs in the foreground of the terminal.
    Signal(Signal),
    /// `hangup`: the terminal goes away, as when a connection drops.
    HangUp,
    /// `exit 0`: the program ends with this code.
    Exit(i32),
    /// `restored`: the program left the terminal as it found it.
    Restored,
    /// `shot name`: a picture.
    Shot(String),
    /// `film name`: from here on, every step is a scene of an animation.
    Film(String),
    /// `cut`: the film ends here.
    Cut,
    /// `caption …`: what the film says below the terminal.
    Caption(String),
    /// `hold 2s`: how long the film rests here.
    Hold(Duration),
}

/// A step and the line it stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbered {
    pub line: usize,
    pub step: Step,
}
