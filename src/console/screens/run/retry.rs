//! Retry pending: the marked devices, else the filtered ones, else all that are not linked.

use super::RunScreen;
use crate::apply::{Confirmed, Request as EngineRequest};
use crate::console::overlays::sync::SyncAsk;
use crate::console::run::{LiveRun, View};
use crate::console::screen::Cx;
use crate::console::screens::undo::UndoScreen;
use crate::console::widgets::plural;

impl RunScreen {
    /// Whether there is something to retry, or will be when the run has ended.
    pub(super) fn can_retry(&self, live: &LiveRun) -> bool {
        let cut_short = live.ended() && live.rows().is_empty();
        cut_short || !self.meant(live).is_empty()
    }

    /// The rows that a retry is for.
    fn meant(&self, live: &LiveRun) -> Vec<u32> {
        if !self.list.marks().is_empty() {
            return self.list.marks().iter().copied().collect();
        }
        let not_linked = |at: &u32| live.row(*at).is_some_and(|row| row.state.can_be_retried());
        if self.is_narrowed() {
            return self.list.rows().iter().copied().filter(not_linked).collect();
        }
        (0..)
            .zip(live.rows())
            .filter(|(_, row)| row.state.can_be_retried())
            .map(|(at, _)| at)
            .collect()
    }

    fn is_narrowed(&self) -> bool {
        !self.list.filter.field.is_empty() && self.view != View::Reasons
    }

    pub(super) fn retry(&self, cx: &mut Cx<'_>) {
        let Some(entry) = self.entry(cx.shared) else { return };
        let live = &entry.live;
        if !live.ended() {
            return cx.say("Retry when this run has ended.");
        }
        if let Some(run) = entry.spec.request.undoes {
            // What is left to be put back is shown anew.
            return cx.push(UndoScreen::new(run));
        }
        let meant = self.meant(live);
        let some_only = !self.list.marks().is_empty() || self.is_narrowed();
        let request = EngineRequest { confirmed: Confirmed::Nothing, ..entry.spec.request.clone() };
        let request = match some_only {
            // The run's own policies are enough, and read no organization in vain.
            true => {
                let rows = || meant.iter().filter_map(|at| live.row(*at));
                EngineRequest {
                    policies: Some(rows().map(|row| row.policy_id.clone()).collect()),
                    only: Some(rows().map(|row| row.device_id.clone()).collect()),
                    device: None,
                    retry_pending: false,
                    ..request
                }
            }
            // Without rows the run did not come to anything: all of it again.
            false if live.rows().is_empty() => request,
            false => EngineRequest { retry_pending: request.device.is_none(), ..request },
        };
        let word = beforehand(live.need_a_person(&meant), meant.len());
        cx.push(SyncAsk::new(entry.spec.title.clone(), request).with_word(word));
    }
}

/// How many of the devices a retry alone won't help.
pub(super) fn beforehand(people: usize, all: usize) -> String {
    match people {
        0 => String::new(),
        _ => format!("{people} of {all} {} a person first. ", plural(people, "needs", "need")),
    }
}
