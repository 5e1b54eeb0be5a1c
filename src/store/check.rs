//! Looking the state over: the file, its structure, every row, and what must hold between rows. Only
//! reads, and works while a run writes.

use super::error::{Fault, StoreError, from_io};
use super::{Place, STATE_FILE, Store, backup, files, replace, schema};
use crate::domain::Origin;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How much of a kind is told in full.
const TOLD: usize = 5;

/// How a part of the state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Sound,
    /// Usable; a person may want to look.
    Odd,
    /// Not to be relied on, or open to others.
    Damaged,
}

/// What was found in one respect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub message: String,
    /// What to do, where something is to be done.
    pub next: Option<&'static str>,
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckUp {
    /// The state file.
    pub path: PathBuf,
    /// Its size with what SQLite keeps beside it.
    pub bytes: u64,
    /// The number of its schema, where it could be read.
    pub schema: Option<u32>,
    /// Writes without a clear answer.
    pub open_writes: usize,
    /// In the order in which they were made.
    pub findings: Vec<Finding>,
}

impl CheckUp {
    /// Whether nothing is damaged, and nothing open to others.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.health != Health::Damaged)
    }

    fn add(
        &mut self,
        name: &'static str,
        health: Health,
        message: impl Into<String>,
        next: Option<&'static str>,
    ) {
        self.findings.push(Finding { name, health, message: message.into(), next });
    }

    /// Keeps a result: sound with these words, or damaged with the reasons.
    fn judge(&mut self, name: &'static str, found: Result<Vec<String>, StoreError>, sound: &str) {
        let problems = match found {
            Ok(problems) => problems,
            Err(StoreError::Corrupt { detail, .. }) => vec![detail],
            Err(error) => return self.add(name, Health::Damaged, error.to_string(), None),
        };
        match problems.is_empty() {
            true => self.add(name, Health::Sound, sound, None),
            false => self.add(name, Health::Damaged, problems.join("; "), Some(REBUILD)),
        }
    }
}

const REBUILD: &str =
    "bindery state rebuild saves what can be read; with a backup: bindery state restore FILE";

/// Looks over the state in this folder; `quick` leaves out the indexes and the single rows.
///
/// # Errors
/// [`StoreError::NoState`], and where the file can't be opened at all.
pub fn check(dir: &Path, quick: bool) -> Result<CheckUp, StoreError> {
    let path = dir.join(STATE_FILE);
    let exists = path.try_exists().map_err(|error| from_io(&path, error))?;
    let cut_short = replace::cut_short(dir);
    if !exists && cut_short.is_none() {
        return Err(StoreError::NoState { path });
    }
    let mut found = CheckUp { path, bytes: 0, schema: None, open_writes: 0, findings: Vec::new() };
    file(dir, &mut found);
    if let Some(stage) = cut_short {
        let told = format!("a restore or rebuild in {} was cut short", stage.display());
        let next = "the next command that opens the state ends it: bindery status";
        found.add("replacing", Health::Odd, told, Some(next));
    }
    if !exists {
        return Ok(found);
    }
    match open_to_read(&found.path) {
        Ok(connection) => content(dir, connection, quick, &mut found),
        Err(error) => found.judge("content", Err(error), ""),
    }
    backups(dir, &mut found);
    Ok(found)
}

/// Refuses a file that is no sound state of a schema we know.
pub(super) fn verify(path: &Path) -> Result<(), StoreError> {
    let connection = open_to_read(path)?;
    let checked = || -> Result<(), Fault> {
        schema::check_version(&connection)?;
        if schema::version(&connection)? == 0 {
            return Err(Fault::Corrupt("it holds no state of Bindery's".into()));
        }
        match integrity(&connection, "integrity_check")?.into_iter().next() {
            None => Ok(()),
            Some(problem) => Err(Fault::Corrupt(problem)),
        }
    };
    checked().map_err(|fault| fault.at(path))
}

/// A connection that changes nothing.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let result = open_as(path, OpenFlags::empty());
    let opened = match result {
        // On a read-only disk SQLite can't make the file beside it that readers of a write-ahead log
        // share. Where there is no log, nobody writes, and none is needed.
        Err(error)
            if matches!(error.sqlite_error_code(), Some(CANNOT_OPEN | READ_ONLY))
                && !path.with_extension("db-wal").exists() =>
        {
            open_as(format!("file:{}?immutable=1", escaped(path)), OpenFlags::SQLITE_OPEN_URI)
        }
        result => result,
    };
    opened.map_err(|error| Fault::from(error).at(path))
}

const CANNOT_OPEN: ErrorCode = ErrorCode::CannotOpen;
const READ_ONLY: ErrorCode = ErrorCode::ReadOnly;

fn open_as(name: impl AsRef<Path>, how: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | how;
    let connection = Connection::open_with_flags(name, flags)?;
    connection.busy_timeout(super::BUSY_WAIT)?;
    // Nothing of the file is read before the first question.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// A path within a URI.
fn escaped(path: &Path) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    let bytes = path.as_os_str().as_bytes().iter();
    bytes
        .map(|byte| match plain(byte) {
            true => char::from(*byte).to_string(),
            false => format!("%{byte:02x}"),
        })
        .collect()
}

fn file(dir: &Path, found: &mut CheckUp) {
    const NAME: &str = "file";
    let sizes = replace::FILES.iter().filter_map(|name| fs::metadata(dir.join(name)).ok());
    found.bytes = sizes.map(|file| file.len()).sum();
    let of_files = replace::FILES.iter().map(|name| (dir.join(name), files::FILE_MODE));
    let modes = std::iter::once((dir.to_owned(), files::FOLDER_MODE)).chain(of_files);
    let wrong = modes.filter_map(|(path, wanted)| {
        let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o7777;
        let told = format!("{} has mode {mode:04o} and should have {wanted:04o}", path.display());
        (mode & 0o077 != 0).then_some(told)
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() {
        let told = format!("{}, {} bytes, its owner's alone", found.path.display(), found.bytes);
        found.add(NAME, Health::Sound, told, None);
    } else {
        let next = "others can read it: chmod 700 the folder, 600 the files";
        found.add(NAME, Health::Damaged, wrong.join("; "), Some(next));
    }
}

fn content(dir: &Path, connection: Connection, quick: bool, found: &mut CheckUp) {
    let path = found.path.clone();
    let at = |fault: Fault| fault.at(&path);
    match schema::version(&connection).and_then(|version| {
        schema::check_version(&connection)?;
        Ok(version)
    }) {
        Err(fault) => return found.judge("schema", Err(at(fault)), ""),
        Ok(version) => {
            found.schema = Some(version);
            let known = schema::KNOWN;
            match version < known {
                true => {
                    let told = format!("{version}, of an earlier Bindery; this one's is {known}");
                    let next = "the next command brings it up, and keeps a copy in backups";
                    found.add("schema", Health::Odd, told, Some(next));
                }
                false => found.add("schema", Health::Sound, format!("{version}, this one's"), None),
            }
        }
    }
    let pragma = if quick { "quick_check" } else { "integrity_check" };
    found.judge(
        "integrity",
        integrity(&connection, pragma).map_err(at),
        "SQLite finds nothing amiss",
    );
    found.judge("references", references(&connection).map_err(at), "all rows find what they name");
    // A file of an earlier schema lacks what this version asks for.
    if found.schema != Some(schema::KNOWN) {
        return;
    }
    found.judge("structure", structure(&connection).map_err(at), "every table, index and trigger");
    let store = Store {
        connection: Arc::new(Mutex::new(connection)),
        place: Arc::new(Place::Folder(dir.to_owned())),
        origin: Arc::new(Origin::default()),
        _in_use: None,
    };
    if !quick {
        found.judge("rows", every_row(&store).map(|()| Vec::new()), "every row makes sense");
    }
    let broken =
        store.read(|tx| INVARIANTS.iter().try_fold(Vec::new(), |found, i| i.test(tx, found)));
    found.judge("rules", broken, "one holder a configuration; the journal agrees with itself");
    open_writes(&store, found);
}

fn integrity(connection: &Connection, pragma: &str) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare(&format!("PRAGMA {pragma}({TOLD})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn references(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let lines = statement.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} names a row of {parent} that is not there"))
    })?;
    let mut lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    lines.dedup();
    Ok(lines)
}

/// What a new file has and this one lacks.
fn structure(connection: &Connection) -> Result<Vec<String>, Fault> {
    let objects = |connection: &Connection| -> Result<Vec<String>, Fault> {
        let sql = "SELECT type || ' ' || name FROM sqlite_schema ORDER BY 1";
        let mut statement = connection.prepare(sql)?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    let mut new = Connection::open_in_memory()?;
    schema::migrate(&mut new)?;
    let here = objects(connection)?;
    let lacking = objects(&new)?.into_iter().filter(|object| !here.contains(object));
    Ok(lacking.map(|object| format!("it lacks {object}")).collect())
}

/// Reads each row into its type; the first that makes no sense is the error.
fn every_row(store: &Store) -> Result<(), StoreError> {
    store.accounts()?;
    store.links()?;
    store.link_history()?;
    store.policies()?;
    store.devices()?;
    store.bindings()?;
    store.reports()?;
    store.last_sync_by_policy()?;
    store.runs(usize::MAX)?;
    store.every_intent()
}

/// Something that holds between rows; `sql` finds what breaks it.
struct Invariant {
    told: &'static str,
    sql: &'static str,
}

const INVARIANTS: [Invariant; 4] = [
    Invariant {
        told: "configuration held by two devices",
        // Not by its index, which would hide what it lost.
        sql: "SELECT configuration_id FROM binding NOT INDEXED WHERE state = 'bound'
              GROUP BY configuration_id HAVING count(*) > 1",
    },
    Invariant {
        told: "write done without its configuration or values",
        sql: "SELECT id FROM intent WHERE outcome = 'done'
              AND (settled_configuration_id IS NULL OR stored IS NULL OR settled_at IS NULL)",
    },
    Invariant {
        told: "write without an outcome that bears a time of one",
        sql: "SELECT id FROM intent WHERE outcome IS NULL
              AND (settled_at IS NOT NULL OR stored IS NOT NULL)",
    },
    Invariant {
        told: "run with an end and no outcome, or the other way round",
        sql: "SELECT id FROM run WHERE (finished IS NULL) <> (outcome IS NULL)",
    },
];

impl Invariant {
    fn test(&self, tx: &Transaction<'_>, mut found: Vec<String>) -> Result<Vec<String>, Fault> {
        let mut statement = tx.prepare(&format!("{} LIMIT {TOLD}", self.sql))?;
        let broken = statement.query_map([], |row| row.get::<_, i64>(0))?;
        for id in broken {
            found.push(format!("{} {}", self.told, id?));
        }
        Ok(found)
    }
}

fn open_writes(store: &Store, found: &mut CheckUp) {
    const NAME: &str = "journal";
    let open = match store.open_intents() {
        Ok(open) => open,
        Err(error) => return found.judge(NAME, Err(error), ""),
    };
    found.open_writes = open.len();
    if open.is_empty() {
        return found.add(NAME, Health::Sound, "every write has its answer", None);
    }
    let told = open.iter().take(TOLD).map(|open| {
        let intent = &open.intent;
        let (kind, name) = (intent.kind.word(), &intent.device_name);
        format!(
            "{kind} for {name} in organization {}, {}",
            intent.organization_id, open.attempted_at
        )
    });
    let mut told = told.collect::<Vec<_>>().join("; ");
    if open.len() > TOLD {
        told.push_str(&format!("; and {} more", open.len() - TOLD));
    }
    let next =
        "a run that is under way settles them, and so does: bindery sync --all --retry-pending";
    let count = open.len();
    found.add(NAME, Health::Odd, format!("{count} without a clear answer: {told}"), Some(next));
}

fn backups(dir: &Path, found: &mut CheckUp) {
    match backup::newest_backup(dir) {
        Some((path, at)) => {
            let told = format!("the newest is {}, of {}", path.display(), at.strftime("%Y-%m-%d"));
            found.add("backup", Health::Sound, told, None);
        }
        None => found.add("backup", Health::Odd, "there is none", Some("bindery state backup")),
    }
}
