//! What can be wrong with the settings file and its secrets, in words for the person who edits it.

use crate::text::clean;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// A place in a file, counted from 1; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place where a span of `text` begins.
    pub(super) fn of(text: &str, span: &Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why the settings can't be used. No text here ever holds the value of a token or a key.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no such file.
    #[error(
        "there is no settings file at {}. `bindery setup` makes one; to try Bindery without an \
         account, run `bindery demo`",
        shown(path)
    )]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// The file can't be read.
    #[error("the settings file {} can't be read: {source}", shown(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others can change the file, and so which commands run and which service gets the token; or
    /// others can read it, and it holds a secret.
    #[error(
        "the settings file {} {why} (mode {mode:04o}). Run `chmod 600 {}`",
        shown(path),
        shown(path)
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What others can do, as the rest of the sentence.
        why: &'static str,
    },
    /// The file is another user's, who can change it at any time.
    #[error(
        "the settings file {} belongs to another user (uid {owner}), who could change it. Look at what \
         is in it, then run `sudo chown \"$(id -u)\" {}`",
        shown(path),
        shown(path)
    )]
    OfAnother {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Something in the file is wrong.
    #[error("{}, {place}: {problem}", shown(path))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
        /// What is wrong there, and what would be right.
        problem: String,
    },
    /// A key is not there.
    #[error("the settings file {} lacks `{key}`: {next}", shown(path))]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// The key with its table, such as `itglue.active_status_id`.
        key: &'static str,
        /// What to do.
        next: &'static str,
    },
}

/// Why a secret can't be had. No text here ever holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not there.
    #[error("{source_name} is not set. Set it, or name another source in the settings file")]
    Unset {
        /// The source in words.
        source_name: String,
    },
    /// The file can't be read.
    #[error("the secret's file {} can't be read: {source}", shown(path))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others can read the file.
    #[error(
        "the secret's file {} can be read by others (mode {mode:04o}). Run `chmod 600 {}`",
        shown(path),
        shown(path)
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The list for the command is empty.
    #[error(
        "the secret's command is empty. Write it as a list: command = [\"pass\", \"show\", \"addigy\"]"
    )]
    NoCommand,
    /// The command can't be started or listened to.
    #[error("the secret's command `{program}` can't be run: {source}")]
    Command {
        /// The program.
        program: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The command took too long.
    #[error(
        "the secret's command `{program}` gave no answer in {seconds} seconds. It can't ask anything \
         here: run it once by hand, or unlock its store first"
    )]
    TooSlow {
        /// The program.
        program: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The command says that it failed.
    #[error("the secret's command `{program}` failed ({status}): {complaint}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit code or signal.
        status: ExitStatus,
        /// What it wrote to standard error, on one line.
        complaint: String,
    },
    /// There is nothing there.
    #[error("{source_name} holds nothing but white space, where a secret should be")]
    Empty {
        /// The source in words.
        source_name: String,
    },
    /// More than a secret is there.
    #[error(
        "{source_name} holds several lines; the secret must stand alone. For a command, \
         command = [\"sh\", \"-c\", \"pass show addigy | head -n 1\"] takes the first line"
    )]
    SeveralLines {
        /// The source in words.
        source_name: String,
    },
    /// The secret could not stand in a request.
    #[error(
        "{source_name} holds characters that a token can't have (spaces, accents or control \
         characters), or far too many. Copy the secret anew"
    )]
    Unusable {
        /// The source in words.
        source_name: String,
    },
}

/// A path fit to be shown.
pub(super) fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}
