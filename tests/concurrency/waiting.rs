//! One run at a time writes to an organization; another steps aside or waits, as asked.

use crate::desk::{Desk, pause};
use crate::support::serial;
use bindery::domain::OrganizationId;
use bindery::sandbox::{Fault, FaultKind, Service, When};
use bindery::store::OrganizationLock;
use rustix::process::Signal;

async fn acme() -> Desk {
    Desk::new(&[("Acme", 3)], "").await
}

fn id(desk: &Desk, organization: &str) -> OrganizationId {
    OrganizationId::new(desk.stage.control().organization_id(organization).unwrap())
}

fn held(desk: &Desk, organization: &str) -> OrganizationLock {
    desk.stage.store.lock_organization(id(desk, organization), "ben on jump2").unwrap()
}

#[tokio::test]
async fn without_being_asked_to_wait_it_names_the_holder_and_ends_with_5() {
    let desk = acme().await;
    let _held = held(&desk, "Acme");
    for arguments in [["sync", "Acme"].as_slice(), &["sync", "--all"], &["sync", "--all", "--yes"]]
    {
        desk.run(arguments).await.exited(5).says("ben on jump2");
    }
    let said = desk.run(&["sync", "--all", "--json"]).await.exited(5);
    let last = said.lines().pop().unwrap();
    assert_eq!(
        (&last["outcome"], &last["busy"][0]["holder"]),
        (&"busy".into(), &"ben on jump2".into())
    );
    assert_eq!(desk.stage.writes(), 0);
}

#[tokio::test]
async fn another_organization_goes_on_meanwhile() {
    let desk = Desk::new(&[("Acme", 2), ("Globex", 2)], "").await;
    let held = held(&desk, "Acme");
    desk.run(&["sync", "--all"]).await.exited(5).says("ben on jump2");
    assert_eq!(desk.stage.configurations("Globex").len(), 2);
    assert!(desk.stage.configurations("Acme").is_empty());
    drop(held);
    desk.run(&["sync", "--all"]).await.exited(0);
    desk.nothing_doubled(4);
}

#[tokio::test]
async fn asked_to_wait_it_waits_and_reads_everything_anew() {
    let desk = acme().await;
    let lock = held(&desk, "Acme");
    let mut waits = desk.start(&["sync", "--all", "--wait"]);
    waits.until("Waiting until it is free").await;
    // What the other did meanwhile: one configuration made, one device gone, one come.
    let control = desk.stage.control();
    control.remove_device("mac-000").unwrap();
    desk.stage.add_device("Acme", 7);
    let theirs = bindery::sandbox::itglue::model::Configuration {
        serial_number: Some(serial(1)),
        ..bindery::sandbox::itglue::model::Configuration::new(
            id(&desk, "Acme").get(),
            "mac-001",
            desk.stage.default_type().get(),
        )
    };
    control.add_configuration(theirs);
    drop(lock);
    let ended = waits.ended().await.exited(0);
    assert_eq!(ended.stderr.matches("Waiting until it is free").count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("ben on jump2"), "{}", ended.stderr);
    desk.nothing_doubled(3);
    for at in [1, 2, 7] {
        desk.stage.configuration(&serial(at));
    }
}

#[tokio::test]
async fn a_wait_with_an_end_ends_with_5() {
    let desk = acme().await;
    let _held = held(&desk, "Acme");
    let said = desk.run(&["sync", "--all", "--wait=1s", "--json"]).await.exited(5);
    let lines = said.lines();
    let queued: Vec<_> = lines.iter().filter(|line| line["event"] == "queued").collect();
    assert_eq!(queued.len(), 1, "{lines:?}");
    assert_eq!(queued[0]["holder"], "ben on jump2");
    assert_eq!(queued[0]["organization"]["name"], "Acme");
    assert_eq!(lines.last().unwrap()["outcome"], "busy");
    assert_eq!(desk.stage.writes(), 0);
    desk.run(&["sync", "--all", "--wait=soon"]).await.exited(2).says("10m");
}

#[tokio::test]
async fn a_signal_ends_the_wait_at_once_and_nothing_is_written() {
    let desk = acme().await;
    let lock = held(&desk, "Acme");
    for signal in [Signal::INT, Signal::TERM] {
        let mut waits = desk.start(&["sync", "--all", "--wait"]);
        waits.until("Waiting until it is free").await;
        waits.signal(signal);
        waits.ended().await.exited(130);
    }
    assert_eq!(desk.stage.writes(), 0);
    assert!(desk.stage.store.open_intents().unwrap().is_empty());
    drop(lock);
    desk.run(&["sync", "--all", "--wait"]).await.exited(0);
    desk.nothing_doubled(3);
}

/// A waits for the second while it holds the first; B wants both too. Whoever comes first goes first.
#[tokio::test]
async fn runs_that_wait_for_each_others_organizations_all_get_through() {
    let desk = Desk::new(&[("Acme", 2), ("Globex", 2), ("Initech", 2)], "").await;
    let second = held(&desk, "Globex");
    let mut first_to_wait = desk.start(&["sync", "--all", "--wait"]);
    first_to_wait.until("Waiting until it is free").await;
    assert!(
        desk.stage.store.lock_organization(id(&desk, "Acme"), "x").is_err(),
        "it keeps the first"
    );
    let others: Vec<_> = [["Initech", "Acme"], ["Globex", "Acme"], ["Acme", "Initech"]]
        .iter()
        .map(|[one, other]| desk.start(&["sync", one, other, "--wait"]))
        .collect();
    drop(second);
    first_to_wait.ended().await.exited(0);
    for other in others {
        other.ended().await.exited(0);
    }
    desk.nothing_doubled(6);
}

#[tokio::test]
async fn a_holder_killed_with_its_lock_held_is_followed_and_what_it_left_is_settled() {
    for acts in [true, false] {
        let desk = acme().await;
        let kind = match acts {
            // The service carries it out while the sender is dead already.
            true => FaultKind::Delay(When::Released),
            false => FaultKind::Reset,
        };
        let fault = Fault::new(kind).at(Service::ItGlue).method("POST");
        desk.stage.control().fault(fault.times(if acts { 1 } else { 4 }));
        let mut holder = desk.start(&["sync", "--all"]);
        while desk.stage.writes() == 0 {
            pause().await;
        }
        if acts {
            assert!(!desk.stage.store.open_intents().unwrap().is_empty(), "it is journaled first");
        }
        let mut next = desk.start(&["sync", "--all", "--wait"]);
        if acts {
            next.until("Waiting until it is free").await;
        } else {
            holder.until("Run 1").await;
        }
        holder.signal(Signal::KILL);
        holder.ended().await.exited(-1);
        desk.stage.control().faults().release();
        desk.stage.control().faults().clear();
        next.ended().await.exited(0);
        desk.nothing_doubled(3);
    }
}
