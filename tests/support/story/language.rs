//! Reading a story.
//!
//! One line is one step; `#` at the start of a line makes it a comment. [`Step`] lists what can be
//! said.

use super::keys::Key;
use super::step::{Background, Numbered, Signal, Step};
use super::words;
use std::fmt;
use std::path::{Path, PathBuf};

/// A story as written.
#[derive(Debug)]
pub struct Story {
    pub file: PathBuf,
    pub steps: Vec<Numbered>,
}

/// A line that says nothing a story can say.
#[derive(Debug, PartialEq, Eq)]
pub struct Misspelt {
    pub file: PathBuf,
    pub line: usize,
    pub why: String,
}

impl fmt::Display for Misspelt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.why)
    }
}

impl Story {
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        Self::parse(file, &text).map_err(|misspelt| misspelt.to_string())
    }

    pub fn parse(file: &Path, text: &str) -> Result<Self, Misspelt> {
        let mut steps: Vec<Numbered> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let misspelt = |why| Misspelt { file: file.to_owned(), line, why };
            let step = step(text).map_err(misspelt)?;
            after_escape(steps.last(), &step).map_err(misspelt)?;
            steps.push(Numbered { line, step });
        }
        Ok(Self { file: file.to_owned(), steps })
    }
}

/// A byte that comes right after Escape makes another key of both, so a story waits in between.
fn after_escape(before: Option<&Numbered>, step: &Step) -> Result<(), String> {
    let escaped = matches!(before, Some(Numbered { step: Step::Press(keys), .. })
        if keys.last() == Some(&Key::Escape));
    let inside = matches!(step, Step::Press(keys)
        if keys.iter().rev().skip(1).any(|key| *key == Key::Escape));
    let sends = matches!(step, Step::Press(_) | Step::Type(_) | Step::Paste(_));
    if inside || escaped && sends {
        return Err("after esc, wait for what it does before anything else is pressed".into());
    }
    Ok(())
}

fn step(line: &str) -> Result<Step, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    Ok(match word {
        "size" => Step::Size(words::size(rest)?),
        "background" => Step::Background(background(rest)?),
        "env" => variable(rest)?,
        "clock" => Step::Clock { minutes: words::minutes(rest)? },
        "sandbox" => Step::Sandbox(pairs(rest)?),
        "settings" => Step::Settings { present: settings(rest)? },
        "setting" => setting(rest)?,
        "run" => Step::Run(command(words::all(rest)?)?),
        "do" => outside(rest)?,
        "says" => Step::Says(words::text(rest)?),
        "press" => Step::Press(keys(rest)?),
        "type" => Step::Type(words::text(rest)?),
        "paste" => Step::Paste(words::text(rest)?),
        "resize" => Step::Resize(words::size(rest)?),
        "clipboard" => Step::Clipboard(words::text(rest)?),
        "signal" => Step::Signal(signal(rest)?),
        "exit" => Step::Exit(code(rest)?),
        "shot" => Step::Shot(words::file_name(rest)?),
        "film" => Step::Film(words::file_name(rest)?),
        "caption" => Step::Caption(words::text(rest)?),
        "hold" => Step::Hold(words::duration(rest.trim())?),
        "cut" => alone(Step::Cut, rest)?,
        "idle" => alone(Step::Idle, rest)?,
        "hangup" => alone(Step::HangUp, rest)?,
        "restored" => alone(Step::Restored, rest)?,
        "colourless" => alone(Step::Colourless, rest)?,
        "ascii" => alone(Step::Ascii, rest)?,
        _ => looking(word, rest)?,
    })
}

fn alone(step: Step, rest: &str) -> Result<Step, String> {
    words::nothing_more(rest).map(|()| step)
}

/// The steps that look for a text on the screen.
fn looking(word: &str, rest: &str) -> Result<Step, String> {
    let only = |text: &str| {
        let (text, rest) = words::quoted_text(text)?;
        words::nothing_more(rest).map(|()| text)
    };
    Ok(match word {
        "wait" => {
            let (text, within) = words::text_within(rest)?;
            Step::Wait { text, within }
        }
        "gone" => {
            let (text, within) = words::text_within(rest)?;
            Step::Gone { text, within }
        }
        "expect" => Step::Expect(only(rest)?),
        "reject" => Step::Reject(only(rest)?),
        "expect-line" => {
            let (number, text) = words::first(rest)?;
            let row = number.parse().ok().filter(|row| *row > 0);
            Step::ExpectLine(row.ok_or_else(|| format!("{number:?} is no row"))?, only(text)?)
        }
        other => return Err(format!("{other:?} is nothing that a story can say")),
    })
}

fn background(text: &str) -> Result<Background, String> {
    match text.trim() {
        "dark" => Ok(Background::Dark),
        "light" => Ok(Background::Light),
        other => Err(format!("a background is dark or light, not {other:?}")),
    }
}

fn variable(text: &str) -> Result<Step, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a variable is missing".into());
    }
    Ok(match text.split_once('=') {
        Some((name, value)) => Step::Env(name.to_owned(), Some(value.to_owned())),
        None => Step::Env(text.to_owned(), None),
    })
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    words::all(text)?.iter().map(|word| words::pair(word)).collect()
}

fn settings(text: &str) -> Result<bool, String> {
    match text.trim() {
        "sandbox" => Ok(true),
        "none" => Ok(false),
        other => Err(format!("settings are sandbox or none, not {other:?}")),
    }
}

fn setting(text: &str) -> Result<Step, String> {
    let (key, value) = words::pair(text)?;
    let key: Vec<String> = key.split('.').map(|part| part.trim().to_owned()).collect();
    if key.iter().any(String::is_empty) {
        return Err(format!("{text:?} has no key such as sync.settle_seconds"));
    }
    Ok(Step::Setting { key, value: value.trim().to_owned() })
}

fn command(words: Vec<String>) -> Result<Vec<String>, String> {
    if words.is_empty() { Err("a command is missing".into()) } else { Ok(words) }
}

fn outside(text: &str) -> Result<Step, String> {
    let mut words = words::all(text)?;
    let exit = words.first().and_then(|word| word.strip_prefix("exit=")).map(code).transpose()?;
    if exit.is_some() {
        words.remove(0);
    }
    Ok(Step::Do { exit: exit.unwrap_or(0), command: command(words)? })
}

/// `down*3 enter`.
fn keys(text: &str) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    for word in text.split_whitespace() {
        let (name, times) = match word.rsplit_once('*') {
            Some((name, times)) if !name.is_empty() => (name, times.parse().ok()),
            _ => (word, Some(1)),
        };
        let times = times.filter(|times| (1..=10_000).contains(times));
        let (Some(key), Some(times)) = (Key::named(name), times) else {
            return Err(format!("{word:?} is no key"));
        };
        keys.extend(std::iter::repeat_n(key, times));
    }
    if keys.is_empty() { Err("a key is missing".into()) } else { Ok(keys) }
}

fn signal(text: &str) -> Result<Signal, String> {
    match text.trim() {
        "HUP" => Ok(Signal::Hangup),
        "INT" => Ok(Signal::Interrupt),
        "TERM" => Ok(Signal::Terminate),
        "KILL" => Ok(Signal::Kill),
        other => Err(format!("{other:?} is no signal: HUP, INT, TERM or KILL")),
    }
}

fn code(text: &str) -> Result<i32, String> {
    let code = text.trim().parse().ok().filter(|code| (0..=255).contains(code));
    code.ok_or_else(|| format!("{text:?} is no exit code"))
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
