//! Taking the engine's events in, each at the same small cost however many devices there are.

use super::row::{self, Attempt, Row, RowState};
use super::{LiveRun, Wait};
use crate::apply::{DeviceEvent, Event, Summary};
use crate::text;
use jiff::Timestamp;
use std::mem;

/// More notes than a person would read are not kept.
const MOST_NOTES: usize = 200;

impl LiveRun {
    /// Takes one event in.
    pub fn fold(&mut self, event: Event, now: Timestamp) {
        self.revision += 1;
        match event {
            Event::Started { run } => self.id = Some(run),
            Event::Reading(what) => self.reading = Some(text::clean(&what)),
            Event::Planned { devices, .. } => {
                self.reading = None;
                self.settling = None;
                self.planned = self.planned.max(devices);
            }
            Event::Listed(devices) => {
                let first = self.rows.is_empty();
                self.reserve(devices.len());
                for device in devices {
                    self.fold_device(device, now);
                }
                if first {
                    self.compare_with_shown();
                    self.refresh(now);
                }
            }
            Event::ToSend(to_send) => {
                self.to_send = Some(to_send);
                // Where the number of the plan's pass was lost, writing tells that it is over.
                self.reading = None;
            }
            Event::Device(device) => self.fold_device(device, now),
            Event::Waiting { service, until, why } => {
                self.waits.retain(|wait| wait.service != service);
                self.waits.push(Wait { service, until, why });
            }
            // The console never waits so: it says at once who holds the organization.
            Event::Queued { .. } => {}
            Event::Settling { devices, until } => {
                self.settling = Some((devices, until));
                self.to_send = None;
            }
            Event::Note(note) if self.notes.len() < MOST_NOTES => {
                self.notes.push(text::clean(&note));
            }
            Event::Note(_) => {}
        }
    }

    /// The run is over. Pending devices come first from now on.
    pub fn end(&mut self, ended: Result<Box<Summary>, String>, now: Timestamp) {
        self.revision += 1;
        self.outcome = Some(ended.map_err(|why| text::clean(&why)));
        self.ended_at = Some(now);
        (self.reading, self.settling, self.to_send) = (None, None, None);
        self.waits.clear();
        for at in 0..self.rows.len() {
            self.end_row(at, now);
        }
        let rank = |at: &u32| match self.rows.get(*at as usize).map(|row| row.state) {
            Some(RowState::Pending) => 0,
            Some(RowState::Withheld) => 1,
            Some(RowState::Cancelled) => 2,
            _ => 3,
        };
        // Stable: among themselves they keep their order.
        self.order.sort_by_key(rank);
        self.refresh(now);
    }

    /// Whatever was still to come does not come any more.
    fn end_row(&mut self, at: usize, now: Timestamp) {
        let Some(row) = self.rows.get_mut(at) else { return };
        if !row.state.is_on_the_way() {
            return;
        }
        let state = match &row.pending {
            Some(_) => RowState::Pending,
            None => RowState::Cancelled,
        };
        if row.pending.is_none() {
            row.message = "the run ended before it".to_owned();
        }
        row.until = None;
        close(row, now, "no answer was told");
        self.set_state(at, state);
    }

    fn reserve(&mut self, devices: usize) {
        let more = devices.saturating_sub(self.rows.len());
        self.rows.reserve(more);
        self.order.reserve(more);
        self.index.reserve(more);
    }

    fn fold_device(&mut self, event: DeviceEvent, now: Timestamp) {
        let state = row::shown_state(event.state, event.again, event.pending.as_ref());
        let at = self.place(&event);
        let Some(row) = self.rows.get_mut(at) else { return };
        note_attempt(row, &event, state, now);
        row.name = text::clean(&event.name);
        row.serial = event.serial_number.as_deref().map(text::clean).unwrap_or_default();
        row.policy_id = event.policy_id;
        row.configuration_id = event.configuration_id.or(row.configuration_id);
        row.message = text::clean(&event.message);
        if state.is_on_the_way() && !event.again {
            row.sent = std::mem::take(&mut row.message);
        }
        // While it waits to be come to again, why it does still counts.
        if event.pending.is_some() || !(event.again || state == RowState::Waiting) {
            row.pending = event.pending;
        }
        row.until = event.until.filter(|_| event.again);
        row.action = event.action;
        row.remember_words();
        self.set_state(at, state);
    }

    /// The row's place; a device seen for the first time comes last.
    fn place(&mut self, event: &DeviceEvent) -> usize {
        let mut last = None;
        let mut at = self.index.get(&event.device_id).copied();
        while let Some(here) = at {
            let Some(row) = self.rows.get(here as usize) else { break };
            if row.organization_id == event.organization_id {
                return here as usize;
            }
            (last, at) = (Some(here), row.next);
        }
        // Nobody has four thousand million devices; the last number would stand for all beyond.
        let new = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        match last.and_then(|last| self.rows.get_mut(last as usize)) {
            Some(row) => row.next = Some(new),
            None => {
                self.index.insert(event.device_id.clone(), new);
            }
        }
        self.rows.push(new_row(event));
        self.order.push(new);
        self.counts.add(RowState::Waiting);
        new as usize
    }

    fn set_state(&mut self, at: usize, state: RowState) {
        let Some(row) = self.rows.get_mut(at) else { return };
        let before = mem::replace(&mut row.state, state);
        self.counts.take(before);
        self.counts.add(state);
        if state.is_active() {
            self.newest_active = Some(at);
        }
    }
}

fn new_row(event: &DeviceEvent) -> Row {
    Row {
        device_id: event.device_id.clone(),
        organization_id: event.organization_id,
        policy_id: event.policy_id.clone(),
        name: String::new(),
        serial: String::new(),
        state: RowState::Waiting,
        action: event.action,
        shown: None,
        configuration_id: None,
        pending: None,
        message: String::new(),
        sent: String::new(),
        until: None,
        attempts: Vec::new(),
        haystack: String::new(),
        next: None,
    }
}

/// Keeps what was tried: a write that begins, and what came of it.
fn note_attempt(row: &mut Row, event: &DeviceEvent, state: RowState, now: Timestamp) {
    match state {
        RowState::Writing => {
            close(row, now, "sent again in a smaller batch");
            row.attempts.push(Attempt { began: Some(now), ended: None, answer: String::new() });
        }
        RowState::Matching => {}
        RowState::Waiting if event.again => {
            let unclear = event.pending.as_ref().map_or("", |pending| pending.reason.sentence());
            let answer = if unclear.is_empty() { "no clear answer" } else { unclear };
            close(row, now, answer);
        }
        RowState::Waiting => close(row, now, "its batch was refused; sent again in a smaller one"),
        _ => {
            let tried = row.state.is_active() && row.attempts.is_empty();
            if tried {
                row.attempts.push(Attempt { began: None, ended: None, answer: String::new() });
            }
            let answer = match (&event.pending, event.message.is_empty()) {
                (Some(pending), true) => pending.reason.sentence().to_owned(),
                (Some(pending), false) => format!("{}: {}", pending.reason.word(), event.message),
                (None, true) => state.word().to_owned(),
                (None, false) => format!("{}: {}", state.word(), event.message),
            };
            close(row, now, &answer);
        }
    }
}

/// Ends the attempt that is under way, if one is.
fn close(row: &mut Row, now: Timestamp, answer: &str) {
    if let Some(open) = row.attempts.last_mut().filter(|attempt| attempt.ended.is_none()) {
        open.ended = Some(now);
        open.answer = text::clean(answer);
    }
}
