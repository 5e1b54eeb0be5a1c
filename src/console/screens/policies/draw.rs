//! How the policy tree looks.

use super::Policies;
use super::tree::{Sum, below};
use crate::commands::overview::{PolicyOverview, State};
use crate::console::screen::Header;
use crate::console::shared::{Shared, Snapshot};
use crate::console::theme::Role;
use crate::console::widgets::table::{self, Cell, Column, cell, column};
use crate::console::widgets::{grouped, plural};
use crate::domain::{PolicyId, Run};
use crate::text;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::collections::HashSet;

/// Columns 6 to 80 at 80; wider terminals give the names more.
const COLUMNS: [Column; 5] = [
    column("Policy", 24, 60),
    column("Organization", 16, 50),
    column("Bound", 8, 13).right(),
    column("Sync", 5, 5),
    column("Next", 10, 24),
];
/// In front of the columns: cursor, mark, icon.
const LEAD: u16 = 5;

pub fn header(shared: &Shared) -> Header {
    let style = |role| shared.look.style(role);
    let mut left = vec![Span::styled("Policies", style(Role::Title))];
    let mut add = |text: String, role| left.push(Span::styled(format!("  {text}"), style(role)));
    if let Some(profile) = &shared.paths.profile {
        add(format!("profile:{}", text::clean(profile)), Role::Text);
    }
    if let Some(settings) = &shared.settings {
        let region = settings.itglue.region.map(|region| region.word().to_uppercase());
        if let Some(region) = region {
            add(region, Role::Text);
        }
        match settings.enabled {
            true => add("writes ON".into(), Role::Text),
            false => add("writes OFF".into(), Role::Attention),
        }
    }
    Header { left: Line::from(left), right: as_of(shared) }
}

fn as_of(shared: &Shared) -> Line<'static> {
    let muted = shared.look.style(Role::Muted);
    let Some(snapshot) = &shared.snapshot else {
        return Line::styled("reading the state", muted);
    };
    let count = snapshot.rows.len();
    let policies = format!("{} {}", grouped(count), plural(count, "policy", "policies"));
    let at = |at: Option<Timestamp>| at.map_or_else(|| "never".into(), |at| shared.moment(at));
    let at = at(snapshot.known.as_of);
    if shared.reading {
        return Line::styled(format!("{policies}, as of {at}, reading"), muted);
    }
    match &shared.read_trouble {
        None => Line::styled(format!("{policies}, as of {at}"), muted),
        Some(_) => Line::styled(
            format!("{policies}, as of {at}, not read since"),
            shared.look.style(Role::Danger),
        ),
    }
}

pub fn draw(screen: &Policies, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    if area.height < 3 {
        return;
    }
    draw_filter(screen, frame, Rect { height: 1, ..area }, shared);
    let head = Rect { y: area.y + 1, height: 1, ..area };
    let buf = frame.buffer_mut();
    buf.set_stringn(head.x + 3, head.y, "S", 1, shared.look.style(Role::Muted));
    table::heads(buf, inner(head), &shared.look, &COLUMNS);
    let Some(snapshot) = shared.snapshot.as_deref() else {
        return empty(frame, area, shared, shared.state_trouble.as_deref().unwrap_or(""));
    };
    if screen.list.rows().is_empty() {
        return empty(frame, area, shared, nothing(screen, snapshot, shared));
    }
    let now = Running::of(shared);
    let visible = screen.list.visible();
    let rows = screen.list.rows().get(visible.clone()).unwrap_or(&[]);
    for ((y, at), id) in (area.y + 2..area.bottom()).zip(visible).zip(rows) {
        let Some(policy) = snapshot.policy(id) else { continue };
        let row = Rect { y, height: 1, ..area };
        let below = snapshot.policy_place(id).map_or(&[][..], |at| below(&snapshot.rows, at));
        let fold = match (below.is_empty(), screen.folded.contains(id)) {
            (true, _) => Fold::Leaf,
            (false, true) => Fold::Folded(Sum::of(policy, below)),
            (false, false) => Fold::Unfolded,
        };
        draw_row(frame, row, policy, &fold, now.has(id), shared);
        let selected = at == screen.list.position();
        let marked = screen.list.marks().contains(id);
        table::lead(frame.buffer_mut(), row, &shared.look, selected, marked);
    }
}

/// The columns' part of a row.
fn inner(row: Rect) -> Rect {
    Rect { x: row.x + LEAD.min(row.width), width: row.width.saturating_sub(LEAD), ..row }
}

fn nothing(screen: &Policies, snapshot: &Snapshot, shared: &Shared) -> &'static str {
    if !screen.list.filter.text().is_empty() {
        "No policy fits the filter. Esc clears it."
    } else if shared.reading {
        "Reading policies and devices from Addigy."
    } else if snapshot.known.as_of.is_none() {
        "Addigy has not been read yet. R reads it."
    } else {
        "Addigy has no policy. R reads again."
    }
}

fn empty(frame: &mut Frame<'_>, area: Rect, shared: &Shared, told: &str) {
    let lines = text::wrap(&text::clean(told), usize::from(area.width.saturating_sub(4)).max(1));
    for (y, line) in (area.y + 3..area.bottom()).zip(lines) {
        let style = shared.look.style(Role::Muted);
        frame.buffer_mut().set_stringn(area.x + 2, y, line, area.width.into(), style);
    }
}

fn draw_filter(screen: &Policies, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
    let marks = screen.list.marks().len();
    let right = if marks == 0 { String::new() } else { format!("{marks} marked") };
    screen.list.filter.draw(
        frame,
        area,
        shared,
        "acme state:attention org:… reason:… (Tab completes)",
        &right,
    );
}

/// The policies that runs are at work on, those of other processes too.
struct Running<'a>(HashSet<&'a PolicyId>);

impl<'a> Running<'a> {
    fn of(shared: &'a Shared) -> Self {
        let own = shared.active_runs().filter_map(|run| run.spec.request.policies.as_ref());
        let others = shared.snapshot.iter().flat_map(|snapshot| {
            let running = |run: &&Run| run.outcome.is_none() && snapshot.is_running(run.id);
            snapshot.runs.iter().filter(running).flat_map(|run| &run.policies)
        });
        Self(own.flatten().chain(others).collect())
    }

    fn has(&self, id: &PolicyId) -> bool {
        self.0.contains(id)
    }
}

/// Whether there are policies below a row, and whether they are hidden.
enum Fold {
    Leaf,
    Unfolded,
    /// With the sum of the row and what is below it.
    Folded(Sum),
}

fn draw_row(
    frame: &mut Frame<'_>,
    row: Rect,
    policy: &PolicyOverview,
    fold: &Fold,
    running: bool,
    shared: &Shared,
) {
    let look = &shared.look;
    let folded = matches!(fold, Fold::Folded(_));
    let sum = match fold {
        Fold::Folded(sum) => *sum,
        Fold::Leaf | Fold::Unfolded => Sum::of(policy, &[]),
    };
    let state = match (policy.state, sum.attention) {
        (State::NotLinked, 0) => State::NotLinked,
        (State::NotLinked | State::Linked, 1..) => State::Attention,
        (state, _) => state,
    };
    let role = role(state);
    let icon = state.icon(look.glyphs.utf8);
    frame.buffer_mut().set_stringn(row.x + 3, row.y, icon, 1, look.style(role));
    let running = policy.organization.is_some() && running;
    let cells: [Cell<'_>; 5] = [
        cell(name(policy, fold, shared), look.style(Role::Text)),
        organization(policy, shared),
        cell(bound(sum, policy), look.style(Role::Text)),
        cell(last_sync(policy, running, shared), look.style(Role::Muted)),
        next(policy, sum, folded, running, shared),
    ];
    table::line(frame.buffer_mut(), inner(row), look, &COLUMNS, &cells);
}

const fn role(state: State) -> Role {
    match state {
        State::Linked => Role::Linked,
        State::Attention => Role::Attention,
        State::NotLinked => Role::Unlinked,
    }
}

fn name(policy: &PolicyOverview, fold: &Fold, shared: &Shared) -> String {
    let fold = match fold {
        Fold::Leaf => " ",
        Fold::Folded(_) => shared.look.glyphs.folded,
        Fold::Unfolded => shared.look.glyphs.unfolded,
    };
    let indent = "  ".repeat(policy.depth.min(16));
    format!("{indent}{fold} {}", text::clean(&policy.policy.name))
}

fn organization(policy: &PolicyOverview, shared: &Shared) -> Cell<'static> {
    let style = |role| shared.look.style(role);
    match &policy.organization {
        Some(linked) if linked.inherited => {
            let name = text::clean(&linked.name);
            cell(format!("{} {name}", shared.look.glyphs.inherited), style(Role::Muted))
        }
        Some(linked) => cell(text::clean(&linked.name), style(Role::Text)),
        None if policy.kept_unlinked => cell("(kept unlinked)", style(Role::Muted)),
        None => cell("", style(Role::Muted)),
    }
}

fn bound(sum: Sum, policy: &PolicyOverview) -> String {
    if sum.any || policy.organization.is_some() {
        format!("{}/{}", grouped(sum.linked), grouped(sum.total))
    } else {
        format!("-/{}", grouped(sum.total))
    }
}

fn last_sync(policy: &PolicyOverview, running: bool, shared: &Shared) -> String {
    if running {
        return "now".into();
    }
    // A sync of all goes over those that are not linked, too.
    if policy.organization.is_none() {
        return String::new();
    }
    policy.last_sync.map_or_else(|| "never".into(), |at| shared.moment_short(at))
}

/// The one thing to do there; never empty.
fn next(
    policy: &PolicyOverview,
    sum: Sum,
    folded: bool,
    running: bool,
    shared: &Shared,
) -> Cell<'static> {
    let style = |role| shared.look.style(role);
    if running {
        return cell("running", style(Role::Working));
    }
    let inside = if folded { sum.inside(shared.look.glyphs.utf8) } else { String::new() };
    if !inside.is_empty() && policy.state != State::Attention {
        return cell(inside, style(Role::Attention));
    }
    let (told, role) = next_step(policy);
    cell(told, style(role))
}

/// The next step in a word or two, and how urgent it is.
pub fn next_step(policy: &PolicyOverview) -> (String, Role) {
    let people = policy.pending.iter().filter(|p| p.reason.needs_a_person()).count();
    let not_synced = policy.total.saturating_sub(policy.linked + policy.pending.len());
    if !policy.exists {
        ("unlink".into(), Role::Danger)
    } else if !policy.withheld.is_empty() {
        (format!("confirm {}", policy.withheld.len()), Role::Danger)
    } else if policy.organization.is_none() {
        match (policy.kept_unlinked, policy.policy.itglue_account_id.is_some(), policy.total) {
            (true, ..) => ("off".into(), Role::Muted),
            (false, true, _) => ("adopt".into(), Role::Accent),
            (false, false, _) => ("link".into(), Role::Muted),
        }
    } else if !policy.leaving.is_empty() {
        (format!("sync {} left", policy.leaving.len()), Role::Attention)
    } else if not_synced > 0 {
        (format!("sync {not_synced}"), Role::Attention)
    } else if people > 0 {
        (format!("decide {people}"), Role::Attention)
    } else if !policy.pending.is_empty() {
        (format!("retry {}", policy.pending.len()), Role::Attention)
    } else {
        ("ok".into(), Role::Linked)
    }
}

/// The selected row's whole sentence.
pub fn sentence(policy: Option<&PolicyOverview>, shared: &Shared) -> Line<'static> {
    let Some(policy) = policy else { return Line::default() };
    let path = text::clean(&policy.path_text());
    if let Some(run) = running_now(policy, shared) {
        return Line::styled(format!("{path}: {run}"), shared.look.style(Role::Text));
    }
    let told = match &policy.organization {
        None if policy.kept_unlinked => "kept unlinked; links above don't cover it.".to_owned(),
        None => {
            let count = policy.total;
            let devices = format!("{} {}", grouped(count), plural(count, "device", "devices"));
            match policy.policy.itglue_account_id {
                Some(id) => {
                    format!("not linked, {devices}. L takes over Addigy's own link to {id}.")
                }
                None => format!("not linked, {devices}. o chooses its organization."),
            }
        }
        Some(_) => standing(policy),
    };
    let run = last_run(policy, shared);
    Line::styled(format!("{path}: {told}{run}"), shared.look.style(Role::Text))
}

fn standing(policy: &PolicyOverview) -> String {
    let mut reasons: Vec<&str> = policy.pending.iter().map(|p| p.reason.word()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let mut told = Vec::new();
    if !policy.pending.is_empty() {
        told.push(format!("{} pending ({})", policy.pending.len(), reasons.join(", ")));
    }
    if !policy.withheld.is_empty() {
        told.push(format!("{} left, inactivation withheld", policy.withheld.len()));
    }
    if !policy.leaving.is_empty() {
        told.push(format!("{} left since the last sync", policy.leaving.len()));
    }
    let not_synced = policy.total.saturating_sub(policy.linked + policy.pending.len());
    if not_synced > 0 {
        told.push(format!("{not_synced} not synced yet"));
    }
    if told.is_empty() {
        return format!("all {} bound.", grouped(policy.total));
    }
    format!("{}.", told.join(", "))
}

/// The run of some process that is at this policy.
fn running_now(policy: &PolicyOverview, shared: &Shared) -> Option<String> {
    policy.organization.as_ref()?;
    let snapshot = shared.snapshot.as_ref()?;
    let running = |run: &&Run| {
        run.outcome.is_none()
            && run.policies.contains(&policy.policy.id)
            && snapshot.is_running(run.id)
    };
    let run = snapshot.runs.iter().find(running)?;
    let (done, total) = snapshot.progress(run);
    let (who, since) = (text::clean(&run.origin.who), shared.moment(run.started));
    let host = text::clean(&run.origin.host);
    Some(format!(
        "run {} by {who} on {host} is at it since {since}, {}/{} devices.",
        run.id,
        grouped(done),
        grouped(total),
    ))
}

fn last_run(policy: &PolicyOverview, shared: &Shared) -> String {
    let Some(snapshot) = &shared.snapshot else { return String::new() };
    let run = snapshot.runs.iter().find(|run| run.policies.contains(&policy.policy.id));
    run.map_or_else(String::new, |run| {
        let who = text::clean(&run.origin.who);
        let (id, at) = (run.id, shared.moment(snapshot.ended(run)));
        match run.finished {
            None => format!(" Run {id} by {who} broke off, {at}"),
            Some(_) => format!(" Run {id} by {who}, {at}"),
        }
    })
}
