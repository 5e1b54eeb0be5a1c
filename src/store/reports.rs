//! How each device of a policy stands, as last known.

use super::column::{Millis, Word};
use super::error::Fault;
use super::{Store, StoreError};
use crate::domain::{
    ConfigurationId, DeviceId, DeviceState, Pending, PendingReason, PolicyId, RunId,
};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

/// A device's last known state in a policy. One device may be reported in several policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceReport {
    /// The policy.
    pub policy_id: PolicyId,
    /// The device.
    pub device_id: DeviceId,
    /// What to call it before a person.
    pub name: String,
    /// Its serial number as Addigy has it.
    pub serial_number: Option<String>,
    /// Its state.
    pub state: DeviceState,
    /// Why it is pending, or what a person should know about it.
    pub pending: Option<Pending>,
    /// Its configuration, if it has one.
    pub configuration_id: Option<ConfigurationId>,
    /// When this was found.
    pub at: Timestamp,
}

impl Store {
    /// Keeps these reports, each in the place of the last one on its device in its policy.
    ///
    /// # Errors
    /// When the state can't be written, or has no such run.
    pub fn save_reports(&self, run: RunId, reports: &[DeviceReport]) -> Result<(), StoreError> {
        self.write(|tx| insert(tx, run, reports))
    }

    /// Keeps these reports in the place of all on this policy, so that devices which are no longer in
    /// it are forgotten.
    ///
    /// # Errors
    /// When the state can't be written, or has no such run.
    pub fn replace_reports(
        &self,
        run: RunId,
        policy: &PolicyId,
        reports: &[DeviceReport],
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            forget(tx, policy)?;
            insert(tx, run, reports)
        })
    }

    /// Forgets all reports on this policy.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn forget_reports(&self, policy: &PolicyId) -> Result<(), StoreError> {
        self.write(|tx| forget(tx, policy))
    }

    /// All reports, by policy and device.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn reports(&self) -> Result<Vec<DeviceReport>, StoreError> {
        self.read(|tx| {
            let sql = "SELECT * FROM report ORDER BY policy_id, device_id";
            let mut statement = tx.prepare_cached(sql)?;
            Ok(statement.query_map([], read_report)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Forgets them as part of a larger change.
pub(super) fn forget(tx: &Transaction<'_>, policy: &PolicyId) -> Result<(), Fault> {
    tx.execute("DELETE FROM report WHERE policy_id = ?1", [policy.as_str()])?;
    Ok(())
}

fn insert(tx: &Transaction<'_>, run: RunId, reports: &[DeviceReport]) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached(
        "INSERT OR REPLACE INTO report (policy_id, device_id, run_id, name, serial_number, state,
             reason, message, superseded, configuration_id, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for report in reports {
        let pending = report.pending.as_ref();
        statement.execute(params![
            report.policy_id.as_str(),
            report.device_id.as_str(),
            run.get(),
            report.name,
            report.serial_number,
            Word(report.state),
            pending.map(|pending| Word(pending.reason)),
            pending.map(|pending| &pending.message),
            pending.is_some_and(|pending| pending.superseded),
            report.configuration_id.map(ConfigurationId::get),
            Millis(report.at),
        ])?;
    }
    Ok(())
}

pub(super) fn read_report(row: &Row<'_>) -> rusqlite::Result<DeviceReport> {
    let pending = match row.get::<_, Option<Word<PendingReason>>>("reason")? {
        None => None,
        Some(Word(reason)) => Some(Pending {
            reason,
            message: row.get("message")?,
            superseded: row.get("superseded")?,
        }),
    };
    Ok(DeviceReport {
        policy_id: PolicyId::new(row.get::<_, String>("policy_id")?),
        device_id: DeviceId::new(row.get::<_, String>("device_id")?),
        name: row.get("name")?,
        serial_number: row.get("serial_number")?,
        state: row.get::<_, Word<DeviceState>>("state")?.0,
        pending,
        configuration_id: row.get::<_, Option<i64>>("configuration_id")?.map(ConfigurationId::new),
        at: row.get::<_, Millis>("at")?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{any_millis, begin};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn report(policy: &str, device: &str, state: DeviceState) -> DeviceReport {
        DeviceReport {
            policy_id: PolicyId::new(policy),
            device_id: DeviceId::new(device),
            name: device.to_uppercase(),
            serial_number: None,
            state,
            pending: None,
            configuration_id: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_last_report_counts_and_the_departed_are_forgotten() {
        let store = Store::in_memory().unwrap();
        let run = begin(&store);
        let [a, b, other] = [("p", "a"), ("p", "b"), ("q", "a")]
            .map(|(policy, device)| report(policy, device, DeviceState::Waiting));
        store.save_reports(run, &[a.clone(), b, other.clone()]).unwrap();
        let linked = report("p", "b", DeviceState::Linked);
        store.save_reports(run, std::slice::from_ref(&linked)).unwrap();
        assert_eq!(store.reports().unwrap(), [a, linked.clone(), other.clone()]);
        store.replace_reports(run, &PolicyId::new("p"), std::slice::from_ref(&linked)).unwrap();
        assert_eq!(store.reports().unwrap(), [linked, other.clone()]);
        store.forget_reports(&PolicyId::new("p")).unwrap();
        assert_eq!(store.reports().unwrap(), [other]);
    }

    const STATES: [DeviceState; 10] = [
        DeviceState::Waiting,
        DeviceState::Matching,
        DeviceState::Writing,
        DeviceState::Linked,
        DeviceState::Unchanged,
        DeviceState::Inactive,
        DeviceState::Pending,
        DeviceState::Cancelled,
        DeviceState::Withheld,
        DeviceState::Held,
    ];

    prop_compose! {
        fn any_report()(
            (policy, device, name) in ("\\PC{1,8}", "\\PC{1,8}", ".*"),
            serial_number in option::of(".*"),
            state in select(STATES.to_vec()),
            pending in option::of(
                (select(PendingReason::ALL.to_vec()), ".*", any::<bool>()),
            ),
            configuration_id in option::of(any::<i64>()),
            at in any_millis(),
        ) -> DeviceReport {
            DeviceReport {
                policy_id: PolicyId::new(policy),
                device_id: DeviceId::new(device),
                name,
                serial_number,
                state,
                pending: pending.map(|(reason, message, superseded)| {
                    Pending { reason, message, superseded }
                }),
                configuration_id: configuration_id.map(ConfigurationId::new),
                at,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn reports_come_back_as_they_were(mut reports in vec(any_report(), 0..12)) {
            let key = |r: &DeviceReport| (r.policy_id.clone(), r.device_id.clone());
            reports.sort_by_key(key);
            reports.dedup_by_key(|r| key(r));
            let store = Store::in_memory().unwrap();
            let run = begin(&store);
            store.save_reports(run, &reports).unwrap();
            prop_assert_eq!(store.reports().unwrap(), reports);
        }
    }
}
