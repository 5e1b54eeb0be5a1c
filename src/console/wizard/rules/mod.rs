//! Step 6: the ordered rules of conditional types, the conditions of the one under the cursor, and the
//! devices it catches.

mod condition;
mod draw;
mod lists;

use super::choose::{Chooser, Item};
use super::draft::{Draft, Named};
use super::fleet::Fleet;
use super::rule::RuleDraft;
use crate::console::key::Key;
use crate::console::keymap::Verb;
use crate::domain::{ConfigurationType, TypeId};
use condition::{ConditionEditor, Outcome};
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// The three lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Pane {
    #[default]
    Rules,
    Conditions,
    Caught,
}

/// What is being edited; it has the keys.
#[derive(Debug)]
enum Editing {
    Condition(ConditionEditor),
    Type(Chooser),
}

/// What the step came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// Not a key of this step.
    Nothing,
    /// A key of this step that changed no rule.
    Moved,
    /// A rule changed.
    Changed,
    /// On to the next step.
    GoOn,
    /// Not possible, and why.
    Refused(&'static str),
}

/// What may be looked up.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Facts and devices, once they were read.
    pub fleet: Option<&'a Fleet>,
    /// The account's types.
    pub types: &'a [ConfigurationType],
}

/// The editor.
#[derive(Debug, Default)]
pub struct Rules {
    pane: Pane,
    /// The rule under the cursor; one behind the last: go on.
    rule: usize,
    /// The condition under the cursor; one behind the last: the type.
    condition: usize,
    /// The first caught device that is shown.
    scroll: usize,
    editing: Option<Editing>,
    /// For each rule, which devices meet its conditions; `None` where that can't be told.
    hits: Vec<Option<Vec<bool>>>,
    /// Whether the rule under the cursor was just added.
    is_new: bool,
    areas: draw::Areas,
}

impl Rules {
    /// With the cursor on going on.
    pub fn new(draft: &Draft, around: Around<'_>) -> Self {
        let mut rules = Self { rule: draft.rules.len(), ..Self::default() };
        rules.count(draft, around);
        rules
    }

    /// Whether printable keys are text.
    pub fn types(&self) -> bool {
        self.editing.is_some()
    }

    /// Puts the cursor on a rule.
    pub fn show(&mut self, rule: usize) {
        self.rule = rule;
        self.pane = Pane::Rules;
    }

    /// The facts that the rules name.
    pub fn facts(draft: &Draft) -> BTreeSet<String> {
        let conditions = draft.rules.iter().flat_map(|rule| &rule.when);
        conditions.map(|condition| condition.fact.clone()).filter(|fact| !fact.is_empty()).collect()
    }

    /// Counts anew what every rule catches.
    pub fn count(&mut self, draft: &Draft, around: Around<'_>) {
        self.hits = (0..draft.rules.len()).map(|at| self.hits_of(at, draft, around)).collect();
        self.scroll = 0;
    }

    fn recount(&mut self, draft: &Draft, around: Around<'_>) {
        if self.hits.len() != draft.rules.len() {
            return self.count(draft, around);
        }
        let now = self.hits_of(self.rule, draft, around);
        if let Some(hits) = self.hits.get_mut(self.rule) {
            *hits = now;
        }
        self.scroll = 0;
    }

    /// Which devices a rule catches, with the condition that is being edited.
    fn hits_of(&self, at: usize, draft: &Draft, around: Around<'_>) -> Option<Vec<bool>> {
        let fleet = around.fleet?;
        let conditions = self.as_edited(at, draft)?.conditions().ok()?;
        let known = conditions.iter().all(|condition| fleet.has(&condition.fact));
        known.then(|| fleet.caught(&conditions))
    }

    /// A rule with the condition that is being edited.
    fn as_edited(&self, at: usize, draft: &Draft) -> Option<RuleDraft> {
        let mut rule = draft.rules.get(at)?.clone();
        let Some(Editing::Condition(editor)) = self.editing.as_ref().filter(|_| at == self.rule)
        else {
            return Some(rule);
        };
        match rule.when.get_mut(editor.at) {
            Some(condition) => *condition = editor.draft(),
            None if editor.is_empty() => {}
            None => rule.when.push(editor.draft()),
        }
        Some(rule)
    }

    /// Whether left and right choose how to compare.
    pub fn compares(&self) -> bool {
        matches!(&self.editing, Some(Editing::Condition(editor)) if editor.compares())
    }

    fn current<'d>(&self, draft: &'d Draft) -> Option<&'d RuleDraft> {
        draft.rules.get(self.rule)
    }

    // Keys.

    /// Takes a key while something is edited.
    pub fn key(&mut self, key: Key, draft: &mut Draft, around: Around<'_>) -> bool {
        match &mut self.editing {
            None => false,
            Some(Editing::Type(chooser)) => chooser.key(key),
            Some(Editing::Condition(editor)) => match editor.key(key, around.fleet) {
                None => false,
                Some(outcome) => {
                    self.edited(outcome, draft, around);
                    true
                }
            },
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, draft: &mut Draft, around: Around<'_>) {
        match &mut self.editing {
            None => {}
            Some(Editing::Type(chooser)) => chooser.paste(text),
            Some(Editing::Condition(editor)) => {
                let outcome = editor.paste(text);
                self.edited(outcome, draft, around);
            }
        }
    }

    /// Does what a key asks for.
    pub fn act(&mut self, verb: Verb, draft: &mut Draft, around: Around<'_>) -> Came {
        match &mut self.editing {
            Some(Editing::Condition(editor)) => match editor.act(verb, around.fleet) {
                Some(outcome) => self.edited(outcome, draft, around),
                None => Came::Nothing,
            },
            Some(Editing::Type(chooser)) if verb != Verb::Open => {
                if chooser.act(verb) {
                    Came::Moved
                } else {
                    Came::Nothing
                }
            }
            Some(Editing::Type(_)) => self.take_type(draft),
            None => self.list(verb, draft, around),
        }
    }

    /// Esc; `false` where there is nothing left to close here.
    pub fn close_one(&mut self, draft: &mut Draft, around: Around<'_>) -> bool {
        match &mut self.editing {
            Some(Editing::Condition(editor)) => {
                let outcome = editor.close_one();
                self.edited(outcome, draft, around);
            }
            Some(Editing::Type(chooser)) => {
                if !chooser.clear() {
                    self.editing = None;
                }
            }
            None if self.pane == Pane::Rules => return false,
            None => {
                self.pane = Pane::Rules;
                self.drop_empty(draft, around);
            }
        }
        true
    }

    /// A rule that was added and got nothing goes again.
    fn drop_empty(&mut self, draft: &mut Draft, around: Around<'_>) {
        if self.current(draft).is_some_and(|rule| rule.when.is_empty() && rule.kind.is_none()) {
            draft.rules.remove(self.rule);
            self.pane = Pane::Rules;
            self.count(draft, around);
        }
        self.is_new = false;
    }

    fn edited(&mut self, outcome: Outcome, draft: &mut Draft, around: Around<'_>) -> Came {
        match outcome {
            Outcome::Goes(changed) => {
                if changed {
                    self.recount(draft, around);
                }
                Came::Moved
            }
            Outcome::Left => {
                self.editing = None;
                self.drop_empty(draft, around);
                self.recount(draft, around);
                Came::Moved
            }
            Outcome::Done(condition) => {
                let at = self.condition;
                if let Some(rule) = draft.rules.get_mut(self.rule) {
                    match rule.when.get_mut(at) {
                        Some(old) => *old = condition,
                        None => rule.when.push(condition),
                    }
                }
                self.editing = None;
                self.recount(draft, around);
                // A new rule wants its type next.
                if self.current(draft).is_some_and(|rule| rule.kind.is_none()) {
                    self.condition += 1;
                    self.open_type(draft, around);
                }
                Came::Changed
            }
        }
    }

    fn open_type(&mut self, draft: &Draft, around: Around<'_>) {
        let items = around.types.iter().map(|kind| Item {
            key: kind.id.to_string(),
            name: kind.name.clone(),
            note: String::new(),
        });
        let chosen = self.current(draft).and_then(|rule| rule.kind.as_ref());
        let chosen = chosen.map(|kind| kind.id.to_string());
        self.editing = Some(Editing::Type(Chooser::new(items.collect(), chosen.as_deref())));
    }

    fn take_type(&mut self, draft: &mut Draft) -> Came {
        let Some(Editing::Type(chooser)) = &self.editing else { return Came::Nothing };
        let Some(item) = chooser.current() else { return Came::Moved };
        let Ok(id) = item.key.parse::<TypeId>() else { return Came::Moved };
        let kind = Named { id, name: item.name.clone() };
        if let Some(rule) = draft.rules.get_mut(self.rule) {
            rule.kind = Some(kind);
        }
        self.editing = None;
        if std::mem::take(&mut self.is_new) {
            self.pane = Pane::Rules;
        }
        Came::Changed
    }

    /// The row under the cursor, whole.
    pub fn sentence(&self, draft: &Draft) -> Option<String> {
        let rule = self.as_edited(self.rule, draft)?;
        let kind = rule.kind.as_ref().map_or("(no type)".into(), ToString::to_string);
        Some(format!("Rule {}: where {}, the type is {kind}", self.rule + 1, rule.words()))
    }

    /// Fits the lists to the area.
    pub fn settle(&mut self, area: Rect, draft: &Draft) {
        self.rule = self.rule.min(draft.rules.len());
        let conditions = self.current(draft).map_or(0, |rule| rule.when.len());
        if self.editing.is_none() {
            self.condition = self.condition.min(conditions);
        }
        self.areas = draw::areas(self, area, draft);
        let middle = self.areas.conditions;
        match &mut self.editing {
            Some(Editing::Condition(editor)) => editor.settle(middle),
            Some(Editing::Type(chooser)) => {
                chooser.settle(Rect { height: middle.height.saturating_sub(1), ..middle });
            }
            None => {}
        }
    }
}
