//! A list as a file: csv, json or md.

use crate::text::{clean, csv_cell};
use serde_json::{Map, Value, json};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

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

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
    /// A table for a ticket or a wiki.
    Markdown,
}

impl Format {
    /// Every format, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Markdown];

    /// The suffix that asks for it.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }

    /// What the path's suffix asks for.
    pub fn of(path: &Path) -> Option<Self> {
        let suffix = path.extension()?.to_str()?.to_lowercase();
        Self::ALL.into_iter().find(|format| format.suffix() == suffix)
    }
}

impl Report {
    /// The name of its file, fit for any folder: `globex-run42`.
    pub fn file_stem(&self) -> String {
        let dashed: String =
            self.stem.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
        let stem: String = parts.join("-").to_lowercase().chars().take(80).collect();
        if stem.is_empty() { "report".into() } else { stem }
    }

    /// The whole file.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Csv => self.csv(),
            Format::Json => self.json(),
            Format::Markdown => self.markdown(),
        }
    }

    fn csv(&self) -> String {
        let mut text = format!("{}\n", self.columns.join(","));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| csv_cell(cell)).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    fn json(&self) -> String {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().zip(row);
                let cells = cells.map(|(column, cell)| ((*column).to_owned(), json!(cell)));
                Value::Object(cells.collect::<Map<_, _>>())
            })
            .collect();
        let document = json!({ "schema": 1, "title": self.title, "rows": rows });
        // The alternate form breaks lines, and a value made of texts can always be written.
        format!("{document:#}\n")
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let heads = self.columns.iter().map(|column| column.replace('_', " ")).collect();
        let mut text = format!("# {}\n\n{}", markdown_text(&self.title), line(heads));
        text.push_str(&format!("|{}\n", " --- |".repeat(self.columns.len())));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|cell| markdown_text(cell)).collect()));
        }
        text
    }
}

/// A text that no reader of Markdown takes for anything but text.
fn markdown_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let www = |at: usize| {
        let before = at.checked_sub(3).and_then(|start| text.get(start..at));
        before.is_some_and(|word| word.eq_ignore_ascii_case("www"))
    };
    for (at, c) in text.char_indices() {
        match c {
            // Some make links of bare addresses too, and who named a device chose where they lead.
            '/' if text[..at].ends_with(':') => safe.push_str("&#47;"),
            '.' if www(at) => safe.push_str("&#46;"),
            '@' => safe.push_str("&#64;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '#' | '~' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// Writes a new file that only its owner can read; one that is there is never touched.
///
/// # Errors
/// A sentence: what is in the way and what to do.
pub fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|error| in_the_way(path, &error))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // It is ours, and half a report is worse than none.
        let _ = fs::remove_file(path);
        in_the_way(path, &error)
    })
}

fn in_the_way(path: &Path, error: &io::Error) -> String {
    let shown = clean(&path.to_string_lossy());
    let folder = path.parent().map(|folder| clean(&folder.to_string_lossy())).unwrap_or_default();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{shown} is there already and was left as it is. Choose another name.")
        }
        ErrorKind::NotFound => format!("There is no folder {folder}. Make it, or choose another."),
        ErrorKind::NotADirectory => format!("{folder} is no folder. Choose another."),
        ErrorKind::PermissionDenied => {
            format!("You may not write into {folder}. Choose a folder of yours, such as ~/")
        }
        ErrorKind::ReadOnlyFilesystem => {
            format!("{folder} can only be read. Choose a folder of yours, such as ~/")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("There is no room left for {shown}. Nothing was kept of it.")
        }
        ErrorKind::InvalidFilename => format!("{shown} can't be a file's name. Choose another."),
        _ => format!("{shown} can't be written: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn report() -> Report {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        Report {
            stem: "Clients/Globex run 42".into(),
            title: "Globex GmbH, run 42".into(),
            columns: vec!["name", "serial_number", "message"],
            rows: vec![
                row(["GLX-MBP-001", "C02XK0AAJG5H", ""]),
                row(["=cmd|' /C calc'!A0", "", "two records, \"same\" serial"]),
                row(["<b>*reception*</b>", "", "a\\b | c_d"]),
            ],
        }
    }

    #[test]
    fn formats() {
        let report = report();
        insta::assert_snapshot!("csv", report.render(Format::Csv));
        insta::assert_snapshot!("json", report.render(Format::Json));
        insta::assert_snapshot!("md", report.render(Format::Markdown));
    }

    #[test]
    fn the_suffix_decides() {
        for (path, format) in [
            ("./a.csv", Some(Format::Csv)),
            ("/x/b.v1.JSON", Some(Format::Json)),
            ("c.md", Some(Format::Markdown)),
            ("d.txt", None),
            ("csv", None),
            (".csv", None),
            ("", None),
        ] {
            assert_eq!(Format::of(Path::new(path)), format, "{path}");
        }
    }

    #[test]
    fn stems_are_fit_for_any_folder() {
        assert_eq!(report().file_stem(), "clients-globex-run-42");
        for (stem, file) in [("", "report"), ("../..", "report"), ("Zürich AG", "zürich-ag")] {
            let stem = stem.to_owned();
            assert_eq!(Report { stem, ..report() }.file_stem(), file);
        }
    }

    #[test]
    fn a_new_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write_new(&path, "name\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "name\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn nothing_is_overwritten_and_what_is_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let told = |name: &str| {
            let error = write_new(&folder.path().join(name), "new").unwrap_err();
            error.replace(&*folder.path().to_string_lossy(), "DIR")
        };
        fs::write(folder.path().join("a.csv"), "old").unwrap();
        assert_eq!(
            told("a.csv"),
            "DIR/a.csv is there already and was left as it is. Choose another name."
        );
        assert_eq!(fs::read_to_string(folder.path().join("a.csv")).unwrap(), "old");
        std::os::unix::fs::symlink("/nowhere/else", folder.path().join("link.csv")).unwrap();
        assert!(told("link.csv").contains("is there already"));
        assert_eq!(told("no/b.csv"), "There is no folder DIR/no. Make it, or choose another.");
        assert_eq!(told("a.csv/b.csv"), "DIR/a.csv is no folder. Choose another.");
        assert!(told(&"x".repeat(300)).contains("can't be a file's name"));
    }

    proptest! {
        #[test]
        fn a_table_keeps_its_shape(cell in any::<String>()) {
            let cell = clean(&cell);
            let rows = vec![vec![cell.clone(), "b".into()]];
            let report = Report { columns: vec!["a", "b"], rows, ..Report::default() };
            let markdown = report.render(Format::Markdown);
            let row = markdown.lines().last().unwrap().replace("\\\\", "").replace("\\|", "");
            prop_assert_eq!(row.matches('|').count(), 3, "{}", markdown);
            let json: Value = serde_json::from_str(&report.render(Format::Json)).unwrap();
            prop_assert_eq!(json["rows"][0]["a"].as_str(), Some(cell.as_str()));
        }
    }
}
