//! How a step looks: what is asked for, and how its check goes.

use super::draft::Step;
use super::failure::Failure;
use super::paper::Paper;
use super::review::{Facts, Row};
use super::{View, Wizard};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The title and a hint stand above a list.
const ABOVE: u16 = 2;

/// From this height on there is room for more than is asked.
const ROOMY: u16 = 12;

/// The area of a step's list.
pub fn list_area(area: Rect) -> Rect {
    let above = ABOVE.min(area.height);
    Rect { y: area.y + above, height: area.height - above, ..area }
}

/// What a step is for.
const fn purpose(step: Step) -> &'static str {
    match step {
        Step::Addigy => "where policies and devices are read from; nothing is ever written there",
        Step::ItGlue => "where the devices' configurations are kept",
        Step::Active => "given to a configuration when its device joins a linked policy",
        Step::Inactive => "given to a configuration when its device leaves the policy",
        Step::DefaultType => "for configurations that Bindery creates; others keep theirs",
        Step::Rules => "optional: other types for some devices, by rules",
        Step::Review => "Enter on a line goes to its step",
    }
}

impl Wizard {
    /// Draws the step, or the question before it.
    pub(super) fn draw_page(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let mut paper = Paper::new(frame, area, &shared.look);
        if let Some(question) = &self.question {
            return question.draw(&mut paper);
        }
        let step = self.draft.step;
        match &self.view {
            View::Form(form) => {
                self.title(&mut paper);
                let helps = !self.troubles.contains_key(&step);
                form.draw(&mut paper, &self.draft, shared, helps);
                paper.gap();
                self.draw_check(&mut paper, shared);
            }
            View::Choose(chooser) => {
                self.head(&mut paper, shared);
                if chooser.is_empty() {
                    return self.draw_check(&mut paper, shared);
                }
                let heads = match step {
                    Step::DefaultType => ["Type", "Id", ""],
                    _ => ["Status", "Id", ""],
                };
                chooser.draw(&mut paper, shared, heads);
            }
            View::Rules(rules) => {
                self.head(&mut paper, shared);
                let state = self.fleet_state(shared);
                let fleet = self.found.fleet.as_deref();
                rules.draw(paper.frame, &self.draft, fleet, shared, &state);
            }
            View::Review(review) => {
                self.title(&mut paper);
                let facts = Facts {
                    draft: &self.draft,
                    addigy: self.found.addigy.as_ref(),
                    itglue: self.found.itglue.as_deref(),
                    troubles: &self.troubles,
                    path: text::clean(&shared.paths.config_file.to_string_lossy()),
                };
                review.draw(&mut paper, &facts);
                self.draw_review_state(&mut paper, shared, review.row());
            }
        }
    }

    /// Title with what for, and an empty line; in a small window the title alone.
    fn title(&self, paper: &mut Paper<'_, '_>) {
        let step = self.draft.step;
        if paper.area.height < ROOMY {
            let style = paper.look.style(Role::Title);
            return paper.line(&Line::styled(step.title(), style));
        }
        paper.title(step.title(), purpose(step));
        paper.gap();
    }

    /// Title with what for, and a hint: two lines, whatever the width.
    fn head(&self, paper: &mut Paper<'_, '_>, shared: &Shared) {
        let look = &shared.look;
        let step = self.draft.step;
        paper.line(&Line::from(vec![
            Span::styled(step.title(), look.style(Role::Title)),
            Span::styled(format!("   {}", purpose(step)), look.style(Role::Muted)),
        ]));
        let hint = self.hint.as_ref().map(|hint| format!("! {hint}")).unwrap_or_default();
        paper.line(&Line::styled(text::clean(&hint), look.style(Role::Danger)));
    }

    fn spinner(&self, shared: &Shared, words: &str) -> Line<'static> {
        let frames = shared.look.glyphs.spinner;
        let frame = frames.get(shared.spin % frames.len().max(1)).copied().unwrap_or_default();
        let words = match &self.waits {
            Some(waits) => waits.clone(),
            None => words.to_owned(),
        };
        Line::from(vec![
            Span::styled(format!("{frame} "), shared.look.style(Role::Working)),
            Span::styled(words, shared.look.style(Role::Text)),
            Span::styled("   Esc stops", shared.look.style(Role::Muted)),
        ])
    }

    /// How the check of this step goes, or went.
    fn draw_check(&self, paper: &mut Paper<'_, '_>, shared: &Shared) {
        let step = self.draft.step;
        if let (Some(hint), true) = (&self.hint, self.awaits()) {
            paper.words(0, Role::Notice, hint);
        }
        if self.busy.addigy && step == Step::Addigy {
            return paper.line(&self.spinner(shared, "Asking Addigy"));
        }
        if self.busy.regions && step == Step::ItGlue {
            return paper.line(&self.spinner(shared, "Asking the other regions"));
        }
        if self.busy.itglue && step != Step::Addigy {
            return paper.line(&self.spinner(shared, "Asking IT Glue"));
        }
        if let Some(hint) = &self.hint {
            return paper.hanging(0, "! ", Role::Danger, hint);
        }
        let of = if step == Step::Addigy { Step::Addigy } else { Step::ItGlue };
        if let Some(failure) = self.troubles.get(&of) {
            draw_failure(paper, failure);
            if step > Step::ItGlue {
                paper.words(0, Role::Muted, "Enter tries again, Esc goes back.");
            }
            return;
        }
        let (words, warning) = match (step, &self.found.addigy, &self.found.itglue) {
            (Step::Addigy, Some(seen), _) => {
                (format!("The token works: {}.", seen.words()), seen.warning())
            }
            (Step::ItGlue, _, Some(seen)) => {
                (format!("The key works: {}.", seen.words()), seen.warning())
            }
            _ => return,
        };
        let done = format!("{} ", shared.look.glyphs.done);
        paper.hanging(0, &done, Role::Linked, &words);
        if let Some(warning) = warning {
            paper.hanging(0, "! ", Role::Attention, warning);
        }
        paper.gap();
        paper.words(2, Role::Accent, "Enter goes on.");
    }

    /// What is said above the caught devices while, or because, they are not there.
    fn fleet_state(&self, shared: &Shared) -> Line<'static> {
        if self.busy.fleet {
            return self.spinner(shared, "Reading facts and devices from Addigy");
        }
        match self.troubles.get(&Step::Rules) {
            Some(failure) => Line::styled(
                format!("! {} R tries again.", failure.what),
                shared.look.style(Role::Danger),
            ),
            None => Line::default(),
        }
    }

    fn draw_review_state(&self, paper: &mut Paper<'_, '_>, shared: &Shared, row: Row) {
        if self.busy.finish {
            return paper.line(&self.spinner(shared, "Checking everything again"));
        }
        if self.busy.any() {
            let frames = shared.look.glyphs.spinner;
            let frame = frames.get(shared.spin % frames.len().max(1)).copied().unwrap_or_default();
            return paper.line(&Line::styled(
                format!("{frame} Asking both services"),
                shared.look.style(Role::Working),
            ));
        }
        if let Some(hint) = &self.hint {
            return paper.hanging(0, "! ", Role::Danger, hint);
        }
        let of_row = match row {
            Row::Step(step) => self.troubles.get(&step),
            _ => self.troubles.get(&Step::Review),
        };
        let Some(failure) = of_row.or_else(|| self.troubles.get(&Step::Review)) else { return };
        // Its row says what happened; the step itself has room for the causes.
        if failure.step != Step::Review && usize::from(paper.area.height) < failure.causes.len() + 4
        {
            return paper.hanging(2, "Next: ", Role::Accent, &failure.next);
        }
        draw_failure(paper, failure);
    }

    /// Line 22: the row under the cursor, whole.
    pub(super) fn whole_row(&self, shared: &Shared) -> Line<'static> {
        let muted = shared.look.style(Role::Muted);
        match (&self.question, &self.view) {
            (None, View::Rules(rules)) => match rules.sentence(&self.draft) {
                Some(words) => Line::styled(text::clean(&words), muted),
                None => Line::default(),
            },
            _ => Line::default(),
        }
    }
}

/// What happened, the causes with the likeliest first, and what to do.
fn draw_failure(paper: &mut Paper<'_, '_>, failure: &Failure) {
    paper.hanging(0, "! ", Role::Danger, &failure.what);
    if failure.causes.len() > 1 {
        paper.words(2, Role::Muted, "Its answer does not tell why. The likeliest first:");
        for (at, cause) in failure.causes.iter().enumerate() {
            paper.hanging(2, &format!("{} ", at + 1), Role::Text, cause);
        }
    }
    if !failure.next.is_empty() {
        paper.hanging(2, "Next: ", Role::Accent, &failure.next);
    }
}
