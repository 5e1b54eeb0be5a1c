//! Policies that are deleted, renamed, moved or not listed.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::domain::{Outcome, PendingReason};
use serde_json::json;

#[tokio::test]
async fn a_policy_deleted_that_its_devices_still_name() {
    let stage = bound(3).await;
    stage.control().remove_policy("Acme").unwrap();
    // Another one is left, so that the list is not empty.
    stage.control().add_policy("Elsewhere", None, "").unwrap();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.pending, 3);
    let reason = told.device("mac-000").pending.as_ref().unwrap().reason;
    assert_eq!(reason, PendingReason::MembershipUnknown);
    untouched(&stage);
}

#[tokio::test]
async fn a_policy_deleted_with_its_devices() {
    let stage = two_clients(6, 3).await;
    stage.control().remove_devices("Globex", 3).unwrap();
    stage.control().remove_policy("Globex").unwrap();
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.withheld, told.summary.outcome), (3, Outcome::Withheld));
    untouched(&stage);
}

#[tokio::test]
async fn a_policy_deleted_and_its_devices_put_into_an_unlinked_one() {
    let stage = two_clients(6, 3).await;
    let control = stage.control();
    let other = control.add_policy("Unlinked", None, "").unwrap();
    for at in 6..9 {
        control.move_device(&format!("mac-{at:03}"), &other).unwrap();
    }
    control.remove_policy("Globex").unwrap();
    assert_eq!(stage.sync().await.summary.counts.withheld, 3);
    untouched(&stage);
}

#[tokio::test]
async fn a_policy_renamed() {
    let stage = bound(3).await;
    stage.control().rename_policy("Acme", "Apex").unwrap();
    assert_eq!(stage.sync().await.summary.counts.unchanged, 3);
    untouched(&stage);
}

/// Acme is linked with all below it; the devices are two below.
async fn deep() -> (Stage, String, String) {
    let stage = Stage::acme(1).await;
    let control = stage.control();
    let top = control.policy_id("Acme").unwrap();
    stage.link_with(&top, "Acme", true);
    let middle = control.add_policy("Laptops", Some(&top), "").unwrap();
    let bottom = control.add_policy("Loaners", Some(&middle), "").unwrap();
    for at in 1..4 {
        stage.add_device(&bottom, at);
    }
    assert_eq!(stage.sync().await.summary.counts.created, 4);
    stage.clear_counters();
    (stage, middle, bottom)
}

#[tokio::test]
async fn a_policy_missing_from_one_list_of_policies() {
    let (stage, middle, bottom) = deep().await;
    for missing in [&middle, &bottom] {
        // Gone while the first read goes on, and back before the second.
        let world = stage.control();
        let taken = world.addigy().world().policies.remove(missing).unwrap();
        let told = stage.sync().await;
        assert_eq!(told.summary.counts.inactivated + told.summary.counts.withheld, 0);
        world.addigy().world().policies.insert(missing.clone(), taken);
    }
    assert_eq!(stage.sync().await.summary.counts.unchanged, 4);
    untouched(&stage);
}

#[tokio::test]
async fn a_list_of_policies_that_is_empty() {
    let stage = bound(20).await;
    stage.control().fault(policies(answer(&json!([]))).times(4));
    sync_anyhow(&stage).await;
    untouched(&stage);
}

#[tokio::test]
async fn a_list_of_policies_that_is_empty_in_the_second_reading_only() {
    let stage = bound(20).await;
    stage.control().remove_device("mac-019").unwrap();
    stage.control().fault(policies(answer(&json!([]))).skip(1).times(4));
    sync_anyhow(&stage).await;
    untouched(&stage);
    stage.control().faults().clear();
    stage.sync().await;
    assert_eq!(inactive(&stage), [serial(19)]);
}

#[tokio::test]
async fn a_policy_moved_out_from_under_the_link_that_covered_it() {
    let (stage, middle, _) = deep().await;
    let control = stage.control();
    control.addigy().world().policies.get_mut(&middle).unwrap().parent = None;
    // Three of four at once, all of that policy: a person decides.
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.withheld, told.summary.counts.unchanged), (3, 1));
    untouched(&stage);
}

#[tokio::test]
async fn a_device_in_two_policies_of_one_client_loses_one_of_them() {
    let stage = bound(6).await;
    let control = stage.control();
    let flex = control.add_policy("Acme Flex", None, "").unwrap();
    stage.link(&flex, "Acme");
    let acme = control.policy_id("Acme").unwrap();
    control.assign_device("mac-002", &[&acme, &flex]).unwrap();
    stage.sync().await;
    for left in [&acme, &flex] {
        control.assign_device("mac-002", &[left]).unwrap();
        stage.sync().await;
        assert!(inactive(&stage).is_empty());
    }
}
