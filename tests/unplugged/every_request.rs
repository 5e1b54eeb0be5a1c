//! Each kind of fault at each request of a small sync, once and several times in a row. Whatever that
//! sync came to, the next one finds all as it should be, and the one after writes nothing.

use crate::scene::{all_is_well, comes_to_rest};
use crate::support::{Stage, serial};
use bindery::domain::Outcome;
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Fault, FaultKind, When};
use jiff::SignedDuration;
use std::time::Duration;

const DEVICES: usize = 4;

/// Two devices to create, one to activate, one to update, and another client's record that bears one
/// of their serial numbers.
async fn scene() -> (Stage, Configuration) {
    let mut stage = Stage::acme(DEVICES).await;
    stage.total_timeout = Duration::from_secs(2);
    let control = stage.control();
    let acme = control.organization_id("Acme").unwrap();
    let other = control.add_organization("Other");
    control.add_configuration(Configuration {
        serial_number: Some(serial(0)),
        status_id: Some(stage.inactive().get()),
        archived: true,
        ..Configuration::new(acme, "mac-000", 1)
    });
    control.add_configuration(Configuration {
        serial_number: Some(serial(1)),
        status_id: Some(stage.active().get()),
        ..Configuration::new(acme, "an old name", 1)
    });
    let theirs = control.add_configuration(Configuration {
        serial_number: Some(serial(2)),
        status_id: Some(stage.inactive().get()),
        ..Configuration::new(other, "theirs", 1)
    });
    let theirs = control.configuration(theirs).unwrap();
    (stage, theirs)
}

/// How many requests the sync makes when nothing goes wrong.
async fn requests() -> u32 {
    let (stage, _) = scene().await;
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    all_is_well(&stage, DEVICES);
    u32::try_from(told.summary.addigy_requests + told.summary.itglue_requests).unwrap()
}

async fn at_each_request(kind: FaultKind, times: &[u32]) {
    let requests = requests().await;
    assert!(requests > 6, "{requests}");
    for skip in 0..requests {
        for times in times {
            let (mut stage, theirs) = scene().await;
            match kind {
                FaultKind::Delay(_) => stage.total_timeout = Duration::from_millis(300),
                FaultKind::DropThenAct(_) => stage.settle = SignedDuration::from_millis(300),
                _ => {}
            }
            stage.control().fault(Fault::new(kind.clone()).skip(skip).times(*times));
            let first = stage.try_run(&bindery::apply::Request::sync(None)).await;
            let case = format!(
                "{kind:?} {times} times from request {skip}: {first:?}",
                first = first.as_ref().map(|told| &told.summary)
            );
            if let Err(error) = &first {
                assert!(
                    error.to_string().ends_with('.') || error.to_string().contains("bindery"),
                    "{case}"
                );
            }
            stage.control().faults().clear();
            stage.total_timeout = Duration::from_secs(20);
            let second = stage.sync().await;
            assert_eq!(second.summary.outcome, Outcome::Done, "{case}\n{:#?}", second.events);
            all_is_well(&stage, DEVICES);
            assert_eq!(stage.control().configuration(theirs.id).unwrap(), theirs, "{case}");
            comes_to_rest(&stage).await;
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
    unavailable: status(503), [1, 4];
    too_many: status(429), [1, 4];
    refused: status(422), [1, 4];
    too_large: status(413), [1];
    not_permitted: status(401), [1];
    forbidden: status(403), [1];
    not_found: status(404), [1];
    redirect: status(302), [1];
    never_answered: FaultKind::Delay(When::Released), [1];
    endless: FaultKind::Huge { bytes: 33 * 1024 * 1024 }, [1];
}
