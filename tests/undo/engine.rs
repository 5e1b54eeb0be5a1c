//! The engine against the sandbox: sync, undo, and what the next sync does.

use crate::support::{Stage, Told, serial};
use bindery::apply::{Error, Event};
use bindery::domain::{BindingState, Counts, DeviceState, Outcome, Run, RunId, RunKind};
use bindery::plan::Why;
use bindery::sandbox::itglue::model::Configuration;
use std::collections::BTreeMap;

impl Stage {
    pub fn run_of(&self, told: &Told) -> Run {
        self.store.run(told.summary.run.unwrap()).unwrap().unwrap()
    }

    pub async fn undo(&self, run: &Run) -> Told {
        self.try_undo(run).await.unwrap()
    }

    pub async fn try_undo(&self, run: &Run) -> Result<Told, Error> {
        let (engine, mut receiver) = self.engine();
        let listener = tokio::spawn(async move {
            let mut events: Vec<Event> = Vec::new();
            while let Some(event) = receiver.recv().await {
                events.push(event);
            }
            events
        });
        let summary = engine.undo(run, None).await;
        drop(engine);
        Ok(Told { summary: summary?, events: listener.await.unwrap() })
    }

    /// What stands in the organization, without what every write moves on.
    pub fn standing(&self) -> BTreeMap<i64, Configuration> {
        let all = self.configurations("Acme").into_iter();
        // Addresses are in the interfaces too, which IT Glue keeps in step and never takes away.
        all.map(|c| {
            let (updated_at, interfaces) = Default::default();
            (c.id, Configuration { updated_at, interfaces, ..c })
        })
        .collect()
    }

    pub fn release_all(&self) {
        let mut bindings = self.store.bindings().unwrap();
        for binding in &mut bindings {
            binding.held_by = None;
        }
        self.store.save_bindings(&bindings).unwrap();
    }

    pub fn held(&self) -> usize {
        let bindings = self.store.bindings().unwrap();
        bindings.iter().filter(|binding| binding.held_by.is_some()).count()
    }

    fn undone(&self, run: RunId) -> usize {
        self.store.changes_of(run).unwrap().iter().filter(|change| change.undone).count()
    }
}

/// One record to be activated, one to be updated, the others to be created; the second sync brings one
/// device's departure.
async fn mixed() -> Stage {
    let stage = Stage::acme(12).await;
    let organization = stage.control().organization_id("Acme").unwrap();
    stage.control().add_configuration(Configuration {
        serial_number: Some(serial(0)),
        status_id: Some(stage.inactive().get()),
        archived: true,
        ..Configuration::new(organization, "asleep", 1)
    });
    stage.control().add_configuration(Configuration {
        serial_number: Some(serial(1)),
        status_id: Some(stage.active().get()),
        hostname: Some("old-host".into()),
        ..Configuration::new(organization, "an old name", 1)
    });
    stage
}

#[tokio::test]
async fn what_was_is_put_back_and_held() {
    let stage = mixed().await;
    let before = stage.standing();
    let synced = stage.sync().await;
    let run = stage.run_of(&synced);
    stage.clear_counters();
    let undone = stage.undo(&run).await;
    assert_eq!(undone.summary.outcome, Outcome::Done, "{undone:#?}", undone = undone.summary);
    let counts = Counts { inactivated: 10, updated: 2, ..Counts::default() };
    assert_eq!(undone.summary.counts, counts);
    assert_eq!(stage.writes(), 1, "one batch");
    let after = stage.standing();
    for (id, former) in &before {
        assert_eq!(&after[id], former, "nothing but what was");
    }
    for (_, made) in after.iter().filter(|(id, _)| !before.contains_key(id)) {
        assert_eq!(made.status_id, Some(stage.inactive().get()), "never deleted");
    }
    assert_eq!(stage.held(), 12);
    assert_eq!(stage.undone(run.id), stage.store.changes_of(run.id).unwrap().len());
    assert_eq!(undone.device("mac-003").state, DeviceState::Held);

    stage.clear_counters();
    let next = stage.sync().await;
    assert_eq!(next.summary.counts, Counts { held: 12, ..Counts::default() });
    assert_eq!((stage.writes(), stage.standing()), (0, after));

    stage.release_all();
    let again = stage.sync().await;
    assert_eq!(again.summary.outcome, Outcome::Done);
    assert_eq!(again.summary.counts, Counts { activated: 11, updated: 1, ..Counts::default() });
    assert_eq!(stage.configurations("Acme").len(), 12, "nothing doubled");
}

#[tokio::test]
async fn what_somebody_changed_since_is_left() {
    let stage = mixed().await;
    let run = stage.run_of(&stage.sync().await);
    let edited = stage.configuration(&serial(1));
    let edit = |record: &mut Configuration| record.hostname = Some("somebody's".into());
    stage.control().change_configuration(edited.id, edit).unwrap();
    let (engine, _events) = stage.engine();
    let plan = engine.plan_undo(&run).await.unwrap();
    let device = plan.devices.iter().find(|d| d.configuration_id.get() == edited.id).unwrap();
    assert_eq!(device.put_back.left.len(), 1);
    assert!(matches!(device.put_back.left[0].why, Why::Changed { .. }));
    let why = device.put_back.left_told();
    assert!(why.contains("mac-001-host") && why.contains("somebody's"), "both values: {why}");
    let told = stage.undo(&run).await;
    assert_eq!(told.summary.outcome, Outcome::Pending);
    assert_eq!(told.summary.counts.pending, 1);
    let after = stage.configuration(&serial(1));
    assert_eq!(after.hostname.as_deref(), Some("somebody's"));
    assert_eq!(after.name, "an old name", "the rest of it is put back");
    // What was left stays; all else is undone already.
    stage.clear_counters();
    let again = stage.undo(&run).await;
    assert_eq!((again.summary.run, again.summary.outcome), (None, Outcome::Pending));
    assert_eq!(stage.writes(), 0);
}

#[tokio::test]
async fn a_field_that_held_nothing_holds_nothing_again() {
    let stage = mixed().await;
    assert_eq!(stage.configuration(&serial(1)).primary_ip, None);
    let run = stage.run_of(&stage.sync().await);
    assert!(stage.configuration(&serial(1)).primary_ip.is_some());
    let undone = stage.undo(&run).await;
    assert_eq!(stage.configuration(&serial(1)).primary_ip, None);
    // And the undo of that brings it back.
    stage.undo(&stage.run_of(&undone)).await;
    assert_eq!(stage.configuration(&serial(1)).primary_ip.as_deref(), Some("10.1.0.2"));
}

#[tokio::test]
async fn an_inactivation_is_taken_back() {
    let stage = Stage::acme(10).await;
    stage.sync().await;
    let before = stage.standing();
    stage.control().remove_device("mac-004").unwrap();
    let run = stage.run_of(&stage.sync().await);
    stage.undo(&run).await;
    assert_eq!(stage.standing(), before);
    stage.clear_counters();
    stage.sync().await;
    assert_eq!(stage.writes(), 0, "it is held");
    stage.release_all();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { inactivated: 1, unchanged: 9, ..Counts::default() });
}

#[tokio::test]
async fn an_undo_can_be_undone_and_lets_go() {
    let stage = mixed().await;
    let run = stage.run_of(&stage.sync().await);
    let synced = stage.standing();
    let undone = stage.undo(&run).await;
    let undo = stage.run_of(&undone);
    assert_eq!((undo.kind, undo.origin.who.as_str()), (RunKind::Undo, "test"));
    let redone = stage.undo(&undo).await;
    assert_eq!(redone.summary.outcome, Outcome::Done, "{:#?}", redone.summary);
    assert_eq!(stage.standing(), synced);
    assert_eq!(stage.held(), 0);
    assert_eq!(stage.undone(run.id), 0, "what was undone is in force again");
    let bindings = stage.store.bindings().unwrap();
    assert!(bindings.iter().all(|binding| binding.state == BindingState::Bound));
    stage.clear_counters();
    let next = stage.sync().await;
    assert_eq!((next.summary.outcome, stage.writes()), (Outcome::Done, 0));
    // And once more.
    assert_eq!(stage.undo(&run).await.summary.outcome, Outcome::Done);
    assert_eq!(stage.held(), 12);
}

#[tokio::test]
async fn what_a_later_run_changed_again_is_left_and_names_it() {
    let stage = Stage::acme(2).await;
    stage.sync().await;
    stage.control().rename_device("mac-001", "second").unwrap();
    let second = stage.run_of(&stage.sync().await);
    stage.control().rename_device("second", "third").unwrap();
    let third = stage.run_of(&stage.sync().await);
    let told = stage.undo(&second).await;
    assert_eq!((told.summary.run, told.summary.outcome), (None, Outcome::Pending));
    let (engine, _events) = stage.engine();
    let plan = engine.plan_undo(&second).await.unwrap();
    let why = plan.devices[0].put_back.left_told();
    assert!(why.contains(&format!("run {}", third.id)), "{why}");
    // One after the other they can be undone.
    stage.undo(&third).await;
    assert_eq!(stage.configuration(&serial(1)).name, "second");
    stage.undo(&second).await;
    assert_eq!(stage.configuration(&serial(1)).name, "mac-001");
}

#[tokio::test]
async fn what_is_gone_or_elsewhere_is_left() {
    let stage = Stage::acme(3).await;
    let run = stage.run_of(&stage.sync().await);
    let gone = stage.configuration(&serial(0)).id;
    stage.control().remove_configuration(gone).unwrap();
    stage.control().add_organization("Globex");
    let globex = stage.control().organization_id("Globex").unwrap();
    let moved = stage.configuration(&serial(1));
    stage.control().change_configuration(moved.id, |c| c.organization_id = globex).unwrap();
    let told = stage.undo(&run).await;
    assert_eq!(told.summary.counts, Counts { inactivated: 1, pending: 2, ..Counts::default() });
    assert_eq!(told.summary.outcome, Outcome::Pending);
    let there = stage.control().configuration(moved.id).unwrap();
    assert_eq!(there.status_id, moved.status_id, "another client's record is left alone");
    assert!(told.device("mac-000").message.contains("gone"), "{told:?}", told = told.events);
    assert!(told.device("mac-001").message.contains(&globex.to_string()));
}

#[tokio::test]
async fn a_present_devices_record_is_not_set_inactive_for_another() {
    let stage = Stage::acme(2).await;
    let run = stage.run_of(&stage.sync().await);
    // The record goes over to another device.
    let mut bindings = stage.store.bindings().unwrap();
    bindings[0].state = BindingState::Released;
    bindings[1].configuration_id = bindings[0].configuration_id;
    stage.store.save_bindings(&bindings).unwrap();
    let id = bindings[0].configuration_id;
    let told = stage.undo(&run).await;
    let record = stage.control().configuration(id.get()).unwrap();
    let active = stage.active().get();
    assert!(record.status_id == Some(active) || told.summary.counts.pending == 0);
    assert_eq!(told.summary.counts.pending, 1, "{:?}", told.summary);
}

#[tokio::test]
async fn a_psas_record_keeps_what_is_the_psas() {
    let stage = mixed().await;
    let run = stage.run_of(&stage.sync().await);
    let owned = stage.configuration(&serial(1)).id;
    let own = |record: &mut Configuration| record.psa_integration = Some("enabled".into());
    stage.control().change_configuration(owned, own).unwrap();
    let told = stage.undo(&run).await;
    assert_eq!(told.summary.outcome, Outcome::Pending);
    assert!(
        told.device("mac-001").message.contains("left as it is"),
        "{told:?}",
        told = told.summary
    );
    assert_eq!(stage.configuration(&serial(1)).name, "mac-001");
    assert_eq!(stage.configuration(&serial(0)).name, "asleep", "others are put back");
}

#[tokio::test]
async fn another_account_or_a_held_organization_is_not_written_to() {
    let stage = Stage::acme(2).await;
    let run = stage.run_of(&stage.sync().await);
    stage.clear_counters();
    let organization = stage.store.bindings().unwrap()[0].organization_id;
    let lock = stage.store.lock_organization(organization, "ben").unwrap();
    assert_eq!(stage.undo(&run).await.summary.outcome, Outcome::Busy);
    drop(lock);
    let accounts = stage.store.accounts().unwrap();
    let other =
        bindery::store::Accounts { itglue_account: Some("another".into()), ..accounts.clone() };
    stage.store.set_accounts(&other).unwrap();
    assert!(matches!(stage.try_undo(&run).await, Err(Error::OtherAccount(_))));
    assert_eq!((stage.writes(), stage.held()), (0, 0));
    stage.store.set_accounts(&accounts).unwrap();
    stage.control().rename_organization("Acme", "Acme Ltd").unwrap();
    let told = stage.undo(&run).await;
    assert_eq!((told.summary.outcome, stage.writes()), (Outcome::Withheld, 0));
}

#[tokio::test]
async fn another_addigy_account_is_not_undone_from() {
    let stage = Stage::acme(2).await;
    let run = stage.run_of(&stage.sync().await);
    stage.clear_counters();
    let accounts = stage.store.accounts().unwrap();
    let other = bindery::domain::AddigyOrganizationId::new("another");
    let other = bindery::store::Accounts { addigy_organization: Some(other), ..accounts };
    stage.store.set_accounts(&other).unwrap();
    assert!(matches!(stage.try_undo(&run).await, Err(Error::OtherAccount(_))));
    assert_eq!((stage.writes(), stage.held()), (0, 0));
}

#[tokio::test]
async fn an_organization_renamed_after_its_unlinking_is_not_written_to() {
    let stage = Stage::acme(2).await;
    let run = stage.run_of(&stage.sync().await);
    stage.clear_counters();
    for policy in &run.policies {
        stage.store.remove_link(policy, "test", jiff::Timestamp::now()).unwrap();
    }
    stage.control().rename_organization("Acme", "Acme Ltd").unwrap();
    let told = stage.undo(&run).await;
    assert_eq!((told.summary.outcome, stage.writes()), (Outcome::Withheld, 0));
}

#[tokio::test]
async fn only_what_was_seen_is_written() {
    let stage = Stage::acme(2).await;
    stage.sync().await;
    let rename = |from: &str, to: &str| stage.control().rename_device(from, to).unwrap();
    rename("mac-000", "renamed-0");
    rename("mac-001", "renamed-1");
    let run = stage.run_of(&stage.sync().await);
    // One of them is as before when the plan is shown.
    let called = |name: &str| {
        let id = stage.configuration(&serial(1)).id;
        stage.control().change_configuration(id, |c| c.name = name.into()).unwrap();
    };
    called("mac-001");
    let (engine, _events) = stage.engine();
    let seen = engine.plan_undo(&run).await.unwrap().seen();
    called("renamed-1");
    stage.clear_counters();
    assert!(matches!(engine.undo(&run, Some(&seen)).await, Err(Error::OtherUndo(..))));
    called("mac-001");
    let (mut other, _events) = stage.engine();
    other.rules.inactive = stage.active();
    assert!(matches!(other.undo(&run, Some(&seen)).await, Err(Error::OtherSettings(_))));
    assert_eq!((stage.writes(), stage.held()), (0, 0));
    let (engine, _events) = stage.engine();
    assert_eq!(engine.undo(&run, Some(&seen)).await.unwrap().outcome, Outcome::Done);
}
