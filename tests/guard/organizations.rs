//! Organizations that are deleted, merged or renamed; links that change hands.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::apply::{Confirmed, Request};
use bindery::domain::{OrganizationId, Outcome, PendingReason};

#[tokio::test]
async fn an_organization_deleted_while_its_devices_leave() {
    let stage = bound(20).await;
    for at in 0..3 {
        stage.control().remove_device(&format!("mac-{at:03}")).unwrap();
    }
    stage.control().remove_organization("Acme").unwrap();
    let told = stage.sync().await;
    assert_eq!(
        told.device("mac-019").pending.as_ref().unwrap().reason,
        PendingReason::OrganizationMissing
    );
    untouched(&stage);
}

/// What merging does: the configurations keep their ids and are another organization's.
fn merge(stage: &Stage, from: &str, into: &str) {
    let control = stage.control();
    let into = control.organization_id(into).unwrap();
    for row in stage.configurations(from) {
        control.change_configuration(row.id, |row| row.organization_id = into).unwrap();
    }
    control.remove_organization(from).unwrap();
}

#[tokio::test]
async fn an_organization_merged_into_another() {
    let stage = bound(6).await;
    stage.control().add_organization("Apex");
    merge(&stage, "Acme", "Apex");
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.pending, told.summary.counts.created), (6, 0));
    untouched(&stage);
    // Linked to the one that took it over: the same records are bound, and none is new or changed.
    stage.link("Acme", "Apex");
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.unchanged, told.summary.counts.pending), (6, 0));
    untouched(&stage);
    assert_eq!(stage.configurations("Apex").len(), 6);
    // It stays so, also when a device leaves then.
    stage.control().remove_device("mac-004").unwrap();
    let told = stage.sync().await;
    assert_eq!(
        (told.summary.counts.inactivated, told.summary.outcome),
        (1, Outcome::Done),
        "{:#?}",
        told.summary
    );
    assert_eq!(inactive(&stage), [serial(4)]);
}

#[tokio::test]
async fn an_organization_merged_into_one_that_is_linked_too() {
    let stage = two_clients(6, 6).await;
    merge(&stage, "Acme", "Globex");
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.pending, told.summary.counts.unchanged), (6, 6));
    untouched(&stage);
    stage.link("Acme", "Globex");
    assert_eq!(stage.sync().await.summary.counts.unchanged, 12);
    untouched(&stage);
}

#[tokio::test]
async fn an_organization_renamed_while_its_devices_leave() {
    let stage = bound(20).await;
    stage.control().remove_devices("Acme", 3).unwrap();
    stage.control().rename_organization("Acme", "Apex").unwrap();
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Withheld);
    let everything = all_but(|request| request.confirmed = Confirmed::Everything);
    stage.run(&everything).await;
    untouched(&stage);
}

#[tokio::test]
async fn another_clients_collapse_beside_an_organization_that_is_gone() {
    let stage = two_clients(20, 4).await;
    stage.control().remove_organization("Globex").unwrap();
    stage.control().remove_device("mac-003").unwrap();
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.inactivated, told.summary.counts.pending), (1, 4));
    assert_eq!(inactive(&stage), [serial(3)]);
}

#[tokio::test]
async fn a_permission_for_organizations_lost() {
    let stage = bound(20).await;
    stage.control().remove_device("mac-003").unwrap();
    let lost = bindery::sandbox::Fault::new(status(403));
    let lost = lost.at(bindery::sandbox::Service::ItGlue).path("/organizations");
    stage.control().fault(lost.times(50));
    refused(stage.try_run(&Request::sync(None)).await);
    untouched(&stage);
}

#[tokio::test]
async fn a_list_of_organizations_that_leaves_ours_out() {
    let stage = bound(20).await;
    stage.control().remove_device("mac-003").unwrap();
    let empty = serde_json::json!({"data": [], "meta": {
        "current-page": 1, "next-page": null, "prev-page": null, "total-pages": 0, "total-count": 0}});
    let hidden = bindery::sandbox::Fault::new(answer(&empty));
    let hidden = hidden.at(bindery::sandbox::Service::ItGlue).path("/organizations");
    stage.control().fault(hidden.times(1));
    sync_anyhow(&stage).await;
    untouched(&stage);
}

#[tokio::test]
async fn a_policy_linked_to_another_client_by_mistake_and_back() {
    let stage = two_clients(12, 6).await;
    stage.link("Acme", "Globex");
    let told = stage.sync().await;
    // All of Acme's would go: a person decides. Globex gets its records, as it was asked to.
    assert_eq!(told.summary.counts.withheld, 12);
    assert!(inactive(&stage).is_empty());
    stage.link("Acme", "Acme");
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.withheld, 12, "what was made for Globex");
    assert!(inactive(&stage).is_empty(), "Acme's were never touched");
    let id = OrganizationId::new(stage.control().organization_id("Acme").unwrap());
    let bindings = stage.store.bindings_of(id).unwrap();
    assert_eq!(bindings.iter().filter(|binding| binding.is_bound()).count(), 12);
}
