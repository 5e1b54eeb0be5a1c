//! The log: a file a day beside the state, without secrets and without control characters.
//!
//! The log never stops the program: a line that can't be written is lost, and nothing more.

use crate::private;
use crate::text::clean_to;
use jiff::civil::Date;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// So many files are kept, today's among them.
const MAX_FILES: usize = 14;

/// The longest line, in characters.
const MAX_LINE: usize = 16 * 1024;

/// Sends the events of the whole program to `bindery.YYYY-MM-DD.log` (UTC) in `log_dir`: Bindery's own
/// up to `level`, those of libraries at most up to warnings. The folder gets the mode 0700, the files
/// 0600. Call it once; on an error the program goes on without a log, and should say so.
pub fn init(log_dir: &Path, level: LevelFilter) -> Result<Log, LogError> {
    let (log, subscriber) = subscriber(log_dir, level, today)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)?;
    Ok(log)
}

fn today() -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()
}

fn subscriber(
    log_dir: &Path,
    level: LevelFilter,
    today: fn() -> Date,
) -> Result<(Log, impl Subscriber + Send + Sync + use<>), LogError> {
    let failed = |source| LogError::Folder { folder: log_dir.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(log_dir).map_err(failed)?;
    fs::set_permissions(log_dir, Permissions::from_mode(0o700)).map_err(failed)?;
    let files = Files { folder: log_dir.to_owned(), today, open: None };
    let log = Log(Arc::new(Mutex::new(files)));
    log.with_file(|_| Ok(())).map_err(failed)?;

    // The libraries below log whole requests when they are asked for more, headers included.
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::from_level(Level::WARN)))
        .with_target("bindery", level);
    let layer =
        tracing_subscriber::fmt::layer().with_ansi(false).with_writer(LineWriter(log.clone()));
    Ok((log, tracing_subscriber::registry().with(filter).with(layer)))
}

/// The log that was set up.
#[derive(Clone)]
pub struct Log(Arc<Mutex<Files>>);

impl Log {
    /// Today's file.
    pub fn file(&self) -> PathBuf {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.path((files.today)())
    }

    fn with_file(&self, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write(files.current()?)
    }
}

/// The files of a folder. Each bears its date in its name, so that several processes can write to one
/// and none has to rename what another holds open.
struct Files {
    folder: PathBuf,
    today: fn() -> Date,
    open: Option<(Date, File)>,
}

impl Files {
    fn path(&self, day: Date) -> PathBuf {
        self.folder.join(format!("bindery.{day}.log"))
    }

    /// Today's file, opened where it is not yet.
    fn current(&mut self) -> io::Result<&mut File> {
        let day = (self.today)();
        let file = match self.open.take() {
            Some((open, file)) if open == day => file,
            _ => {
                let path = self.path(day);
                let file = private::options().create(true).append(true).open(&path)?;
                file.set_permissions(Permissions::from_mode(0o600))?;
                self.remove_old(&path);
                file
            }
        };
        Ok(&mut self.open.insert((day, file)).1)
    }

    /// Leaves the newest files. What can't be removed is tried again tomorrow.
    fn remove_old(&self, current: &Path) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut others: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path != current && is_ours(path))
            .collect();
        others.sort();
        let surplus = (others.len() + 1).saturating_sub(MAX_FILES);
        for path in others.iter().take(surplus) {
            let _ = fs::remove_file(path);
        }
    }
}

fn is_ours(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str()?.strip_prefix("bindery.")?.strip_suffix(".log"))
        .is_some_and(|day| day.parse::<Date>().is_ok())
}

/// Makes one line of each event; the last line of defence against secrets.
#[derive(Clone)]
struct LineWriter(Log);

impl Write for LineWriter {
    /// Takes a whole event at a time, which is how the formatting layer hands them over.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = clean_to(&String::from_utf8_lossy(event), usize::MAX);
        let mut line = clean_to(&redact::apply(&text), MAX_LINE);
        line.push('\n');
        // A full disk must not stop a sync, and there is nobody to tell.
        let _ = self.0.with_file(|file| file.write_all(line.as_bytes()));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Why there is no log. The program works without.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The folder can't be made or written.
    #[error("no log is kept, for {} can't be written: {source}", clean_to(&folder.to_string_lossy(), 512))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log was set up before.
    #[error("the log has been set up already")]
    Twice,
}

pub mod redact {
    //! The secrets in use, and texts without them.

    use secrecy::{ExposeSecret, SecretString};
    use std::borrow::Cow;
    use std::cmp::Reverse;
    use std::sync::{PoisonError, RwLock};

    /// Stands where a secret was.
    pub const MARK: &str = "[redacted]";

    /// Longest first, so that a secret which begins with another goes as a whole.
    static SECRETS: RwLock<Vec<SecretString>> = RwLock::new(Vec::new());

    /// Fewer characters than this are no trace of a secret: too many words begin so.
    const LEAST: usize = 8;

    /// From now on [`apply`], and so the log and every quoted answer, takes this secret out of every
    /// text: also as it is spelled within a quoted string, in an address or in base64.
    pub fn register(secret: &SecretString) {
        // The fuzzer's secrets are any text: taking them out would spoil what other tests say.
        if cfg!(test) && std::thread::current().name() == Some("fuzz") {
            return;
        }
        let secret = secret.expose_secret();
        // No service gives out so short a one, and without it texts stay readable.
        if secret.trim().len() < LEAST {
            return;
        }
        let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
        for text in super::spelling::all(secret) {
            let short = text.len() < LEAST;
            if !short && !secrets.iter().any(|s| s.expose_secret() == *text) {
                secrets.push(SecretString::from(text.as_str()));
            }
        }
        secrets.sort_by_key(|secret| Reverse(secret.expose_secret().len()));
    }

    /// Whether this is a registered secret, but for the space around it.
    pub fn knows(text: &str) -> bool {
        let text = text.trim();
        let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().any(|secret| secret.expose_secret() == text)
    }

    /// The text with [`MARK`] in the place of every registered secret, and of what begins with the
    /// larger half of one: others cut texts too.
    pub fn apply(text: &str) -> Cow<'_, str> {
        let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = Cow::Borrowed(text);
        let known = || secrets.iter().map(ExposeSecret::expose_secret);
        // Whole ones first: a part of one may be the beginning of another.
        for secret in known().filter(|secret| !secret.is_empty()) {
            if text.contains(secret) {
                text = Cow::Owned(text.replace(secret, MARK));
            }
        }
        for secret in known() {
            if let Some(without) = without_start(&text, secret, &secrets) {
                text = Cow::Owned(without);
            }
        }
        text
    }

    /// `None` where the text holds no larger half of the secret.
    fn without_start(text: &str, secret: &str, all: &[SecretString]) -> Option<String> {
        let half = secret.len().div_ceil(2).max(LEAST);
        let head = secret.get(..half)?;
        let mut rest = text;
        let mut kept = String::new();
        while let Some((before, from)) = rest.find(head).map(|at| rest.split_at(at)) {
            let in_common = |secret: &SecretString| -> usize {
                let pairs = from.chars().zip(secret.expose_secret().chars());
                pairs.take_while(|(one, other)| one == other).map(|(c, _)| c.len_utf8()).sum()
            };
            let length = all.iter().map(in_common).max().unwrap_or(head.len());
            kept.push_str(before);
            kept.push_str(MARK);
            rest = from.get(length..).unwrap_or_default();
        }
        (rest.len() < text.len()).then(|| kept + rest)
    }
}

mod spelling {
    //! How a secret may be spelled where somebody repeats it.

    use secrecy::zeroize::Zeroizing;
    use std::fmt::Write;

    type Spelling = Zeroizing<String>;

    /// Every spelling that is looked for, the plain one first.
    pub(super) fn all(secret: &str) -> Vec<Spelling> {
        let debugged = format!("{secret:?}");
        let within_quotes = debugged.get(1..debugged.len() - 1).unwrap_or_default().to_owned();
        let mut all: Vec<Spelling> = [
            secret.to_owned(),
            // Some writers of JSON escape this too.
            within_quotes.replace('/', "\\/"),
            within_quotes,
            secret.escape_debug().collect(),
            in_address(secret),
        ]
        .map(Zeroizing::new)
        .into();
        // Base64 of a longer text spells a part by where it begins, counted in threes.
        for offset in 0..3 {
            let plain = base64(secret.as_bytes(), offset);
            let for_addresses = Zeroizing::new(plain.replace('+', "-").replace('/', "_"));
            all.extend([plain, for_addresses]);
        }
        drop(Zeroizing::new(debugged));
        all
    }

    /// With everything encoded that an address must not hold.
    fn in_address(text: &str) -> String {
        let mut encoded = String::with_capacity(text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                // Writing to a text can't fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    }

    /// The letters of base64 that these bytes alone decide when so many bytes stand before them.
    fn base64(bytes: &[u8], offset: usize) -> Spelling {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bit = |at: usize| {
            let byte = bytes.get((at / 8).checked_sub(offset)?)?;
            Some(byte >> (7 - at % 8) & 1)
        };
        let letter = |at: usize| {
            let six = (0..6)
                .try_fold(0, |six, next| Some(six << 1 | usize::from(bit(6 * at + next)?)))?;
            LETTERS.get(six).map(|letter| char::from(*letter))
        };
        let letters = 8 * (offset + bytes.len()) / 6;
        Zeroizing::new((0..letters).filter_map(letter).collect())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn base64_is_known_wherever_it_begins() {
            // By `printf 'ITG.secret' | base64`, and with one or two letters before it.
            for (offset, whole) in
                [(0, "SVRHLnNlY3JldA=="), (1, "eElURy5zZWNyZXQ="), (2, "eHhJVEcuc2VjcmV0")]
            {
                let part = base64(b"ITG.secret", offset);
                assert!(part.len() >= 12 && whole.contains(part.as_str()), "{offset}: {}", *part);
            }
        }

        #[test]
        fn an_address_spells_what_it_must() {
            assert_eq!(in_address("a+b/c~d"), "a%2Bb%2Fc~d");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;
    use tracing::subscriber::with_default;

    fn day() -> Date {
        Date::constant(2026, 11, 3)
    }

    fn written(level: LevelFilter, events: impl FnOnce()) -> String {
        let dir = tempfile::tempdir().unwrap();
        let (log, subscriber) = subscriber(dir.path(), level, day).unwrap();
        with_default(subscriber, events);
        fs::read_to_string(log.file()).unwrap()
    }

    #[test]
    fn secrets_never_reach_the_file() {
        let secret = "Zk4-log\"test\\Qw9";
        redact::register(&SecretString::from(secret));
        let text = written(LevelFilter::TRACE, || {
            tracing::info!(header = secret, "sent {secret}");
            tracing::warn!(debug = ?format!("Bearer {secret}"), "answer");
            tracing::info!("split {}", secret.replace("log", "l\u{200b}og"));
        });
        assert_eq!(text.lines().count(), 3, "{text}");
        assert_eq!(text.matches(redact::MARK).count(), 4, "{text}");
        assert!(!text.contains("Zk4"), "{text}");
        assert!(!text.contains("Qw9"), "{text}");
    }

    #[test]
    fn one_event_is_one_visible_line() {
        let text = written(LevelFilter::INFO, || {
            tracing::info!(name = "a\u{202e}b", "one\ntwo\r\u{1b}[2Jthree\u{7}");
            tracing::debug!("not asked for");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.ends_with('\n'));
        assert!(!text.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}'), "{text}");
    }

    #[test]
    fn libraries_tell_warnings_only() {
        let text = written(LevelFilter::TRACE, || {
            tracing::debug!(target: "hyper::proto", "headers");
            tracing::warn!(target: "hyper::proto", "warning");
            tracing::trace!("own");
        });
        assert!(!text.contains("headers") && text.contains("warning") && text.contains("own"));
    }

    #[test]
    fn modes_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("state/logs");
        let (log, _) = subscriber(&folder, LevelFilter::INFO, day).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&log.file()), 0o600);
    }

    #[test]
    fn two_weeks_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        for day in 1..=30 {
            fs::write(dir.path().join(format!("bindery.2026-10-{day:02}.log")), "x").unwrap();
        }
        fs::write(dir.path().join("bindery.notes.log"), "x").unwrap();
        let _ = subscriber(dir.path(), LevelFilter::INFO, day).unwrap();
        let mut names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), MAX_FILES + 1);
        assert_eq!(names[0], "bindery.2026-10-18.log");
        assert_eq!(names[13], "bindery.2026-11-03.log");
    }

    #[test]
    fn a_new_day_is_a_new_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = Files { folder: dir.path().to_owned(), today: day, open: None };
        files.current().unwrap().write_all(b"first\n").unwrap();
        files.today = || Date::constant(2026, 11, 4);
        files.current().unwrap().write_all(b"second\n").unwrap();
        assert_eq!(fs::read_to_string(files.path(day())).unwrap(), "first\n");
        assert_eq!(fs::read_to_string(files.path((files.today)())).unwrap(), "second\n");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = init(&file.join("logs"), LevelFilter::INFO).err().unwrap();
        assert!(error.to_string().contains("no log is kept"), "{error}");
    }

    #[test]
    fn what_is_left_of_a_cut_secret_is_taken_out_too() {
        redact::register(&SecretString::from("Hx3-common-half-and-mine"));
        redact::register(&SecretString::from("Hx3-common-half-and-yours-too"));
        for (text, safe) in [
            ("a Hx3-common-half-and-m\u{2026} b", "a [redacted]\u{2026} b"),
            ("Hx3-common-half-and-mine!", "[redacted]!"),
            ("Hx3-common-half, Hx3-common-half-and-yours-too", "[redacted], [redacted]"),
            ("Hx3-comm is no trace", "Hx3-comm is no trace"),
        ] {
            assert_eq!(redact::apply(text), safe);
        }
    }

    #[test]
    fn what_is_too_short_for_a_secret_spoils_no_text() {
        for short in ["", " ", "e", "qzxj-7k", "  qzxj-7k  \n"] {
            redact::register(&SecretString::from(short));
        }
        assert_eq!(redact::apply("here is   qzxj-7k  \n"), "here is   qzxj-7k  \n");
    }

    #[test]
    fn a_secret_that_begins_another_leaves_nothing_of_it() {
        redact::register(&SecretString::from("Pq7-short"));
        redact::register(&SecretString::from("Pq7-short-and-long"));
        assert_eq!(redact::apply("x Pq7-short-and-long y Pq7-short"), "x [redacted] y [redacted]");
    }
}
