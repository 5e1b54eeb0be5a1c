//! The end of the log: its last lines, whatever day they are of.

use crate::console::effect::Trouble;
use crate::text;
use jiff::Timestamp;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// So many lines are shown.
const LINES: usize = 5000;
/// The longest line, in characters.
const LONGEST: usize = 16 * 1024;
/// So much of a day's file is read at most, in bytes.
const BYTES: u64 = 2 * 1024 * 1024;

/// The end of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tail {
    /// The newest file.
    pub file: PathBuf,
    /// Its lines and those of days before, oldest first.
    pub lines: Vec<LogLine>,
}

/// How bad it is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed.
    Error,
    /// Worth a look.
    Warn,
    /// What was done.
    Info,
    /// Requests.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// All, the worst first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// A line of the log, cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its day's file and where it begins there: the same line has the same place whenever it is read.
    pub place: (u32, u64),
    /// When; `None` where the line does not begin as it should.
    pub at: Option<Timestamp>,
    /// How bad it is.
    pub level: Option<Level>,
    /// The part of the program that says it.
    pub target: String,
    /// What it says.
    pub message: String,
}

impl LogLine {
    /// Reads `2026-06-01T08:00:00.123456Z  INFO bindery::apply: message`.
    pub fn parse(place: (u32, u64), line: &str) -> Self {
        let line = text::clean_to(line, LONGEST);
        let read = || {
            let (at, rest) = line.split_once(' ')?;
            let at: Timestamp = at.parse().ok()?;
            let (word, rest) = rest.trim_start().split_once(' ')?;
            let level = Level::ALL.into_iter().find(|level| level.word() == word)?;
            let (target, message) = rest.split_once(": ")?;
            Some(Self {
                place,
                at: Some(at),
                level: Some(level),
                target: target.trim().to_owned(),
                message: message.to_owned(),
            })
        };
        read().unwrap_or_else(|| Self {
            place,
            at: None,
            level: None,
            target: String::new(),
            message: line.clone(),
        })
    }

    /// The line as it stands in the file.
    pub fn whole(&self) -> String {
        match (self.at, self.level) {
            (Some(at), Some(level)) => {
                format!("{at} {:>5} {}: {}", level.word(), self.target, self.message)
            }
            _ => self.message.clone(),
        }
    }
}

impl Tail {
    /// Reads it from the folder of the log.
    ///
    /// # Errors
    /// A sentence that says why there is no log.
    pub fn read(folder: &Path) -> Result<Self, Trouble> {
        let none = |why: String| {
            format!("There is no log: {} {why}", text::clean(&folder.to_string_lossy()))
        };
        let mut files = files(folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => none("does not exist.".into()),
            _ => none(format!("can't be read: {error}. Check its owner and mode.")),
        })?;
        let Some(newest) = files.pop() else { return Err(none("holds no log yet.".into())) };
        let mut lines = read_end(&newest).map_err(|error| {
            let name = text::clean(&newest.to_string_lossy());
            format!("The log {name} can't be read: {error}. Check its owner and mode.")
        })?;
        // Earlier days fill up, where they can be read.
        while lines.len() < LINES
            && let Some(earlier) = files.pop()
        {
            let mut before = read_end(&earlier).unwrap_or_default();
            before.append(&mut lines);
            lines = before;
        }
        let surplus = lines.len().saturating_sub(LINES);
        lines.drain(..surplus);
        Ok(Self { file: newest, lines })
    }
}

/// The days' files, oldest first.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if day(&path).is_some() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The day of a file as a number that grows: `20260601`.
fn day(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    let date = name.strip_prefix("bindery.")?.strip_suffix(".log")?;
    date.parse::<jiff::civil::Date>().ok()?;
    date.replace('-', "").parse().ok()
}

/// The last lines of a file, as many as its last bytes hold.
fn read_end(path: &Path) -> io::Result<Vec<LogLine>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(2 * BYTES).read_to_end(&mut bytes)?;
    let day = day(path).unwrap_or_default();
    let mut lines = Vec::new();
    let mut at = start;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let place = (day, at);
        at += line.len() as u64;
        // The first may be half a line, and the last is still being written.
        let half = start > 0 && place.1 == start;
        if !half && line.ends_with(b"\n") {
            lines.push(LogLine::parse(place, &String::from_utf8_lossy(line)));
        }
    }
    let surplus = lines.len().saturating_sub(LINES);
    lines.drain(..surplus);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_and_put_together() {
        let line =
            "2026-06-01T08:00:00.123456Z  WARN bindery::apply: 2 lost: retry device=\"a\u{202e}b\"";
        let read = LogLine::parse((1, 2), line);
        assert_eq!(read.level, Some(Level::Warn));
        assert_eq!(read.target, "bindery::apply");
        assert_eq!(read.message, "2 lost: retry device=\"ab\"");
        assert_eq!(
            read.whole(),
            "2026-06-01T08:00:00.123456Z  WARN bindery::apply: 2 lost: retry device=\"ab\""
        );
        let odd = LogLine::parse((1, 2), "no line of ours");
        assert_eq!((odd.at, odd.whole().as_str()), (None, "no line of ours"));
    }

    #[test]
    fn days_follow_each_other_and_half_lines_wait() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        fs::write(dir.join("bindery.2026-06-02.log"), "three\nfour\nfi").unwrap();
        fs::write(dir.join("bindery.2026-06-01.log"), "one\ntwo\n").unwrap();
        fs::write(dir.join("bindery.notes.log"), "none\n").unwrap();
        let tail = Tail::read(dir).unwrap();
        let messages: Vec<&str> = tail.lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(messages, ["one", "two", "three", "four"]);
        assert_eq!(tail.lines[3].place, (20_260_602, 6));
        assert_eq!(tail.file, dir.join("bindery.2026-06-02.log"));
    }

    #[test]
    fn only_the_end_of_a_long_log_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let line = format!("{}\n", "x".repeat(999));
        fs::write(dir.path().join("bindery.2026-06-02.log"), line.repeat(3000)).unwrap();
        let tail = Tail::read(dir.path()).unwrap();
        assert_eq!(tail.lines.len(), 2097);
        assert!(tail.lines.iter().all(|line| line.message.len() == 999));
        fs::write(dir.path().join("bindery.2026-06-03.log"), "short\n".repeat(9000)).unwrap();
        assert_eq!(Tail::read(dir.path()).unwrap().lines.len(), LINES);
    }

    #[test]
    fn where_there_is_none_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Tail::read(dir.path()).unwrap_err().contains("holds no log yet"));
        let missing = Tail::read(&dir.path().join("logs")).unwrap_err();
        assert!(missing.contains("does not exist"), "{missing}");
    }
}
