//! Listings of Addigy that are not whole, or not true.

use crate::scene::*;
use crate::support::serial;
use bindery::apply::Request;
use bindery::sandbox::Service;
use serde_json::json;

#[tokio::test]
async fn a_page_shorter_than_its_total() {
    let stage = bound(20).await;
    let mut short = listing(&stage).await;
    items(&mut short).truncate(17);
    sweep_answers(&stage, &short, 100);
    let why = refused(stage.try_run(&Request::sync(None)).await);
    assert!(why.contains("incomplete") && why.contains("17 of 20"), "{why}");
    untouched(&stage);
}

#[tokio::test]
async fn a_short_page_once_is_read_again() {
    let stage = bound(20).await;
    let mut short = listing(&stage).await;
    items(&mut short).truncate(17);
    sweep_answers(&stage, &short, 2);
    assert_eq!(stage.sync().await.summary.counts.unchanged, 20);
    untouched(&stage);
}

#[tokio::test]
async fn a_total_smaller_than_what_came() {
    let stage = bound(20).await;
    let mut odd = listing(&stage).await;
    odd["metadata"]["total"] = json!(17);
    sweep_answers(&stage, &odd, 100);
    refused(stage.try_run(&Request::sync(None)).await);
    untouched(&stage);
}

#[tokio::test]
async fn a_device_twice_and_another_not_at_all() {
    let stage = bound(20).await;
    let mut odd = listing(&stage).await;
    items(&mut odd)[3] = items(&mut odd)[4].clone();
    sweep_answers(&stage, &odd, 100);
    let why = refused(stage.try_run(&Request::sync(None)).await);
    assert!(why.contains("19 of 20"), "{why}");
    untouched(&stage);
}

#[tokio::test]
async fn a_consistent_lie_of_the_first_sweep_only() {
    let stage = bound(20).await;
    let mut lie = listing(&stage).await;
    items(&mut lie).truncate(17);
    lie["metadata"]["total"] = json!(17);
    sweep_answers(&stage, &lie, 1);
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.inactivated, told.summary.counts.withheld), (0, 0));
    untouched(&stage);
}

#[tokio::test]
async fn a_consistent_lie_of_the_second_sweep_only() {
    let stage = bound(20).await;
    // One really left, so that there is a second sweep; that one lacks three more.
    stage.control().remove_device("mac-019").unwrap();
    let truth = listing(&stage).await;
    let mut lie = truth.clone();
    items(&mut lie).truncate(16);
    lie["metadata"]["total"] = json!(16);
    sweep_answers(&stage, &truth, 1);
    sweep_answers(&stage, &lie, 1);
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.inactivated, 1);
    assert_eq!(inactive(&stage), [serial(19)]);
}

#[tokio::test]
async fn each_sweep_misses_another_device() {
    let stage = bound(20).await;
    for missing in [4, 11] {
        let mut lie = listing(&stage).await;
        items(&mut lie).remove(missing);
        lie["metadata"]["total"] = json!(19);
        sweep_answers(&stage, &lie, 1);
    }
    stage.sync().await;
    assert_eq!(
        stage.requests(Service::Addigy),
        4 + 2,
        "two sweeps of two requests, two looks of ours"
    );
    untouched(&stage);
}

#[tokio::test]
async fn a_lie_of_both_sweeps_that_the_guard_would_not_let_pass() {
    let stage = bound(20).await;
    let mut lie = listing(&stage).await;
    items(&mut lie).truncate(10);
    lie["metadata"]["total"] = json!(10);
    sweep_answers(&stage, &lie, 2);
    assert_eq!(stage.sync().await.summary.counts.withheld, 10);
    untouched(&stage);
    // All of it was a lie: nothing is left of it.
    assert_eq!(stage.sync().await.summary.counts.unchanged, 20);
    untouched(&stage);
}

#[tokio::test]
async fn an_empty_listing() {
    let stage = bound(20).await;
    for empty in [
        json!({"items": [], "metadata": {"per_page": 500, "total": 0}}),
        json!({"items": null, "metadata": {"per_page": 500, "total": 0}}),
        json!({"items": null, "metadata": {"per_page": 500, "total": 20}}),
        json!({"items": [], "metadata": {"per_page": 0, "total": 20}}),
    ] {
        sweep_answers(&stage, &empty, 10);
        refused(stage.try_run(&Request::sync(None)).await);
        stage.control().faults().clear();
    }
    untouched(&stage);
}

#[tokio::test]
async fn the_second_sweep_is_empty() {
    let stage = bound(20).await;
    stage.control().remove_device("mac-019").unwrap();
    sweep_answers(&stage, &listing(&stage).await, 1);
    sweep_answers(&stage, &json!({"items": [], "metadata": {"per_page": 500, "total": 0}}), 1);
    refused(stage.try_run(&Request::sync(None)).await);
    untouched(&stage);
}

#[tokio::test]
async fn a_permission_lost_half_way_through_a_sweep() {
    let stage = bound(130).await;
    stage.control().remove_device("mac-100").unwrap();
    for lost in [401, 403, 404] {
        stage.control().fault(sweep(status(lost)).skip(1).times(100));
        refused(stage.try_run(&Request::sync(None)).await);
        stage.control().faults().clear();
    }
    untouched(&stage);
}

#[tokio::test]
async fn a_permission_lost_between_the_two_sweeps() {
    for fault in [sweep(status(403)), policies(status(403))] {
        let stage = bound(20).await;
        stage.control().remove_device("mac-019").unwrap();
        stage.control().fault(fault.skip(1).times(100));
        refused(stage.try_run(&Request::sync(None)).await);
        untouched(&stage);
    }
}

#[tokio::test]
async fn devices_that_a_filter_of_the_service_would_hide_or_add() {
    for filter in ["ignored", "works", "with-children"] {
        let stage = two_clients(10, 10).await;
        stage.control().set_switch(&format!("addigy-policy-filter={filter}")).unwrap();
        for policy in ["Acme", "Globex"] {
            let id = bindery::domain::PolicyId::new(stage.control().policy_id(policy).unwrap());
            let told = stage.run(&Request::sync(Some([id].into()))).await;
            assert_eq!(told.summary.counts.unchanged, 10, "{filter}");
        }
        untouched(&stage);
    }
}

#[tokio::test]
async fn devices_of_another_account() {
    let stage = bound(20).await;
    stage.control().addigy().world().organization_id = "another-account".into();
    let why = refused(stage.try_run(&Request::sync(None)).await);
    assert!(why.contains("another account"), "{why}");
    untouched(&stage);
}

#[tokio::test]
async fn another_account_without_policies() {
    let stage = bound(20).await;
    stage.control().addigy().world().organization_id = "another-account".into();
    stage.control().fault(policies(answer(&json!([]))).times(10));
    let why = refused(stage.try_run(&Request::sync(None)).await);
    assert!(why.contains("another account"), "{why}");
    untouched(&stage);
}

/// One device, so that the guard has no say in it.
#[tokio::test]
async fn a_policy_fact_that_can_not_be_read() {
    type Spoil = fn(&bindery::sandbox::Control);
    let spoilt: [(&str, Spoil); 8] = [
        ("no location", |c| c.drop_fact("mac-007", "policy_id").unwrap()),
        ("location in error", |c| c.fail_fact("mac-007", "policy_id", "audit failed").unwrap()),
        ("list in error", |c| c.fail_fact("mac-007", "policy_ids", "audit failed").unwrap()),
        ("neither", |c| {
            c.drop_fact("mac-007", "policy_id").unwrap();
            c.drop_fact("mac-007", "policy_ids").unwrap();
        }),
        ("both null", |c| {
            c.set_fact("mac-007", "policy_id", json!(null)).unwrap();
            c.set_fact("mac-007", "policy_ids", json!(null)).unwrap();
        }),
        ("a number", |c| c.set_fact("mac-007", "policy_id", json!(17)).unwrap()),
        ("an object", |c| c.set_fact("mac-007", "policy_ids", json!({"a": 1})).unwrap()),
        ("a policy nobody knows", |c| {
            c.set_fact("mac-007", "policy_id", json!("00000000-none")).unwrap();
            c.set_fact("mac-007", "policy_ids", json!(["00000000-none"])).unwrap();
        }),
    ];
    for (what, spoil) in spoilt {
        let stage = bound(20).await;
        spoil(&stage.control());
        let told = stage.sync().await;
        assert_eq!(told.summary.counts.inactivated, 0, "{what}");
        untouched(&stage);
    }
}

#[tokio::test]
async fn no_fact_at_all_of_any_device() {
    let stage = bound(20).await;
    let mut bare = listing(&stage).await;
    for item in items(&mut bare) {
        item["facts"] = json!({});
    }
    sweep_answers(&stage, &bare, 2);
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.pending, 20);
    untouched(&stage);
}

#[tokio::test]
async fn devices_that_shift_between_pages() {
    let stage = bound(230).await;
    // The last one of the first page leaves before the second page is read, for real.
    while_held(&stage, sweep(HELD).skip(1), |control| {
        control.remove_device("mac-050").unwrap();
    });
    sync_anyhow(&stage).await;
    let gone = inactive(&stage);
    assert!(gone.is_empty() || gone == [serial(50)], "{gone:?}");
    stage.sync().await;
    assert_eq!(inactive(&stage), [serial(50)]);
}
