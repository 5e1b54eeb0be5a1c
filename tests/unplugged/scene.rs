//! What the tests of this binary share: running with a hand on the plug, and looking over the result.

use crate::support::{Stage, Told, serial};
use bindery::apply::{Engine, Error, Event, Request};
use bindery::domain::BindingState;
use bindery::sandbox::{Control, Fault, FaultKind, Service};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

/// Syncs everything; `hand` hears each event at once and may meddle.
pub async fn sync_with(
    stage: &Stage,
    mut hand: impl FnMut(&Event, &Control) + Send + 'static,
) -> Result<Told, Error> {
    let (engine, mut receiver) = stage.engine();
    let events = Arc::new(Mutex::new(Vec::new()));
    let (kept, control) = (Arc::clone(&events), stage.control());
    let listener = tokio::spawn(async move {
        while let Some(event) = receiver.recv().await {
            hand(&event, &control);
            kept.lock().unwrap().push(event);
        }
    });
    let summary = engine.sync(&Request::sync(None)).await;
    drop(engine);
    listener.await.unwrap();
    let events = std::mem::take(&mut *events.lock().unwrap());
    Ok(Told { summary: summary?, events })
}

/// Begins a sync and, as soon as `at` is true of the sandbox, drops it where it stands: what a kill -9
/// does, but that the state is in memory.
pub async fn kill_when(stage: &Stage, at: impl Fn(&Control) -> bool) {
    kill_engine_when(stage, stage.engine(), at).await;
}

/// The same with an engine made beforehand.
pub async fn kill_engine_when(
    stage: &Stage,
    (engine, mut receiver): (Engine, Receiver<Event>),
    at: impl Fn(&Control) -> bool,
) {
    let running = tokio::spawn(async move { engine.sync(&Request::sync(None)).await });
    let drain = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let control = stage.control();
    while !at(&control) {
        assert!(!running.is_finished(), "the sync ended before it was killed");
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(running.await.is_err());
    drain.await.unwrap();
}

/// Syncs, and cancels as soon as an event is as wanted.
pub async fn cancel_when(
    stage: &mut Stage,
    mut at: impl FnMut(&Event, &Control) -> bool + Send + 'static,
) -> Result<Told, Error> {
    let cancel = stage.cancel.clone();
    let told = sync_with(stage, move |event, control| {
        if at(event, control) {
            cancel.cancel();
        }
    })
    .await;
    assert!(stage.cancel.is_cancelled(), "nothing to cancel at: {told:#?}", told = told.is_ok());
    stage.cancel = CancellationToken::new();
    told
}

/// Once the one fault in the queue holds its request, does this and lets the request go on.
pub fn while_held(stage: &Stage, act: impl FnOnce(&Control) + Send + 'static) {
    let control = stage.control();
    tokio::spawn(async move {
        while control.faults().left() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        act(&control);
        control.faults().release();
    });
}

/// The next create goes wrong so.
pub fn create_fault(kind: FaultKind) -> Fault {
    Fault::new(kind).at(Service::ItGlue).method("POST")
}

/// The next update goes wrong so.
pub fn update_fault(kind: FaultKind) -> Fault {
    Fault::new(kind).at(Service::ItGlue).method("PATCH")
}

/// A 422 in one of the three dialects that names the hostname.
pub fn names_hostname(dialect: usize) -> FaultKind {
    let body = [
        r#"{"errors":[{"source":{"pointer":"/data/attributes/hostname"},"detail":"is odd","title":"Unprocessable Entity","status":422}]}"#,
        r#"{"errors":[{"status":422,"title":"hostname is odd","source":{"pointer":"data/attributes/hostname"}}]}"#,
        r#"{"errors":[{"status":"unprocessable_entity","title":"hostname is odd","source":{"pointer":"data"}}]}"#,
    ][dialect];
    FaultKind::Status { status: 422, body: Some(body.into()), retry_after: None }
}

/// Each of these devices has one configuration in Acme and is bound to it, and nothing is open.
pub fn all_is_well(stage: &Stage, devices: usize) {
    all_is_well_but(stage, devices, &[]);
}

/// The same where these have left since they were bound.
pub fn all_is_well_but(stage: &Stage, devices: usize, left: &[usize]) {
    let left: BTreeSet<_> = left.iter().map(|at| Some(serial(*at))).collect();
    let (gone, made): (Vec<_>, Vec<_>) =
        stage.configurations("Acme").into_iter().partition(|c| left.contains(&c.serial_number));
    assert_eq!(gone.len(), left.len(), "lost or doubled: {gone:#?}");
    assert!(gone.iter().all(|c| c.status_id == Some(stage.inactive().get()) && !c.archived));
    let serials: BTreeSet<_> = made.iter().map(|c| c.serial_number.clone()).collect();
    let wanted: BTreeSet<_> = (0..devices).map(|at| Some(serial(at))).collect();
    assert_eq!(serials, wanted);
    assert_eq!(made.len(), devices, "doubled: {made:#?}");
    assert!(made.iter().all(|c| c.status_id == Some(stage.active().get()) && !c.archived));
    let bound: BTreeSet<i64> = stage
        .store
        .bindings()
        .unwrap()
        .iter()
        .filter(|binding| binding.state == BindingState::Bound)
        .map(|binding| binding.configuration_id.get())
        .collect();
    assert_eq!(bound, made.iter().map(|c| c.id).collect());
    nothing_open(stage);
}

/// Every intent has come to an end.
pub fn nothing_open(stage: &Stage) {
    let open = stage.store.open_intents().unwrap();
    assert!(open.is_empty(), "{open:#?}");
}

/// A further sync finds nothing to write.
pub async fn comes_to_rest(stage: &Stage) {
    stage.clear_counters();
    stage.sync().await;
    assert_eq!(stage.writes(), 0);
}
