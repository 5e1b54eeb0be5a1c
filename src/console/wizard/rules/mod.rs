//! Step 6: the ordered rules of conditional types, the conditions of the one under the cursor, and the
//! devices it catches.

mod condition;
mod draw;

use super::choose::{Chooser, Item};
use super::draft::{Draft, Named};
use super::fleet::Fleet;
use super::rule::RuleDraft;
use crate::console::key::Key;
use crate::console::keymap::Verb;
use crate::domain::{ConfigurationType, TypeId};
use crate::settings::MAX_CONDITIONS;
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
        let mut rule = draft.rules.get(at)?.clone();
        if let (Some(Editing::Condition(editor)), true) = (&self.editing, at == self.rule) {
            match rule.when.get_mut(editor.at) {
                Some(condition) => *condition = editor.draft(),
                None => rule.when.push(editor.draft()),
            }
        }
        let conditions = rule.conditions().ok()?;
        let known = conditions.iter().all(|condition| fleet.has(&condition.fact));
        known.then(|| fleet.caught(&conditions))
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

    fn list(&mut self, verb: Verb, draft: &mut Draft, around: Around<'_>) -> Came {
        match verb {
            Verb::NextView | Verb::PreviousView => self.turn(verb == Verb::NextView, draft),
            Verb::Up | Verb::Down | Verb::Top | Verb::Bottom | Verb::PageUp | Verb::PageDown => {
                self.go(verb, draft);
            }
            Verb::Add => return self.add(draft, around),
            Verb::Open => return self.enter(draft, around),
            Verb::Delete => return self.delete(draft, around),
            Verb::MoveUp | Verb::MoveDown => {
                return self.shift(verb == Verb::MoveDown, draft, around);
            }
            _ => return Came::Nothing,
        }
        Came::Moved
    }

    fn turn(&mut self, forward: bool, draft: &Draft) {
        if self.current(draft).is_none() {
            self.pane = Pane::Rules;
            return;
        }
        self.pane = match (self.pane, forward) {
            (Pane::Rules, true) | (Pane::Caught, false) => Pane::Conditions,
            (Pane::Conditions, true) | (Pane::Rules, false) => Pane::Caught,
            (Pane::Caught, true) | (Pane::Conditions, false) => Pane::Rules,
        };
    }

    fn go(&mut self, verb: Verb, draft: &Draft) {
        let conditions = self.current(draft).map_or(0, |rule| rule.when.len());
        let caught = self.caught().len().saturating_sub(1);
        let page = usize::from(self.areas.caught.height.saturating_sub(2)).max(1);
        let (at, last) = match self.pane {
            Pane::Rules => (&mut self.rule, draft.rules.len()),
            Pane::Conditions => (&mut self.condition, conditions),
            Pane::Caught => (&mut self.scroll, caught),
        };
        *at = match verb {
            Verb::Up => at.saturating_sub(1),
            Verb::Down => at.saturating_add(1),
            Verb::PageUp => at.saturating_sub(page),
            Verb::PageDown => at.saturating_add(page),
            Verb::Top => 0,
            _ => last,
        }
        .min(last);
        if self.pane == Pane::Rules {
            (self.condition, self.scroll) = (0, 0);
        }
    }

    /// The caught devices of the rule under the cursor, by their place in the fleet.
    fn caught(&self) -> Vec<usize> {
        let hits = self.hits.get(self.rule).and_then(Option::as_ref);
        let hits = hits.map(Vec::as_slice).unwrap_or_default();
        hits.iter().enumerate().filter(|(_, hit)| **hit).map(|(at, _)| at).collect()
    }

    /// How many of the devices that a rule catches an earlier rule catches already.
    fn taken(&self, rule: usize) -> usize {
        let Some(Some(own)) = self.hits.get(rule) else { return 0 };
        let earlier: Vec<&Vec<bool>> = self.hits.iter().take(rule).flatten().collect();
        let before = |at: usize| earlier.iter().any(|hits| hits.get(at) == Some(&true));
        own.iter().enumerate().filter(|(at, hit)| **hit && before(*at)).count()
    }

    fn add(&mut self, draft: &mut Draft, around: Around<'_>) -> Came {
        if self.pane == Pane::Rules || self.current(draft).is_none() {
            draft.rules.push(RuleDraft::default());
            self.rule = draft.rules.len() - 1;
            self.is_new = true;
        }
        let conditions = self.current(draft).map_or(0, |rule| rule.when.len());
        if conditions >= MAX_CONDITIONS {
            return Came::Refused("A rule has at most five conditions; another rule may follow.");
        }
        self.pane = Pane::Conditions;
        self.condition = conditions;
        self.editing =
            Some(Editing::Condition(ConditionEditor::new(conditions, None, around.fleet)));
        self.count(draft, around);
        Came::Moved
    }

    fn enter(&mut self, draft: &mut Draft, around: Around<'_>) -> Came {
        let Some(rule) = draft.rules.get(self.rule) else { return Came::GoOn };
        match self.pane {
            Pane::Rules => {
                self.pane = Pane::Conditions;
                self.condition = 0;
            }
            Pane::Conditions => match rule.when.get(self.condition) {
                Some(condition) => {
                    let editor =
                        ConditionEditor::new(self.condition, Some(condition), around.fleet);
                    self.editing = Some(Editing::Condition(editor));
                }
                None => self.open_type(draft, around),
            },
            Pane::Caught => self.pane = Pane::Rules,
        }
        Came::Moved
    }

    fn delete(&mut self, draft: &mut Draft, around: Around<'_>) -> Came {
        let Some(rule) = draft.rules.get_mut(self.rule) else { return Came::Moved };
        match self.pane {
            Pane::Rules => {
                draft.rules.remove(self.rule);
            }
            Pane::Conditions if rule.when.len() > 1 && self.condition < rule.when.len() => {
                rule.when.remove(self.condition);
            }
            Pane::Conditions => {
                return Came::Refused(
                    "A rule wants a condition and a type. To remove it, Esc, then D.",
                );
            }
            Pane::Caught => return Came::Moved,
        }
        self.count(draft, around);
        Came::Changed
    }

    fn shift(&mut self, down: bool, draft: &mut Draft, around: Around<'_>) -> Came {
        let step = |at: usize| if down { at.checked_add(1) } else { at.checked_sub(1) };
        match self.pane {
            Pane::Rules => {
                let Some(to) = step(self.rule) else { return Came::Moved };
                if to.max(self.rule) >= draft.rules.len() {
                    return Came::Moved;
                }
                draft.rules.swap(self.rule, to);
                self.rule = to;
            }
            Pane::Conditions => {
                let Some(to) = step(self.condition) else { return Came::Moved };
                let Some(rule) = draft.rules.get_mut(self.rule) else { return Came::Moved };
                if to.max(self.condition) >= rule.when.len() {
                    return Came::Moved;
                }
                rule.when.swap(self.condition, to);
                self.condition = to;
            }
            Pane::Caught => return Came::Moved,
        }
        self.count(draft, around);
        Came::Changed
    }

    /// The row under the cursor, whole.
    pub fn sentence(&self, draft: &Draft) -> Option<String> {
        let rule = self.current(draft)?;
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
