//! An undo that is cut short: the next sync does nothing of it again, and the next undo goes on.

use crate::support::Stage;
use bindery::domain::{BindingState, Counts, Outcome, Run};
use bindery::sandbox::{Fault, FaultKind, Service, When};

/// Three batches to undo, and what stands before and after.
async fn synced() -> (Stage, Run) {
    let stage = Stage::acme(120).await;
    stage.sync().await;
    for at in 0..120 {
        let name = format!("mac-{at:03}");
        stage.control().rename_device(&name, &format!("renamed-{at:03}")).unwrap();
    }
    let told = stage.sync().await;
    let run = stage.store.run(told.summary.run.unwrap()).unwrap().unwrap();
    (stage, run)
}

fn named(stage: &Stage, beginning: &str) -> usize {
    stage.configurations("Acme").iter().filter(|c| c.name.starts_with(beginning)).count()
}

/// Whatever was done before the interruption: a sync redoes none of it, the next undo does the rest.
async fn goes_on(mut stage: Stage, run: &Run) {
    stage.cancel = Default::default();
    stage.control().faults().clear();
    let put_back = named(&stage, "mac-");
    let told = stage.sync().await;
    assert_eq!(
        named(&stage, "mac-"),
        put_back,
        "a sync redid what was undone: {told:#?}",
        told = told.summary
    );
    assert!(told.summary.counts.held as usize >= put_back);
    assert!(stage.store.open_intents().unwrap().is_empty());
    let told = stage.undo(run).await;
    assert_eq!(told.summary.outcome, Outcome::Done, "{:#?}", told.summary);
    assert_eq!((named(&stage, "mac-"), named(&stage, "renamed-")), (120, 0));
    assert!(stage.store.changes_of(run.id).unwrap().iter().all(|change| change.undone));
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { held: 120, ..Counts::default() });
    assert_eq!(stage.writes(), 0);
}

fn patch(kind: FaultKind) -> Fault {
    Fault::new(kind).at(Service::ItGlue).method("PATCH")
}

/// An undo that is killed as soon as the next fault has struck.
async fn killed(stage: &Stage, run: &Run) {
    let (engine, mut receiver) = stage.engine();
    let undone = run.clone();
    let running = tokio::spawn(async move { engine.undo(&undone, None).await });
    let drain = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    while stage.control().faults().left() > 0 {
        assert!(!running.is_finished(), "it ended before it was killed");
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(running.await.is_err());
    drain.await.unwrap();
}

#[tokio::test]
async fn killed_at_any_write() {
    for skip in 0..3 {
        for acts in [true, false] {
            let (stage, run) = synced().await;
            let late = When::Milliseconds(600_000);
            let kind = if acts { FaultKind::Delay(late) } else { FaultKind::DropThenAct(late) };
            stage.control().fault(patch(kind).skip(skip));
            killed(&stage, &run).await;
            goes_on(stage, &run).await;
        }
    }
}

#[tokio::test]
async fn a_lost_or_broken_answer_is_no_loss() {
    let kinds = || {
        [
            FaultKind::ActThenDrop,
            FaultKind::Reset,
            FaultKind::HalfAnswer,
            FaultKind::Garbage,
            FaultKind::ActThenStatus { status: 502 },
            FaultKind::Status { status: 500, body: None, retry_after: None },
            FaultKind::Status { status: 429, body: None, retry_after: Some("0".into()) },
            FaultKind::Status { status: 422, body: None, retry_after: None },
        ]
    };
    for (at, kind) in kinds().into_iter().enumerate() {
        let (stage, run) = synced().await;
        stage.control().fault(patch(kind).skip(at as u32 % 3).times(4));
        let told = stage.undo(&run).await;
        assert!(told.summary.run.is_some());
        goes_on(stage, &run).await;
    }
}

#[tokio::test]
async fn a_key_turned_away_stops_it() {
    let (stage, run) = synced().await;
    let refused = FaultKind::Status { status: 401, body: None, retry_after: None };
    stage.control().fault(patch(refused).times(50));
    let told = stage.undo(&run).await;
    assert_eq!(told.summary.outcome, Outcome::Failed);
    assert_eq!((named(&stage, "mac-"), stage.held()), (0, 0));
    goes_on(stage, &run).await;
}

#[tokio::test]
async fn cancelled_it_finishes_what_is_under_way() {
    let (stage, run) = synced().await;
    stage.store.set_capability("bulk_update", "no").unwrap();
    stage.control().fault(patch(FaultKind::Delay(When::Released)));
    let (control, cancel) = (stage.control(), stage.cancel.clone());
    tokio::spawn(async move {
        while control.faults().left() > 0 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
        control.faults().release();
    });
    let told = stage.undo(&run).await;
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    assert_eq!(told.summary.counts.cancelled as usize + named(&stage, "mac-"), 120);
    assert!(told.summary.counts.cancelled > 0);
    goes_on(stage, &run).await;
}

#[tokio::test]
async fn what_an_undo_without_an_answer_wrote_is_undone_and_comes_back_when_released() {
    let stage = Stage::acme(3).await;
    let told = stage.sync().await;
    let run = stage.run_of(&told);
    stage.control().fault(patch(FaultKind::ActThenDrop).times(100));
    stage.undo(&run).await;
    stage.control().faults().clear();
    assert!(!stage.store.open_intents().unwrap().is_empty());
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { held: 3, ..Counts::default() });
    let bindings = stage.store.bindings().unwrap();
    assert!(bindings.iter().all(|binding| binding.state == BindingState::Left));
    assert!(stage.store.changes_of(run.id).unwrap().iter().all(|change| change.undone));
    stage.release_all();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { activated: 3, ..Counts::default() });
}

#[tokio::test]
async fn a_redo_that_was_killed_is_done_by_the_next_and_lets_go() {
    let (mut stage, run) = synced().await;
    let undo = stage.run_of(&stage.undo(&run).await);
    assert_eq!(stage.held(), 120);
    stage.control().fault(patch(FaultKind::DropThenAct(When::Milliseconds(600_000))));
    killed(&stage, &undo).await;
    stage.cancel = Default::default();
    let told = stage.undo(&undo).await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert_eq!((named(&stage, "renamed-"), stage.held()), (120, 0));
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { unchanged: 120, ..Counts::default() });
}

#[tokio::test]
async fn a_redo_says_what_another_undo_holds() {
    let stage = Stage::acme(1).await;
    stage.sync().await;
    let rename = async |from: &str, to: &str| {
        stage.control().rename_device(from, to).unwrap();
        stage.run_of(&stage.sync().await)
    };
    let (second, third) = (rename("mac-000", "second").await, rename("second", "third").await);
    let newer = stage.run_of(&stage.undo(&third).await);
    let older = stage.run_of(&stage.undo(&second).await);
    stage.undo(&older).await;
    assert_eq!(stage.held(), 0);
    let bindings = stage.store.bindings().unwrap();
    let held =
        bindings.into_iter().map(|b| bindery::domain::Binding { held_by: Some(older.id), ..b });
    stage.store.save_bindings(&held.collect::<Vec<_>>()).unwrap();
    let told = stage.undo(&newer).await;
    let device = told.device("third");
    assert_eq!(device.state, bindery::domain::DeviceState::Held, "{device:?}");
    assert!(device.message.contains(&format!("by run {}", older.id)), "{device:?}");
}
