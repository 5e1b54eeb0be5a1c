//! A run of 400 devices, and what can become of it.

mod keys;
mod looks;

use super::*;
use crate::apply::{self, Confirmed, DeviceEvent, Request as EngineRequest, Summary, ToSend};
use crate::console::event::Event;
use crate::console::run::{Gauge, Pulse};
use crate::console::screen::Request;
use crate::console::shared::{RunSpec, Shared};
use crate::console::testing::{self, Driver};
use crate::domain::{
    ConfigurationId, Counts, DeviceState, OrganizationId, Outcome, Pending, PendingReason,
    PolicyId, RunId,
};
use crate::transport::{Limiter, Service, Waiting};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

const KEY: RunKey = RunKey(1);

fn after(seconds: i64) -> Timestamp {
    testing::now() + SignedDuration::from_secs(seconds)
}

fn device(at: usize, state: DeviceState, action: &'static str, message: &str) -> DeviceEvent {
    DeviceEvent {
        device_id: DeviceId::new(format!("d{at}")),
        name: format!("GLX-MBP-{at:03}"),
        serial_number: Some(format!("C02XK{at:03}JG5H")),
        policy_id: PolicyId::new("globex"),
        organization_id: OrganizationId::new(1025),
        state,
        action,
        configuration_id: None,
        pending: None,
        message: message.into(),
        again: false,
        until: None,
    }
}

fn pending(at: usize, reason: PendingReason, message: &str) -> DeviceEvent {
    let pending = Some(Pending::new(reason, message));
    DeviceEvent { pending, ..device(at, DeviceState::Pending, "pending", message) }
}

fn linked(at: usize) -> DeviceEvent {
    let id = ConfigurationId::new(9900 + i64::try_from(at).unwrap());
    let configuration_id = Some(id);
    DeviceEvent { configuration_id, ..device(at, DeviceState::Linked, "create", "") }
}

const TWO: &str = "configurations 9911 and 9907 both carry C02XK003JG5H";

/// The first devices, of every kind; the others wait or are linked.
fn some() -> Vec<DeviceEvent> {
    let unclear = pending(8, PendingReason::Unsettled, "lost");
    vec![
        linked(1),
        device(2, DeviceState::Unchanged, "unchanged", ""),
        pending(3, PendingReason::AmbiguousMatch, TWO),
        DeviceEvent {
            name: "reception-ipad".into(),
            serial_number: None,
            ..pending(4, PendingReason::NoIdentity, "no serial number, no MAC address")
        },
        DeviceEvent {
            action: "update",
            ..pending(5, PendingReason::Contested, "name was changed back twice")
        },
        DeviceEvent {
            name: "old-mini".into(),
            ..device(6, DeviceState::Inactive, "inactivate", "")
        },
        device(7, DeviceState::Writing, "update", "hostname, primary-ip"),
        DeviceEvent { again: true, until: Some(after(130)), action: "create", ..unclear },
        device(9, DeviceState::Matching, "activate", "status"),
    ]
}

fn limiter(used: usize) -> Limiter {
    let limiter = Limiter::in_memory(540, Duration::from_secs(60));
    for _ in 0..used {
        limiter.reserve(|| after(-30)).unwrap();
    }
    limiter
}

fn pulse(used: usize) -> Event {
    let gauge =
        |sent, used| Gauge { sent, forecast: limiter(used).forecast(testing::now).unwrap() };
    let (addigy, itglue) = (gauge(12, 0), gauge(118, used));
    Event::RunPulse(KEY, Box::new(Pulse { at: testing::now(), addigy, itglue }))
}

fn spec() -> RunSpec {
    let policies = BTreeSet::from([PolicyId::new("globex")]);
    RunSpec {
        request: EngineRequest::sync(Some(policies)),
        title: "Clients/Globex".into(),
        shown: None,
    }
}

/// Starts a run as a screen would.
#[derive(Debug)]
struct Starter(Option<RunSpec>);

static NO_KEYS: Context = Context { name: "test", title: "", list: false, bindings: &[] };

impl Screen for Starter {
    fn context(&self) -> &'static Context {
        &NO_KEYS
    }
    fn open(&mut self, cx: &mut Cx<'_>) {
        if let Some(spec) = self.0.take() {
            cx.pop();
            cx.request(Request::Start(Box::new(spec)));
        }
    }
    fn act(&mut self, _verb: Verb, _cx: &mut Cx<'_>) -> bool {
        false
    }
    fn draw(&self, _frame: &mut Frame<'_>, _area: Rect, _shared: &Shared) {}
}

fn started(shared: Shared) -> Driver {
    Driver::new(shared, vec![Box::new(Starter(Some(spec())))])
}

fn at(columns: u16, rows: u16) -> Driver {
    started(Shared { size: (columns, rows), ..testing::shared() })
}

fn tell(driver: &mut Driver, events: Vec<apply::Event>) {
    driver.event(Event::Run(KEY, events));
}

fn begin(driver: &mut Driver, devices: usize) {
    let waiting = |at| device(at, DeviceState::Waiting, "create", "");
    let mut listed: Vec<DeviceEvent> = (1..=devices).map(waiting).collect();
    for (place, known) in listed.iter_mut().zip(some()) {
        (place.name, place.serial_number) = (known.name, known.serial_number);
    }
    tell(
        driver,
        vec![
            apply::Event::Started { run: RunId::new(42) },
            apply::Event::Planned { devices, writes: devices },
            apply::Event::Listed(listed),
        ],
    );
}

/// A run of 400 devices, two thirds through.
fn mid_run(driver: &mut Driver) {
    begin(driver, 400);
    let to_send = ToSend { writes: 137, looks: 137, fresh_until: None };
    let rest = (10..=262).map(linked).map(apply::Event::Device);
    let told = some().into_iter().map(apply::Event::Device);
    tell(driver, told.chain(rest).chain([apply::Event::ToSend(to_send)]).collect());
    driver.event(pulse(518));
}

fn summary(outcome: Outcome, counts: Counts) -> Summary {
    Summary {
        run: Some(RunId::new(42)),
        outcome,
        counts,
        withheld_devices: BTreeSet::new(),
        busy: Vec::new(),
        addigy_requests: 12,
        itglue_requests: 395,
        seconds: 61.0,
        problems: Vec::new(),
        failure: None,
    }
}

fn end(driver: &mut Driver, summary: Summary) {
    driver.event(Event::RunEnded(KEY, Ok(Box::new(summary))));
}

/// The same run, ended with three pending devices.
fn ended(driver: &mut Driver) {
    mid_run(driver);
    let rest = [7, 8, 9].into_iter().chain(263..=400).map(linked).map(apply::Event::Device);
    tell(driver, rest.collect());
    end(driver, summary(Outcome::Pending, Counts { pending: 3, ..Counts::default() }));
}

/// Ended, with twelve departures kept back.
fn kept_back(driver: &mut Driver) {
    begin(driver, 20);
    let told = (1..=20).map(|at| match at {
        1..=12 => DeviceEvent {
            configuration_id: linked(at).configuration_id,
            ..device(at, DeviceState::Withheld, "inactivate", "it left its policy")
        },
        _ => device(at, DeviceState::Unchanged, "unchanged", ""),
    });
    tell(driver, told.map(apply::Event::Device).collect());
    let withheld = (1..=12)
        .map(|at| (OrganizationId::new(1025), device(at, DeviceState::Withheld, "", "").device_id));
    let counts = Counts { withheld: 12, unchanged: 8, ..Counts::default() };
    let withheld_devices = withheld.collect();
    end(driver, Summary { withheld_devices, ..summary(Outcome::Withheld, counts) });
}

fn cursor(driver: &Driver) -> String {
    let drawn = driver.draw();
    let line = drawn.lines().find(|line| line.starts_with('▌') || line.starts_with('>'));
    line.unwrap_or_default().split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}
