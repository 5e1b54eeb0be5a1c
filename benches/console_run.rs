//! What a large run costs the console: taking events in, filtering, drawing.
//!
//! `cargo bench --bench console_run`.

use bindery::apply::{DeviceEvent, Event, Request};
use bindery::console::app::App;
use bindery::console::event::{Event as Happened, RunKey};
use bindery::console::key::Key;
use bindery::console::look::{Look, UTF8};
use bindery::console::run::{LiveRun, Query, View};
use bindery::console::shared::{RunEntry, RunSpec, Shared};
use bindery::console::theme::{Depth, Theme};
use bindery::console::{frame, screens};
use bindery::domain::{
    DeviceId, DeviceState, OrganizationId, Pending, PendingReason, PolicyId, RunId,
};
use bindery::settings::Paths;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::hint::black_box;
use std::time::Instant;

const DEVICES: usize = 10_000;
const EVENTS: usize = 100_000;

fn main() {
    let now = Timestamp::now();
    let (mut run, events) = (begun(now), events());
    let count = events.len();
    let began = Instant::now();
    for event in events {
        run.fold(event, now);
    }
    let took = began.elapsed();
    let each = took.as_secs_f64() * 1e9 / count as f64;
    println!("fold {count} events of {DEVICES} devices: {took:.1?}, {each:.0} ns each");
    for text in ["", "mac-0", "mac 99 ser", "reason:ambiguous", "state:linked nothing-like-it"] {
        let query = Query::parse(text);
        measure(&format!("filter {DEVICES} rows by {text:?}"), 50, || {
            black_box(run.visible(View::All, &query));
        });
    }
    measure("count reasons", 50, || {
        black_box(run.reasons());
    });
    for size in [(80, 24), (120, 40), (200, 50)] {
        frames(&run, size, now);
    }
}

/// What a key and a batch of events cost up to the drawn frame.
fn frames(run: &LiveRun, size: (u16, u16), now: Timestamp) {
    let key = RunKey(1);
    let title = "Clients/Globex".to_owned();
    let spec = RunSpec { request: Request::sync(None), title, shown: None };
    let mut shared = shared(size, now);
    shared.runs.push(RunEntry { key, spec, live: run.clone() });
    let mut app = App::new(shared, vec![Box::new(screens::run::RunScreen::new(key))]);
    app.first_effects();
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let (columns, rows) = size;
    let mut draw = |app: &App| {
        terminal.draw(|target| frame::draw(app, target)).unwrap();
    };
    let mut at = 0;
    measure(&format!("a key and its frame at {columns}x{rows}"), 200, || {
        app.update(now, Happened::Key(Key::char('j')));
        draw(&app);
    });
    measure(&format!("200 events and their frame at {columns}x{rows}"), 200, || {
        let batch = (0..200).map(|_| {
            at = (at + 1) % DEVICES;
            Event::Device(device(at, DeviceState::Writing))
        });
        app.update(now, Happened::Run(key, batch.collect()));
        draw(&app);
    });
}

fn shared(size: (u16, u16), now: Timestamp) -> Shared {
    let paths = Paths {
        config_file: "/nowhere/config.toml".into(),
        state_dir: "/nowhere/state".into(),
        log_dir: "/nowhere/state/logs".into(),
        profile: None,
    };
    let look = Look {
        theme: Theme::builtin("dark", Depth::TrueColor).unwrap(),
        glyphs: UTF8,
        depth: Depth::TrueColor,
        hyperlinks: false,
    };
    Shared { now, zone: TimeZone::UTC, size, ..Shared::new(paths, look) }
}

fn begun(now: Timestamp) -> LiveRun {
    let mut run = LiveRun::new("Clients/Globex", None, now, TimeZone::UTC);
    run.fold(Event::Started { run: RunId::new(42) }, now);
    let listed = (0..DEVICES).map(|at| device(at, DeviceState::Waiting)).collect();
    run.fold(Event::Listed(listed), now);
    run
}

/// Every device waits, is written and answered, several times over, as after refused batches.
fn events() -> Vec<Event> {
    let states = [DeviceState::Writing, DeviceState::Waiting, DeviceState::Writing];
    let steps = states.into_iter().cycle().take(EVENTS / DEVICES - 1).chain([DeviceState::Linked]);
    steps.flat_map(|state| (0..DEVICES).map(move |at| Event::Device(device(at, state)))).collect()
}

fn device(at: usize, state: DeviceState) -> DeviceEvent {
    let stuck = at.is_multiple_of(40) && state == DeviceState::Linked;
    let why = "configurations 9907 and 9911 both carry this serial number";
    let reason = PendingReason::AmbiguousMatch;
    DeviceEvent {
        device_id: DeviceId::new(format!("0a1b2c3d-{at:08}")),
        name: format!("GLX-Mac-{at:05}"),
        serial_number: Some(format!("C02XK{at:07}")),
        policy_id: PolicyId::new("globex"),
        organization_id: OrganizationId::new(1),
        state: if stuck { DeviceState::Pending } else { state },
        action: "update",
        configuration_id: None,
        pending: stuck.then(|| Pending::new(reason, why)),
        message: if stuck { why.to_owned() } else { "hostname, primary-ip".to_owned() },
        again: false,
        until: None,
    }
}

fn measure(what: &str, times: u32, mut act: impl FnMut()) {
    act();
    let began = Instant::now();
    for _ in 0..times {
        act();
    }
    println!("{what}: {:.2?}", began.elapsed() / times);
}
