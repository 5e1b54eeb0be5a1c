//! The journal: what is about to be written stands here before a request leaves, and what came of it
//! after. It is the memory that prevents doubles after a crash, and it keeps the former values.

use super::column::{Json, Millis, Word};
use super::error::Fault;
use super::{Store, StoreError, bindings};
use crate::domain::{
    Attribute, Binding, Changes, ConfigurationId, DeviceId, MacAddress, OrganizationId, PolicyId,
    RunId, SerialNumber, Value,
};
use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Row, Transaction, params};
use std::collections::BTreeMap;

/// An entry of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(i64);

impl IntentId {
    /// The bare number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// What kind of write it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// A configuration is created.
    Create,
    /// A configuration that exists is activated for a device that joins.
    Activate,
    /// Fields of a bound configuration change.
    Update,
    /// A configuration gets the inactive status.
    Inactivate,
}

impl IntentKind {
    /// The word for it in documents and in the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Activate => "activate",
            Self::Update => "update",
            Self::Inactivate => "inactivate",
        }
    }
}

/// A write that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The device.
    pub device_id: DeviceId,
    /// What to call it before a person, also when it is gone.
    pub device_name: String,
    /// The organization that is written to.
    pub organization_id: OrganizationId,
    /// The policy through which the device came there.
    pub policy_id: PolicyId,
    /// What kind of write.
    pub kind: IntentKind,
    /// The configuration; `None` on creation.
    pub configuration_id: Option<ConfigurationId>,
    /// The former and the new values.
    pub changes: Changes,
    /// What a created configuration can be looked up by.
    pub serial: Option<SerialNumber>,
    /// What it can be looked up by where there is no serial number.
    pub mac: Option<MacAddress>,
}

/// An intent of which it is not known what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIntent {
    /// Its number.
    pub id: IntentId,
    /// The run that meant to write.
    pub run: RunId,
    /// What it meant to write.
    pub intent: Intent,
    /// When it was journaled, just before the request.
    pub attempted_at: Timestamp,
    /// When the answer was given up as lost; `None` where the run ended before it knew.
    pub lost_at: Option<Timestamp>,
}

/// What attributes hold, by attribute.
pub type Values = BTreeMap<Attribute, Value>;

/// What came of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentOutcome {
    /// IT Glue has taken it.
    Done {
        /// The configuration written, or created.
        configuration_id: ConfigurationId,
        /// What IT Glue holds now, for every attribute it has taken. An attribute of the intent that is
        /// missing here was refused: it is neither in the history nor undone.
        stored: Values,
    },
    /// IT Glue refused it, with this message.
    Refused(String),
    /// The request never left.
    NotSent,
    /// The request left and no clear answer came. The intent stays open until it is settled otherwise.
    Lost,
    /// Looked up later: it was never done.
    NotDone,
}

/// The end of an intent, with what the device's binding became by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The intent.
    pub intent: IntentId,
    /// What came of it.
    pub outcome: IntentOutcome,
    /// Kept in the same moment, as by [`Store::save_bindings`].
    pub binding: Option<Binding>,
    /// When this was known.
    pub at: Timestamp,
}

/// One attribute that a run has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedChange {
    /// The intent it belongs to.
    pub intent: IntentId,
    /// The kind of that intent.
    pub kind: IntentKind,
    /// The device.
    pub device_id: DeviceId,
    /// What to call it before a person.
    pub device_name: String,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The policy through which the device came there.
    pub policy_id: PolicyId,
    /// The configuration.
    pub configuration_id: ConfigurationId,
    /// The attribute.
    pub attribute: Attribute,
    /// What it held before; `None` where it held nothing, and on creation.
    pub from: Option<Value>,
    /// What IT Glue stored.
    pub to: Value,
    /// When.
    pub at: Timestamp,
    /// Whether an undo has put it back.
    pub undone: bool,
}

/// Exactly the condition of the index `intent_open`.
const OPEN: &str = "(outcome IS NULL OR outcome = 'lost')";

/// One intent by its number, with who meant it and what of it was undone.
pub(super) const ONE: &str = "SELECT intent.*, run.who, run.host, run.version,
            (SELECT json_group_array(attribute) FROM undone WHERE intent_id = intent.id) AS undone
     FROM intent JOIN run ON run.id = intent.run_id WHERE intent.id = ?1";

impl Store {
    /// Records what is about to be written. When this returns, it is on the disk: only then may the
    /// request leave. The numbers are in the order of the intents.
    ///
    /// # Errors
    /// When the state can't be written; nothing may be sent then.
    pub fn journal(
        &self,
        run: RunId,
        intents: &[Intent],
        at: Timestamp,
    ) -> Result<Vec<IntentId>, StoreError> {
        self.write(|tx| intents.iter().map(|intent| insert(tx, run, intent, at)).collect())
    }

    /// Records what came of intents, and the bindings that follow from it, all together or not at all.
    ///
    /// # Errors
    /// [`StoreError::NotOpen`] for an intent that is unknown or settled for good,
    /// [`StoreError::AlreadyHeld`], and when the state can't be written.
    pub fn settle(&self, settlements: &[Settlement]) -> Result<(), StoreError> {
        self.write(|tx| {
            for settlement in settlements {
                close(tx, settlement)?;
            }
            bindings::save(tx, settlements.iter().filter_map(|s| s.binding.as_ref()))
        })
    }

    /// All intents of which it is not known what came of them, oldest first.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn open_intents(&self) -> Result<Vec<OpenIntent>, StoreError> {
        self.read(|tx| {
            // `+id` keeps SQLite from walking through years of settled intents in their order.
            let sql = format!("SELECT * FROM intent WHERE {OPEN} ORDER BY +id");
            let mut statement = tx.prepare_cached(&sql)?;
            Ok(statement.query_map([], read_open)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Those of one organization, oldest first.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn open_intents_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<OpenIntent>, StoreError> {
        self.read(|tx| {
            let sql =
                format!("SELECT * FROM intent WHERE organization_id = ?1 AND {OPEN} ORDER BY id");
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map([organization.get()], read_open)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Reads every intent; the first that makes no sense is the error.
    pub(super) fn every_intent(&self) -> Result<(), StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare("SELECT * FROM intent")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                sensible(row)?;
            }
            Ok(())
        })
    }

    /// What a run has changed, in the order it was written; only what IT Glue has taken.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn changes_of(&self, run: RunId) -> Result<Vec<RecordedChange>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT *, (SELECT json_group_array(attribute) FROM undone
                            WHERE intent_id = intent.id) AS undone
                 FROM intent WHERE run_id = ?1 AND outcome = 'done' ORDER BY id",
            )?;
            let rows = statement.query_map([run.get()], read_changes)?;
            let changes = rows.collect::<rusqlite::Result<Vec<Vec<RecordedChange>>>>()?;
            Ok(changes.into_iter().flatten().collect())
        })
    }
}

fn insert(
    tx: &Transaction<'_>,
    run: RunId,
    intent: &Intent,
    at: Timestamp,
) -> Result<IntentId, Fault> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO intent (run_id, device_id, device_name, organization_id, policy_id, kind,
             configuration_id, changes, serial, mac, attempted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let id = statement.insert(params![
        run.get(),
        intent.device_id.as_str(),
        intent.device_name,
        intent.organization_id.get(),
        intent.policy_id.as_str(),
        Word(intent.kind),
        intent.configuration_id.map(ConfigurationId::get),
        Json(&intent.changes),
        intent.serial.as_ref().map(SerialNumber::as_str),
        intent.mac.map(|mac| mac.to_string()),
        Millis(at),
    ])?;
    Ok(IntentId(id))
}

fn close(tx: &Transaction<'_>, settlement: &Settlement) -> Result<(), Fault> {
    let (word, configuration, stored, message) = match &settlement.outcome {
        IntentOutcome::Done { configuration_id, stored } => {
            ("done", Some(configuration_id.get()), Some(Json(stored)), None)
        }
        IntentOutcome::Refused(message) => ("refused", None, None, Some(message)),
        IntentOutcome::NotSent => ("not_sent", None, None, None),
        IntentOutcome::Lost => ("lost", None, None, None),
        IntentOutcome::NotDone => ("not_done", None, None, None),
    };
    let mut statement = tx.prepare_cached(&format!(
        "UPDATE intent SET outcome = ?2, settled_at = ?3, settled_configuration_id = ?4,
             stored = ?5, message = ?6
         WHERE id = ?1 AND {OPEN}"
    ))?;
    let found = statement.execute(params![
        settlement.intent.get(),
        word,
        Millis(settlement.at),
        configuration,
        stored,
        message,
    ])?;
    if found == 0 { Err(Fault::NotOpen(settlement.intent)) } else { Ok(()) }
}

fn read_open(row: &Row<'_>) -> rusqlite::Result<OpenIntent> {
    Ok(OpenIntent {
        id: IntentId(row.get("id")?),
        run: RunId::new(row.get("run_id")?),
        intent: read_intent(row)?,
        attempted_at: row.get::<_, Millis>("attempted_at")?.0,
        lost_at: row.get::<_, Option<Millis>>("settled_at")?.map(|at| at.0),
    })
}

pub(super) fn read_intent(row: &Row<'_>) -> rusqlite::Result<Intent> {
    Ok(Intent {
        device_id: DeviceId::new(row.get::<_, String>("device_id")?),
        device_name: row.get("device_name")?,
        organization_id: OrganizationId::new(row.get("organization_id")?),
        policy_id: PolicyId::new(row.get::<_, String>("policy_id")?),
        kind: row.get::<_, Word<IntentKind>>("kind")?.0,
        configuration_id: row.get::<_, Option<i64>>("configuration_id")?.map(ConfigurationId::new),
        changes: row.get::<_, Json<Changes>>("changes")?.0,
        serial: row.get::<_, Option<Word<SerialNumber>>>("serial")?.map(|word| word.0),
        mac: row.get::<_, Option<String>>("mac")?.map(|text| read_mac(&text)).transpose()?,
    })
}

/// Whether an intent's row can be read as one.
pub(super) fn sensible(row: &Row<'_>) -> rusqlite::Result<()> {
    read_intent(row)?;
    row.get::<_, Option<Json<Values>>>("stored").map(drop)
}

fn read_mac(text: &str) -> rusqlite::Result<MacAddress> {
    MacAddress::parse(text).ok_or_else(|| {
        let why = FromSqlError::Other(format!("{text:?} is no MAC address").into());
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(why))
    })
}

/// The changes of one intent that is done.
pub(super) fn read_changes(row: &Row<'_>) -> rusqlite::Result<Vec<RecordedChange>> {
    let id = IntentId(row.get("id")?);
    let Intent { device_id, device_name, organization_id, policy_id, kind, mut changes, .. } =
        read_intent(row)?;
    let configuration_id = ConfigurationId::new(row.get("settled_configuration_id")?);
    let at = row.get::<_, Millis>("settled_at")?.0;
    let undone = row.get::<_, Json<Vec<Attribute>>>("undone")?.0;
    let stored = row.get::<_, Json<Values>>("stored")?.0;
    let recorded = stored.into_iter().filter_map(|(attribute, to)| {
        Some(RecordedChange {
            intent: id,
            kind,
            device_id: device_id.clone(),
            device_name: device_name.clone(),
            organization_id,
            policy_id: policy_id.clone(),
            configuration_id,
            attribute,
            from: changes.remove(&attribute)?.from,
            to,
            at,
            undone: undone.contains(&attribute),
        })
    });
    Ok(recorded.collect())
}

#[cfg(test)]
mod tests;
