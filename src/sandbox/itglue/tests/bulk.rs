//! Creating and updating many configurations at once.

use super::*;

const NESTED: &str = "/organizations/1024/relationships/configurations";

fn new(name: &str) -> Value {
    item(json!({ "name": name, "configuration-type-id": 201 }))
}

fn names(answer: &Value) -> Vec<String> {
    let rows = answer["data"].as_array().unwrap().iter();
    rows.map(|row| row["attributes"]["name"].as_str().unwrap().to_owned()).collect()
}

fn note(id: i64, notes: &str) -> Value {
    item(json!({ "id": id.to_string(), "notes": notes }))
}

/// Which of the first three configurations have notes.
fn noted(it: &Running) -> [bool; 3] {
    [900_001, 900_002, 900_003].map(|id| it.stored(id).notes.is_some())
}

#[tokio::test]
async fn an_array_on_the_nested_route_creates_in_order() {
    let it = Running::start(&[]).await;
    let wanted = ["R", "S", "T", "U"];
    let data = json!(wanted.map(new));
    let (status, answer) = it.post(NESTED, data.clone()).await;
    assert_eq!((status, names(&answer)), (201, wanted.map(str::to_owned).to_vec()));
    it.set("itglue-bulk-create", "shuffled");
    let (status, answer) = it.post(NESTED, data.clone()).await;
    let mut shuffled = names(&answer);
    assert_eq!(status, 201);
    assert_ne!(shuffled, wanted);
    shuffled.sort();
    assert_eq!(shuffled, wanted);
    it.set("itglue-bulk-create", "refused");
    assert_eq!(it.post(NESTED, data).await.0, 422);
    assert_eq!(it.count(), 5 + 8);
    let (status, answer) = it.post(NESTED, json!([new("R")])).await;
    assert_eq!((status, answer["errors"].is_array()), (422, true));
}

#[tokio::test]
async fn an_array_on_the_top_level_route_is_refused_unless_switched() {
    let it = Running::start(&[]).await;
    let mut first = new("R");
    first["attributes"]["organization-id"] = json!(1024);
    let data = json!([first]);
    let (status, answer) = it.post("/configurations", data.clone()).await;
    assert_eq!(status, 422);
    assert_eq!(
        answer["errors"][0]["detail"],
        "bulk action not allowed for Configuration using this route"
    );
    it.set("itglue-top-bulk-create", "works");
    assert_eq!(it.post("/configurations", data).await.0, 201);
}

#[tokio::test]
async fn a_bad_item_spoils_as_much_of_a_creation_as_switched() {
    let it = Running::start(&[]).await;
    let data = json!([new("R"), new(" "), new("T")]);
    for (switch, made) in [("all-refused", 0), ("earlier-done", 1), ("good-done", 2)] {
        it.set("itglue-bad-item", switch);
        let before = it.count();
        assert_eq!(it.post(NESTED, data.clone()).await.0, 422);
        assert_eq!(it.count() - before, made, "{switch}");
    }
}

#[tokio::test]
async fn too_many_items_are_refused() {
    let it = Running::start(&[("itglue-bulk-size", "2")]).await;
    let three = json!([new("R"), new("S"), new("T")]);
    assert_eq!(it.post(NESTED, three.clone()).await.0, 413);
    it.set("itglue-bulk-over", "422");
    assert_eq!(it.post(NESTED, three).await.0, 422);
    let change = json!([900_001, 900_002, 900_003].map(|id| note(id, "x")));
    assert_eq!(it.patch("/configurations", change).await.0, 422);
    assert_eq!(noted(&it), [false; 3]);
    assert_eq!(it.post(NESTED, json!([new("R"), new("S")])).await.0, 201);
}

#[tokio::test]
async fn many_are_updated_by_the_ids_among_their_attributes() {
    let it = Running::start(&[]).await;
    let data = json!([
        item(json!({ "id": "900001", "configuration-status-id": 102 })),
        item(json!({ "id": 900_004, "archived": true })),
        item(json!({ "id": 900_004, "asset-tag": "T" })),
    ]);
    let (status, answer) = it.patch("/configurations", data).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"][0]["id"], "900001");
    assert_eq!(answer["data"][0]["attributes"].get("id"), None);
    assert_eq!(it.stored(900_001).status_id, Some(102));
    let twice = it.stored(900_004);
    assert_eq!((twice.archived, twice.asset_tag.as_deref()), (true, Some("T")));
}

#[tokio::test]
async fn an_id_beside_the_type_counts_only_as_switched() {
    let it = Running::start(&[]).await;
    let mut beside = item(json!({ "notes": "x" }));
    beside["id"] = json!("900001");
    assert_eq!(it.patch("/configurations", json!([beside])).await.0, 422);
    let mut both = note(900_001, "x");
    both["id"] = json!(900_001);
    assert_eq!(it.patch("/configurations", json!([both])).await.0, 200);
    both["id"] = json!(900_002);
    assert_eq!(it.patch("/configurations", json!([both])).await.0, 422);
    it.set("itglue-bulk-id-beside-type", "accepted");
    assert_eq!(it.patch("/configurations", json!([beside])).await.0, 200);
    let none = item(json!({ "notes": "x" }));
    assert_eq!(it.patch("/configurations", json!([none])).await.0, 422);
}

#[tokio::test]
async fn a_bad_item_spoils_as_much_of_an_update_as_switched() {
    for (switch, expected) in [
        ("all-refused", [false, false, false]),
        ("earlier-done", [true, false, false]),
        ("good-done", [true, false, true]),
    ] {
        let it = Running::start(&[("itglue-bad-item", switch)]).await;
        let bad = item(json!({ "id": 900_002, "notes": "x", "name": null }));
        let data = json!([note(900_001, "x"), bad, note(900_003, "x")]);
        assert_eq!(it.patch("/configurations", data).await.0, 422);
        assert_eq!(noted(&it), expected, "{switch}");
    }
}

#[tokio::test]
async fn unknown_ids_relationships_and_psa_records_are_bad_items() {
    let it = Running::start(&[]).await;
    let mut related = note(900_001, "x");
    related["relationships"] = json!({});
    let synced = item(json!({ "id": 900_005, "configuration-status-id": 102 }));
    for bad in [note(7, "x"), related, synced] {
        let (status, _) = it.patch("/configurations", json!([note(900_002, "x"), bad])).await;
        assert_eq!(status, 422, "{bad}");
    }
    assert_eq!(noted(&it), [false; 3]);
}

#[tokio::test]
async fn one_object_with_a_filter_updates_all_that_match() {
    let it = Running::start(&[]).await;
    let change = item(json!({ "notes": "x" }));
    assert_eq!(it.patch("/configurations", change.clone()).await.0, 400);
    let path = "/configurations?filter[serial_number]=B2,C3";
    let (status, answer) = it.patch(path, change).await;
    assert_eq!((status, names(&answer).len()), (200, 2));
    assert_eq!(noted(&it), [false, true, true]);
}

#[tokio::test]
async fn the_nested_route_updates_no_arrays() {
    let it = Running::start(&[]).await;
    assert_eq!(it.patch(NESTED, json!([note(900_001, "x")])).await.0, 404);
}
