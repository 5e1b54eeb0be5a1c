//! Bindings of devices to configurations. A configuration has one holder: the file itself sees to that.

use super::column::{Json, Millis, Word};
use super::error::Fault;
use super::{Store, StoreError};
use crate::domain::{
    Binding, BindingState, ConfigurationId, DeviceId, MatchedBy, OrganizationId, PolicyId, RunId,
    SerialNumber,
};
use rusqlite::{ErrorCode, OptionalExtension, Row, Transaction, params};

impl Store {
    /// All bindings, whatever their state, by organization and device.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn bindings(&self) -> Result<Vec<Binding>, StoreError> {
        self.read(|tx| {
            let sql = "SELECT * FROM binding ORDER BY organization_id, device_id";
            let mut statement = tx.prepare_cached(sql)?;
            Ok(statement.query_map([], read_binding)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The bindings in one organization, by device.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn bindings_of(&self, organization: OrganizationId) -> Result<Vec<Binding>, StoreError> {
        self.read(|tx| {
            let sql = "SELECT * FROM binding WHERE organization_id = ?1 ORDER BY device_id";
            let mut statement = tx.prepare_cached(sql)?;
            let bindings = statement.query_map([organization.get()], read_binding)?;
            Ok(bindings.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps these bindings, each in the place of what its device had in its organization. All together
    /// or none; a set may hand a configuration from one of its devices to another, in any order.
    ///
    /// # Errors
    /// [`StoreError::AlreadyHeld`] when two devices would be bound to one configuration, and when the
    /// state can't be written.
    pub fn save_bindings(&self, bindings: &[Binding]) -> Result<(), StoreError> {
        self.write(|tx| save(tx, bindings))
    }
}

/// Keeps the bindings as part of a larger change.
pub(super) fn save<'a>(
    tx: &Transaction<'_>,
    bindings: impl IntoIterator<Item = &'a Binding> + Clone,
) -> Result<(), Fault> {
    // First every device of the set lets go, so that the order of the set, and even an exchange of two
    // configurations, makes no difference.
    let mut let_go = tx.prepare_cached(
        "UPDATE binding SET state = 'released' WHERE organization_id = ?1 AND device_id = ?2",
    )?;
    // A configuration stands in one organization: where it was moved, or its organization was merged
    // into another, what the former one recorded of it is over.
    let mut moved = tx.prepare_cached(
        "UPDATE binding SET state = 'released'
         WHERE configuration_id = ?1 AND organization_id <> ?2 AND state = 'bound'",
    )?;
    for binding in bindings.clone() {
        let organization = binding.organization_id.get();
        let_go.execute(params![organization, binding.device_id.as_str()])?;
        if binding.is_bound() {
            moved.execute(params![binding.configuration_id.get(), organization])?;
        }
    }
    for binding in bindings {
        upsert(tx, binding)?;
    }
    Ok(())
}

fn upsert(tx: &Transaction<'_>, binding: &Binding) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO binding (organization_id, device_id, policy_id, configuration_id, state,
             matched_by, serial_seen, written, psa_refused, held_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (organization_id, device_id) DO UPDATE SET
             policy_id = excluded.policy_id, configuration_id = excluded.configuration_id,
             state = excluded.state, matched_by = excluded.matched_by,
             serial_seen = excluded.serial_seen, written = excluded.written,
             psa_refused = excluded.psa_refused, held_by = excluded.held_by",
    )?;
    let result = statement.execute(params![
        binding.organization_id.get(),
        binding.device_id.as_str(),
        binding.policy_id.as_str(),
        binding.configuration_id.get(),
        Word(binding.state),
        binding.matched_by.map(Word),
        binding.serial_seen.as_ref().map(SerialNumber::as_str),
        Json(&binding.written),
        binding.psa_refused.map(Millis),
        binding.held_by.map(RunId::get),
    ]);
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(already_held(tx, binding)?.unwrap_or(Fault::Sql(error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn already_held(tx: &Transaction<'_>, binding: &Binding) -> Result<Option<Fault>, Fault> {
    let holder: Option<String> = tx
        .query_row(
            "SELECT device_id FROM binding WHERE configuration_id = ?1 AND state = 'bound'",
            [binding.configuration_id.get()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(holder.map(|holder| Fault::AlreadyHeld {
        configuration_id: binding.configuration_id,
        holder: DeviceId::new(holder),
        wanted_by: binding.device_id.clone(),
    }))
}

pub(super) fn read_binding(row: &Row<'_>) -> rusqlite::Result<Binding> {
    Ok(Binding {
        device_id: DeviceId::new(row.get::<_, String>("device_id")?),
        organization_id: OrganizationId::new(row.get("organization_id")?),
        policy_id: PolicyId::new(row.get::<_, String>("policy_id")?),
        configuration_id: ConfigurationId::new(row.get("configuration_id")?),
        state: row.get::<_, Word<BindingState>>("state")?.0,
        matched_by: row.get::<_, Option<Word<MatchedBy>>>("matched_by")?.map(|word| word.0),
        serial_seen: row.get::<_, Option<Word<SerialNumber>>>("serial_seen")?.map(|word| word.0),
        written: row.get::<_, Json<_>>("written")?.0,
        psa_refused: row.get::<_, Option<Millis>>("psa_refused")?.map(|at| at.0),
        held_by: row.get::<_, Option<i64>>("held_by")?.map(RunId::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attribute, Written};
    use crate::store::tests::{any_millis, binding};
    use proptest::collection::{btree_map, vec};
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn bound(device: &str, configuration: i64) -> Binding {
        binding(device, 1, configuration)
    }

    fn holders(store: &Store) -> Vec<(String, i64)> {
        let bindings = store.bindings().unwrap();
        let bound = bindings.iter().filter(|binding| binding.is_bound());
        bound.map(|b| (b.device_id.to_string(), b.configuration_id.get())).collect()
    }

    #[test]
    fn a_configuration_has_one_holder() {
        let store = Store::in_memory().unwrap();
        store.save_bindings(&[bound("a", 1)]).unwrap();
        let error = store.save_bindings(&[bound("c", 2), bound("b", 1)]).unwrap_err();
        let StoreError::AlreadyHeld { configuration_id, holder, wanted_by } = error else {
            panic!("{error}")
        };
        assert_eq!(configuration_id.get(), 1);
        assert_eq!((holder.as_str(), wanted_by.as_str()), ("a", "b"));
        assert_eq!(holders(&store), [("a".to_owned(), 1)], "nothing of a refused set is kept");
        let both = store.save_bindings(&[bound("x", 9), bound("y", 9)]);
        assert!(matches!(both, Err(StoreError::AlreadyHeld { .. })));
    }

    #[test]
    fn a_set_may_hand_over_and_exchange() {
        let store = Store::in_memory().unwrap();
        store.save_bindings(&[bound("a", 1)]).unwrap();
        let released = Binding { state: BindingState::Released, ..bound("a", 1) };
        store.save_bindings(&[bound("b", 1), released]).unwrap();
        assert_eq!(holders(&store), [("b".to_owned(), 1)]);
        store.save_bindings(&[bound("a", 2)]).unwrap();
        store.save_bindings(&[bound("a", 1), bound("b", 2)]).unwrap();
        assert_eq!(holders(&store), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    }

    #[test]
    fn a_configuration_that_came_to_another_organization_is_bound_there() {
        let store = Store::in_memory().unwrap();
        store.save_bindings(&[bound("a", 1), bound("b", 2)]).unwrap();
        store.save_bindings(&[binding("a", 7, 1)]).unwrap();
        let former = store.bindings_of(OrganizationId::new(1)).unwrap();
        let states: Vec<_> = former.iter().map(|binding| binding.state).collect();
        assert_eq!(states, [BindingState::Released, BindingState::Bound]);
        let both = store.save_bindings(&[bound("x", 9), binding("x", 7, 9)]);
        assert!(matches!(both, Err(StoreError::AlreadyHeld { .. })));
    }

    #[test]
    fn only_one_organization_when_asked() {
        let store = Store::in_memory().unwrap();
        let there = binding("a", 2, 5);
        store.save_bindings(&[bound("a", 1), there.clone()]).unwrap();
        assert_eq!(store.bindings_of(OrganizationId::new(2)).unwrap(), [there]);
        assert_eq!(store.bindings_of(OrganizationId::new(3)).unwrap(), []);
    }

    prop_compose! {
        fn any_written()(sent in ".*", stored in option::of(".*"), times in any::<u32>()) -> Written {
            Written { sent, stored, times }
        }
    }

    prop_compose! {
        fn any_binding()(
            (device, organization, policy) in ("\\PC{1,12}", any::<i64>(), "\\PC{1,12}"),
            state in select(vec![
                BindingState::Bound, BindingState::Left, BindingState::Released,
                BindingState::Chosen,
            ]),
            matched_by in option::of(select(vec![
                MatchedBy::Binding, MatchedBy::Serial, MatchedBy::Mac, MatchedBy::Hand,
            ])),
            serial in "[ a-zß0-9]{0,12}",
            written in btree_map(select(Attribute::FIELDS.to_vec()), any_written(), 0..5),
            psa_refused in option::of(any_millis()),
            held_by in option::of(1i64..),
        ) -> Binding {
            Binding {
                device_id: DeviceId::new(device),
                organization_id: OrganizationId::new(organization),
                policy_id: PolicyId::new(policy),
                configuration_id: ConfigurationId::new(0),
                state,
                matched_by,
                serial_seen: SerialNumber::parse(&serial),
                written,
                psa_refused,
                held_by: held_by.map(RunId::new),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn bindings_come_back_as_they_were(mut bindings in vec(any_binding(), 0..12)) {
            for (number, binding) in bindings.iter_mut().enumerate() {
                binding.configuration_id = ConfigurationId::new(number as i64);
            }
            let key = |b: &Binding| (b.organization_id, b.device_id.clone());
            bindings.sort_by_key(key);
            bindings.dedup_by_key(|b| key(b));
            let store = Store::in_memory().unwrap();
            store.save_bindings(&bindings).unwrap();
            store.save_bindings(&bindings).unwrap();
            prop_assert_eq!(store.bindings().unwrap(), bindings);
        }
    }
}
