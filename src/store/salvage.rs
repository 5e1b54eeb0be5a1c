//! A new state in the place of a damaged one, with every row that can still be read; or a copy put
//! back. Syncs leave either alone until a person has looked at it: see [`super::Store::unconfirmed`].

use super::column::{Json, Word};
use super::error::{Fault, StoreError};
use super::{backup, bindings, check, files, journal, links, meta, replace, reports, schema};
use crate::domain::{Attribute, Counts, Outcome, RunKind};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Rows, params_from_iter};
use std::fs;
use std::path::{Path, PathBuf};

/// What became of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Where the files before it lie, where there were any.
    pub set_aside: Option<PathBuf>,
    /// How many rows of each table could be read.
    pub rows: Vec<(&'static str, usize)>,
    /// What could not be read, one sentence each.
    pub lost: Vec<String>,
}

/// When somebody last wrote to the state in this folder. Every write to IT Glue is recorded before it
/// is sent, so none that left is younger.
pub fn last_write(dir: &Path) -> Option<Timestamp> {
    let times = replace::FILES.iter().filter_map(|name| {
        let file = fs::metadata(dir.join(name)).ok()?;
        Timestamp::try_from(file.modified().ok()?).ok()
    });
    times.max()
}

/// Refuses a state that others can open: that is put right with its modes, not with another state.
///
/// # Errors
/// [`StoreError::OpenToOthers`] for the first that they can open; when one can't be looked at.
pub fn refuse_if_open(dir: &Path) -> Result<(), StoreError> {
    let of_files = replace::FILES.iter().map(|name| (dir.join(name), files::FILE_MODE));
    std::iter::once((dir.to_owned(), files::FOLDER_MODE))
        .chain(of_files)
        .filter(|(path, _)| path.exists())
        .try_for_each(|(path, wanted)| files::refuse_if_open(&path, wanted))
}

/// Makes a new state of what the one in this folder still holds, and sets that one aside.
///
/// # Errors
/// [`StoreError::NoState`], [`StoreError::OpenToOthers`], [`StoreError::InUse`], and when the new file can't be written. The present
/// files are then still in their place.
pub fn rebuild(dir: &Path, at: Timestamp) -> Result<Rebuilt, StoreError> {
    let path = dir.join(super::STATE_FILE);
    if !path.exists() {
        return Err(StoreError::NoState { path });
    }
    refuse_if_open(dir)?;
    let _alone = files::take_alone(dir)?;
    replace::finish(dir)?;
    // What a newer Bindery wrote is not damaged because we can't read it.
    if let Ok(old) = check::open_to_read(&path) {
        schema::check_version(&old)
            .or_else(Fault::unless_newer)
            .map_err(|fault| fault.at(&path))?;
    }
    let part = replace::stage(dir)?;
    let mut rebuilt = Rebuilt { set_aside: None, rows: Vec::new(), lost: Vec::new() };
    let mut made = || -> Result<(), Fault> {
        let mut new = Connection::open(&part)?;
        schema::migrate(&mut new)?;
        match check::open_to_read(&path) {
            Ok(old) => copy_all(&old, &mut new, &mut rebuilt)?,
            Err(StoreError::Corrupt { detail, .. }) => {
                rebuilt.lost.push(format!("nothing of it can be read ({detail})"));
            }
            Err(error) => rebuilt.lost.push(error.to_string()),
        }
        let day = at.strftime("%Y-%m-%d %H:%M UTC");
        meta::leave_unconfirmed(&new, &format!("it was rebuilt on {day}"))?;
        Ok(())
    };
    made().map_err(|fault| fault.at(&part))?;
    rebuilt.set_aside = replace::put_in_place(dir)?;
    Ok(rebuilt)
}

/// Puts a copy in the place of the state in this folder, which is set aside; says where.
///
/// # Errors
/// When the copy is not sound or of a newer Bindery, [`StoreError::InUse`], and when the new file can't
/// be written. The present files are then still in their place.
pub fn restore(dir: &Path, copy: &Path, at: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    verify_copy(copy)?;
    files::prepare_folder(dir)?;
    let _alone = files::take_alone(dir)?;
    replace::finish(dir)?;
    let part = replace::stage(dir)?;
    backup::fill(&check::open_to_read(copy)?, &part)?;
    let noted = || -> Result<(), Fault> {
        let mut new = Connection::open(&part)?;
        schema::migrate(&mut new)?;
        let day = at.strftime("%Y-%m-%d %H:%M UTC");
        meta::leave_unconfirmed(&new, &format!("a backup was put in its place on {day}"))?;
        Ok(())
    };
    noted().map_err(|fault| fault.at(&part))?;
    replace::put_in_place(dir)
}

/// Whether a file is a copy of the state that can be put back.
///
/// # Errors
/// [`StoreError::NotACopy`], and [`StoreError::Newer`] for one of a newer Bindery.
pub fn verify_copy(copy: &Path) -> Result<(), StoreError> {
    let none = |why: String| StoreError::NotACopy { path: copy.to_owned(), why };
    fs::metadata(copy).map_err(|error| none(error.to_string()))?;
    check::verify(copy).map_err(|error| match error {
        StoreError::Corrupt { detail, .. } => none(detail),
        StoreError::Unusable { source, .. } => none(source.to_string()),
        StoreError::Database { source, .. } => none(source.to_string()),
        other => other,
    })
}

/// A table to be copied. What a sweep of Addigy brings anyway is not.
struct Table {
    name: &'static str,
    /// What its rows are called before a person.
    rows: &'static str,
    /// The columns of its key; `id` where rows are numbered.
    key: &'static [&'static str],
    /// Whether a row is one, and not what damage has left of it.
    sensible: fn(&Row<'_>) -> rusqlite::Result<()>,
}

const fn any(_: &Row<'_>) -> rusqlite::Result<()> {
    Ok(())
}

const TABLES: [Table; 12] = [
    Table { name: "account", rows: "accounts", key: &["name"], sensible: any },
    Table { name: "capability", rows: "facts on the services", key: &["key"], sensible: any },
    Table { name: "policy_set", rows: "sets of policies", key: &["id"], sensible: any },
    Table { name: "run", rows: "runs", key: &["id"], sensible: a_run },
    Table { name: "last_sync", rows: "times of last syncs", key: &["policy_id"], sensible: any },
    Table {
        name: "link",
        rows: "links",
        key: &["policy_id"],
        sensible: |row| links::read_target(row).map(drop),
    },
    Table {
        name: "link_history",
        rows: "entries of the links' history",
        key: &["id"],
        sensible: any,
    },
    Table {
        name: "binding",
        rows: "bindings",
        key: &["organization_id", "device_id"],
        sensible: |row| bindings::read_binding(row).map(drop),
    },
    Table { name: "intent", rows: "journaled writes", key: &["id"], sensible: journal::sensible },
    Table {
        name: "undone",
        rows: "undone changes",
        key: &["intent_id", "attribute"],
        sensible: |row| row.get::<_, Word<Attribute>>("attribute").map(drop),
    },
    Table {
        name: "report",
        rows: "device reports",
        key: &["policy_id", "device_id"],
        sensible: |row| reports::read_report(row).map(drop),
    },
    Table { name: "audit", rows: "entries of the audit", key: &["id"], sensible: any },
];

fn a_run(row: &Row<'_>) -> rusqlite::Result<()> {
    row.get::<_, Word<RunKind>>("kind")?;
    row.get::<_, Option<Word<Outcome>>>("outcome")?;
    row.get::<_, Json<Counts>>("counts").map(drop)
}

fn copy_all(old: &Connection, new: &mut Connection, rebuilt: &mut Rebuilt) -> Result<(), Fault> {
    new.pragma_update(None, "foreign_keys", false)?;
    let tx = new.transaction()?;
    for table in &TABLES {
        // An earlier schema may lack the table, and a newer one has columns of its own.
        let columns = common_columns(old, &tx, table.name)?;
        if columns.is_empty() {
            continue;
        }
        let mut copy = Copy { table, columns, read: 0, senseless: 0, trouble: None };
        copy.run(old, &tx)?;
        rebuilt.rows.push((table.rows, copy.read));
        rebuilt.lost.extend(copy.told());
    }
    mend(&tx)?;
    tx.commit()?;
    Ok(())
}

fn common_columns(old: &Connection, new: &Connection, table: &str) -> Result<Vec<String>, Fault> {
    let columns = |connection: &Connection| -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        statement.query_map([table], |row| row.get(0))?.collect()
    };
    let here = columns(new)?;
    Ok(columns(old).unwrap_or_default().into_iter().filter(|name| here.contains(name)).collect())
}

struct Copy<'a> {
    table: &'a Table,
    columns: Vec<String>,
    read: usize,
    senseless: usize,
    trouble: Option<String>,
}

impl Copy<'_> {
    /// From the front up to the damage, from the back down to it, and what lies between two places of
    /// damage number by number.
    fn run(&mut self, old: &Connection, new: &Connection) -> Result<(), Fault> {
        let name = self.table.name;
        let key = |order: &str| {
            let parts = self.table.key.iter().map(|column| format!("{column} {order}"));
            parts.collect::<Vec<_>>().join(", ")
        };
        let (up, down) = (key("ASC"), key("DESC"));
        let columns = self.columns.join(", ");
        let select = format!("SELECT {columns} FROM {name} NOT INDEXED");
        let (to, whole) = self.scan(old, new, &format!("{select} ORDER BY {up}"))?;
        if whole {
            return Ok(());
        }
        let (from, _) = self.scan(old, new, &format!("{select} ORDER BY {down}"))?;
        if self.table.key == ["id"] {
            let until = from.or_else(|| highest(old, name)).unwrap_or(0);
            for id in to.unwrap_or(0).saturating_add(1)..until {
                self.scan(old, new, &format!("{select} WHERE id = {id}"))?;
            }
        }
        Ok(())
    }

    /// Copies until the end or an error; says the number of the last row, and whether it was the end.
    fn scan(
        &mut self,
        old: &Connection,
        new: &Connection,
        select: &str,
    ) -> Result<(Option<i64>, bool), Fault> {
        let mut last = None;
        let mut statement = match old.prepare(select) {
            Ok(statement) => statement,
            Err(error) => {
                self.trouble.get_or_insert(error.to_string());
                return Ok((None, false));
            }
        };
        let mut rows: Rows<'_> = statement.query([])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    last = row.get("id").ok().or(last);
                    self.keep(row, new)?;
                }
                Ok(None) => return Ok((last, true)),
                Err(error) => {
                    self.trouble.get_or_insert(error.to_string());
                    return Ok((last, false));
                }
            }
        }
    }

    fn keep(&mut self, row: &Row<'_>, new: &Connection) -> Result<(), Fault> {
        let values = (0..self.columns.len()).map(|at| row.get::<_, Value>(at));
        let values: rusqlite::Result<Vec<Value>> = values.collect();
        let (Ok(values), Ok(())) = (values, (self.table.sensible)(row)) else {
            self.senseless += 1;
            return Ok(());
        };
        let places = vec!["?"; values.len()].join(", ");
        let (name, columns) = (self.table.name, self.columns.join(", "));
        let sql = format!("INSERT INTO {name} ({columns}) VALUES ({places})");
        let result = new.prepare_cached(&sql)?.execute(params_from_iter(values));
        match result {
            Ok(_) => self.read += 1,
            // Read from both ends, or against a rule that a sound row keeps.
            Err(error) if error.sqlite_error_code() == Some(CONSTRAINT) => {
                self.senseless += usize::from(!is_double(&error));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn told(&self) -> Option<String> {
        let rows = self.table.rows;
        match (self.senseless, &self.trouble) {
            (0, None) => None,
            (count, None) => Some(format!("{count} {rows} made no sense")),
            (_, Some(why)) => Some(format!("some {rows} can't be read ({why})")),
        }
    }
}

const CONSTRAINT: rusqlite::ErrorCode = rusqlite::ErrorCode::ConstraintViolation;

/// Whether the row is there already, by its own key.
fn is_double(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID};
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(SQLITE_CONSTRAINT_PRIMARYKEY) || code == Some(SQLITE_CONSTRAINT_ROWID)
}

/// The highest number ever given in a table, which SQLite notes beside it.
fn highest(old: &Connection, table: &str) -> Option<i64> {
    let sql = "SELECT seq + 1 FROM sqlite_sequence WHERE name = ?1";
    old.query_row(sql, [table], |row| row.get(0)).ok()
}

/// Puts something in the place of rows that others name and that could not be read: a write must not be
/// lost for want of its run. Texts of empty lists differ, for no two sets of policies may be equal.
fn mend(new: &Connection) -> Result<(), Fault> {
    new.execute_batch(
        "INSERT INTO policy_set (id, policies)
             SELECT policy_set_id, printf('[%*s]', row_number() OVER (), '')
             FROM (SELECT DISTINCT policy_set_id FROM run
                   WHERE policy_set_id NOT IN (SELECT id FROM policy_set));
         INSERT OR IGNORE INTO policy_set (policies) VALUES ('[]');
         INSERT INTO run (id, kind, policy_set_id, started, who, host, version, counts)
             SELECT run_id, 'sync', (SELECT id FROM policy_set WHERE policies = '[]'),
                    min(attempted_at), 'unknown', 'unknown', 'unknown', '{}'
             FROM intent WHERE run_id NOT IN (SELECT id FROM run) GROUP BY run_id;
         DELETE FROM report WHERE run_id NOT IN (SELECT id FROM run);
         DELETE FROM last_sync WHERE run_id NOT IN (SELECT id FROM run);
         DELETE FROM undone WHERE run_id NOT IN (SELECT id FROM run)
             OR intent_id NOT IN (SELECT id FROM intent);",
    )?;
    Ok(())
}
