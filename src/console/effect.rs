//! Effects as data: what is to be done outside the loop, and what it came to.

use super::event::{RunKey, Timer};
use super::organizations::{Listing, NearName};
use super::report::Report;
use super::screens::log::Tail;
use super::shared::{RunSpec, Snapshot};
use super::theme::{Depth, Offer};
use super::wizard::ask::{Ask, Told};
use crate::apply::{Prepared, Request, UndoPlan};
use crate::commands::proposals::Proposal;
use crate::domain::{DeviceId, LinkTarget, Organization, PolicyId, RunId};
use crate::near::OrganizationIndex;
use crate::settings::Settings;
use crate::transport::Service;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A sentence for a person: what failed, why, and what to do next.
pub type Trouble = String;

/// What is to be done outside the loop. `effects/` does it.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Wake me with [`super::event::Event::Timer`] after this.
    Timer(Timer, Duration),
    /// Stop what goes on in this slot; its answer never comes.
    Stop(Slot),
    /// Read the state file. Answers [`Answer::State`].
    ReadState,
    /// Read policies and devices from Addigy, then the state file. Answers [`Answer::Reread`].
    Reread,
    /// Plan without writing anything. Answers [`Answer::Planned`].
    Plan(Box<Request>),
    /// Plan the undo of a run without writing anything. Answers [`Answer::UndoPlanned`].
    PlanUndo(RunId),
    /// Start a run. Answers with the events of the run.
    StartRun(RunKey, Box<Request>),
    /// Stop a run safely.
    CancelRun(RunKey),
    /// Ask IT Glue for organizations of exactly this name, or `id:1024`. Answers [`Answer::Named`].
    Named(String),
    /// Search the names listed so far for those near to this one. Answers [`Answer::Near`].
    Near(String, OrganizationIndex),
    /// List all organizations in the background. Answers [`Answer::Listed`], page by page.
    ListOrganizations,
    /// Link a policy, or keep it unlinked, or (`None`) remove its own entry. Answers
    /// [`Answer::Linked`].
    Link {
        /// The policy.
        policy: PolicyId,
        /// Its entry from then on.
        target: Option<LinkTarget>,
        /// The run that then sets configurations inactive: until it did, bindings stay in force.
        /// Answers [`Answer::Run`], too.
        run: Option<Box<RunSpec>>,
    },
    /// Look for links that suggest themselves. Answers [`Answer::Proposed`].
    Propose(Arc<Snapshot>, Listing),
    /// Store these links. Answers [`Answer::ProposalsStored`].
    StoreProposals(Arc<Snapshot>, Vec<Proposal>),
    /// Read both sides of a device now. Answers [`Answer::Sides`].
    ReadSides(DeviceId),
    /// The configurations a device could be bound to. Answers [`Answer::Candidates`].
    Candidates(DeviceId),
    /// Read one configuration that a device could be bound to; the text is an id or a page's address.
    /// Answers [`Answer::Candidate`].
    Candidate(DeviceId, String),
    /// Bind a device by hand; the text is an id or a page's address. Answers [`Answer::Bound`].
    Bind {
        /// The device.
        device: DeviceId,
        /// The configuration as typed.
        configuration: String,
    },
    /// Let syncs touch what undo held. Answers [`Answer::Released`].
    Release(ReleaseOf),
    /// Read what a run changed. Answers [`Answer::Changes`].
    ReadChanges(RunId),
    /// Read the end of the log. Answers [`Answer::Log`].
    ReadLog,
    /// Note what tells the runs to stop now. Answers nothing.
    NoteStop(&'static str),
    /// Write a report into a new file. Answers [`Answer::Exported`].
    Export(PathBuf, Box<Report>),
    /// What the setup asks for. Answers [`Answer::Setup`].
    Setup(Box<Ask>),
    /// The wizard wrote the settings file: read it anew from now on. Answers [`Answer::Settings`].
    SwitchedOn(Box<Settings>),
    /// Read all themes for a terminal of this depth. Answers [`Answer::Themes`].
    ReadThemes(Depth),
    /// Write the theme's name into the settings file. Answers [`Answer::ThemeSaved`].
    SaveTheme(String),
}

/// What is to be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseOf {
    /// All of a policy.
    Policy(PolicyId),
    /// One device.
    Device(DeviceId),
}

/// Of the effects in a slot only the newest goes on; an older one is dropped with its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A timer.
    Timer(Timer),
    /// Reading the state file: an older state never comes after a newer one.
    State,
    /// Reading from Addigy.
    Reread,
    /// Planning.
    Plan,
    /// Planning an undo.
    Undo,
    /// The exact-name question.
    Named,
    /// Near names.
    Near,
    /// The background listing.
    List,
    /// Link proposals.
    Proposals,
    /// Both sides of a device.
    Sides,
    /// Candidates for binding by hand.
    Candidates,
    /// A check of the setup.
    Setup(Job),
    /// The log.
    Log,
}

/// The checks of the setup that may go on beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Job {
    /// Addigy's token.
    Addigy,
    /// IT Glue's key.
    ItGlue,
    /// Facts and devices.
    Fleet,
    /// Everything, and the settings file.
    Finish,
}

impl Job {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Addigy, Self::ItGlue, Self::Fleet, Self::Finish];

    fn of(ask: &Ask) -> Option<Self> {
        Some(match ask {
            Ask::Addigy(_) => Self::Addigy,
            Ask::ItGlue(..) | Ask::Regions(..) => Self::ItGlue,
            Ask::Fleet(..) => Self::Fleet,
            Ask::Finish(..) => Self::Finish,
            Ask::Resume | Ask::Keep(_) | Ask::Forget | Ask::FirstPolicy => return None,
        })
    }
}

impl Effect {
    /// The slot in which it displaces an older one.
    pub fn slot(&self) -> Option<Slot> {
        Some(match self {
            Self::Timer(timer, _) => Slot::Timer(*timer),
            Self::ReadState => Slot::State,
            Self::Reread => Slot::Reread,
            Self::Plan(_) => Slot::Plan,
            Self::PlanUndo(_) => Slot::Undo,
            Self::Named(_) => Slot::Named,
            Self::Near(..) => Slot::Near,
            Self::ListOrganizations => Slot::List,
            Self::Propose(..) => Slot::Proposals,
            Self::ReadSides(_) => Slot::Sides,
            Self::Candidates(_) => Slot::Candidates,
            Self::ReadLog => Slot::Log,
            Self::Setup(ask) => Slot::Setup(Job::of(ask)?),
            _ => return None,
        })
    }
}

/// What an effect came to.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The state file was read.
    State(Result<Arc<Snapshot>, Trouble>),
    /// Some process changed the state file.
    StateChanged,
    /// Some process wrote to the log.
    LogChanged,
    /// Addigy was read; the state is read next.
    Reread(Result<(), Trouble>),
    /// The settings are others now: the wizard or a theme wrote them.
    Settings(Box<Settings>),
    /// What the setup was told.
    Setup(Box<Told>),
    /// What is being done or waited for while the request is planned.
    Planning(Box<Request>, String),
    /// A plan, for the request.
    Planned(Box<Request>, Result<Arc<Prepared>, Trouble>),
    /// The plan of a run's undo.
    UndoPlanned(RunId, Result<Arc<UndoPlan>, Trouble>),
    /// The organizations of exactly this name.
    Named(String, Result<Vec<Organization>, Trouble>),
    /// The question of this slot waits for a service until then.
    Waits(Slot, Service, Timestamp, &'static str),
    /// The nearest of so many names.
    Near {
        /// What was asked for.
        wanted: String,
        /// How many names were searched.
        among: usize,
        /// The nearest first.
        names: Arc<Vec<NearName>>,
    },
    /// The background listing went on, or ended.
    Listed(Listing),
    /// A person chose an organization for a policy; nothing is stored yet.
    OrganizationChosen {
        /// The policy.
        policy: PolicyId,
        /// The organization.
        organization: Organization,
    },
    /// Home shall put its cursor on this policy.
    ShowPolicy(PolicyId),
    /// A link was stored, or not.
    Linked(PolicyId, Result<String, Trouble>),
    /// This run is due now.
    Run(Box<RunSpec>),
    /// Links that suggest themselves, and those that don't and why.
    Proposed(Result<Arc<Vec<Proposal>>, Trouble>),
    /// Proposals were stored; those that were not, each with why.
    ProposalsStored {
        /// How many were.
        stored: usize,
        /// Those that were not.
        left: Vec<(PolicyId, Trouble)>,
    },
    /// Both sides of a device.
    Sides(DeviceId, Result<Arc<super::shared::SidesNow>, Trouble>),
    /// Configurations that a device could be bound to.
    Candidates(DeviceId, Result<Arc<Vec<crate::domain::Configuration>>, Trouble>),
    /// The configuration named by this text, read for a device.
    Candidate(DeviceId, String, Result<Arc<crate::domain::Configuration>, Trouble>),
    /// A device was bound by hand; the sentence says to what and what comes next.
    Bound(DeviceId, Result<String, Trouble>),
    /// Something was released; the sentence says how much.
    Released(Result<String, Trouble>),
    /// What a run changed.
    Changes(RunId, Result<Arc<Vec<crate::store::RecordedChange>>, Trouble>),
    /// The end of the log, oldest line first.
    Log(Result<Arc<Tail>, Trouble>),
    /// A report was written.
    Exported(Result<PathBuf, Trouble>),
    /// The themes that can be chosen.
    Themes(Arc<Vec<Offer>>),
    /// The theme is in the settings file, or holds for this session only.
    ThemeSaved(String, Result<(), Trouble>),
}
