//! The three lists of the rules: moving, adding, removing, and who is caught.

use super::condition::ConditionEditor;
use super::{Around, Came, Editing, Pane, Rules};
use crate::console::keymap::Verb;
use crate::console::wizard::draft::Draft;
use crate::console::wizard::rule::RuleDraft;
use crate::settings::MAX_CONDITIONS;

impl Rules {
    /// Does what a key asks for while nothing is edited.
    pub(super) fn list(&mut self, verb: Verb, draft: &mut Draft, around: Around<'_>) -> Came {
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
    pub(super) fn caught(&self) -> Vec<usize> {
        let hits = self.hits.get(self.rule).and_then(Option::as_ref);
        let hits = hits.map(Vec::as_slice).unwrap_or_default();
        hits.iter().enumerate().filter(|(_, hit)| **hit).map(|(at, _)| at).collect()
    }

    /// How many of the devices that a rule catches an earlier rule catches already.
    pub(super) fn taken(&self, rule: usize) -> usize {
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
}
