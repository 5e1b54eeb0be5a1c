//! The engine: both clients, the store and the account's choices, ready to plan and to apply.

use super::event::Reporter;
use super::locks::Patience;
use super::seen::{Seen, UndoSeen};
use crate::addigy::Addigy;
use crate::domain::{DeviceId, Links, OrganizationId, Origin, PolicyId, Rules, RunId, RunKind};
use crate::itglue::ItGlue;
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a run needs.
#[derive(Clone)]
pub struct Engine {
    /// Addigy.
    pub addigy: Addigy,
    /// IT Glue.
    pub itglue: ItGlue,
    /// IT Glue's address, as the settings name it: state belongs to it.
    pub itglue_url: String,
    /// The state.
    pub store: Store,
    /// The account's choices.
    pub rules: Rules,
    /// How long after an unclear answer a create may be looked up.
    pub settle: SignedDuration,
    /// Who runs it.
    pub origin: Origin,
    /// The time.
    pub clock: Clock,
    /// Stops the run safely.
    pub cancel: CancellationToken,
    /// Where events go.
    pub reporter: Reporter,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("itglue_url", &self.itglue_url).finish_non_exhaustive()
    }
}

/// Which inactivations pass the guard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Confirmed {
    /// None that it keeps back.
    #[default]
    Nothing,
    /// These, which a person has seen; others are judged as always.
    These(BTreeSet<(OrganizationId, DeviceId)>),
    /// All: `--yes`.
    Everything,
}

/// What a plan or a run is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The policies; `None` for all.
    pub policies: Option<BTreeSet<PolicyId>>,
    /// One device alone.
    pub device: Option<DeviceId>,
    /// Of the policies only these devices.
    pub only: Option<BTreeSet<DeviceId>>,
    /// Only devices that are not bound.
    pub retry_pending: bool,
    /// Which inactivations a person has confirmed, however many.
    pub confirmed: Confirmed,
    /// The plan that a person said yes to: where other organizations are concerned by now, or the
    /// settings are others, nothing is written.
    pub seen: Option<Seen>,
    /// How long it waits for organizations that another run holds.
    pub patience: Patience,
    /// What the history calls it.
    pub kind: RunKind,
    /// Links to plan with in place of the recorded ones: a look at what unlinking would do.
    pub links: Option<Links>,
    /// The run that is to be undone: for whoever keeps requests. [`Engine::undo`] does it.
    pub undoes: Option<RunId>,
    /// What a person saw of that undo and said yes to.
    pub undo_seen: Option<UndoSeen>,
}

impl Request {
    /// A sync of these policies (`None`: all), with nothing special asked.
    pub fn sync(policies: Option<BTreeSet<PolicyId>>) -> Self {
        Self {
            policies,
            device: None,
            only: None,
            retry_pending: false,
            confirmed: Confirmed::Nothing,
            seen: None,
            patience: Patience::None,
            kind: RunKind::Sync,
            links: None,
            undoes: None,
            undo_seen: None,
        }
    }
}

impl Engine {
    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}
