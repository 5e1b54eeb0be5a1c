//! `U`: what is to become of the bound devices, or whether links above may cover the policy again.

use super::leaving::Leaving;
use crate::apply::{Confirmed, Prepared, Request as EngineRequest};
use crate::commands::status::capitalized;
use crate::commands::unlinking::{NAMED, Unlinking, departures};
use crate::console::effect::{Answer, Effect, Slot};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::overlays::sync;
use crate::console::screen::{Cx, Request, Screen};
use crate::console::shared::{RunSpec, Shared, Snapshot};
use crate::console::theme::Role;
use crate::console::widgets::plural;
use crate::console::widgets::table;
use crate::domain::PolicyId;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "unlink",
    title: "Unlinking",
    list: false,
    bindings: &[
        bind(Verb::Open, "choose", &["enter"], "choose", "Choose; it is asked once more"),
        bind(Verb::Down, "down", &["down", "j"], "next", "To the next choice"),
        bind(Verb::Up, "up", &["up", "k"], "", "To the choice before"),
        bind(Verb::Back, "back", &["esc"], "leave it", "Leave the link as it is"),
    ],
};

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Keep,
    Inactivate,
    Inherit,
}

/// Asks what unlinking is to do.
#[derive(Debug)]
pub struct Unlink {
    snapshot: Arc<Snapshot>,
    unlink: Unlinking,
    inherit: Unlinking,
    choices: Vec<Choice>,
    at: usize,
    planning: Option<EngineRequest>,
    /// What would be set inactive, while it is looked through.
    leaving: Option<Leaving>,
}

impl Unlink {
    /// Asks for this policy.
    pub fn new(snapshot: Arc<Snapshot>, policy: &PolicyId) -> Self {
        let unlink = Unlinking::new(&snapshot.known, policy, false);
        let inherit = Unlinking::new(&snapshot.known, policy, true);
        let mut choices = Vec::new();
        if unlink.needless().is_none() {
            choices.push(Choice::Keep);
            if !unlink.effect.released.is_empty() {
                choices.push(Choice::Inactivate);
            }
        }
        if inherit.needless().is_none() {
            choices.push(Choice::Inherit);
        }
        Self { snapshot, unlink, inherit, choices, at: 0, planning: None, leaving: None }
    }

    fn question(&self) -> String {
        let path = &self.unlink.path;
        match &self.unlink.organization {
            Some((_, name)) => {
                let bound = self.unlink.effect.released.len();
                let devices = plural(bound, "device", "devices");
                format!("Unlink {path} from {name}? {bound} bound {devices}.")
            }
            None => format!("{path} is kept unlinked."),
        }
    }

    fn told(&self, choice: Choice) -> (&'static str, String) {
        match choice {
            Choice::Keep => (
                "Leave their configurations as they are",
                "nothing is written to IT Glue; links above don't cover it".into(),
            ),
            Choice::Inactivate => (
                "Set their configurations inactive",
                "planned and asked first; devices that another link holds are spared".into(),
            ),
            Choice::Inherit => ("Inherit again from the links above", self.inherited()),
        }
    }

    /// What covers the policy once it has no entry of its own.
    fn inherited(&self) -> String {
        let known = &self.snapshot.known;
        let after = crate::commands::linking::changed(&known.links, &self.inherit.policy, None);
        match after.coverage(&known.tree, &self.inherit.policy) {
            Some(coverage) => format!(
                "{} would be its organization, by the link of {}",
                coverage.organization_name,
                known.tree.path_text(coverage.carried_by)
            ),
            None => "no link above covers it now".into(),
        }
    }

    fn choose(&mut self, cx: &mut Cx<'_>) {
        match self.choices.get(self.at) {
            Some(Choice::Keep) => self.ask(&self.unlink, cx),
            Some(Choice::Inherit) => self.ask(&self.inherit, cx),
            Some(Choice::Inactivate) => self.plan(cx),
            None => cx.pop(),
        }
    }

    fn ask(&self, unlinking: &Unlinking, cx: &mut Cx<'_>) {
        let told: String =
            unlinking.consequences().iter().map(|sentence| format!("{sentence} ")).collect();
        let question = match unlinking.inherit {
            true => format!("{told}Let links above cover {} again?", unlinking.path),
            false => format!("{told}Unlink {}?", unlinking.path),
        };
        let effect = Effect::Link {
            policy: unlinking.policy.clone(),
            target: unlinking.target.clone(),
            run: None,
        };
        cx.replace(Ask::yes_no(question, vec![Request::Effect(effect)]));
    }

    fn plan(&mut self, cx: &mut Cx<'_>) {
        if !cx.shared.writes() {
            return cx.warn(
                "The integration is switched off, so nothing is written to IT Glue. Switch it on \
                 (:setup), or leave the configurations as they are.",
            );
        }
        let request = self.unlink.request(&self.snapshot.known);
        cx.effect(Effect::Plan(Box::new(request.clone())));
        self.planning = Some(request);
    }

    /// The plan is there: what it would set inactive is told and asked, the number typed where the
    /// guard would keep something back.
    fn planned(&mut self, request: &EngineRequest, prepared: &Prepared, cx: &mut Cx<'_>) {
        if let Some(renamed) = prepared.renamed.first() {
            cx.pop();
            return cx.warn(renamed.clone());
        }
        let (withheld, leaving) = departures(prepared);
        let title = format!("Unlink {}", self.unlink.path);
        let mut spec = sync::spec(&title, request, prepared);
        spec.request.links = None;
        spec.request.confirmed = Confirmed::These(prepared.departures());
        let effect = self.effect(spec);
        let told = self.unlink.told(prepared);
        if leaving.len() > NAMED {
            self.leaving = Some(Leaving::new(told, &leaving, withheld > 0, effect));
            return;
        }
        let ask = match withheld {
            0 => Ask::yes_no(format!("{told} Unlink?"), vec![Request::Effect(effect)]),
            _ => {
                let count = leaving.len().to_string();
                let question = format!("{told} Type {count} to unlink:");
                Ask::typed(question, count, vec![Request::Effect(effect)])
            }
        };
        cx.replace(ask);
    }

    fn effect(&self, spec: RunSpec) -> Effect {
        Effect::Link {
            policy: self.unlink.policy.clone(),
            target: self.unlink.target.clone(),
            run: Some(Box::new(spec)),
        }
    }
}

impl Screen for Unlink {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Open | Verb::Up | Verb::Down => self.planning.is_none(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => match &self.leaving {
                Some(leaving) => leaving.ask(cx),
                None => self.choose(cx),
            },
            Verb::Up | Verb::Down if self.leaving.is_some() => {
                self.leaving.iter_mut().for_each(|leaving| leaving.step(verb == Verb::Down));
            }
            Verb::Up => self.at = self.at.saturating_sub(1),
            Verb::Down => self.at = (self.at + 1).min(self.choices.len().saturating_sub(1)),
            _ => return false,
        }
        true
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.planning.take().is_some() {
            cx.effect(Effect::Stop(Slot::Plan));
            return true;
        }
        self.leaving.take().is_some()
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        let Answer::Planned(request, result) = answer else { return };
        if self.planning.as_ref() != Some(request) {
            return;
        }
        self.planning = None;
        match result {
            Ok(prepared) => self.planned(request, prepared, cx),
            Err(trouble) => cx.warn(trouble.clone()),
        }
    }

    fn spins(&self, _shared: &Shared) -> bool {
        self.planning.is_some()
    }

    fn question(&self, shared: &Shared) -> Option<Line<'static>> {
        self.planning.as_ref()?;
        let frames = shared.look.glyphs.spinner;
        let turn = frames.get(shared.spin % frames.len().max(1)).copied().unwrap_or("");
        let told = format!("{turn} Planning what would be set inactive (Esc stops)");
        Some(Line::styled(told, shared.look.style(Role::Accent)))
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.leaving.iter_mut().for_each(|leaving| leaving.settle(area));
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        if let Some(leaving) = &self.leaving {
            return Line::styled(leaving.sentence(), shared.look.style(Role::Text));
        }
        let told = self.choices.get(self.at).map(|choice| self.told(*choice).1);
        let told = told.unwrap_or_default();
        let sentence = format!("{}.", capitalized(&told));
        Line::styled(text::clean(&sentence), shared.look.style(Role::Text))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        if let Some(leaving) = &self.leaving {
            return leaving.draw(frame, area, shared);
        }
        let look = &shared.look;
        let lines = text::wrap(&text::clean(&self.question()), usize::from(area.width).max(1));
        let wanted = lines.len() + self.choices.len() + 1;
        let height = u16::try_from(wanted).unwrap_or(u16::MAX).min(area.height);
        let area = Rect { y: area.bottom().saturating_sub(height), height, ..area };
        frame.render_widget(Clear, area);
        let buf = frame.buffer_mut();
        buf.set_style(area, look.style(Role::Text));
        let rule = look.glyphs.rule.repeat(area.width.into());
        buf.set_stringn(area.x, area.y, rule, area.width.into(), look.style(Role::Border));
        let mut rows = area.y + 1..area.bottom();
        for (y, line) in rows.by_ref().zip(lines) {
            buf.set_stringn(area.x, y, line, area.width.into(), look.style(Role::Title));
        }
        let first = area.bottom().saturating_sub(u16::try_from(self.choices.len()).unwrap_or(0));
        for (at, (y, choice)) in (first..area.bottom()).zip(&self.choices).enumerate() {
            let row = Rect { y, height: 1, ..area };
            let (name, told) = self.told(*choice);
            let line = format!("  {}", text::pad(name, 38));
            buf.set_stringn(area.x, y, line, area.width.into(), look.style(Role::Text));
            let x = area.x.saturating_add(42);
            if x < area.right() {
                let room = usize::from(area.right() - x);
                let told = text::truncate(&text::clean(&told), room, look.glyphs.cut);
                buf.set_stringn(x, y, told, room, look.style(Role::Muted));
            }
            table::lead(buf, row, look, at == self.at, false);
        }
    }
}
