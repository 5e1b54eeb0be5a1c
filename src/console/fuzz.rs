//! What must hold of the console's own files, of keys, filters and exports.

use super::key::Key;
use super::keymap::Keymap;
use super::report::{Format, Report};
use super::screens::log::LogLine;
use super::screens::{history, log, policies};
use super::theme::{Depth, Theme};
use super::visit::Visit;
use super::wizard::draft_file;
use crate::fuzz::{assert_visible, lossy};
use crate::settings::KeyOverride;
use crate::text::clean;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

pub(crate) fn keys(bytes: &[u8]) {
    let text = lossy(bytes);
    // `action = key, key`, one a line.
    let overrides: Vec<KeyOverride> = text
        .lines()
        .take(200)
        .enumerate()
        .map(|(at, line)| {
            let (action, keys) = line.split_once('=').unwrap_or((line, ""));
            let keys = keys.split(',').map(|key| key.trim().to_owned()).collect();
            KeyOverride { action: action.trim().to_owned(), keys, line: at + 1 }
        })
        .collect();
    for key in overrides.iter().flat_map(|entry| &entry.keys) {
        match key.parse::<Key>() {
            Ok(key) => {
                assert_eq!(key.to_string().parse::<Key>(), Ok(key));
                assert_visible(&key.to_string());
            }
            Err(told) => assert_visible(&told),
        }
    }
    if let Err(problems) = Keymap::with(&overrides) {
        problems.iter().for_each(|problem| assert_visible(&problem.to_string()));
    }
}

pub(crate) fn filter(bytes: &[u8]) {
    let text = lossy(bytes);
    let line = LogLine::parse((1, 1), "2026-06-01T08:00:00Z  WARN bindery::addigy: a word");
    let _ = log::filter::Filter::parse(&text).hits(&line);
    let _ = history::filter::Filter::parse(&text);
    let _ = policies::tree::Filter::parse(&text).is_empty();
    let complete = [log::filter::complete, history::filter::complete, policies::tree::complete];
    for complete in complete {
        if let Some(more) = complete(&text) {
            assert!(more.len() <= text.len() + 40);
        }
    }
}

pub(crate) fn log_line(bytes: &[u8]) {
    let line = LogLine::parse((1, 1), &lossy(bytes));
    for text in [&line.target, &line.message, &line.whole()] {
        assert_visible(text);
        assert!(text.chars().count() <= 17 * 1024);
    }
}

pub(crate) fn theme(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.toml"), bytes).unwrap();
    let (theme, problems) = Theme::load("own", folder.path(), Depth::TrueColor);
    assert_visible(theme.name());
    assert!(problems.len() <= 101, "{} problems", problems.len());
    for problem in problems {
        let told = problem.to_string();
        assert_visible(&told);
        assert!(told.chars().count() < 1000, "{} characters", told.chars().count());
    }
}

/// The two files that the console keeps beside the state.
pub(crate) fn draft(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for file in [draft_file::path(dir), dir.join("visit.json")] {
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    match draft_file::load(dir) {
        Ok(Some(draft)) => {
            assert_visible(&draft.addigy_url);
            assert_visible(&draft.itglue_url);
        }
        Ok(None) => {}
        Err(told) => assert_visible(&told),
    }
    let visit = Visit::load(dir);
    if let Some(why) = visit.left().and_then(|left| visit.why_stopped(left)) {
        assert_visible(why);
    }
}

/// Each line is a row, its cells parted by tabs.
pub(crate) fn report(bytes: &[u8]) {
    let text = lossy(bytes);
    let row = |line: &str| {
        let mut cells: Vec<String> = line.split('\t').map(clean).collect();
        cells.resize(3, String::new());
        cells
    };
    let report = Report {
        stem: text.chars().take(300).collect(),
        title: clean(&text),
        columns: vec!["name", "serial_number", "message"],
        rows: text.split('\n').take(500).map(row).collect(),
    };
    let stem = report.file_stem();
    assert_visible(&stem);
    assert!(
        !stem.contains(['/', '.', '\\', ' ']) && !stem.is_empty() && stem.chars().count() <= 80
    );
    for format in Format::ALL {
        let file = report.render(format);
        file.lines().for_each(assert_visible);
    }
    for line in report.render(Format::Csv).lines() {
        let harmless = |cell: &str| !cell.trim_matches('"').trim().starts_with(['=', '+', '@']);
        assert!(harmless(line), "{line}");
    }
    let markdown = report.render(Format::Markdown);
    assert_eq!(markdown.lines().count(), 4 + report.rows.len(), "{markdown}");
    for line in markdown.lines().skip(2) {
        let bare = line.replace("\\\\", "").replace("\\|", "");
        assert_eq!(bare.matches('|').count(), 4, "{line}");
        assert!(!bare.contains('<') && !bare.contains("://"), "{line}");
    }
}
