//! A list as a file: csv, json or md.

/// A list to be exported, its texts cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The file's name without a suffix, such as `globex-run42`.
    pub stem: String,
    /// What it is, for the head of a md file.
    pub title: String,
    /// The columns' names in snake_case.
    pub columns: Vec<&'static str>,
    /// The rows, each as long as the columns.
    pub rows: Vec<Vec<String>>,
}
