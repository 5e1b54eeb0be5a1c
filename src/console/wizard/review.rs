//! Step 7: everything on one page, each line a way back to its step; then the switch.

use super::ask::{AddigySeen, ItGlueSeen};
use super::draft::{Draft, Step};
use super::failure::{Failure, label};
use super::paper::Paper;
use crate::console::keymap::Verb;
use crate::console::theme::Role;
use crate::console::widgets::table;
use crate::text;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// Where the second column begins.
const LABELS: usize = 21;

/// A page of fewer lines gives each row one.
const ROOMY: u16 = 15;

/// A row that Enter does something on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Back to a step.
    Step(Step),
    /// Check everything and switch on.
    SwitchOn,
    /// Save without switching on.
    SaveOff,
}

const ROWS: [Row; 8] = [
    Row::Step(Step::Addigy),
    Row::Step(Step::ItGlue),
    Row::Step(Step::Active),
    Row::Step(Step::Inactive),
    Row::Step(Step::DefaultType),
    Row::Step(Step::Rules),
    Row::SwitchOn,
    Row::SaveOff,
];

/// The cursor.
#[derive(Debug)]
pub struct Review {
    at: usize,
}

impl Default for Review {
    fn default() -> Self {
        Self { at: 6 }
    }
}

/// What the page is drawn from.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What was entered.
    pub draft: &'a Draft,
    /// What the token sees.
    pub addigy: Option<&'a AddigySeen>,
    /// What the key sees.
    pub itglue: Option<&'a ItGlueSeen>,
    /// What stands in the way, by step.
    pub troubles: &'a BTreeMap<Step, Failure>,
    /// The settings file.
    pub path: String,
}

impl Review {
    /// The row under the cursor.
    pub fn row(&self) -> Row {
        ROWS.get(self.at).copied().unwrap_or(Row::SwitchOn)
    }

    /// Moves the cursor.
    pub fn act(&mut self, verb: Verb) -> bool {
        let last = ROWS.len() - 1;
        self.at = match verb {
            Verb::Up => self.at.saturating_sub(1),
            Verb::Down => (self.at + 1).min(last),
            Verb::Top | Verb::PageUp => 0,
            Verb::Bottom | Verb::PageDown => last,
            _ => return false,
        };
        true
    }

    /// Puts the cursor on a step's row.
    pub fn show(&mut self, step: Step) {
        self.at = ROWS.iter().position(|row| *row == Row::Step(step)).unwrap_or(self.at);
    }

    /// Draws the page.
    pub fn draw(&self, paper: &mut Paper<'_, '_>, facts: &Facts<'_>) {
        // Where not all fits, each row gets a line, and the one with the cursor is seen.
        let small = paper.area.height < ROOMY;
        let rows = if small { 1 } else { 2 };
        let skip = (self.at + 1).saturating_sub(paper.area.height.into());
        for (at, row) in ROWS.iter().enumerate().skip(if small { skip } else { 0 }) {
            if *row == Row::SwitchOn && !small {
                paper.gap();
            }
            let selected = at == self.at;
            match row {
                Row::Step(step) => {
                    let (role, words) = summary(*step, facts);
                    draw_row(paper, selected, step.title(), role, &words, rows);
                    if *step == Step::Rules && !small {
                        rules(paper, facts.draft);
                    }
                }
                Row::SwitchOn => draw_row(
                    paper,
                    selected,
                    "Switch on",
                    Role::Text,
                    "checks all again; then syncs may write to IT Glue",
                    rows,
                ),
                Row::SaveOff => draw_row(
                    paper,
                    selected,
                    "Save switched off",
                    Role::Text,
                    "nothing is written to IT Glue until it is switched on",
                    rows,
                ),
            }
        }
        paper.gap();
        paper.words(2, Role::Muted, &format!("Both write {} (mode 0600).", facts.path));
    }
}

/// What a step's row says, and how.
fn summary(step: Step, facts: &Facts<'_>) -> (Role, String) {
    let draft = facts.draft;
    if let Some(failure) = facts.troubles.get(&step) {
        return (Role::Danger, format!("! {}", failure.what));
    }
    if let Some(lacks) = draft.lacks(step) {
        return (Role::Attention, format!("! {lacks}"));
    }
    let named = |named: &Option<String>| named.clone().unwrap_or_default();
    let words = match step {
        Step::Addigy => {
            let seen = facts.addigy.map(AddigySeen::words);
            with_source("token", &draft.token, seen)
        }
        Step::ItGlue => {
            let place = match draft.region {
                Some(region) => label(region),
                None => draft.itglue_url.as_str(),
            };
            let seen = facts.itglue.map(ItGlueSeen::words);
            format!("{place}; {}", with_source("key", &draft.key, seen))
        }
        Step::Active => named(&draft.active.as_ref().map(ToString::to_string)),
        Step::Inactive => named(&draft.inactive.as_ref().map(ToString::to_string)),
        Step::DefaultType => named(&draft.default_type.as_ref().map(ToString::to_string)),
        Step::Rules => match draft.rules.len() {
            0 => "none: every new configuration gets the default type".to_owned(),
            1 => "1 rule".to_owned(),
            count => format!("{count} rules, the first that holds wins"),
        },
        Step::Review => String::new(),
    };
    (Role::Text, words)
}

fn with_source(word: &str, secret: &super::secret::SecretDraft, seen: Option<String>) -> String {
    let source = match secret.source(word) {
        Ok(crate::settings::SecretSource::Value(_)) => format!("{word} in the settings file"),
        Ok(source) => format!("{word} from {source}"),
        Err(why) => why,
    };
    match seen {
        Some(seen) => format!("{source}; {seen}"),
        None => source,
    }
}

fn draw_row(
    paper: &mut Paper<'_, '_>,
    selected: bool,
    title: &str,
    role: Role,
    words: &str,
    rows: usize,
) {
    let look = paper.look;
    let width = usize::from(paper.area.width);
    let room = width.saturating_sub(LABELS).max(1);
    let lines = text::wrap(&text::clean(words), room);
    for (at, words) in lines.iter().take(rows).enumerate() {
        let title = if at == 0 { title } else { "" };
        let row = paper.take(1);
        // What does not fit is cut.
        let cut = if at + 1 == rows && lines.len() > rows { look.glyphs.cut } else { "" };
        let line = Line::from(vec![
            Span::styled(format!("  {title:<19}"), look.style(Role::Accent)),
            Span::styled(format!("{words}{cut}"), look.style(role)),
        ]);
        paper.frame.buffer_mut().set_line(row.x, row.y, &line, row.width);
        if selected && at == 0 {
            table::lead(paper.frame.buffer_mut(), row, look, true, false);
        }
    }
}

/// The rules below their row, as many as the page has room for.
fn rules(paper: &mut Paper<'_, '_>, draft: &Draft) {
    // The two switches, the gaps, the path and a line on the check come below.
    let room = usize::from(paper.area.height.saturating_sub(6));
    let shown = if draft.rules.len() > room { room.saturating_sub(1) } else { draft.rules.len() };
    let look = paper.look;
    let width = usize::from(paper.area.width).saturating_sub(LABELS);
    for rule in draft.rules.iter().take(shown) {
        let kind = rule.kind.as_ref().map_or("(no type)".into(), ToString::to_string);
        let words = format!("{} {} {kind}", rule.words(), look.glyphs.arrow);
        let words = text::truncate(&text::clean(&words), width, look.glyphs.cut);
        paper.line(&Line::styled(format!("{:LABELS$}{words}", ""), look.style(Role::Muted)));
    }
    if draft.rules.len() > shown && room > 0 {
        let more = format!("{:LABELS$}and {} more", "", draft.rules.len() - shown);
        paper.line(&Line::styled(more, look.style(Role::Muted)));
    }
}
