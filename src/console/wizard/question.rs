//! What is asked before the setup goes on, or is left.

use super::ask::Confirmed;
use super::draft::Draft;
use super::failure::sentence;
use super::paper::Paper;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;

/// What has to be typed to confirm other accounts.
const WORD: &str = "yes";

/// A question.
#[derive(Debug)]
pub enum Question {
    /// May the draft hold the token or key itself?
    Leave {
        /// Whether the program ends then.
        quit: bool,
    },
    /// Shall the draft of an earlier setup be gone on with?
    Resume(Box<Draft>),
    /// Does the state belong to these other accounts?
    Accounts(Confirmed, Field),
}

impl Question {
    /// Whether the answer is typed.
    pub fn typed(&self) -> bool {
        matches!(self, Self::Accounts(..))
    }

    /// Whether the typed answer confirms.
    pub fn confirms(field: &Field) -> bool {
        field.text().trim().eq_ignore_ascii_case(WORD)
    }

    /// In one line, for the bottom of the screen.
    pub fn line(&self) -> String {
        match self {
            Self::Leave { .. } => "Keep the secret in the draft? y/n, Esc stays".to_owned(),
            Self::Resume(_) => "Go on with the draft? y/n".to_owned(),
            Self::Accounts(..) => format!("Type {WORD} and press Enter, or Esc"),
        }
    }

    /// Draws it.
    pub fn draw(&self, paper: &mut Paper<'_, '_>) {
        match self {
            Self::Leave { .. } => {
                paper.words(0, Role::Title, "Leave the setup");
                paper.gap();
                paper.words(
                    0,
                    Role::Text,
                    "What you entered is kept as a draft, and the next start goes on with it. You typed \
                     a token or a key itself. Shall the draft hold it too? Its file is one that only \
                     you can read.",
                );
                paper.gap();
                choice(paper, "y", "keep it in the draft and leave");
                choice(paper, "n", "leave it out (you paste it again next time) and leave");
                choice(paper, "Esc", "stay in the setup");
            }
            Self::Resume(draft) => {
                paper.words(0, Role::Title, "A setup was left midway");
                paper.gap();
                paper.words(
                    0,
                    Role::Text,
                    &format!(
                        "There is a draft of an earlier setup, left at step {} ({}). The settings that \
                         are in force now may differ from it.",
                        draft.step.number(),
                        draft.step.title()
                    ),
                );
                paper.gap();
                choice(paper, "y", "go on with the draft");
                choice(paper, "n", "drop it and begin with the settings in force");
            }
            Self::Accounts(differences, field) => accounts(paper, differences, field),
        }
    }
}

fn accounts(paper: &mut Paper<'_, '_>, differences: &Confirmed, field: &Field) {
    paper.words(0, Role::Danger, "These are other accounts than before");
    paper.gap();
    for difference in differences {
        paper.hanging(0, "! ", Role::Attention, &sentence(difference));
    }
    paper.gap();
    paper.words(
        0,
        Role::Text,
        "The links and bindings that Bindery knows were made with the former accounts. If you switched \
         by mistake, press Esc and correct the token, the key or the region; for a second account use a \
         profile of its own (bindery --profile NAME).",
    );
    paper.gap();
    paper.words(0, Role::Text, &format!("If these are the right ones now, type {WORD}:"));
    let row = paper.take(1);
    let area = ratatui::layout::Rect { width: row.width.min(12), ..row };
    field.draw(paper.frame, area, paper.look, true);
}

fn choice(paper: &mut Paper<'_, '_>, key: &str, what: &str) {
    use ratatui::text::{Line, Span};
    paper.line(&Line::from(vec![
        Span::styled(format!("  {key:<5}"), paper.look.style(Role::Key)),
        Span::styled(what.to_owned(), paper.look.style(Role::Text)),
    ]));
}
