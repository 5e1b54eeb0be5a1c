//! Interfaces, and that the primary one goes with its configuration.

use super::*;

const OF_ANA: &str = "/configurations/900001/relationships/configuration_interfaces";

fn interface(attributes: Value) -> Value {
    json!({ "type": "configuration_interfaces", "attributes": attributes })
}

/// The attributes of Ana's interfaces.
async fn interfaces(it: &Running) -> Vec<Value> {
    let (status, answer) = it.get(OF_ANA).await;
    assert_eq!(status, 200);
    let rows = answer["data"].as_array().unwrap().iter();
    rows.map(|row| row["attributes"].clone()).collect()
}

#[tokio::test]
async fn addresses_of_a_configuration_are_those_of_its_primary_interface() {
    let it = Running::start(&[]).await;
    assert!(interfaces(&it).await.is_empty());
    let change = json!({ "primary-ip": "10.1.2.3", "mac-address": "A4:83:E7:00:11:22" });
    it.patch("/configurations/900001", item(change)).await;
    let rows = interfaces(&it).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["primary"], true);
    assert_eq!(rows[0]["ip-address"], "10.1.2.3");
    assert_eq!(rows[0]["mac-address"], "A4:83:E7:00:11:22");
    let path = format!("/configuration_interfaces/{}", rows[0]["id"]);
    let (status, answer) = it.patch(&path, interface(json!({ "ip_address": "10.1.2.4" }))).await;
    assert_eq!((status, &answer["data"]["attributes"]["id"]), (200, &rows[0]["id"]));
    let ana = it.stored(900_001);
    assert_eq!(ana.primary_ip.as_deref(), Some("10.1.2.4"));
    assert_eq!(ana.mac_address.as_deref(), Some("A4:83:E7:00:11:22"));
}

#[tokio::test]
async fn another_interface_can_become_the_primary_one() {
    let it = Running::start(&[]).await;
    it.patch("/configurations/900001", item(json!({ "primary-ip": "10.1.2.3" }))).await;
    let second = json!({ "name": "Wi-Fi", "ip-address": "10.9.9.9" });
    let (status, answer) = it.post(OF_ANA, interface(second)).await;
    assert_eq!((status, &answer["data"]["attributes"]["name"]), (201, &json!("Wi-Fi")));
    assert_eq!(it.stored(900_001).primary_ip.as_deref(), Some("10.1.2.3"));
    let path = format!("/configuration_interfaces/{}", answer["data"]["attributes"]["id"]);
    assert_eq!(it.patch(&path, interface(json!({ "primary": true }))).await.0, 200);
    assert_eq!(it.stored(900_001).primary_ip.as_deref(), Some("10.9.9.9"));
    let rows = interfaces(&it).await;
    assert_eq!((&rows[0]["primary"], &rows[0]["ip-address"]), (&json!(false), &json!("10.1.2.3")));
    let (_, found) = it.get(&format!("{OF_ANA}?filter[ip_address]=10.9.9.9")).await;
    assert_eq!(found["meta"]["total-count"], 1);
}

#[tokio::test]
async fn an_interface_needs_a_valid_mac_address() {
    let it = Running::start(&[]).await;
    for mac in ["A4:83:E7:00:11:2X", "A4:83:E7:00:11", "nonsense"] {
        let new = interface(json!({ "mac-address": mac }));
        assert_eq!(it.post(OF_ANA, new).await.0, 422, "{mac}");
    }
    assert_eq!(it.post(OF_ANA, interface(json!({ "mac-address": "a483.e700.1122" }))).await.0, 201);
    assert_eq!(it.get("/configuration_interfaces/7").await.0, 404);
}

#[tokio::test]
async fn a_new_configuration_may_bring_interfaces() {
    let it = Running::start(&[]).await;
    let mut new = item(json!({ "name": "Eve", "configuration-type-id": 201 }));
    new["relationships"] = json!({ "configuration_interfaces": { "data": [interface(json!({
        "name": "Ethernet", "ip-address": "10.1.2.3", "mac-address": "A4:83:E7:00:11:22",
        "primary": true,
    }))] } });
    let path = "/organizations/1024/relationships/configurations";
    let (status, answer) = it.post(path, new.clone()).await;
    assert_eq!(status, 201);
    assert_eq!(answer["data"]["attributes"]["primary-ip"], "10.1.2.3");
    let (_, included) = it.get("/configurations?include=configuration_interfaces").await;
    assert_eq!(included["included"][0]["attributes"]["name"], "Ethernet");
    new["relationships"]["configuration_interfaces"]["data"][0]["attributes"]["mac-address"] =
        json!("nonsense");
    assert_eq!(it.post(path, new).await.0, 422);
}

#[tokio::test]
async fn a_psa_synced_primary_address_stays() {
    let it = Running::start(&[]).await;
    let mut dora = it.stored(900_005);
    dora.primary_ip = Some("10.5.5.5".to_owned());
    locked(&it.itglue.account).insert_configuration(dora);
    let id = it.stored(900_005).interfaces[0].id;
    let path = format!("/configuration_interfaces/{id}");
    let change = || interface(json!({ "ip-address": "10.5.5.6" }));
    assert_eq!(it.patch(&path, change()).await.0, 422);
    assert_eq!(it.patch(&path, interface(json!({ "notes": "x" }))).await.0, 200);
    it.set("itglue-psa-writes", "two-way");
    assert_eq!(it.patch(&path, change()).await.0, 200);
}
