//! Following a run: a bar on a terminal, plain lines otherwise, JSON Lines where asked.

use super::context::Context;
use super::{output, terminal};
use crate::apply::{DeviceEvent, Engine, Event, Summary};
use crate::domain::{Counts, DeviceState, Outcome};
use crate::text;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Lets the engine work while its events are followed; `lines` prints each as a JSON document.
pub async fn follow<T>(
    context: &Context,
    engine: Engine,
    events: mpsc::Receiver<Event>,
    lines: bool,
    work: impl AsyncFnOnce(&Engine) -> T,
) -> T {
    let follower: Box<dyn Follower> = if lines {
        Box::new(Lines { unchanged: true })
    } else if std::io::stderr().is_terminal() && !context.global.json {
        Box::new(Bar::new())
    } else {
        Box::new(Plain)
    };
    follow_by(follower, engine, events, work).await
}

/// The same for one round of many: documents where asked, but not of what is unchanged, or nothing.
pub async fn follow_round<T>(
    context: &Context,
    engine: Engine,
    events: mpsc::Receiver<Event>,
    work: impl AsyncFnOnce(&Engine) -> T,
) -> T {
    let follower: Box<dyn Follower> = match context.global.json {
        true => Box::new(Lines { unchanged: false }),
        false => Box::new(Silent),
    };
    follow_by(follower, engine, events, work).await
}

async fn follow_by<T>(
    follower: Box<dyn Follower>,
    engine: Engine,
    events: mpsc::Receiver<Event>,
    work: impl AsyncFnOnce(&Engine) -> T,
) -> T {
    let listener = listen(follower, events);
    let done = work(&engine).await;
    // The channel closes with the engine, and that ends the listener.
    drop(engine);
    // It only fails if it panicked, which the panic hook has reported.
    let _ = listener.await;
    done
}

fn listen(mut follower: Box<dyn Follower>, mut events: mpsc::Receiver<Event>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            follower.follow(&event);
        }
        follower.end();
    })
}

trait Follower: Send {
    fn follow(&mut self, event: &Event);
    fn end(&mut self) {}
}

/// The time of day where the program runs.
pub fn clock(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// What a person is told of an event, if anything.
pub fn sentence(event: &Event) -> Option<String> {
    match event {
        Event::Started { run } => Some(format!("Run {run}")),
        Event::Reading(what) => Some(format!("Reading {what}")),
        Event::Planned { devices, writes } => {
            Some(format!("{}, {writes} to write", output::counted(*devices, "device")))
        }
        Event::Waiting { service, until, why } => {
            let (why, until) = (why.words(), clock(*until));
            Some(format!("{service}: {why}. Waiting until {until}. Nothing is lost."))
        }
        Event::Queued { organization: (id, name), holder } => Some(text::clean(&format!(
            "Organization {id} ({name}) is being written to by {holder}. Waiting until it is free; \
             Ctrl-C ends the wait, and nothing is written."
        ))),
        Event::Settling { devices, until } => Some(format!(
            "{} without a clear answer: looked up at {}, before anything is created again.",
            output::counted(*devices, "device"),
            clock(*until)
        )),
        Event::Note(text) => Some(text.clone()),
        Event::Device(device) if wants_a_line(device) => Some(device_line(device)),
        Event::Device(_) | Event::Listed(_) | Event::ToSend(_) => None,
    }
}

fn wants_a_line(device: &DeviceEvent) -> bool {
    // What undo held is summed up in the end: it stays so from run to run.
    matches!(device.state, DeviceState::Pending | DeviceState::Withheld | DeviceState::Cancelled)
        && device.pending.as_ref().is_none_or(|pending| !pending.superseded)
}

fn device_line(device: &DeviceEvent) -> String {
    let reason =
        device.pending.as_ref().map_or_else(String::new, |p| format!("{}: ", p.reason.word()));
    let serial = device.serial_number.as_deref().unwrap_or("-");
    text::clean(&format!(
        "{} {} ({serial}): {reason}{}",
        device.state.word(),
        device.name,
        device.message
    ))
}

/// Plain lines, for logs and pipes.
struct Plain;

impl Follower for Plain {
    fn follow(&mut self, event: &Event) {
        if let Some(sentence) = sentence(event) {
            output::note(&sentence);
        }
    }
}

/// A bar on the last line, sentences above it.
struct Bar {
    bar: ProgressBar,
    counted: std::collections::HashSet<crate::domain::DeviceId>,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if !terminal::draws_utf8(None) {
            bar.set_style(ProgressStyle::default_spinner().tick_chars("-\\|/ "));
        }
        Self { bar, counted: std::collections::HashSet::new() }
    }
}

impl Follower for Bar {
    fn follow(&mut self, event: &Event) {
        match event {
            Event::Planned { devices, .. } if self.counted.is_empty() => {
                self.bar.set_length(*devices as u64);
                if let Ok(style) = ProgressStyle::with_template("[{bar:40}] {pos}/{len} {msg}") {
                    self.bar.set_style(style.progress_chars("##."));
                }
            }
            Event::Reading(what) => self.bar.set_message(format!("reading {}", text::clean(what))),
            Event::Device(device) => {
                let on_the_way =
                    [DeviceState::Waiting, DeviceState::Matching, DeviceState::Writing];
                let ended = !on_the_way.contains(&device.state);
                if ended && self.counted.insert(device.device_id.clone()) {
                    self.bar.inc(1);
                }
                self.bar.set_message(text::truncate(&device.name, 30, text::CUT_ASCII));
                if wants_a_line(device) {
                    self.bar.println(device_line(device));
                }
            }
            other => {
                if let Some(sentence) = sentence(other) {
                    self.bar.println(sentence);
                }
            }
        }
    }

    fn end(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Says nothing: the round's end does.
struct Silent;

impl Follower for Silent {
    fn follow(&mut self, _event: &Event) {}
}

/// One document an event, but for those that only a screen wants.
struct Lines {
    unchanged: bool,
}

impl Follower for Lines {
    fn follow(&mut self, event: &Event) {
        let unchanged =
            |device: &DeviceEvent| device.state == DeviceState::Unchanged && !self.unchanged;
        if matches!(event, Event::Device(device) if unchanged(device)) {
            return;
        }
        if let Some(document) = document(event) {
            output::print_json(&document);
        }
    }
}

fn document(event: &Event) -> Option<Value> {
    Some(match event {
        // For screens: what matters of these stands in the devices' own documents.
        Event::Listed(_) | Event::ToSend(_) => return None,
        Event::Started { run } => json!({ "schema": 1, "event": "started", "run": run }),
        Event::Reading(what) => json!({ "schema": 1, "event": "reading", "what": what }),
        Event::Planned { devices, writes } => {
            json!({ "schema": 1, "event": "planned", "devices": devices, "writes": writes })
        }
        Event::Device(device) => json!({
            "schema": 1,
            "event": "device",
            "device_id": device.device_id,
            "name": device.name,
            "serial_number": device.serial_number,
            "policy_id": device.policy_id,
            "organization_id": device.organization_id,
            "state": device.state,
            "action": device.action,
            "configuration_id": device.configuration_id,
            "reason": device.pending.as_ref().map(|pending| pending.reason),
            "message": device.message,
        }),
        Event::Waiting { service, until, why } => json!({
            "schema": 1,
            "event": "waiting",
            "service": service.to_string(),
            "until": until.to_string(),
            "why": why.words(),
        }),
        Event::Queued { organization: (id, name), holder } => json!({
            "schema": 1,
            "event": "queued",
            "organization": { "id": id, "name": name },
            "holder": holder,
        }),
        Event::Settling { devices, until } => json!({
            "schema": 1,
            "event": "settling",
            "devices": devices,
            "until": until.to_string(),
        }),
        Event::Note(text) => json!({ "schema": 1, "event": "note", "text": text }),
    })
}

/// The last line of `sync --json` where the run came to nothing.
pub fn failed(error: &crate::apply::Error) -> Value {
    let outcome = match error {
        crate::apply::Error::Cancelled => Outcome::Cancelled,
        _ => Outcome::Failed,
    };
    let summary = Summary {
        run: None,
        outcome,
        counts: Counts::default(),
        withheld_devices: BTreeSet::new(),
        busy: Vec::new(),
        addigy_requests: 0,
        itglue_requests: 0,
        seconds: 0.0,
        problems: vec![text::clean(&error.to_string())],
        failure: None,
    };
    finished(&summary)
}

/// The last line of `sync --json`.
pub fn finished(summary: &Summary) -> Value {
    let counts = &summary.counts;
    json!({
        "schema": 1,
        "event": "finished",
        "run": summary.run,
        "outcome": summary.outcome,
        "created": counts.created,
        "activated": counts.activated,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "inactivated": counts.inactivated,
        "pending": counts.pending,
        "withheld": counts.withheld,
        "held": counts.held,
        "cancelled": counts.cancelled,
        "requests": { "addigy": summary.addigy_requests, "itglue": summary.itglue_requests },
        "seconds": summary.seconds,
        "problems": summary.problems,
        "busy": summary.busy.iter().map(|(id, holder)| json!({ "organization_id": id, "holder": holder })).collect::<Vec<_>>(),
    })
}
