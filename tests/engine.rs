//! The main job against the sandbox: bind, keep true, set inactive, and nothing more than that.

mod support;

use bindery::apply::{Confirmed, DeviceEvent, Event, Request};
use bindery::domain::{Counts, DeviceState, Outcome, PendingReason, PolicyId};
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Fault, FaultKind, Options, Service};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use support::{Stage, serial};

#[tokio::test]
async fn new_devices_become_configurations() {
    let stage = Stage::acme(3).await;
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert_eq!(told.summary.counts, Counts { created: 3, ..Counts::default() });
    assert_eq!(told.device("mac-001").state, DeviceState::Linked);
    let made = stage.configuration(&serial(1));
    assert_eq!(made.name, "mac-001");
    assert_eq!(made.hostname.as_deref(), Some("mac-001-host"));
    assert_eq!(made.primary_ip.as_deref(), Some("10.1.0.2"));
    assert_eq!(made.mac_address.as_deref(), Some("A4:83:E7:00:00:01"));
    assert_eq!(made.status_id, Some(stage.active().get()));
    assert_eq!(made.type_id, stage.default_type().get());
}

#[tokio::test]
async fn a_device_is_told_of_at_every_step() {
    let stage = Stage::acme(2).await;
    let told = stage.sync().await;
    let states: Vec<DeviceState> = told
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Device(device) if device.name == "mac-001" => Some(device.state),
            _ => None,
        })
        .collect();
    // Its serial number is looked up once more, as the listing had a page of archived ones as well.
    let expected =
        [DeviceState::Waiting, DeviceState::Matching, DeviceState::Writing, DeviceState::Linked];
    assert_eq!(states, expected);
}

#[tokio::test]
async fn a_second_sync_writes_nothing() {
    let stage = Stage::acme(3).await;
    stage.sync().await;
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { unchanged: 3, ..Counts::default() });
    assert_eq!(stage.writes(), 0);
}

#[tokio::test]
async fn the_made_up_fleet_comes_to_rest() {
    let stage = Stage::new(Options::default()).await;
    stage.link("Acme Corporation", "Acme Corporation");
    let first = stage.sync().await.summary.counts;
    assert!(first.created > 0 && first.activated > 0 && first.updated > 0, "{first:?}");
    stage.clear_counters();
    let second = stage.sync().await.summary.counts;
    assert_eq!(stage.writes(), 0);
    assert_eq!(second.pending, first.pending);
}

#[tokio::test]
async fn what_exists_is_activated_not_doubled() {
    let stage = Stage::acme(1).await;
    let organization = stage.control().organization_id("Acme").unwrap();
    let id = stage.control().add_configuration(Configuration {
        serial_number: Some(serial(0).to_lowercase()),
        status_id: Some(stage.inactive().get()),
        archived: true,
        notes: Some("keep me".into()),
        ..Configuration::new(organization, "an old name", 1)
    });
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { activated: 1, ..Counts::default() });
    let found = stage.control().configuration(id).unwrap();
    assert_eq!(stage.configurations("Acme").len(), 1);
    assert_eq!(found.status_id, Some(stage.active().get()));
    assert!(!found.archived);
    assert_eq!(found.name, "mac-000");
    assert_eq!(found.notes.as_deref(), Some("keep me"));
    assert_eq!(found.type_id, 1, "the type of what exists is never changed");
}

#[tokio::test]
async fn only_what_differs_is_sent() {
    let stage = Stage::acme(2).await;
    stage.sync().await;
    stage.control().rename_device("mac-001", "Ana's Mac").unwrap();
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { updated: 1, unchanged: 1, ..Counts::default() });
    assert_eq!(stage.writes(), 1);
    assert_eq!(stage.configuration(&serial(1)).name, "Ana's Mac");
    let changes = stage.store.changes_of(told.summary.run.unwrap()).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].from, Some(bindery::domain::Value::Text("mac-001".into())));
}

#[tokio::test]
async fn a_device_that_left_is_set_inactive_and_nothing_else_of_it_changes() {
    let stage = Stage::acme(10).await;
    stage.sync().await;
    let before = stage.configuration(&serial(4));
    stage.control().remove_device("mac-004").unwrap();
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert_eq!(told.summary.counts, Counts { inactivated: 1, unchanged: 9, ..Counts::default() });
    let after = stage.configuration(&serial(4));
    let expected = Configuration {
        status_id: Some(stage.inactive().get()),
        updated_at: after.updated_at,
        ..before
    };
    assert_eq!(after, expected);
    stage.clear_counters();
    stage.sync().await;
    assert_eq!(stage.writes(), 0);
}

#[tokio::test]
async fn a_device_that_returns_is_active_again() {
    let stage = Stage::acme(10).await;
    let elsewhere = stage.control().add_policy("Elsewhere", None, "").unwrap();
    stage.sync().await;
    stage.control().move_device("mac-004", &elsewhere).unwrap();
    stage.sync().await;
    assert_eq!(stage.configuration(&serial(4)).status_id, Some(stage.inactive().get()));
    stage.control().move_device("mac-004", "Acme").unwrap();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.activated, 1);
    assert_eq!(stage.configuration(&serial(4)).status_id, Some(stage.active().get()));
}

#[tokio::test]
async fn the_guard_keeps_many_departures_back_until_confirmed() {
    let stage = Stage::acme(20).await;
    stage.sync().await;
    stage.control().remove_devices("Acme", 8).unwrap();
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Withheld);
    assert_eq!(told.summary.counts.withheld, 8);
    assert_eq!(stage.writes(), 0);
    let told =
        stage.run(&Request { confirmed: Confirmed::Everything, ..Request::sync(None) }).await;
    assert_eq!(told.summary.counts.inactivated, 8);
    assert_eq!(told.summary.outcome, Outcome::Done);
}

#[tokio::test]
async fn only_the_departures_that_were_confirmed_pass() {
    let stage = Stage::acme(20).await;
    stage.sync().await;
    stage.control().remove_devices("Acme", 8).unwrap();
    let seen = stage.sync().await.summary.withheld_devices;
    assert_eq!(seen.len(), 8);
    // More leave between the question and the answer.
    stage.control().remove_devices("Acme", 9).unwrap();
    let confirmed = Confirmed::These(seen);
    let counts = stage.run(&Request { confirmed, ..Request::sync(None) }).await.summary.counts;
    assert_eq!((counts.inactivated, counts.withheld), (8, 9));
}

#[tokio::test]
async fn what_was_withheld_stays_so_until_confirmed_whatever_the_numbers() {
    let stage = Stage::acme(5).await;
    stage.sync().await;
    stage.control().remove_devices("Acme", 5).unwrap();
    stage.add_device("Acme", 6);
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.withheld, told.summary.counts.created), (5, 1));
    // Five of six, and not more than five: on their own these would pass.
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.withheld, told.summary.counts.inactivated), (5, 0));
    assert_eq!(told.summary.outcome, Outcome::Withheld);
    let confirmed = Confirmed::These(told.summary.withheld_devices);
    let counts = stage.run(&Request { confirmed, ..Request::sync(None) }).await.summary.counts;
    assert_eq!((counts.inactivated, counts.withheld), (5, 0));
}

#[tokio::test]
async fn a_re_enrolled_device_takes_its_configuration_over() {
    let stage = Stage::acme(6).await;
    stage.sync().await;
    let before = stage.configuration(&serial(2));
    stage.control().re_enrol_device("mac-002", false).unwrap();
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { unchanged: 6, ..Counts::default() });
    assert_eq!(stage.writes(), 0);
    assert_eq!(stage.configuration(&serial(2)), before);
    assert_eq!(stage.sync().await.summary.counts.unchanged, 6);
}

#[tokio::test]
async fn a_device_that_moves_between_organizations_is_inactive_here_and_bound_there() {
    let stage = Stage::acme(8).await;
    let control = stage.control();
    control.add_organization("Globex");
    let globex = control.add_policy("Globex", None, "").unwrap();
    stage.link(&globex, "Globex");
    stage.sync().await;
    control.move_device("mac-003", &globex).unwrap();

    // A run for Globex alone binds it there and leaves the departure due.
    let only = Some(BTreeSet::from([PolicyId::new(globex)]));
    let told = stage.run(&Request::sync(only)).await;
    assert_eq!(told.summary.counts, Counts { created: 1, ..Counts::default() });
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.inactivated, 1);
    assert_eq!(stage.configurations("Globex").len(), 1);
    let old = stage.configurations("Acme");
    let inactive: Vec<_> =
        old.iter().filter(|c| c.status_id == Some(stage.inactive().get())).collect();
    assert_eq!(inactive.len(), 1);
    assert_eq!(inactive[0].serial_number, Some(serial(3)));
}

#[tokio::test]
async fn a_policy_linked_anew_leaves_the_first_organization() {
    let stage = Stage::acme(1).await;
    stage.control().add_organization("Globex");
    stage.sync().await;
    stage.link("Acme", "Globex");
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { created: 1, inactivated: 1, ..Counts::default() });
    assert_eq!(stage.configurations("Acme")[0].status_id, Some(stage.inactive().get()));
    assert_eq!(stage.configurations("Globex")[0].status_id, Some(stage.active().get()));
}

#[tokio::test]
async fn devices_below_are_covered_only_where_the_link_says_so() {
    let stage = Stage::acme(1).await;
    let parent = stage.control().policy_id("Acme").unwrap();
    let child = stage.control().add_policy("Laptops", Some(&parent), "").unwrap();
    stage.add_device(&child, 1);
    assert_eq!(stage.sync().await.summary.counts.created, 1);
    stage.link_with(&parent, "Acme", true);
    assert_eq!(stage.sync().await.summary.counts.created, 1);
    assert_eq!(stage.configurations("Acme").len(), 2);
}

#[tokio::test]
async fn an_organization_that_was_renamed_or_removed_is_not_written_to() {
    let stage = Stage::acme(2).await;
    stage.sync().await;
    stage.control().rename_organization("Acme", "Apex").unwrap();
    stage.control().rename_device("mac-001", "other").unwrap();
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Withheld);
    assert_eq!(stage.writes(), 0);
    let pending = told.device("mac-000").pending.clone().unwrap();
    assert_eq!(pending.reason, PendingReason::OrganizationMissing);
    assert!(pending.message.contains("Apex"), "{}", pending.message);

    stage.control().remove_organization("Apex").unwrap();
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Pending);
    assert_eq!(stage.writes(), 0);
}

#[tokio::test]
async fn a_configuration_that_vanished_is_made_again() {
    let stage = Stage::acme(3).await;
    stage.sync().await;
    stage.control().remove_configuration(stage.configuration(&serial(1)).id).unwrap();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { created: 1, unchanged: 2, ..Counts::default() });
}

#[tokio::test]
async fn what_a_person_decided_since_is_left() {
    let stage = Stage::acme(2).await;
    stage.sync().await;
    let id = stage.configuration(&serial(0)).id;
    stage.control().change_configuration(id, |c| c.archived = true).unwrap();
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(stage.writes(), 0);
    assert!(told.device("mac-000").message.contains("drift"), "{:?}", told.device("mac-000"));
}

#[tokio::test]
async fn a_field_changed_back_twice_is_contested() {
    let stage = Stage::acme(2).await;
    stage.sync().await;
    let id = stage.configuration(&serial(0)).id;
    let meddle = || stage.control().change_configuration(id, |c| c.name = "mine".into()).unwrap();
    meddle();
    assert_eq!(stage.sync().await.summary.counts.updated, 1);
    meddle();
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(stage.writes(), 0);
    let pending = told.device("mac-000").pending.clone().unwrap();
    assert_eq!(pending.reason, PendingReason::Contested);
}

#[tokio::test]
async fn a_record_that_a_psa_owns_is_linked_and_left_alone() {
    let stage = Stage::acme(3).await;
    let organization = stage.control().organization_id("Acme").unwrap();
    for at in 0..2 {
        stage.control().add_configuration(Configuration {
            serial_number: Some(serial(at)),
            status_id: Some(stage.inactive().get()),
            psa_integration: Some("enabled".into()),
            ..Configuration::new(organization, "theirs", 1)
        });
    }
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert!(told.device("mac-000").message.contains("owned by the PSA"));
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(stage.writes(), 0);
    assert_eq!(told.summary.counts, Counts { unchanged: 3, ..Counts::default() });
}

#[tokio::test]
async fn with_two_way_sync_a_psa_record_takes_changes() {
    let stage = Stage::acme_with(1, &["itglue-psa-writes=two-way"]).await;
    let organization = stage.control().organization_id("Acme").unwrap();
    let id = stage.control().add_configuration(Configuration {
        serial_number: Some(serial(0)),
        psa_integration: Some("enabled".into()),
        ..Configuration::new(organization, "theirs", 1)
    });
    assert_eq!(stage.sync().await.summary.counts.activated, 1);
    assert_eq!(stage.control().configuration(id).unwrap().name, "mac-000");
}

#[tokio::test]
async fn another_clients_record_is_never_touched() {
    let stage = Stage::acme(2).await;
    let other = stage.control().add_organization("Other");
    let id = stage.control().add_configuration(Configuration {
        serial_number: Some(serial(0)),
        ..Configuration::new(other, "theirs", 1)
    });
    let before = stage.control().configuration(id).unwrap();
    assert_eq!(stage.sync().await.summary.counts.created, 2);
    assert_eq!(stage.control().configuration(id).unwrap(), before);
}

#[tokio::test]
async fn retry_pending_goes_only_through_what_is_not_linked() {
    let stage = Stage::acme(4).await;
    stage.sync().await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    stage.add_device("Acme", 9);
    let told = stage.run(&Request { retry_pending: true, ..Request::sync(None) }).await;
    assert_eq!(told.summary.counts, Counts { created: 1, ..Counts::default() });
    assert_eq!(stage.configuration(&serial(1)).name, "mac-001");
}

#[tokio::test]
async fn one_device_alone() {
    let stage = Stage::acme(4).await;
    let device = stage.control().device_id("mac-002").unwrap();
    let device = Some(bindery::domain::DeviceId::new(device));
    let told = stage.run(&Request { device, ..Request::sync(None) }).await;
    assert_eq!(told.summary.counts, Counts { created: 1, ..Counts::default() });
    assert_eq!(stage.configurations("Acme")[0].serial_number, Some(serial(2)));
}

#[tokio::test]
async fn a_device_whose_policies_cannot_be_read_is_pending_and_stays_active() {
    let stage = Stage::acme(3).await;
    stage.sync().await;
    stage.add_device("Acme", 3);
    for name in ["mac-001", "mac-003"] {
        stage.control().fail_fact(name, "policy_ids", "audit failed").unwrap();
    }
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(stage.writes(), 0);
    assert_eq!(told.summary.counts, Counts { unchanged: 2, pending: 2, ..Counts::default() });
    for name in ["mac-001", "mac-003"] {
        let pending = told.device(name).pending.clone().unwrap();
        assert_eq!(pending.reason, PendingReason::MembershipUnknown);
    }
}

#[tokio::test]
async fn devices_below_a_policy_that_vanished_stay_active_and_are_told_of() {
    let stage = Stage::acme(1).await;
    let control = stage.control();
    let top = control.policy_id("Acme").unwrap();
    stage.link_with(&top, "Acme", true);
    let middle = control.add_policy("Laptops", Some(&top), "").unwrap();
    let bottom = control.add_policy("Loaners", Some(&middle), "").unwrap();
    stage.add_device(&bottom, 7);
    assert_eq!(stage.sync().await.summary.counts.created, 2);
    for vanished in [&middle, &top] {
        control.remove_policy(vanished).unwrap();
        stage.clear_counters();
        let told = stage.sync().await;
        assert_eq!(stage.writes(), 0, "{:?}", told.summary);
        let pending = told.device("mac-007").pending.clone().unwrap();
        assert_eq!(pending.reason, PendingReason::MembershipUnknown);
        assert_eq!(told.summary.outcome, Outcome::Pending);
    }
    assert_eq!(stage.configuration(&serial(7)).status_id, Some(stage.active().get()));
}

#[tokio::test]
async fn a_screen_hears_of_every_device_first_and_of_what_is_still_to_send() {
    let stage = Stage::acme(120).await;
    let told = stage.sync().await;
    let listed: Vec<&Vec<DeviceEvent>> = told
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Listed(devices) => Some(devices),
            _ => None,
        })
        .collect();
    let [listed] = listed.as_slice() else { panic!("listed {} times", listed.len()) };
    assert!(listed.iter().all(|device| device.state == DeviceState::Waiting && !device.again));
    let names: Vec<&str> = listed.iter().map(|device| device.name.as_str()).collect();
    assert!(names.len() == 120 && names.is_sorted(), "in the plan's order: {names:?}");
    let to_send = told.events.iter().find_map(|event| match event {
        Event::ToSend(to_send) => Some(*to_send),
        _ => None,
    });
    let to_send = to_send.unwrap();
    // Three batches, the first of them under way; creates look before they write.
    assert_eq!((to_send.writes, to_send.looks), (3, 2));
    assert_eq!(to_send.fresh_until, None, "they all look already");
}

#[tokio::test]
async fn an_unclear_create_is_told_with_the_time_of_its_look_up() {
    let mut stage = Stage::acme(1).await;
    stage.settle = SignedDuration::from_millis(300);
    let lost = Fault::new(FaultKind::ActThenDrop).at(Service::ItGlue).method("POST");
    stage.control().fault(lost.times(1));
    let told = stage.sync().await;
    let again: Vec<&DeviceEvent> = told
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Device(device) if device.again => Some(device),
            _ => None,
        })
        .collect();
    let [again] = again.as_slice() else { panic!("{again:#?}") };
    assert_eq!(again.pending.as_ref().unwrap().reason, PendingReason::Unsettled);
    assert!(again.until.is_some());
    let last = told.device("mac-000");
    assert_eq!((last.state, last.again), (DeviceState::Linked, false));
}

#[tokio::test]
async fn what_is_still_to_send_counts_single_writes_where_batches_are_refused() {
    let stage = Stage::acme_with(120, &["itglue-bulk-create=refused"]).await;
    let told = stage.sync().await;
    let most = told.events.iter().filter_map(|event| match event {
        Event::ToSend(to_send) => Some(to_send.writes),
        _ => None,
    });
    // Known as soon as the first batch of fifty is refused; some of its items are under way then.
    assert_eq!(most.max(), Some(120));
}
