//! What of a run is exported: one line a device, the same in every format.

use super::{LiveRun, Row};
use crate::domain::PolicyId;
use crate::text;
use serde_json::{Value, json};

/// One device of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The policy's path.
    pub policy: String,
    /// The device's name.
    pub device: String,
    /// Its serial number.
    pub serial: String,
    /// Its state's word.
    pub state: &'static str,
    /// The action's word.
    pub action: &'static str,
    /// The reason's word, or nothing.
    pub reason: &'static str,
    /// What was said of it.
    pub message: String,
    /// Its configuration's id, or nothing.
    pub configuration_id: String,
}

impl ReportRow {
    /// The columns' names, in the order of [`ReportRow::cells`].
    pub const COLUMNS: [&'static str; 8] = [
        "policy",
        "device",
        "serial_number",
        "state",
        "action",
        "reason",
        "message",
        "configuration_id",
    ];

    /// The cells, in the order of [`ReportRow::COLUMNS`].
    pub fn cells(&self) -> [&str; 8] {
        [
            &self.policy,
            &self.device,
            &self.serial,
            self.state,
            self.action,
            self.reason,
            &self.message,
            &self.configuration_id,
        ]
    }
}

impl LiveRun {
    /// These rows for a report; `policy` gives a policy's path.
    pub fn report(&self, rows: &[u32], policy: impl Fn(&PolicyId) -> String) -> Vec<ReportRow> {
        let line = |row: &Row| ReportRow {
            policy: policy(&row.policy_id),
            device: row.name.clone(),
            serial: row.serial.clone(),
            state: row.state.word(),
            action: row.action,
            reason: row.reason().unwrap_or_default(),
            message: row.message.clone(),
            configuration_id: row.configuration_id.map(|id| id.to_string()).unwrap_or_default(),
        };
        rows.iter().filter_map(|at| self.row(*at)).map(line).collect()
    }
}

/// A comma-separated file that a spreadsheet can open without running any of it.
pub fn csv(rows: &[ReportRow]) -> String {
    let line = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| text::csv_cell(cell)).collect();
        cells.join(",") + "\r\n"
    };
    let head = line(&ReportRow::COLUMNS);
    rows.iter().fold(head, |all, row| all + &line(&row.cells()))
}

/// One document.
pub fn json(run: Option<crate::domain::RunId>, rows: &[ReportRow]) -> String {
    let or_null = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let devices: Vec<Value> = rows
        .iter()
        .map(|row| {
            let cells = ReportRow::COLUMNS.iter().zip(row.cells());
            Value::Object(cells.map(|(key, cell)| ((*key).to_owned(), or_null(cell))).collect())
        })
        .collect();
    let document = json!({ "schema": 1, "run": run, "devices": devices });
    format!("{document:#}\n")
}

/// A table for a ticket or a wiki.
pub fn markdown(rows: &[ReportRow]) -> String {
    let line = |cells: &[&str]| {
        let cells: Vec<String> =
            cells.iter().map(|cell| cell.replace('\\', "\\\\").replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head = line(&ReportRow::COLUMNS) + &line(&["---"; 8]);
    rows.iter().fold(head, |all, row| all + &line(&row.cells()))
}
