//! What the guard keeps back: the devices that left, and the question that wants their number typed.

use crate::apply::{Confirmed, Request as EngineRequest};
use crate::console::event::RunKey;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::run::{LiveRun, RowState};
use crate::console::screen::{Cx, Header, Request, Screen};
use crate::console::shared::{RunSpec, Shared};
use crate::console::theme::Role;
use crate::console::widgets::list::ListView;
use crate::console::widgets::plural;
use crate::console::widgets::table::{self, Column, cell, column};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "withheld",
    title: "Kept back by the guard",
    list: true,
    bindings: &[bind(
        Verb::Confirm,
        "confirm",
        &["C", "enter"],
        "set them inactive",
        "Ask for their number, then set them inactive",
    )],
};

const COLUMNS: [Column; 4] = [
    column("Name", 18, 40),
    column("Serial", 12, 14),
    column("Configuration", 13, 18),
    column("Policy", 24, 90),
];

/// The devices that a run found gone and left as they are.
#[derive(Debug)]
pub struct Withheld {
    run: RunKey,
    list: ListView<u32>,
    /// Whether the window is too small for a single row.
    cramped: bool,
}

impl Withheld {
    /// Those of this run.
    pub fn new(run: RunKey) -> Self {
        Self { run, list: ListView::default(), cramped: false }
    }

    fn live<'a>(&self, shared: &'a Shared) -> Option<&'a LiveRun> {
        shared.run(self.run).map(|entry| &entry.live)
    }

    fn ask(&self, cx: &mut Cx<'_>) {
        if self.cramped {
            return cx.warn(
                "This window is too small to show one of them. Make it larger, then confirm.",
            );
        }
        let Some(entry) = cx.shared.run(self.run) else { return };
        let Some(Ok(summary)) = entry.live.outcome() else { return };
        let count = summary.withheld_devices.len();
        let confirmed = Confirmed::These(summary.withheld_devices.clone());
        // These and nothing else: the question names no other write.
        let only = summary.withheld_devices.iter().map(|(_, device)| device.clone()).collect();
        let request = EngineRequest {
            confirmed,
            only: Some(only),
            retry_pending: false,
            ..entry.spec.request.clone()
        };
        let spec = RunSpec { request, title: entry.spec.title.clone(), shown: None };
        let question = format!(
            "Set {count} {} inactive in IT Glue? Type {count}:",
            plural(count, "configuration", "configurations")
        );
        let yes = vec![Request::Pop, Request::Start(Box::new(spec))];
        cx.push(Ask::typed(question, count.to_string(), yes));
    }
}

impl Screen for Withheld {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Confirm => self.ask(cx),
            Verb::Mark | Verb::MarkAll | Verb::Filter => return false,
            _ => return self.list.act(verb),
        }
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        let of_other_lists = [Verb::Mark, Verb::MarkAll, Verb::Filter, Verb::Open];
        !of_other_lists.contains(&verb)
    }

    fn changed(&mut self, shared: &Shared) {
        let Some(live) = self.live(shared) else { return };
        let rows = (0..).zip(live.rows()).filter(|(_, row)| row.state == RowState::Withheld);
        let rows = rows.map(|(at, _)| at).collect();
        self.list.set_rows(rows);
    }

    fn run_went_on(&mut self, shared: &Shared) {
        self.changed(shared);
    }

    fn header(&self, shared: &Shared) -> Header {
        let title = shared.run(self.run).map(|entry| text::clean(&entry.spec.title));
        let left = format!("Kept back by the guard  {}", title.unwrap_or_default());
        Header { left: Line::styled(left, shared.look.style(Role::Title)), right: Line::default() }
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let told = "If that is meant, confirm it; if not, Esc leaves them as they are.";
        Line::styled(told, shared.look.style(Role::Text))
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        let above = above(area, self.list.rows().len(), shared);
        let lines = u16::try_from(above.len()).unwrap_or(u16::MAX);
        let room = area.height.saturating_sub(lines.saturating_add(2));
        self.cramped = room == 0;
        self.list.settle(room);
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let Some(live) = self.live(shared) else { return };
        let look = &shared.look;
        let buf = frame.buffer_mut();
        let mut y = area.y;
        for line in above(area, self.list.rows().len(), shared) {
            if y >= area.bottom() {
                return;
            }
            buf.set_stringn(area.x, y, line, area.width.into(), look.style(Role::Attention));
            y += 1;
        }
        y += 1;
        let row = |y| Rect { y, height: 1, ..area }.intersection(area);
        let inner = |row: Rect| Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
        table::heads(buf, inner(row(y)), look, &COLUMNS);
        for (y, place) in (y + 1..area.bottom()).zip(self.list.visible()) {
            let found = self.list.rows().get(place).and_then(|at| live.row(*at));
            let Some(found) = found else { continue };
            let policy = shared.snapshot.as_ref().and_then(|s| s.policy(&found.policy_id));
            let policy =
                policy.map_or_else(|| found.policy_id.to_string(), |policy| policy.path_text());
            let id = found.configuration_id.map(|id| id.to_string()).unwrap_or_default();
            let cells = [
                cell(&found.name, look.style(Role::Text)),
                cell(&found.serial, look.style(Role::Muted)),
                cell(id, look.style(Role::Muted)),
                cell(text::clean(&policy), look.style(Role::Text)),
            ];
            table::line(buf, inner(row(y)), look, &COLUMNS, &cells);
            table::lead(buf, row(y), look, place == self.list.position(), false);
        }
    }
}

/// What this list is, and why it is asked.
fn above(area: Rect, count: usize, shared: &Shared) -> Vec<String> {
    let (devices, their) = match count {
        1 => ("device", "its configuration"),
        _ => ("devices", "their configurations"),
    };
    let limits = shared.settings.as_ref().map(|settings| {
        let guard = settings.sync.guard;
        format!(
            " (more than {} % of a policy and more than {} devices, or all of it)",
            guard.max_inactive_percent, guard.max_inactive_devices
        )
    });
    let told = format!(
        "{count} {devices} left since the last sync, more at once than the guard lets pass{}. Nothing \
         was written: {their} are still active in IT Glue.",
        limits.unwrap_or_default()
    );
    text::wrap(&told, usize::from(area.width).max(1))
}
