//! `s` and `r`: plans, then asks with the counts; `p` shows the plan, `y` starts the run.

use super::question;
use crate::apply::{Prepared, Request as EngineRequest};
use crate::console::effect::{Answer, Effect, Slot, Trouble};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::screen::{Cx, Request, Screen};
use crate::console::screens::plan::PlanScreen;
use crate::console::shared::{RunSpec, Shared};
use crate::console::theme::Role;
use crate::domain::DeviceId;
use crate::plan::Action;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeMap;
use std::sync::Arc;

const ANSWERS: &str = "y/n, p shows the plan";

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "sync",
    title: "Before a sync",
    list: false,
    bindings: &[
        bind(Verb::Yes, "yes", &["y"], "yes", "Start the run"),
        bind(Verb::No, "no", &["n"], "no", "Leave it"),
        bind(Verb::ShowPlan, "plan", &["p"], "show the plan", "Show the plan"),
    ],
};

/// Plans, then asks.
#[derive(Debug)]
pub struct SyncAsk {
    title: String,
    request: EngineRequest,
    /// Told before the counts, such as how many need a person first.
    beforehand: String,
    planned: Option<Result<Arc<Prepared>, Trouble>>,
}

impl SyncAsk {
    /// Asks for a run of `request`, which `title` names for a person.
    pub fn new(title: String, request: EngineRequest) -> Self {
        Self { title, request, beforehand: String::new(), planned: None }
    }

    /// Says this before the counts.
    pub fn with_word(self, beforehand: String) -> Self {
        Self { beforehand, ..self }
    }

    fn asked(&self, prepared: &Prepared) -> String {
        let asked = match prepared.has_something_to_do() {
            true => format!("Write {}", counts(prepared)),
            false => recorded(prepared.to_record()),
        };
        format!("{}{asked}?", self.beforehand)
    }

    fn start(&self, prepared: &Prepared, cx: &mut Cx<'_>) {
        cx.pop();
        cx.request(Request::Start(Box::new(spec(&self.title, &self.request, prepared))));
    }
}

/// The run of a plan that a person has seen.
pub fn spec(title: &str, request: &EngineRequest, prepared: &Prepared) -> RunSpec {
    let plans = prepared.plans.iter();
    let shown = plans.flat_map(|plan| {
        let key = |device: &DeviceId| (plan.organization_id, device.clone());
        plan.devices.iter().map(move |planned| (key(&planned.device_id), planned.action.word()))
    });
    let shown = shown.collect();
    let request = EngineRequest { seen: Some(prepared.seen()), ..request.clone() };
    RunSpec { request, title: title.to_owned(), shown: Some(shown) }
}

/// `38 changes to Acme Corporation: create 20, update 18; 2 pending, 5 withheld`.
pub fn counts(prepared: &Prepared) -> String {
    let mut words: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut writes, mut withheld) = (0_usize, 0_usize);
    for planned in prepared.devices() {
        if matches!(planned.action, Action::Withhold(..)) {
            withheld += 1;
        } else {
            writes += usize::from(planned.action.writes());
            *words.entry(planned.action.word()).or_default() += 1;
        }
    }
    let organizations: Vec<&str> =
        prepared.plans.iter().map(|plan| plan.organization_name.as_str()).collect();
    let to = match organizations.as_slice() {
        [only] => (*only).to_owned(),
        several => format!("{} organizations", several.len()),
    };
    let mut told: Vec<String> = words.iter().map(|(word, n)| format!("{word} {n}")).collect();
    if withheld > 0 {
        told.push(format!("withheld {withheld}"));
    }
    let changes = if writes == 1 { "change" } else { "changes" };
    text::clean(&format!("{writes} {changes} to {to} ({})", told.join(", ")))
}

/// What is asked where nothing has to be written: the matches are recorded all the same.
pub fn recorded(count: usize) -> String {
    let (devices, they) = if count == 1 { ("device", "it is") } else { ("devices", "they are") };
    format!("Nothing to write; record {count} {devices} as {they}")
}

impl Screen for SyncAsk {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        if self.planned.is_none() {
            cx.effect(Effect::Plan(Box::new(self.request.clone())));
        }
    }

    fn overlay(&self) -> bool {
        true
    }

    fn spins(&self, _shared: &Shared) -> bool {
        self.planned.is_none()
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        let planned = matches!(self.planned, Some(Ok(_)));
        planned || !matches!(verb, Verb::Yes | Verb::ShowPlan)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        let prepared = match &self.planned {
            Some(Ok(prepared)) => Some(Arc::clone(prepared)),
            _ => None,
        };
        match (verb, prepared) {
            (Verb::Yes, Some(prepared)) => self.start(&prepared, cx),
            (Verb::ShowPlan, Some(prepared)) => {
                let (title, request) = (self.title.clone(), self.request.clone());
                cx.replace(PlanScreen::new(title, request, Some(prepared)));
            }
            (Verb::No, _) => {
                cx.effect(Effect::Stop(Slot::Plan));
                cx.pop();
                cx.say("Nothing was changed.");
            }
            _ => return false,
        }
        true
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        self.act(Verb::No, cx)
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        let Answer::Planned(request, result) = answer else { return };
        if self.planned.is_some() || **request != self.request {
            return;
        }
        match result {
            Err(trouble) => {
                cx.pop();
                cx.warn(trouble.clone());
            }
            Ok(prepared) if !prepared.has_something_to_do() && prepared.to_record() == 0 => {
                cx.pop();
                cx.say(format!("{}: nothing to write. {}", self.title, counts(prepared)));
            }
            Ok(_) => self.planned = Some(result.clone()),
        }
    }

    fn question(&self, shared: &Shared) -> Option<Line<'static>> {
        let accent = shared.look.style(Role::Accent);
        let spinner = shared.look.glyphs.spinner;
        let Some(Ok(prepared)) = &self.planned else {
            let turn = spinner.get(shared.spin % spinner.len().max(1)).copied().unwrap_or("");
            let title = text::clean(&self.title);
            return Some(Line::styled(format!("{turn} Planning {title} (Esc stops)"), accent));
        };
        Some(question::line(&self.asked(prepared), ANSWERS, shared))
    }

    fn draw(&self, frame: &mut Frame<'_>, _area: Rect, shared: &Shared) {
        if let Some(Ok(prepared)) = &self.planned {
            question::draw_whole(&self.asked(prepared), ANSWERS, frame, shared);
        }
    }
}
