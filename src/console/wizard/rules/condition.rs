//! One condition being edited: a fact picked from the list, a comparison, and a value.

use crate::console::key::Key;
use crate::console::keymap::Verb;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;
use crate::console::wizard::choose::{Chooser, Item};
use crate::console::wizard::fleet::Fleet;
use crate::console::wizard::form::{choices, draw_label};
use crate::console::wizard::paper::Paper;
use crate::console::wizard::rule::{Comparison, ConditionDraft};
use crate::text;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// The parts of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Fact,
    Comparison,
    Value,
}

const PARTS: [Part; 3] = [Part::Fact, Part::Comparison, Part::Value];

/// What became of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The condition is as it should be.
    Done(ConditionDraft),
    /// Nothing of that.
    Left,
    /// It goes on; whether the condition changed.
    Goes(bool),
}

/// One condition being edited.
#[derive(Debug)]
pub struct ConditionEditor {
    /// Which of the rule's conditions it is; one behind the last: a new one.
    pub at: usize,
    fact: String,
    comparison: Comparison,
    value: Field,
    part: Part,
    facts: Option<Chooser>,
    /// Why it can't be taken yet.
    trouble: Option<String>,
}

impl ConditionEditor {
    /// Edits this one, or a new one, which begins with the choice of a fact.
    pub fn new(at: usize, draft: Option<&ConditionDraft>, fleet: Option<&Fleet>) -> Self {
        let draft = draft.cloned();
        let is_new = draft.is_none();
        let draft = draft.unwrap_or_default();
        let mut editor = Self {
            at,
            fact: draft.fact,
            comparison: draft.comparison,
            value: Field::with(&draft.value),
            part: if is_new { Part::Fact } else { Part::Value },
            facts: None,
            trouble: None,
        };
        if is_new {
            editor.open_facts(fleet);
        } else if !editor.comparison.wants_value() {
            editor.part = Part::Comparison;
        }
        editor
    }

    /// What is entered.
    pub fn draft(&self) -> ConditionDraft {
        let value = match self.comparison.wants_value() {
            true => self.value.text().to_owned(),
            false => String::new(),
        };
        ConditionDraft { fact: self.fact.clone(), comparison: self.comparison, value }
    }

    fn open_facts(&mut self, fleet: Option<&Fleet>) {
        let rows = fleet.map(|fleet| fleet.facts.as_slice()).unwrap_or_default();
        let items = rows.iter().map(|row| Item {
            key: row.identifier.clone(),
            name: row.name.clone(),
            note: row.samples.join(", "),
        });
        self.facts = Some(Chooser::new(items.collect(), Some(&self.fact)));
    }

    /// Takes a key that may be text.
    pub fn key(&mut self, key: Key, fleet: Option<&Fleet>) -> Option<Outcome> {
        if let Some(facts) = &mut self.facts {
            return facts.key(key).then_some(Outcome::Goes(false));
        }
        match self.part {
            Part::Fact if key.typed().is_some() => {
                self.open_facts(fleet);
                return self.key(key, fleet);
            }
            Part::Comparison if key.typed().is_some() && self.comparison.wants_value() => {
                self.part = Part::Value;
            }
            Part::Fact | Part::Comparison => return None,
            Part::Value => {}
        }
        self.value.key(key).then(|| self.changed())
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) -> Outcome {
        match &mut self.facts {
            Some(facts) => facts.paste(text),
            None => {
                self.part = Part::Value;
                self.value.paste(text);
            }
        }
        self.changed()
    }

    fn changed(&mut self) -> Outcome {
        self.trouble = None;
        Outcome::Goes(true)
    }

    /// Does what a key asks for; `None`: nothing.
    pub fn act(&mut self, verb: Verb, fleet: Option<&Fleet>) -> Option<Outcome> {
        if let Some(facts) = &mut self.facts {
            if verb == Verb::Open {
                return Some(self.take_fact());
            }
            return facts.act(verb).then_some(Outcome::Goes(false));
        }
        match verb {
            Verb::Open => return Some(self.enter(fleet)),
            Verb::Left | Verb::Right => {
                if self.part != Part::Comparison {
                    return None;
                }
                self.compare(verb == Verb::Right);
                return Some(self.changed());
            }
            Verb::Down | Verb::NextView => self.step(true),
            Verb::Up | Verb::PreviousView => self.step(false),
            _ => return None,
        }
        Some(Outcome::Goes(false))
    }

    /// Esc: what was typed into the list, the list, the editor.
    pub fn close_one(&mut self) -> Outcome {
        let Some(facts) = &mut self.facts else { return Outcome::Left };
        if facts.clear() {
            return Outcome::Goes(false);
        }
        if self.fact.is_empty() {
            return Outcome::Left;
        }
        self.facts = None;
        Outcome::Goes(false)
    }

    fn take_fact(&mut self) -> Outcome {
        let Some(facts) = &self.facts else { return Outcome::Goes(false) };
        let typed = facts.typed().trim();
        let fact = match facts.current() {
            Some(item) => item.key.clone(),
            // The list could not be read, or lacks it: what is typed counts.
            None if !typed.is_empty() => typed.to_owned(),
            None => return Outcome::Goes(false),
        };
        self.fact = fact;
        self.facts = None;
        self.part = Part::Comparison;
        self.changed()
    }

    fn enter(&mut self, fleet: Option<&Fleet>) -> Outcome {
        match self.part {
            Part::Fact => {
                self.open_facts(fleet);
                return Outcome::Goes(false);
            }
            Part::Comparison if self.comparison.wants_value() => {
                self.part = Part::Value;
                return Outcome::Goes(false);
            }
            _ => {}
        }
        match self.draft().condition() {
            Ok(_) => Outcome::Done(self.draft()),
            Err(why) => {
                self.trouble = Some(why);
                Outcome::Goes(false)
            }
        }
    }

    fn compare(&mut self, forward: bool) {
        let at = Comparison::ALL.iter().position(|other| *other == self.comparison).unwrap_or(0);
        let to = if forward { at.checked_add(1) } else { at.checked_sub(1) };
        if let Some(to) = to.and_then(|to| Comparison::ALL.get(to)) {
            self.comparison = *to;
        }
    }

    fn step(&mut self, forward: bool) {
        let at = PARTS.iter().position(|part| *part == self.part).unwrap_or(0);
        let to = if forward { at.checked_add(1) } else { at.checked_sub(1) };
        let to = to.and_then(|to| PARTS.get(to)).copied().unwrap_or(self.part);
        if to != Part::Value || self.comparison.wants_value() {
            self.part = to;
        }
    }

    /// Whether nothing was chosen yet.
    pub fn is_empty(&self) -> bool {
        self.fact.is_empty()
    }

    /// Whether left and right choose how to compare.
    pub fn compares(&self) -> bool {
        self.facts.is_none() && self.part == Part::Comparison
    }

    /// Fits the list of facts to the area.
    pub fn settle(&mut self, area: Rect) {
        if let Some(facts) = &mut self.facts {
            facts.settle(Rect { height: area.height.saturating_sub(1), ..area });
        }
    }

    /// Whether the list of facts is open.
    pub fn lists_facts(&self) -> bool {
        self.facts.is_some()
    }

    /// Draws it.
    pub fn draw(&self, paper: &mut Paper<'_, '_>, shared: &Shared, fleet: Option<&Fleet>) {
        if let Some(facts) = &self.facts {
            paper.words(0, Role::Title, "Which fact?");
            facts.draw(paper, shared, ["Fact", "Identifier", "Some devices say"]);
            if facts.is_empty() {
                paper.words(2, Role::Muted, "No list of facts is at hand: type the identifier.");
            }
            return;
        }
        let row = paper.take(1);
        draw_label(paper, row, shared, "Fact", self.part == Part::Fact);
        let name = fleet.and_then(|fleet| fleet.fact(&self.fact)).map_or("", |row| &row.name);
        let told = format!("{}   {name}", self.fact);
        write(paper, row, shared, Role::Text, &told);
        let row = paper.take(1);
        draw_label(paper, row, shared, "Compare", self.part == Part::Comparison);
        self.draw_comparison(paper, row, shared);
        let row = paper.take(1);
        if self.comparison.wants_value() {
            draw_label(paper, row, shared, "Value", self.part == Part::Value);
            let area = Rect { x: row.x + 13, width: row.width.saturating_sub(13).min(48), ..row };
            self.value.draw(paper.frame, area, &shared.look, self.part == Part::Value);
        }
        self.draw_below(paper, fleet);
    }

    fn draw_comparison(&self, paper: &mut Paper<'_, '_>, row: Rect, shared: &Shared) {
        let at = Comparison::ALL.iter().position(|other| *other == self.comparison).unwrap_or(0);
        let room = row.width.saturating_sub(13);
        let line = choices(shared, &Comparison::ALL.map(Comparison::label), at, room);
        paper.frame.buffer_mut().set_line(row.x + 13, row.y, &line, room);
    }

    fn draw_below(&self, paper: &mut Paper<'_, '_>, fleet: Option<&Fleet>) {
        let live = match self.draft().condition() {
            // A pattern is judged while it is typed.
            Err(why) if self.comparison == Comparison::Matches && !self.value.is_empty() => {
                Some(why)
            }
            _ => self.trouble.clone(),
        };
        if let Some(why) = live {
            return paper.words(2, Role::Danger, &why);
        }
        let samples = fleet.and_then(|fleet| fleet.fact(&self.fact)).map(|row| &row.samples);
        match samples.filter(|samples| !samples.is_empty()) {
            Some(samples) => {
                let told = format!(
                    "Some devices say: {}",
                    samples.join(&format!(" {} ", paper.look.glyphs.dot))
                );
                paper.line(&Line::styled(
                    format!("  {}", text::clean(&told)),
                    paper.look.style(Role::Muted),
                ));
            }
            None => paper.gap(),
        }
    }
}

fn write(paper: &mut Paper<'_, '_>, row: Rect, shared: &Shared, role: Role, words: &str) {
    let room = row.width.saturating_sub(13).into();
    let words = text::truncate(&text::clean(words), room, shared.look.glyphs.cut);
    paper.frame.buffer_mut().set_stringn(row.x + 13, row.y, words, room, shared.look.style(role));
}
