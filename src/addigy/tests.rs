//! The client, tried against a small server.

use super::Addigy;
use crate::domain::{DeviceId, OrganizationId, PolicyId};
use crate::transport::stub::{Reply, Seen, Stub};
use crate::transport::{Kind, Service};
use serde_json::{Value, json};

fn device(n: u64) -> Value {
    json!({"agentid": format!("d{n:04}"), "orgid": "org", "facts": {
        "serial_number": {"value": format!("S{n}"), "error_msg": ""},
        "policy_id": {"value": "p", "error_msg": ""},
        "ram": {"value": 16, "error_msg": ""}}})
}

/// The asked page of these devices, by at most `cap` a page.
fn page_of(seen: &Seen, devices: &[Value], total: u64, cap: u64) -> Reply {
    let page = seen.body["page"].as_u64().unwrap();
    let size = seen.body["per_page"].as_u64().unwrap().min(cap);
    let start = usize::try_from((page - 1) * size).unwrap();
    let items: Vec<_> = devices.iter().skip(start).take(size as usize).collect();
    Reply::json(&json!({"items": items, "metadata": {
        "page": page, "per_page": size, "page_count": total.div_ceil(size),
        "result_count": items.len(), "total": total}}))
}

fn client(stub: &Stub) -> Addigy {
    Addigy::new(stub.transport(Service::Addigy))
}

#[tokio::test]
async fn a_sweep_takes_the_page_size_that_comes_back() {
    let stub = Stub::start(|seen| {
        let devices: Vec<_> = (0..257).map(device).collect();
        page_of(seen, &devices, 257, 100)
    })
    .await;
    let sweep = client(&stub).sweep(&["ram".into()]).await.unwrap();
    assert_eq!((sweep.devices.len(), sweep.requests), (257, 3));
    assert_eq!(sweep.organization_id.unwrap().as_str(), "org");
    assert!(sweep.started <= sweep.finished);
    assert!(sweep.devices[0].facts.contains_key("ram"));
    let seen = stub.seen();
    assert_eq!(seen[0].path, "/api/v2/devices");
    assert_eq!(seen[0].body["per_page"], 500);
    assert!(seen[1..].iter().all(|seen| seen.body["per_page"] == 100));
    assert!(seen.iter().all(|seen| seen.body.get("query").is_none()), "no filter, ever");
    assert_eq!(seen[0].body["sort_field"], "serial_number");
}

#[tokio::test]
async fn a_sweep_that_lies_about_its_page_size_is_read_all_the_same() {
    let stub = Stub::start(|seen| {
        let devices: Vec<_> = (0..95).map(device).collect();
        let mut reply = page_of(seen, &devices, 95, 50);
        reply.body = reply.body.replace("\"per_page\":50", "\"per_page\":500");
        reply
    })
    .await;
    assert_eq!(client(&stub).sweep(&[]).await.unwrap().devices.len(), 95);
}

#[tokio::test]
async fn a_device_that_comes_twice_hides_one_that_is_missing() {
    // During the first pass one joins in front and one leaves at the end, so the total stays.
    let stub = Stub::start(|seen| {
        let devices: Vec<_> = match seen.n {
            0 => (0..150).map(device).collect(),
            _ => std::iter::once(200).chain(0..149).map(device).collect(),
        };
        page_of(seen, &devices, 150, 100)
    })
    .await;
    let sweep = client(&stub).sweep(&[]).await.unwrap();
    let ids: Vec<_> = sweep.devices.iter().map(|device| device.id.to_string()).collect();
    assert_eq!((ids[0].as_str(), ids[149].as_str()), ("d0000", "d0200"));
    assert_eq!(sweep.requests, 4);
}

#[tokio::test]
async fn a_total_that_changes_is_read_again_and_one_that_never_adds_up_is_an_error() {
    let stub = Stub::start(|seen| {
        let devices: Vec<_> = (0..150).map(device).collect();
        page_of(seen, &devices, if seen.n == 1 { 149 } else { 150 }, 100)
    })
    .await;
    assert_eq!(client(&stub).sweep(&[]).await.unwrap().requests, 4);

    let stub = Stub::start(|seen| page_of(seen, &[device(1)], 2, 100)).await;
    let error = client(&stub).sweep(&[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unclear);
    assert!(error.to_string().contains("incomplete 5 times"), "{error}");
}

#[tokio::test]
async fn an_answer_without_a_total_or_an_id_is_never_taken_for_all() {
    for answer in [
        json!({"items": [device(1)]}),
        json!({"items": [device(1)], "metadata": {"per_page": 100}}),
        json!({"items": [{"agentid": "", "facts": {}}], "metadata": {"total": 1}}),
        json!([]),
    ] {
        let stub = Stub::start(move |_| Reply::json(&answer)).await;
        assert_eq!(client(&stub).sweep(&[]).await.unwrap_err().kind(), Kind::Unclear);
    }
    let stub =
        Stub::start(|_| Reply::json(&json!({"items": null, "metadata": {"total": 0}}))).await;
    let sweep = client(&stub).sweep(&[]).await.unwrap();
    assert!(sweep.devices.is_empty() && sweep.organization_id.is_none());
}

fn policy(id: &str, parent: &str, account: Value) -> Value {
    json!({"policyId": id, "orgid": "org", "name": id.to_uppercase(), "parent": parent,
           "itglue_account_id": account})
}

#[tokio::test]
async fn policies_come_as_an_array_or_in_pages() {
    let all = [
        policy("a", "", json!("1024")),
        policy("b", "a", json!("")),
        policy("c", "b", json!("acme")),
    ];
    let plain = json!(all);
    let stub = Stub::start(move |_| Reply::json(&plain)).await;
    let policies = client(&stub).policies().await.unwrap();
    assert_eq!(policies.tree.path(&PolicyId::new("c")), ["A", "B", "C"]);
    let account = |id| policies.tree.get(&PolicyId::new(id)).unwrap().itglue_account_id;
    assert_eq!(account("a"), Some(OrganizationId::new(1024)));
    assert_eq!((account("b"), account("c")), (None, None));
    assert_eq!(policies.organization_id.unwrap().as_str(), "org");
    assert_eq!(stub.seen()[0].body, json!({"policies": []}));

    let stub = Stub::start(move |seen| {
        let page = seen.body["page"].as_u64().unwrap_or(1) as usize;
        Reply::json(&json!({"items": [all[page - 1]],
            "metadata": {"page": page, "per_page": 1, "page_count": 3, "total": 3}}))
    })
    .await;
    assert_eq!(client(&stub).policies().await.unwrap().tree.len(), 3);
}

#[tokio::test]
async fn facts_and_assignments_ask_for_the_account_once() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/api/v2/oa/policies/query" => Reply::json(&json!([policy("a", "", json!(null))])),
        "/api/v2/o/org/facts" => Reply::json(&json!([
            {"identifier": "ram", "name": "Memory", "return_type": "number"},
            {"identifier": "own", "name": "", "return_type": "string"},
            {"name": "nameless"}])),
        "/api/v2/o/org/devices/d%2F1/policy-assignments" => Reply::json(&json!(["a", "b"])),
        other => panic!("{other}"),
    })
    .await;
    let addigy = client(&stub);
    let facts = addigy.facts().await.unwrap();
    let names: Vec<_> = facts.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(names, ["Memory", "own"]);
    let assigned = addigy.policy_assignments(&DeviceId::new("d/1")).await.unwrap();
    assert_eq!(assigned, [PolicyId::new("a"), PolicyId::new("b")]);
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn a_check_counts_what_the_token_sees() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/api/v2/oa/policies/query" => Reply::json(&json!([])),
        _ => page_of(seen, &[device(1), device(2)], 2, 100),
    })
    .await;
    let check = client(&stub).check().await.unwrap();
    assert_eq!((check.policies, check.devices), (0, 2));
    assert_eq!(check.organization_id.unwrap().as_str(), "org");
}
