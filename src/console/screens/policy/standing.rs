//! How the devices of one policy stand, and what a sync would do for them, from what is known.

use crate::commands::overview::PolicyOverview;
use crate::console::keymap::Verb;
use crate::console::report::Report;
use crate::console::shared::Snapshot;
use crate::console::widgets::{grouped, plural};
use crate::domain::{DeviceId, DeviceState, PendingReason, PolicyId};
use crate::text;

/// A device that is not simply bound.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub name: String,
    pub serial: Option<String>,
    pub state: DeviceState,
    pub reason: Option<PendingReason>,
    pub message: String,
}

impl DeviceRow {
    /// One word on why it stands here.
    pub fn word(&self) -> &'static str {
        match (self.state, self.reason) {
            (_, Some(reason)) => reason.word(),
            (DeviceState::Withheld, None) => "withheld",
            (_, None) => "held",
        }
    }

    pub fn copyables(&self) -> Vec<(Verb, String)> {
        let mut values = vec![
            (Verb::CopyName, text::clean(&self.name)),
            (Verb::CopyId, text::clean(self.id.as_str())),
            (Verb::CopyMessage, text::clean(&self.message)),
        ];
        values.extend(self.serial.as_deref().map(|serial| (Verb::CopySerial, text::clean(serial))));
        values
    }
}

/// How the devices stand.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Those that are not simply bound: pending, withheld, held.
    pub rows: Vec<DeviceRow>,
    pub linked: usize,
    pub pending: usize,
    pub people: usize,
    pub withheld: usize,
    pub held: usize,
    pub left: usize,
    pub unseen: usize,
}

impl Standing {
    /// Of the policy, as the state file has it.
    pub fn of(snapshot: &Snapshot, policy: &PolicyId) -> Self {
        let Some(row) = snapshot.policy(policy) else { return Self::default() };
        let mut rows = pending(row);
        rows.extend(withheld(snapshot, policy));
        let held = held(snapshot, policy);
        let count = held.len();
        rows.extend(
            held.into_iter().filter(|h| rows.iter().all(|r| r.id != h.id)).collect::<Vec<_>>(),
        );
        Self {
            linked: row.linked,
            pending: row.pending.len(),
            people: row.pending.iter().filter(|p| p.reason.needs_a_person()).count(),
            withheld: row.withheld.len(),
            held: count,
            left: row.leaving.len(),
            unseen: row.total.saturating_sub(row.linked + row.pending.len()),
            rows,
        }
    }

    pub fn row(&self, id: &DeviceId) -> Option<&DeviceRow> {
        self.rows.iter().find(|row| row.id == *id)
    }

    pub fn is_held(&self, id: &DeviceId) -> bool {
        self.row(id).is_some_and(|row| row.state == DeviceState::Held)
    }

    pub fn any_held(&self) -> bool {
        self.held > 0
    }

    pub fn can_retry(&self) -> bool {
        self.pending + self.unseen > 0
    }

    /// `linked 391  pending 9  withheld 0 …`; what there is none of is left out.
    pub fn counts(&self) -> String {
        let all = [
            ("linked", self.linked),
            ("pending", self.pending),
            ("not synced yet", self.unseen),
            ("left", self.left),
            ("withheld", self.withheld),
            ("held", self.held),
        ];
        let counts = all.iter().filter(|(word, count)| *count > 0 || *word == "linked");
        counts.map(|(word, n)| format!("{word} {}", grouped(*n))).collect::<Vec<_>>().join("  ")
    }

    /// What a sync would do, as far as can be known without asking the services.
    pub fn outlook(&self) -> String {
        let devices =
            |count: usize| format!("{} {}", grouped(count), plural(count, "device", "devices"));
        let mut told = Vec::new();
        if self.unseen > 0 {
            told.push(format!("bind {}", devices(self.unseen)));
        }
        if self.pending > self.people {
            told.push(format!("try {} again", devices(self.pending - self.people)));
        }
        if self.left > 0 {
            told.push(format!("set {} that left inactive", devices(self.left)));
        }
        if self.withheld > 0 {
            told.push(format!("ask before it sets {} inactive", devices(self.withheld)));
        }
        if self.linked > 0 {
            told.push(format!("keep {} true to Addigy", devices(self.linked)));
        }
        let mut text = match told.is_empty() {
            true => "nothing: no device is assigned to it".to_owned(),
            false => told.join(", "),
        };
        match self.people {
            0 => {}
            1 => text.push_str("; 1 needs a person first (b)"),
            several => text.push_str(&format!("; {several} need a person first (b)")),
        }
        text
    }

    /// The reasons, most frequent first: `ambiguous_match 2  unreachable 1`.
    pub fn reasons(&self) -> String {
        let reasons: Vec<&'static str> =
            self.rows.iter().filter_map(|row| row.reason).map(PendingReason::word).collect();
        let mut counted: Vec<(usize, &'static str)> = Vec::new();
        for word in &reasons {
            match counted.iter_mut().find(|(_, known)| known == word) {
                Some((count, _)) => *count += 1,
                None => counted.push((1, word)),
            }
        }
        counted.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(right.1)));
        counted.iter().map(|(n, word)| format!("{word} {n}")).collect::<Vec<_>>().join("  ")
    }

    pub fn report(&self, path: &str) -> Report {
        let rows = self.rows.iter().map(|row| {
            vec![
                row.id.to_string(),
                text::clean(&row.name),
                row.serial.as_deref().map(text::clean).unwrap_or_default(),
                row.word().to_owned(),
                text::clean(&row.message),
            ]
        });
        Report {
            stem: "policy".into(),
            title: text::clean(path),
            columns: vec!["device_id", "device", "serial_number", "reason", "message"],
            rows: rows.collect(),
        }
    }
}

fn pending(row: &PolicyOverview) -> Vec<DeviceRow> {
    let rows = row.pending.iter().map(|pending| DeviceRow {
        id: pending.device_id.clone(),
        name: pending.name.clone(),
        serial: pending.serial_number.clone(),
        state: DeviceState::Pending,
        reason: Some(pending.reason),
        message: pending.message.clone(),
    });
    rows.collect()
}

fn withheld(snapshot: &Snapshot, policy: &PolicyId) -> Vec<DeviceRow> {
    let reports = snapshot.known.reports.iter();
    let mine = reports.filter(|r| r.policy_id == *policy && r.state == DeviceState::Withheld);
    mine.map(|report| DeviceRow {
        id: report.device_id.clone(),
        name: report.name.clone(),
        serial: report.serial_number.clone(),
        state: DeviceState::Withheld,
        reason: None,
        message: "left the policy; the guard keeps its inactivation back".into(),
    })
    .collect()
}

fn held(snapshot: &Snapshot, policy: &PolicyId) -> Vec<DeviceRow> {
    let bindings = snapshot.known.bindings.iter();
    let mine = bindings.filter(|b| b.policy_id == *policy && b.is_bound());
    mine.filter_map(|binding| {
        let run = binding.held_by?;
        let device = snapshot.device(&binding.device_id);
        Some(DeviceRow {
            id: binding.device_id.clone(),
            name: device.map_or_else(|| binding.device_id.to_string(), |d| d.label()),
            serial: device.and_then(|device| device.serial_number.clone()),
            state: DeviceState::Held,
            reason: None,
            message: format!("undo of run {run} touched it; syncs leave it alone until x"),
        })
    })
    .collect()
}
