//! Each kind of fault at each request of a small sync, once and several times in a row. Whatever that
//! sync came to, the next one finds all as it should be, and the one after writes nothing.

use crate::busy::Busy;
use crate::scene::comes_to_rest;
use bindery::domain::Outcome;
use bindery::sandbox::{Fault, FaultKind, When};
use jiff::SignedDuration;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// By all tests of this file.
static INJECTED: AtomicU64 = AtomicU64::new(0);

/// How many requests the sync makes when nothing goes wrong.
async fn requests() -> u32 {
    let busy = Busy::new().await;
    let told = busy.stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    let counts = told.summary.counts;
    assert_eq!((counts.created, counts.activated, counts.inactivated), (2, 1, 1), "{counts:?}");
    assert_eq!(counts.updated, 1, "{counts:?}");
    busy.all_is_well();
    u32::try_from(told.summary.addigy_requests + told.summary.itglue_requests).unwrap()
}

async fn at_each_request(kind: FaultKind, times: &[u32]) {
    let requests = requests().await;
    assert!(requests >= 10, "{requests}");
    let mut injected = 0;
    for skip in 0..requests {
        for times in times {
            injected += one_by_one(&kind, skip, *times).await;
        }
    }
    assert!(injected >= u64::from(requests), "{injected} faults at {requests} requests");
    let sum = INJECTED.fetch_add(injected, Ordering::SeqCst) + injected;
    println!("faults injected, {kind:?}: {injected} at {requests} requests; {sum} so far");
}

/// Returns how many requests went wrong.
async fn one_by_one(kind: &FaultKind, skip: u32, times: u32) -> u64 {
    let mut busy = Busy::new().await;
    let stage = &mut busy.stage;
    match kind {
        FaultKind::Delay(_) | FaultKind::ActThenDelay(_) | FaultKind::Drip { .. } => {
            stage.total_timeout = Duration::from_millis(300);
        }
        FaultKind::DropThenAct(_) => stage.settle = SignedDuration::from_millis(300),
        _ => {}
    }
    stage.control().fault(Fault::new(kind.clone()).skip(skip).times(times));
    let first = stage.try_run(&bindery::apply::Request::sync(None)).await;
    let case = format!(
        "{kind:?} {times} times from request {skip}: {first:?}",
        first = first.as_ref().map(|told| &told.summary)
    );
    if let Err(error) = &first {
        let text = error.to_string();
        assert!(text.ends_with('.') || text.contains("bindery"), "{case}");
    }
    let injected = u64::from(times) - stage.control().faults().left().min(times.into());
    stage.control().faults().clear();
    stage.total_timeout = Duration::from_secs(20);
    let second = stage.sync().await;
    assert_eq!(second.summary.outcome, Outcome::Done, "{case}\n{:#?}", second.events);
    let case = ToldOnPanic(case);
    busy.all_is_well();
    comes_to_rest(&busy.stage).await;
    busy.all_is_well();
    drop(case);
    injected
}

/// What was tried, for whoever reads of a failure.
struct ToldOnPanic(String);

impl Drop for ToldOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.0);
        }
    }
}

macro_rules! each_request {
    ($($name:ident: $kind:expr, $times:expr;)*) => { $(
        #[tokio::test]
        async fn $name() {
            at_each_request($kind, &$times).await;
        }
    )* };
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, body: None, retry_after: None }
}

fn wait_a_second() -> FaultKind {
    FaultKind::Status { status: 429, body: None, retry_after: Some("1".into()) }
}

each_request! {
    reset: FaultKind::Reset, [1, 4];
    act_then_drop: FaultKind::ActThenDrop, [1, 4];
    drop_then_act: FaultKind::DropThenAct(When::Milliseconds(1)), [1];
    half_answer: FaultKind::HalfAnswer, [1, 4];
    garbage: FaultKind::Garbage, [1, 4];
    empty: FaultKind::Empty, [1, 4];
    page: FaultKind::Html { status: 502 }, [1, 4];
    page_for_data: FaultKind::Html { status: 200 }, [1, 4];
    act_then_500: FaultKind::ActThenStatus { status: 500 }, [1, 4];
    act_then_422: FaultKind::ActThenStatus { status: 422 }, [1, 4];
    broken: status(500), [1, 4];
    bad_gateway: status(502), [1, 4];
    unavailable: status(503), [1, 4];
    too_many: status(429), [1, 4];
    too_many_for_a_second: wait_a_second(), [1];
    refused: status(422), [1, 4];
    too_large: status(413), [1];
    not_permitted: status(401), [1];
    forbidden: status(403), [1];
    not_found: status(404), [1];
    redirect: status(302), [1];
    never_answered: FaultKind::Delay(When::Released), [1];
    answered_too_late: FaultKind::ActThenDelay(When::Released), [1, 4];
    drip: FaultKind::Drip { milliseconds: 50 }, [1, 4];
    endless: FaultKind::Huge { bytes: 100 * 1024 * 1024 }, [1];
}
