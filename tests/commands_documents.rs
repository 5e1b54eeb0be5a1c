//! The documents that scripts read: exactly these keys, exactly these types.

#[path = "support/binary.rs"]
mod binary;

use binary::Binary;
use bindery::domain::RunId;
use bindery::sandbox::Options;
use bindery::sandbox::control::NewDevice;
use bindery::store::Store;
use serde_json::{Map, Value, json};

/// A value with every leaf replaced by the name of its type, and every list by its first item.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("text"),
        Value::Array(items) => Value::Array(items.first().map(shape).into_iter().collect()),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.clone(), shape(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

fn new(name: &str, serial: Option<&str>) -> NewDevice {
    NewDevice {
        name: Some(name.into()),
        hostname: Some(format!("{name}-host")),
        ip: Some("10.1.0.7".into()),
        mac: serial.map(|serial| format!("a4:83:e7:00:00:{}", &serial[serial.len() - 2..])),
        serial: serial.map(str::to_owned),
        model: None,
    }
}

/// Acme, linked, with one device that can be bound and one that has no identity.
async fn acme() -> Binary {
    let bindery = Binary::new(Options::empty()).await;
    let control = bindery.control();
    control.add_organization("Acme");
    control.add_policy("Acme", None, "").unwrap();
    control.add_device("Acme", new("ana", Some("SERIAL01"))).unwrap();
    let nameless = control.add_device("Acme", new("ben", None)).unwrap();
    for fact in ["serial_number", "ethernet_mac_address", "wifi_mac_address"] {
        control.set_fact(&nameless, fact, Value::Null).unwrap();
    }
    bindery.run(&["link", "Acme", "Acme"]).exited(0);
    bindery
}

fn organization() -> Value {
    json!({ "id": "number", "name": "text" })
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_and_status() {
    let bindery = acme().await;
    bindery.run(&["sync", "--all"]).exited(3);
    let devices = json!({ "total": "number", "linked": "number", "pending": "number" });
    let policies = bindery.run(&["policies", "--json"]).exited(0).json();
    assert_eq!(
        shape(&policies),
        json!({ "schema": "number", "policies": [{
            "id": "text", "name": "text", "path": ["text"], "parent": "null", "state": "text",
            "organization": organization(), "with_children": "bool", "itglue_account_id": "null",
            "devices": devices,
        }]})
    );
    let status = bindery.run(&["status", "--json"]).exited(0).json();
    assert_eq!(
        shape(&status),
        json!({ "schema": "number", "policies": [{
            "id": "text", "name": "text", "path": ["text"], "state": "text",
            "organization": organization(), "with_children": "bool", "devices": devices,
            "pending": [{
                "device_id": "text", "name": "text", "serial_number": "null", "reason": "text",
                "message": "text",
            }],
            "last_sync": "text",
        }]})
    );
    let pending = &status["policies"][0]["pending"][0];
    assert_eq!((&pending["name"], &pending["reason"]), (&json!("ben"), &json!("no_identity")));
    let at: jiff::Timestamp = status["policies"][0]["last_sync"].as_str().unwrap().parse().unwrap();
    assert!(at <= jiff::Timestamp::now());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_has_an_action_for_every_device() {
    let bindery = acme().await;
    let plan = bindery.run(&["plan", "--json"]).exited(0).json();
    let dry = bindery.run(&["sync", "Acme", "--dry-run", "--json"]).exited(0).json();
    assert_eq!(plan, dry, "a dry run prints the plan");
    let policy = &plan["policies"][0];
    assert_eq!(policy["organization"]["name"], "Acme");
    let field = json!({ "from": "null", "to": "text" });
    let number = json!({ "from": "null", "to": "number" });
    assert_eq!(
        shape(&policy["actions"][0]),
        json!({
            "device_id": "text", "name": "text", "serial_number": "text", "action": "text",
            "configuration_id": "null",
            "changes": {
                "name": field, "hostname": field, "primary-ip": field, "mac-address": field,
                "serial-number": field, "configuration-status-id": number,
                "configuration-type-id": number,
            },
            "matched_by": "null", "reason": "null", "message": "text",
        })
    );
    assert_eq!(policy["actions"][1]["action"], "pending");
    assert_eq!(policy["actions"][1]["reason"], "no_identity");
    assert_eq!(policy["actions"][1]["changes"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_lines_and_the_last_one_sums_up() {
    let bindery = acme().await;
    let ended = bindery.run(&["sync", "Acme", "--json"]).exited(3);
    let lines = ended.lines();
    let event = |line: &Value| line["event"].as_str().unwrap().to_owned();
    let events: Vec<String> = lines.iter().map(event).collect();
    assert_eq!(events.iter().filter(|event| *event == "finished").count(), 1);
    let of = |name: &str| &lines[events.iter().position(|event| event == name).unwrap()];
    assert_eq!(
        shape(of("started")),
        json!({ "schema": "number", "event": "text", "run": "number" })
    );
    assert_eq!(
        shape(of("planned")),
        json!({ "schema": "number", "event": "text", "devices": "number", "writes": "number" })
    );
    let linked = lines.iter().rfind(|line| line["name"] == "ana").unwrap();
    assert_eq!(
        shape(linked),
        json!({
            "schema": "number", "event": "text", "device_id": "text", "name": "text",
            "serial_number": "text", "policy_id": "text", "organization_id": "number",
            "state": "text", "action": "text", "configuration_id": "number", "reason": "null",
            "message": "text",
        })
    );
    assert_eq!((&linked["state"], &linked["action"]), (&json!("linked"), &json!("create")));
    let pending = lines.iter().rfind(|line| line["name"] == "ben").unwrap();
    assert_eq!((&pending["state"], &pending["reason"]), (&json!("pending"), &json!("no_identity")));
    let finished = lines.last().unwrap();
    assert_eq!(
        shape(finished),
        json!({
            "schema": "number", "event": "text", "run": "number", "outcome": "text",
            "created": "number", "activated": "number", "updated": "number",
            "unchanged": "number", "inactivated": "number", "pending": "number",
            "withheld": "number", "held": "number", "cancelled": "number",
            "requests": { "addigy": "number", "itglue": "number" }, "seconds": "number",
            "problems": [], "busy": [],
        })
    );
    let counts = (&finished["created"], &finished["pending"], &finished["outcome"]);
    assert_eq!(counts, (&json!(1), &json!(1), &json!("pending")));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_runs_newest_first_and_changes_of_one() {
    let bindery = acme().await;
    bindery.run(&["sync", "--all"]).exited(3);
    bindery.control().rename_device("ana", "ana two").unwrap();
    bindery.run(&["sync", "--all"]).exited(3);
    let history = bindery.run(&["history", "--json"]).exited(0).json();
    let counts = json!({
        "created": "number", "activated": "number", "updated": "number", "unchanged": "number",
        "inactivated": "number", "pending": "number", "withheld": "number", "held": "number",
        "cancelled": "number",
    });
    let mut run = json!({
        "id": "number", "kind": "text", "policies": ["text"], "started": "text",
        "finished": "text", "who": "text", "host": "text", "version": "text", "outcome": "text",
        "counts": counts,
    });
    assert_eq!(shape(&history), json!({ "schema": "number", "runs": [run] }));
    let ids: Vec<&Value> =
        history["runs"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert_eq!(ids, [&json!(2), &json!(1)]);
    let second = bindery.run(&["history", "2", "--json"]).exited(0).json();
    assert_eq!(second, bindery.run(&["history", "last", "--json"]).exited(0).json());
    run["changes"] = json!([{
        "device": { "id": "text", "name": "text" }, "organization_id": "number",
        "policy_id": "text", "configuration": "number", "action": "text", "field": "text",
        "from": "text", "to": "text", "at": "text", "undone": "bool",
    }]);
    assert_eq!(shape(&second), json!({ "schema": "number", "runs": [run] }));
    let change = &second["runs"][0]["changes"][0];
    let told = [&change["field"], &change["from"], &change["to"], &change["undone"]];
    assert_eq!(told, [&json!("name"), &json!("ana"), &json!("ana two"), &json!(false)]);
    let one = bindery.run(&["history", "--limit", "1", "--json"]).exited(0).json();
    assert_eq!(one["runs"].as_array().unwrap().len(), 1);
    bindery.run(&["history", "--limit", "0"]).exited(2).says("at least 1");
    bindery.run(&["history", "9"]).exited(1).says("no run 9");
    bindery.run(&["history", "nonsense"]).exited(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_links_and_doctor() {
    let bindery = acme().await;
    let control = bindery.control();
    control.add_organization("ACME");
    let found = bindery.run(&["organizations", "Acme", "--like", "--json"]).exited(0).json();
    assert_eq!(
        shape(&found),
        json!({ "schema": "number", "organizations": [{
            "id": "number", "name": "text", "short_name": "null", "type": "text",
            "status": "text", "exact": "bool",
        }]})
    );
    let names: Vec<(&str, bool)> = found["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| (found["name"].as_str().unwrap(), found["exact"].as_bool().unwrap()))
        .collect();
    assert_eq!(names, [("Acme", true), ("ACME", false)]);

    let link = |organization: Value| {
        json!({
            "policy_id": "text", "policy": "text", "organization": organization,
            "with_children": "bool", "result": "text", "why": "text",
        })
    };
    let same = bindery.run(&["link", "Acme", "Acme", "--json"]).exited(0).json();
    let links = json!([link(organization())]);
    assert_eq!(shape(&same), json!({ "schema": "number", "dry_run": "bool", "links": links }));
    assert_eq!(same["links"][0]["result"], "unchanged");
    control.add_policy("Gone", None, "9999").unwrap();
    let adopted = bindery.run(&["link", "--adopt", "--dry-run", "--json"]).exited(0).json();
    let links = json!([link(json!("null"))]);
    assert_eq!(shape(&adopted), json!({ "schema": "number", "dry_run": "bool", "links": links }));
    assert_eq!(
        (&adopted["dry_run"], &adopted["links"][0]["result"]),
        (&json!(true), &json!("left"))
    );

    let doctor = bindery.run(&["doctor", "--json"]).exited(0).json();
    let check = json!({ "name": "text", "result": "text", "message": "text", "next": "null" });
    assert_eq!(shape(&doctor), json!({ "schema": "number", "checks": [check] }));
    let checks = doctor["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check.as_object().unwrap().len() == 4), "{checks:#?}");

    let unlinked = bindery.run(&["unlink", "Acme", "--json"]).exited(0).json();
    assert_eq!(
        shape(&unlinked),
        json!({
            "schema": "number", "policy_id": "text", "policy": "text",
            "organization": organization(), "result": "text", "released": "number",
            "inactivated": "number",
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_bound_chosen_and_released() {
    let bindery = acme().await;
    bindery.run(&["sync", "--all"]).exited(3);
    // The account's name, for addresses, is learnt from a listing that holds something.
    bindery.run(&["sync", "--all"]).exited(3);
    let device = bindery.run(&["device", "ana", "--live", "--json"]).exited(0).json();
    let fields = json!({
        "name": "text", "hostname": "text", "primary-ip": "text", "mac-address": "text",
        "serial-number": "text",
    });
    let mut theirs = fields.clone();
    theirs["configuration-status-id"] = json!("number");
    theirs["archived"] = json!("bool");
    let sides = json!({ "addigy": fields, "itglue": theirs });
    let mut card = device["devices"][0].clone();
    card["model"] = json!("any");
    assert_eq!(
        shape(&card),
        json!({
            "id": "text", "name": "text", "serial_number": "text", "model": "text",
            "last_online": "text",
            "policies": [{ "id": "text", "path": "text", "organization": organization() }],
            "organization": organization(),
            "configuration": {
                "id": "number", "organization_id": "number", "binding": "text",
                "matched_by": "null", "url": "text",
            },
            "state": "text", "reason": "null", "message": "null", "next": "null",
            "as_of": "text", "live": sides,
        })
    );
    assert_eq!(card["state"], "linked");
    let known = bindery.run(&["device", "ben", "--json"]).exited(0).json();
    assert_eq!(known["devices"][0]["live"], Value::Null);
    assert_eq!(known["devices"][0]["reason"], "no_identity");
    // Several hits are an error, and a document all the same.
    let several = bindery.run(&["device", "host", "--json"]).exited(2).json();
    assert_eq!(several["devices"].as_array().unwrap().len(), 2);

    let id = card["configuration"]["id"].to_string();
    let bound = bindery.run(&["bind", "ana", &id, "--yes", "--json"]).exited(0).json();
    assert_eq!(
        shape(&bound),
        json!({
            "schema": "number", "device_id": "text", "configuration_id": "number",
            "organization_id": "number", "result": "text", "sides": sides,
        })
    );
    assert_eq!(bound["result"], "chosen");
    let again = bindery.run(&["bind", "ana", &id, "--json"]).exited(0).json();
    assert_eq!(again["result"], "unchanged");

    let store = Store::open(&bindery.state()).unwrap();
    let mut bindings = store.bindings().unwrap();
    bindings.iter_mut().for_each(|binding| binding.held_by = Some(RunId::new(1)));
    store.save_bindings(&bindings).unwrap();
    let held = bindery.run(&["device", "ana", "--json"]).exited(0).json();
    assert_eq!(held["devices"][0]["state"], "held");
    bindery.control().rename_device("ana", "ana two").unwrap();
    let told = bindery.run(&["sync", "--all"]).says("1 held");
    assert_eq!(told.code, 3, "{told:?}");
    let released = bindery.run(&["release", "ana two", "--json"]).exited(0).json();
    assert_eq!(released, json!({ "schema": 1, "released": [card["id"]] }));
    bindery.run(&["release", "Acme"]).exited(0).says("Nothing of Acme is held");
    bindery.run(&["sync", "--all"]).exited(3).says("1 updated");
}
