//! What of a run is exported: one line a device.

use super::{LiveRun, Row};
use crate::domain::PolicyId;

/// The columns of an export.
pub const COLUMNS: [&str; 8] = [
    "policy",
    "device",
    "serial_number",
    "state",
    "action",
    "reason",
    "message",
    "configuration_id",
];

impl LiveRun {
    /// These rows for an export, each as long as [`COLUMNS`]; `policy` gives a policy's path.
    pub fn report(&self, rows: &[u32], policy: impl Fn(&PolicyId) -> String) -> Vec<Vec<String>> {
        let line = |row: &Row| {
            vec![
                policy(&row.policy_id),
                row.name.clone(),
                row.serial.clone(),
                row.state.word().to_owned(),
                row.action.to_owned(),
                row.reason().unwrap_or_default().to_owned(),
                row.message.clone(),
                row.configuration_id.map(|id| id.to_string()).unwrap_or_default(),
            ]
        };
        rows.iter().filter_map(|at| self.row(*at)).map(line).collect()
    }
}
