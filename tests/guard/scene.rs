//! What the scenarios share.

use crate::support::{Stage, Told};
use bindery::apply::Request;
use bindery::domain::{Outcome, facts};
use bindery::sandbox::{Control, Fault, FaultKind, Service, When};
use serde_json::{Value, json};

/// Acme with so many bound devices. Of twenty, up to five pass the guard, so what must not be set
/// inactive is not merely kept back by it.
pub async fn bound(devices: usize) -> Stage {
    let stage = Stage::acme(devices).await;
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    stage.clear_counters();
    stage
}

/// The same with Globex linked beside it.
pub async fn two_clients(acme: usize, globex: usize) -> Stage {
    let stage = Stage::acme(acme).await;
    let control = stage.control();
    control.add_organization("Globex");
    let policy = control.add_policy("Globex", None, "").unwrap();
    stage.link(&policy, "Globex");
    for at in acme..acme + globex {
        stage.add_device("Globex", at);
    }
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    stage.clear_counters();
    stage
}

/// The serial numbers of what has the inactive status, sorted.
pub fn inactive(stage: &Stage) -> Vec<String> {
    let inactive = Some(stage.inactive().get());
    let rows = stage.control().all_configurations().into_iter();
    let rows = rows.filter(|row| row.status_id == inactive);
    let mut serials: Vec<String> = rows.filter_map(|row| row.serial_number).collect();
    serials.sort();
    serials
}

/// Nothing was written, since the counters were cleared.
#[track_caller]
pub fn untouched(stage: &Stage) {
    assert_eq!(stage.writes(), 0, "inactive: {:?}", inactive(stage));
}

/// A sync that must come to nothing; its words.
#[track_caller]
pub fn refused(result: Result<Told, bindery::apply::Error>) -> String {
    match result {
        Ok(told) => panic!("it went on: {:#?}", told.summary),
        Err(error) => error.to_string(),
    }
}

/// Syncs, whatever comes of it.
pub async fn sync_anyhow(stage: &Stage) {
    let _ = stage.try_run(&Request::sync(None)).await;
}

/// A sync of everything, but for these.
pub fn all_but(change: impl FnOnce(&mut Request)) -> Request {
    let mut request = Request::sync(None);
    change(&mut request);
    request
}

/// Addigy's device listing as it is now, on one page.
pub async fn listing(stage: &Stage) -> Value {
    let url = format!("{}/api/v2/devices", stage.sandbox.addigy_url());
    let body = json!({
        "page": 1, "per_page": 500, "desired_fact_identifiers": facts::ALL,
        "sort_field": "serial_number", "sort_direction": "asc",
    });
    let sent = reqwest::Client::new()
        .post(url)
        .header("x-api-key", stage.sandbox.addigy_token())
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    let listing: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
    assert!(listing["items"].is_array(), "{listing}");
    listing
}

/// Addigy's next sweep, or `times` sweeps, answers so.
pub fn sweep_answers(stage: &Stage, listing: &Value, times: u32) {
    stage.control().fault(
        sweep(FaultKind::Status {
            status: 200,
            body: Some(listing.to_string()),
            retry_after: None,
        })
        .times(times),
    );
}

/// At Addigy's device listing.
pub fn sweep(kind: FaultKind) -> Fault {
    Fault::new(kind).at(Service::Addigy).path("/devices")
}

/// At Addigy's policies.
pub fn policies(kind: FaultKind) -> Fault {
    Fault::new(kind).at(Service::Addigy).path("/policies")
}

/// A plain status.
pub fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, body: None, retry_after: None }
}

/// An answer in so many words.
pub fn answer(body: &Value) -> FaultKind {
    FaultKind::Status { status: 200, body: Some(body.to_string()), retry_after: None }
}

/// The items of a listing.
pub fn items(listing: &mut Value) -> &mut Vec<Value> {
    listing["items"].as_array_mut().unwrap()
}

/// Once the fault that holds a request is taken, does this and lets the request go on.
pub fn while_held(stage: &Stage, fault: Fault, act: impl FnOnce(&Control) + Send + 'static) {
    assert!(matches!(fault.kind, FaultKind::Delay(When::Released)));
    let control = stage.control();
    control.fault(fault);
    tokio::spawn(async move {
        while control.faults().left() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        act(&control);
        control.faults().release();
    });
}

/// Holds a request until it is released.
pub const HELD: FaultKind = FaultKind::Delay(When::Released);
