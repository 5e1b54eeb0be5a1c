//! The setup, in seven steps.
//!
//! [`draft`] is everything that is entered, and the only thing that is kept. `steps` moves between the
//! steps, `checks` asks for checks ([`ask`], carried out by [`check`]) and hears what they came to,
//! `ending` writes the settings or leaves a draft. Each step has a view of the draft: `form` (1 and 2),
//! [`choose`] (3 to 5), `rules` (6), `review` (7).

pub mod ask;
pub mod check;
#[cfg(test)]
mod check_tests;
mod checks;
pub mod choose;
pub mod draft;
pub mod draft_file;
mod ending;
pub mod failure;
pub mod fleet;
mod form;
pub mod keys;
mod page;
mod paper;
mod question;
mod rail;
mod review;
pub mod rule;
mod rules;
pub mod secret;
mod steps;
#[cfg(test)]
mod tests;

pub use draft::{Draft, Step};

use super::effect::Answer;
use super::event::Timer;
use super::key::Key;
use super::keymap::{Context, Verb};
use super::screen::{Cx, Header, Mode, Screen};
use super::shared::Shared;
use super::theme::Role;
use ask::{AddigySeen, ItGlueSeen};
use choose::Chooser;
use failure::Failure;
use fleet::Fleet;
use form::{Entry, Form};
use question::Question;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use review::Review;
use rules::Rules;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The setup, in seven steps.
#[derive(Debug)]
pub struct Wizard {
    draft: Draft,
    /// The steps that Esc leads back to.
    trail: Vec<Step>,
    view: View,
    found: Found,
    busy: Busy,
    /// A check that waits, and until when.
    waits: Option<String>,
    /// What stands in the way, by the step at which it can be put right.
    troubles: BTreeMap<Step, Failure>,
    /// A word on what was just tried.
    hint: Option<String>,
    question: Option<Question>,
    /// Whether something was entered that no draft holds yet.
    unsaved: bool,
    /// Whether a draft was written, or gone on with.
    has_draft: bool,
    /// Left as soon as the draft is kept; whether the program ends then.
    leaving: Option<bool>,
    /// The settings are written, and nothing is left to lose.
    ended: bool,
    /// The review was reached: what is put right from there leads back to it.
    reviewed: bool,
}

/// The step's view of the draft.
#[derive(Debug)]
enum View {
    Form(Box<Form>),
    Choose(Box<Chooser>),
    Rules(Box<Rules>),
    Review(Review),
}

/// What the checks found.
#[derive(Debug, Default)]
struct Found {
    addigy: Option<AddigySeen>,
    itglue: Option<Arc<ItGlueSeen>>,
    fleet: Option<Arc<Fleet>>,
}

/// Which checks are under way.
#[derive(Debug, Default, Clone, Copy)]
struct Busy {
    addigy: bool,
    itglue: bool,
    regions: bool,
    fleet: bool,
    finish: bool,
}

impl Busy {
    fn any(self) -> bool {
        self.addigy || self.itglue || self.regions || self.fleet || self.finish
    }
}

impl Wizard {
    /// Opens at the draft's step.
    pub fn new(draft: Draft) -> Self {
        let view = View::Form(Box::new(Form::new(crate::transport::Service::Addigy, &draft)));
        Self {
            draft,
            trail: Vec::new(),
            view,
            found: Found::default(),
            busy: Busy::default(),
            waits: None,
            troubles: BTreeMap::new(),
            hint: None,
            question: None,
            unsaved: false,
            has_draft: false,
            leaving: None,
            ended: false,
            reviewed: false,
        }
    }

    fn around(found: &Found) -> rules::Around<'_> {
        rules::Around {
            fleet: found.fleet.as_deref(),
            types: found.itglue.as_ref().map_or(&[], |seen| seen.types.as_slice()),
        }
    }

    /// What a list of devices would offer has no meaning here.
    fn uses(&self, verb: Verb) -> bool {
        use Verb::{Add, Delete, MoveDown, MoveUp, NextView, Open, PreviousView, Reread};
        let moves = [Verb::Up, Verb::Down, Verb::PageUp, Verb::PageDown, Verb::Top, Verb::Bottom];
        let always = [
            Verb::Back,
            Verb::Quit,
            Verb::Help,
            Verb::Palette,
            Verb::Theme,
            Verb::Setup,
            Verb::Interrupt,
            Verb::Suspend,
            Verb::Redraw,
        ];
        if always.contains(&verb) {
            return true;
        }
        match (&self.question, &self.view) {
            (Some(question), _) => match verb {
                Verb::Yes | Verb::No => !question.typed(),
                Open => question.typed(),
                _ => false,
            },
            (None, View::Form(form)) => match verb {
                Verb::Left | Verb::Right => matches!(form.focus(), Entry::Region | Entry::Source),
                Open | NextView | PreviousView => true,
                _ => moves.contains(&verb),
            },
            (None, View::Rules(rules)) if rules.types() => {
                moves.contains(&verb)
                    || [Open, NextView, PreviousView].contains(&verb)
                    || (rules.compares() && matches!(verb, Verb::Left | Verb::Right))
            }
            (None, View::Rules(_)) => {
                moves.contains(&verb)
                    || [Open, Add, Delete, MoveDown, MoveUp, NextView, PreviousView, Reread]
                        .contains(&verb)
            }
            (None, View::Choose(_) | View::Review(_)) => verb == Open || moves.contains(&verb),
        }
    }
}

impl Screen for Wizard {
    fn context(&self) -> &'static Context {
        match (&self.question, &self.view) {
            (Some(_), _) => &keys::QUESTION,
            (None, View::Form(_)) => &keys::FIELDS,
            (None, View::Choose(_)) => &keys::CHOOSE,
            (None, View::Rules(rules)) if rules.types() => &keys::CONDITION,
            (None, View::Rules(_)) => &keys::RULES,
            (None, View::Review(_)) => &keys::REVIEW,
        }
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        self.opened(cx);
    }

    fn unsaved(&self) -> bool {
        !self.ended
    }

    fn mode(&self) -> Mode {
        let text = match (&self.question, &self.view) {
            (Some(question), _) => question.typed(),
            (None, View::Form(_) | View::Choose(_)) => true,
            (None, View::Rules(rules)) => rules.types(),
            (None, View::Review(_)) => false,
        };
        if text { Mode::Text } else { Mode::List }
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        self.uses(verb)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Quit => {
                self.leave(true, cx);
                return true;
            }
            // It is open already.
            Verb::Setup => return true,
            _ => {}
        }
        self.uses(verb) && self.did(verb, cx)
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        if let Some(question) = &mut self.question {
            return match question {
                Question::Accounts(_, field) => field.key(key),
                _ => false,
            };
        }
        let around = Self::around(&self.found);
        match &mut self.view {
            View::Form(form) => match form.key(key, &mut self.draft) {
                None => false,
                Some(changed) => {
                    if changed {
                        self.access_changed(cx);
                    }
                    true
                }
            },
            View::Choose(chooser) => {
                let taken = chooser.key(key);
                self.hint = self.hint.take().filter(|_| !taken);
                taken
            }
            View::Rules(rules) => rules.key(key, &mut self.draft, around),
            View::Review(_) => false,
        }
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        let around = Self::around(&self.found);
        match (&mut self.question, &mut self.view) {
            (Some(Question::Accounts(_, field)), _) => field.paste(text),
            (Some(_), _) | (None, View::Review(_)) => {}
            (None, View::Form(form)) => {
                form.paste(text, &mut self.draft);
                self.access_changed(cx);
            }
            (None, View::Choose(chooser)) => chooser.paste(text.trim()),
            (None, View::Rules(rules)) => rules.paste(text.trim(), &mut self.draft, around),
        }
        true
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        if let Answer::Setup(told) = answer {
            self.told(told, cx);
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        if timer == Timer::Draft {
            self.keep(cx);
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        self.back(cx);
        true
    }

    fn spins(&self, _shared: &Shared) -> bool {
        self.busy.any()
    }

    fn header(&self, shared: &Shared) -> Header {
        let look = &shared.look;
        let left = format!("Setup  step {} of 7", self.draft.step.number());
        let file = crate::text::clean(&shared.paths.config_file.to_string_lossy());
        let right = if shared.demo { "demo: nothing leaves this machine".to_owned() } else { file };
        Header {
            left: Line::styled(left, look.style(Role::Title)),
            right: Line::styled(right, look.style(Role::Muted)),
        }
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        self.whole_row(shared)
    }

    fn question(&self, shared: &Shared) -> Option<Line<'static>> {
        let question = self.question.as_ref()?;
        Some(Line::styled(question.line(), shared.look.style(Role::Accent)))
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        let area = page::list_area(rail::rest(area));
        match &mut self.view {
            View::Choose(chooser) => chooser.settle(area),
            View::Rules(rules) => rules.settle(area, &self.draft),
            View::Form(_) | View::Review(_) => {}
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        rail::draw(frame, area, &shared.look, self.draft.step, |step| self.done(step));
        self.draw_page(frame, rail::rest(area), shared);
    }
}
