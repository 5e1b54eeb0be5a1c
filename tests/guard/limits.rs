//! The guard itself: how many pass, what is kept back, and for how long.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::apply::{Confirmed, Request};
use bindery::domain::{DeviceId, Outcome, PolicyId};
use bindery::sandbox::Options;
use std::collections::BTreeSet;

fn policy(stage: &Stage, name: &str) -> BTreeSet<PolicyId> {
    [PolicyId::new(stage.control().policy_id(name).unwrap())].into()
}

/// The first so many by name.
fn remove(stage: &Stage, devices: usize) {
    for at in 0..devices {
        stage.control().remove_device(&format!("mac-{at:03}")).unwrap();
    }
}

#[tokio::test]
async fn a_collapse_just_within_the_limits_and_one_more() {
    for (leaving, withheld) in [(5, 0), (6, 6)] {
        let stage = bound(10).await;
        stage.control().remove_devices("Acme", leaving).unwrap();
        let counts = stage.sync().await.summary.counts;
        assert_eq!(counts.withheld as usize, withheld);
        assert_eq!(inactive(&stage).len(), leaving - withheld);
    }
}

#[tokio::test]
async fn every_device_of_a_small_client() {
    let stage = two_clients(6, 2).await;
    stage.control().remove_devices("Globex", 2).unwrap();
    assert_eq!(stage.sync().await.summary.counts.withheld, 2);
    untouched(&stage);
}

/// Twelve clients of three devices; of eight clients one leaves: no client's limit, but the run's.
async fn many_small() -> Stage {
    let stage = Stage::new(Options::empty()).await;
    for client in 0..12 {
        let name = format!("Client {client:02}");
        stage.control().add_organization(&name);
        let policy = stage.control().add_policy(&name, None, "").unwrap();
        stage.link(&policy, &name);
        for at in 0..3 {
            stage.add_device(&name, client * 3 + at);
        }
    }
    assert_eq!(stage.sync().await.summary.counts.created, 36);
    for client in 0..8 {
        stage.control().remove_device(&format!("mac-{:03}", client * 3)).unwrap();
    }
    stage.clear_counters();
    stage
}

#[tokio::test]
async fn many_small_clients_that_lose_one_each() {
    let stage = many_small().await;
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.withheld, told.summary.outcome), (8, Outcome::Withheld));
    untouched(&stage);
}

#[tokio::test]
async fn what_the_run_kept_back_is_kept_back_policy_by_policy_too() {
    let stage = many_small().await;
    stage.sync().await;
    for client in 0..8 {
        let policies = policy(&stage, &format!("Client {client:02}"));
        let counts = stage.run(&Request::sync(Some(policies))).await.summary.counts;
        assert_eq!(counts.withheld, 1);
    }
    untouched(&stage);
}

#[tokio::test]
async fn one_clients_collapse_does_not_stop_anothers_departure() {
    let stage = two_clients(30, 4).await;
    stage.control().remove_device("mac-003").unwrap();
    stage.control().remove_devices("Globex", 4).unwrap();
    let counts = stage.sync().await.summary.counts;
    assert_eq!((counts.inactivated, counts.withheld), (1, 4));
    assert_eq!(inactive(&stage), [serial(3)]);
}

#[tokio::test]
async fn withheld_stays_withheld_whatever_is_asked_for() {
    let stage = bound(20).await;
    let gone = DeviceId::new(stage.control().device_id("mac-000").unwrap());
    remove(&stage, 8);
    stage.sync().await;
    let requests = [
        Request::sync(None),
        Request::sync(Some(policy(&stage, "Acme"))),
        all_but(|request| request.device = Some(gone.clone())),
        all_but(|request| request.retry_pending = true),
        all_but(|request| request.only = Some([gone.clone()].into())),
    ];
    for request in requests {
        let counts = stage.run(&request).await.summary.counts;
        assert_eq!(counts.inactivated, 0, "{request:?}");
        assert!(counts.withheld > 0, "{request:?}");
    }
    untouched(&stage);
}

#[tokio::test]
async fn withheld_stays_withheld_when_most_of_it_comes_back() {
    let stage = bound(20).await;
    let control = stage.control();
    let away = control.add_policy("Away", None, "").unwrap();
    for at in 0..8 {
        control.move_device(&format!("mac-{at:03}"), &away).unwrap();
    }
    assert_eq!(stage.sync().await.summary.counts.withheld, 8);
    for at in 1..8 {
        control.move_device(&format!("mac-{at:03}"), "Acme").unwrap();
    }
    let counts = stage.sync().await.summary.counts;
    assert_eq!((counts.withheld, counts.inactivated), (1, 0), "a person has not said yet");
    untouched(&stage);
    // The last one comes back as well: there is nothing left to ask, and a later departure is a new one.
    control.move_device("mac-000", "Acme").unwrap();
    assert_eq!(stage.sync().await.summary.counts.unchanged, 20);
    control.move_device("mac-000", &away).unwrap();
    assert_eq!(stage.sync().await.summary.counts.inactivated, 1);
}

#[tokio::test]
async fn what_came_back_by_the_time_it_is_confirmed_is_spared() {
    let stage = bound(20).await;
    let control = stage.control();
    let away = control.add_policy("Away", None, "").unwrap();
    for at in 0..8 {
        control.move_device(&format!("mac-{at:03}"), &away).unwrap();
    }
    let seen = stage.sync().await.summary.withheld_devices;
    control.move_device("mac-005", "Acme").unwrap();
    let confirmed = Confirmed::These(seen);
    let counts = stage.run(&all_but(|request| request.confirmed = confirmed)).await.summary.counts;
    assert_eq!((counts.inactivated, counts.withheld), (7, 0));
    assert!(!inactive(&stage).contains(&serial(5)));
}

#[tokio::test]
async fn a_yes_to_everything_of_one_client_is_none_for_another() {
    let stage = two_clients(6, 4).await;
    stage.control().remove_devices("Acme", 5).unwrap();
    stage.control().remove_devices("Globex", 4).unwrap();
    assert_eq!(stage.sync().await.summary.counts.withheld, 9);
    let mut request = Request::sync(Some(policy(&stage, "Globex")));
    request.confirmed = Confirmed::Everything;
    assert_eq!(stage.run(&request).await.summary.counts.inactivated, 4);
    assert_eq!(inactive(&stage), [6, 7, 8, 9].map(serial));
}

#[tokio::test]
async fn one_departed_device_by_itself() {
    let stage = bound(20).await;
    let gone = DeviceId::new(stage.control().device_id("mac-000").unwrap());
    remove(&stage, 8);
    // A person names it: one of twenty passes, and the other seven are not this run's.
    let counts = stage.run(&all_but(|r| r.device = Some(gone))).await.summary.counts;
    assert_eq!((counts.inactivated, counts.withheld), (1, 0));
    assert_eq!(inactive(&stage), [serial(0)]);
}

/// A person had set two of them inactive by hand. An outage must not end their bindings, for when the
/// devices are back that would count as joining, and write the active status over the person's.
#[tokio::test]
async fn an_outage_leaves_a_status_that_a_person_chose() {
    let stage = bound(20).await;
    let control = stage.control();
    let away = control.add_policy("Away", None, "").unwrap();
    let inactive_id = stage.inactive().get();
    for at in [0, 1] {
        let id = stage.configuration(&serial(at)).id;
        control.change_configuration(id, |row| row.status_id = Some(inactive_id)).unwrap();
    }
    for at in 0..12 {
        control.move_device(&format!("mac-{at:03}"), &away).unwrap();
    }
    assert!(stage.sync().await.summary.counts.withheld >= 10);
    for at in 0..12 {
        control.move_device(&format!("mac-{at:03}"), "Acme").unwrap();
    }
    stage.sync().await;
    untouched(&stage);
    assert_eq!(inactive(&stage), [serial(0), serial(1)]);
}
