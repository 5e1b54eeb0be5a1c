//! What undo needs of the journal: which changes are undone, and which a later run made again.

use super::column::{Json, Word};
use super::{Intent, IntentId, IntentKind, RecordedChange, Store, StoreError, journal};
use crate::domain::{Attribute, ConfigurationId, RunId, Value};
use rusqlite::params;
use std::collections::BTreeMap;

impl Store {
    /// Records that an undo, itself the run `by`, has put these changes back. Where they are an undo's
    /// own, what that one had put back is in force again.
    ///
    /// # Errors
    /// When the state can't be written, or has no such run or intent.
    pub fn mark_undone(
        &self,
        by: RunId,
        changes: &[(IntentId, Attribute)],
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut mark = tx.prepare_cached(
                "INSERT INTO undone (intent_id, attribute, run_id) VALUES (?1, ?2, ?3)
                 ON CONFLICT (intent_id, attribute) DO NOTHING",
            )?;
            // Of what was created only the status is put back, and all of it comes with that.
            let mut redo = tx.prepare_cached(
                "DELETE FROM undone
                 WHERE run_id = (SELECT run_id FROM intent WHERE id = ?1)
                   AND intent_id IN (
                       SELECT id FROM intent
                       WHERE (kind = 'create' OR undone.attribute = ?2)
                         AND settled_configuration_id =
                             (SELECT settled_configuration_id FROM intent WHERE id = ?1))",
            )?;
            for (intent, attribute) in changes {
                mark.execute(params![intent.get(), Word(attribute), by.get()])?;
                redo.execute(params![intent.get(), Word(attribute)])?;
            }
            Ok(())
        })
    }

    /// What an undo's write put back, told by what it found and what it left: for a write whose answer
    /// was lost. Where more than one run may be meant, nothing; the next undo finds it put back.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn undone_by(
        &self,
        by: RunId,
        intent: &Intent,
    ) -> Result<Vec<(IntentId, Attribute)>, StoreError> {
        let Some(configuration) = intent.configuration_id else { return Ok(Vec::new()) };
        let mut by_run: BTreeMap<RunId, Vec<RecordedChange>> = BTreeMap::new();
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT *, (SELECT json_group_array(attribute) FROM undone
                            WHERE intent_id = intent.id) AS undone
                 FROM intent WHERE settled_configuration_id = ?1 AND run_id < ?2
                   AND outcome = 'done' ORDER BY id",
            )?;
            let mut rows = statement.query(params![configuration.get(), by.get()])?;
            while let Some(row) = rows.next()? {
                let changes = by_run.entry(RunId::new(row.get("run_id")?)).or_default();
                changes.extend(journal::read_changes(row)?);
            }
            Ok(())
        })?;
        by_run.retain(|_, changes| reverts(intent, changes));
        let mut meant = by_run.into_values();
        let (Some(changes), None) = (meant.next(), meant.next()) else { return Ok(Vec::new()) };
        let whole = changes.iter().any(|change| change.kind == IntentKind::Create);
        let back =
            changes.iter().filter(|change| whole || intent.changes.contains_key(&change.attribute));
        Ok(back.map(|change| (change.intent, change.attribute)).collect())
    }

    /// The newest run after this one that changed an attribute of these configurations, where that was
    /// not undone since. What an undo itself writes does not count: it brings an earlier value back.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn changed_after(
        &self,
        run: RunId,
        configurations: &[ConfigurationId],
    ) -> Result<BTreeMap<(ConfigurationId, Attribute), RunId>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT settled_configuration_id, field.key, max(run_id)
                 FROM intent JOIN run ON run.id = intent.run_id, json_each(intent.stored) AS field
                 WHERE run_id > ?1 AND intent.outcome = 'done' AND run.kind <> 'undo'
                   AND settled_configuration_id IN (SELECT value FROM json_each(?2))
                   AND NOT EXISTS (SELECT 1 FROM undone
                                   WHERE intent_id = intent.id AND attribute = field.key)
                 GROUP BY 1, 2",
            )?;
            let rows = statement.query_map(params![run.get(), Json(configurations)], |row| {
                let configuration = ConfigurationId::new(row.get(0)?);
                let attribute = row.get::<_, Word<Attribute>>(1)?.0;
                Ok(((configuration, attribute), RunId::new(row.get(2)?)))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Whether an undo's write takes back exactly what a run did, as far as it goes. Of what the run
/// created only the status is taken back.
fn reverts(undo: &Intent, changes: &[RecordedChange]) -> bool {
    let created = changes.iter().any(|change| change.kind == IntentKind::Create);
    undo.changes.iter().all(|(attribute, back)| {
        let mut of_it =
            changes.iter().filter(|change| change.attribute == *attribute && !change.undone);
        let Some(first) = of_it.next() else { return false };
        let last = of_it.next_back().unwrap_or(first);
        let former = first.from.clone().unwrap_or(Value::Nothing);
        attribute.holds(&last.to, back.from.as_ref())
            && (created || attribute.holds(&former, Some(&back.to)))
    })
}
