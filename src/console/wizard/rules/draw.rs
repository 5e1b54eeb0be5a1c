//! How the rules look: three lists, one below the other, or the caught devices beside the others.

use super::{Editing, Pane, Rules};
use crate::console::look::Look;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::table;
use crate::console::wizard::draft::Draft;
use crate::console::wizard::fleet::Fleet;
use crate::console::wizard::paper::Paper;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// From this width on the caught devices stand beside the rules.
const BESIDE: u16 = 120;

/// Where the three lists stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Areas {
    rules: Rect,
    pub(super) conditions: Rect,
    pub(super) caught: Rect,
}

/// Shares the area out.
pub fn areas(rules: &Rules, area: Rect, draft: &Draft) -> Areas {
    let (left, beside) = if area.width >= BESIDE {
        let right = (area.width / 3).clamp(30, 60);
        let left = Rect { width: area.width - right - 2, ..area };
        (left, Some(Rect { x: left.right() + 2, width: right, ..area }))
    } else {
        (area, None)
    };
    let count = u16::try_from(draft.rules.len() + 1).unwrap_or(u16::MAX);
    // While a list is open, it gets what it can.
    let open = match &rules.editing {
        Some(Editing::Type(_)) => true,
        Some(Editing::Condition(editor)) => editor.lists_facts(),
        None => false,
    };
    let most = if open { 2 } else { (left.height / 3).max(3) };
    let first = (count.min(most) + 2).min(left.height);
    let upper = Rect { height: first, ..left };
    let lower = Rect { y: left.y + first, height: left.height - first, ..left };
    let conditions = rules.current(draft).map_or(0, |rule| rule.when.len());
    let wanted = match (&rules.editing, beside) {
        (_, Some(_)) => lower.height,
        (Some(_), _) if open => lower.height.saturating_sub(2),
        (Some(_), _) => 5,
        (None, _) => u16::try_from(conditions).unwrap_or(5) + 3,
    };
    let middle = Rect { height: wanted.min(lower.height), ..lower };
    let below = Rect { y: middle.bottom(), height: lower.height - middle.height, ..lower };
    Areas { rules: upper, conditions: middle, caught: beside.unwrap_or(below) }
}

impl Rules {
    /// Draws the step. `state`: what is said while the devices are read, or why they could not be.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        draft: &Draft,
        fleet: Option<&Fleet>,
        shared: &Shared,
        state: &Line<'static>,
    ) {
        let look = &shared.look;
        self.draw_rules(&mut Paper::new(frame, self.areas.rules, look), draft);
        let mut middle = Paper::new(frame, self.areas.conditions, look);
        match &self.editing {
            Some(Editing::Condition(editor)) => editor.draw(&mut middle, shared, fleet),
            Some(Editing::Type(chooser)) => {
                middle.words(0, Role::Title, "Which type do such devices get?");
                chooser.draw(&mut middle, shared, ["Type", "Id", ""]);
            }
            None => self.draw_conditions(&mut middle, draft),
        }
        self.draw_caught(&mut Paper::new(frame, self.areas.caught, look), draft, fleet, state);
    }

    fn head(&self, pane: Pane, look: &Look) -> Style {
        let active = self.pane == pane && self.editing.is_none();
        look.style(if active { Role::Title } else { Role::Muted })
    }

    fn draw_rules(&self, paper: &mut Paper<'_, '_>, draft: &Draft) {
        let style = self.head(Pane::Rules, paper.look);
        paper.line(&Line::styled("Rules, in this order: the first that holds wins", style));
        let room = usize::from(paper.area.height.saturating_sub(1)).max(1);
        let first = (self.rule + 1).saturating_sub(room);
        for at in (first..=draft.rules.len()).take(room) {
            let row = paper.take(1);
            let selected = at == self.rule;
            match self.as_edited(at, draft) {
                Some(rule) => {
                    let kind = rule.kind.as_ref().map_or("(no type)".into(), ToString::to_string);
                    let count = match self.hits.get(at) {
                        Some(Some(hits)) => hits.iter().filter(|hit| **hit).count().to_string(),
                        _ => "-".into(),
                    };
                    let words = format!("{} {}", at + 1, rule.words());
                    rule_row(paper, row, &words, &text::clean(&kind), &count);
                }
                None => {
                    let told = match draft.rules.is_empty() {
                        true => "No rules: every new configuration gets the default type. Go on",
                        false => "Go on",
                    };
                    let style = paper.look.style(Role::Accent);
                    let width = row.width.saturating_sub(2).into();
                    paper.frame.buffer_mut().set_stringn(row.x + 2, row.y, told, width, style);
                }
            }
            let shown = selected && self.editing.is_none() && self.pane == Pane::Rules;
            lead(paper, row, selected, shown);
        }
    }

    fn draw_conditions(&self, paper: &mut Paper<'_, '_>, draft: &Draft) {
        let Some(rule) = self.current(draft) else {
            paper.words(
                0,
                Role::Muted,
                "A rule gives devices another type than the default one when their configuration is \
                 created, such as: device_model_name contains iPad. a adds one.",
            );
            return;
        };
        let style = self.head(Pane::Conditions, paper.look);
        paper
            .line(&Line::styled(format!("Rule {}: where all of these hold", self.rule + 1), style));
        let text = paper.look.style(Role::Text);
        for at in 0..=rule.when.len() {
            let row = paper.take(1);
            let words = match rule.when.get(at) {
                Some(condition) => condition.words(),
                None => {
                    let kind = rule.kind.as_ref().map_or("(choose)".into(), ToString::to_string);
                    format!("the type is {kind}")
                }
            };
            let width = usize::from(row.width.saturating_sub(2));
            let words = text::truncate(&text::clean(&words), width, paper.look.glyphs.cut);
            paper.frame.buffer_mut().set_stringn(row.x + 2, row.y, words, width, text);
            let shown = at == self.condition && self.pane == Pane::Conditions;
            lead(paper, row, shown, shown);
        }
    }

    fn draw_caught(
        &self,
        paper: &mut Paper<'_, '_>,
        draft: &Draft,
        fleet: Option<&Fleet>,
        state: &Line<'static>,
    ) {
        let style = self.head(Pane::Caught, paper.look);
        let Some(fleet) = fleet else { return paper.line(state) };
        if state.width() > 0 {
            paper.line(state);
        }
        let Some(rule) = self.current(draft) else { return };
        let Some(Some(_)) = self.hits.get(self.rule) else {
            let unread = rule.when.iter().find(|condition| !fleet.has(&condition.fact));
            let told = match (unread, &self.editing) {
                (Some(condition), _) if !condition.fact.is_empty() => {
                    format!("{} is not read yet.", condition.fact)
                }
                _ => "What it catches shows as soon as its conditions are whole.".to_owned(),
            };
            return paper.words(0, Role::Muted, &told);
        };
        let caught = self.caught();
        let told = format!("Catches {} of {} devices", caught.len(), fleet.devices.len());
        let taken = match self.taken(self.rule) {
            0 => String::new(),
            some => format!(", {some} of them by a rule above"),
        };
        paper.line(&Line::from(vec![
            Span::styled(told, style),
            Span::styled(taken, paper.look.style(Role::Attention)),
        ]));
        let devices = caught.iter().skip(self.scroll).filter_map(|at| fleet.devices.get(*at));
        for device in devices {
            if paper.area.is_empty() {
                return;
            }
            let width = usize::from(paper.area.width);
            let cut = paper.look.glyphs.cut;
            let name = text::truncate(&text::clean(&device.label()), width.min(28), cut);
            let model = text::clean(device.model.as_deref().unwrap_or_default());
            paper.line(&Line::from(vec![
                Span::styled(format!("  {}", text::pad(&name, 28)), paper.look.style(Role::Text)),
                Span::styled(format!("  {model}"), paper.look.style(Role::Muted)),
            ]));
        }
    }
}

fn rule_row(paper: &mut Paper<'_, '_>, row: Rect, words: &str, kind: &str, count: &str) {
    let look = paper.look;
    let width = usize::from(row.width);
    let room = width.saturating_sub(2 + 3 + 20 + 6);
    let words = text::pad(&text::truncate(&text::clean(words), room, look.glyphs.cut), room);
    let kind = text::pad(&text::truncate(kind, 20, look.glyphs.cut), 20);
    let line = Line::from(vec![
        Span::styled(format!("  {words}"), look.style(Role::Text)),
        Span::styled(format!(" {} ", look.glyphs.arrow), look.style(Role::Muted)),
        Span::styled(kind, look.style(Role::Text)),
        Span::styled(format!("{count:>5}"), look.style(Role::Muted)),
    ]);
    paper.frame.buffer_mut().set_line(row.x, row.y, &line, row.width);
}

/// The cursor in front of a row, and the selection over it where its list has the keys.
fn lead(paper: &mut Paper<'_, '_>, row: Rect, selected: bool, keys: bool) {
    let look = paper.look;
    if keys {
        table::lead(paper.frame.buffer_mut(), row, look, true, false);
    } else if selected && !row.is_empty() {
        let style = look.style(Role::Muted);
        paper.frame.buffer_mut().set_stringn(row.x, row.y, look.glyphs.cursor, 1, style);
    }
}
