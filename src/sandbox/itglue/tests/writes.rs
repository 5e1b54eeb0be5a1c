//! Creating and updating one configuration.

use super::*;

const NESTED: &str = "/organizations/1024/relationships/configurations";

/// The attributes errors point at, without what stands before them.
fn pointers(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().unwrap().iter();
    let last = |error: &Value| {
        let pointer = error["source"]["pointer"].as_str().unwrap_or_default();
        pointer.rsplit('/').next().unwrap_or_default().to_owned()
    };
    errors.map(last).collect()
}

#[tokio::test]
async fn a_creation_answers_the_whole_record() {
    let it = Running::start(&[]).await;
    let new = json!({
        "name": "Eve", "configuration_type_id": "201", "configuration-status-id": 101,
        "hostname": "eve", "primary-ip": "fe80::1", "mac-address": "A4:83:E7:00:11:22",
        "serial_number": "E5", "notes": "", "archived": 1, "purchased-at": "2026-01-02T23:00:00Z",
        "organization-name": "Oak", "created-at": "1999-01-01T00:00:00Z", "made-up": {},
        "organization-id": 1027,
    });
    let (status, answer) = it.post(NESTED, item(new)).await;
    assert_eq!(status, 201, "{answer}");
    let attributes = &answer["data"]["attributes"];
    for (name, value) in [
        ("organization-id", json!(1024)),
        ("organization-name", json!(BIRCH)),
        ("configuration-type-id", json!(201)),
        ("primary-ip", json!("fe80::1")),
        ("notes", Value::Null),
        ("archived", json!(true)),
        ("purchased-at", json!("2026-01-02")),
        ("created-at", json!("2026-02-02T02:40:00.000Z")),
        ("updated-at", json!("2026-02-02T02:40:00.000Z")),
    ] {
        assert_eq!(attributes[name], value, "{name}");
    }
    let id: i64 = answer["data"]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(it.stored(id).serial_number.as_deref(), Some("E5"));
}

#[tokio::test]
async fn the_top_level_route_needs_an_organization() {
    let it = Running::start(&[]).await;
    let new = json!({ "name": "Eve", "configuration-type-id": 201 });
    let (status, answer) = it.post("/configurations", item(new.clone())).await;
    assert_eq!((status, pointers(&answer)), (422, vec!["organization".to_owned()]));
    let mut elsewhere = new.clone();
    elsewhere["organization_id"] = json!(77);
    assert_eq!(it.post("/configurations", item(elsewhere)).await.0, 422);
    let mut right = new.clone();
    right["organization_id"] = json!("1027");
    let (status, answer) = it.post("/configurations", item(right)).await;
    assert_eq!((status, &answer["data"]["attributes"]["organization-id"]), (201, &json!(1027)));
    assert_eq!(it.post("/organizations/77/relationships/configurations", item(new)).await.0, 404);
}

#[tokio::test]
async fn a_creation_needs_a_name_and_a_type_and_tells_all_that_is_wrong() {
    let it = Running::start(&[]).await;
    let (status, answer) = it.post(NESTED, item(json!({ "configuration-status-id": 7 }))).await;
    assert_eq!(status, 422);
    let expected = ["name", "configuration-type", "configuration-status"];
    assert_eq!(pointers(&answer), expected);
    assert_eq!(it.count(), 5);
}

#[tokio::test]
async fn each_attribute_has_its_rule() {
    let it = Running::start(&[]).await;
    let long = "A4:83:E7:00:11:22:";
    let fine = [
        ("hostname", json!(null)),
        ("configuration-status-id", json!(null)),
        ("configuration-status-id", json!("102")),
        ("primary-ip", json!("10.1.2.3")),
        ("mac-address", json!("A4-83-E7-00-11-2X")),
        ("serial-number", json!(null)),
        ("archived", json!("1")),
        ("archived", json!(null)),
        ("restricted", json!(0)),
        ("warranty-expires-at", json!("2027-01-31")),
        ("position", json!("Desk 5")),
        ("location-id", json!(null)),
        ("configuration-status-name", json!(7)),
        ("psa-integration", json!("enabled")),
    ];
    for (name, value) in fine {
        let (status, answer) =
            it.patch("/configurations/900001", item(json!({ name: value }))).await;
        assert_eq!(status, 200, "{name}: {value} {answer}");
    }
    assert_eq!(it.stored(900_001).psa_integration, None);
    let wrong = [
        ("name", json!(null)),
        ("name", json!("  ")),
        ("name", json!(7)),
        ("configuration-type-id", json!(null)),
        ("configuration-type-id", json!(7)),
        ("configuration-type-id", json!(201.5)),
        ("configuration-status-id", json!(7)),
        ("organization-id", json!(null)),
        ("organization-id", json!(77)),
        ("hostname", json!(["x"])),
        ("primary-ip", json!("10.1.2.300")),
        ("mac-address", json!(long)),
        ("archived", json!("yes")),
        ("purchased-at", json!("soon")),
        ("location-id", json!(5)),
    ];
    for (name, value) in wrong {
        let before = it.stored(900_001);
        let both = json!({ name: value, "asset-tag": "T" });
        assert_eq!(it.patch("/configurations/900001", item(both)).await.0, 422, "{name}: {value}");
        assert_eq!(it.stored(900_001), before);
    }
}

#[tokio::test]
async fn an_update_leaves_out_what_it_doesnt_name_and_touches_the_date_once() {
    let it = Running::start(&[]).await;
    let change = || item(json!({ "configuration-status-id": 102 }));
    let (status, answer) = it.patch("/configurations/900001", change()).await;
    assert_eq!(status, 200);
    let attributes = &answer["data"]["attributes"];
    assert_eq!(attributes["configuration-status-name"], "Inactive");
    assert_eq!(attributes["serial-number"], "A,1");
    assert_eq!(attributes["created-at"], "2026-01-02T03:04:05.000Z");
    assert_eq!(attributes["updated-at"], "2026-02-02T02:40:00.000Z");
    it.wait(60);
    assert_eq!(it.patch("/configurations/900001", change()).await.1, answer);
}

#[tokio::test]
async fn put_and_the_nested_route_update_too() {
    let it = Running::start(&[]).await;
    let body = json!({ "data": item(json!({ "notes": "put" })) });
    for path in ["/configurations/900001".to_owned(), format!("{NESTED}/900002")] {
        let request = it.request(Method::PUT, &path, Some(&body));
        assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
    }
    assert_eq!(it.stored(900_002).notes.as_deref(), Some("put"));
    let path = format!("{NESTED}/900004");
    assert_eq!(it.patch(&path, item(json!({ "notes": "x" }))).await.0, 404);
    assert_eq!(it.patch("/configurations/7", item(json!({ "notes": "x" }))).await.0, 404);
}

#[tokio::test]
async fn moving_to_another_organization_keeps_the_lists_right() {
    let it = Running::start(&[]).await;
    let change = item(json!({ "organization-id": 1027 }));
    assert_eq!(it.patch("/configurations/900001", change).await.0, 200);
    assert_eq!(it.names("/configurations?filter[organization_id]=1027").await, ["Ana"]);
    assert_eq!(it.names("/configurations?filter[organization_id]=1024").await, ["Ben", "Cleo"]);
}

#[tokio::test]
async fn relationships_in_an_update_are_refused() {
    let it = Running::start(&[]).await;
    let mut change = item(json!({ "notes": "x" }));
    change["relationships"] = json!({});
    assert_eq!(it.patch("/configurations/900001", change).await.0, 422);
    assert_eq!(it.stored(900_001).notes, None);
}

#[tokio::test]
async fn a_psa_synced_record_takes_only_what_is_its_own() {
    let it = Running::start(&[]).await;
    let path = "/configurations/900005";
    let open = json!({ "archived": true, "serial-number": "S", "asset-tag": "T", "notes": "N",
        "restricted": true, "purchased_at": "2026-01-01", "warranty-expires-at": null,
        "mitp-end-of-life-date": "2030-01-01", "configuration-status-name": "Inactive" });
    assert_eq!(it.patch(path, item(open)).await.0, 200);
    for name in ["name", "hostname", "primary_ip", "mac-address", "position", "contact-id"] {
        // The same value as before is refused as well.
        let value = if name == "name" { json!("Dora") } else { Value::Null };
        let change = json!({ name: value, "notes": "spoiled" });
        assert_eq!(it.patch(path, item(change)).await.0, 422, "{name}");
    }
    let status = || item(json!({ "configuration-status-id": 102 }));
    assert_eq!(it.patch(path, status()).await.0, 422);
    assert_eq!(it.stored(900_005).notes.as_deref(), Some("N"));
    it.set("itglue-psa-writes", "two-way");
    assert_eq!(it.patch(path, status()).await.0, 200);
}

#[tokio::test]
async fn a_lost_creation_has_happened() {
    let it = Running::start(&[("itglue-lost-create-every", "2")]).await;
    let body = json!({ "data": item(json!({ "name": "Eve", "configuration-type-id": 201 })) });
    for lost in [false, true, false, true] {
        let before = it.count();
        let answer = match it.request(Method::POST, NESTED, Some(&body)).send().await {
            Ok(response) => response.bytes().await,
            Err(error) => Err(error),
        };
        assert_eq!(answer.is_err(), lost);
        assert_eq!(it.count(), before + 1);
    }
}
