//! What undo needs of the journal: which changes are undone, and which a later run made again.

use super::column::{Json, Word};
use super::{IntentId, Store, StoreError};
use crate::domain::{Attribute, ConfigurationId, RunId};
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
