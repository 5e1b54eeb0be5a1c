//! Why a plan or a run could not be made at all.

use crate::store;
use crate::transport::{self, Kind};

/// A plan or a run that came to nothing; single devices that can't be bound are no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A service could not be read.
    #[error("{0} Nothing was written.")]
    Unread(#[source] transport::Error),
    /// The state could not be read or written.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// An organization could not be locked for want of a usable lock file.
    #[error(transparent)]
    Lock(store::LockError),
    /// The state belongs to other accounts.
    #[error(
        "the state belongs to another account, so nothing was written: {0}. If that is meant, \
         confirm it: bindery doctor --accept-accounts"
    )]
    OtherAccount(String),
    /// The state was rebuilt or restored, and nobody has looked at it since.
    #[error(
        "nothing was written: the state is not what the last run left, for {0}, so bindings made by \
         hand and what an undo held may be missing. Look at: bindery plan --all. Then let syncs write \
         again: bindery state accept"
    )]
    Unconfirmed(String),
    /// The links were changed since a person said yes.
    #[error(
        "the links were changed meanwhile, so nothing was written: organization {0} was not part of \
         the plan that was shown. Plan again"
    )]
    OtherOrganization(crate::domain::OrganizationId),
    /// The settings were changed since a person said yes.
    #[error(
        "the settings were changed meanwhile ({0} of the plan that was shown), so nothing was written. \
         Plan again"
    )]
    OtherSettings(&'static str),
    /// An undo would write something that a person has not said yes to.
    #[error(
        "what is undone is not what was shown, so nothing was written: {1} of configuration {0} was \
         not part of the plan. Plan again"
    )]
    OtherUndo(crate::domain::ConfigurationId, crate::domain::Attribute),
    /// A status or a type of the settings is gone.
    #[error(
        "IT Glue has no {what} {id} any more, so nothing was written. Choose \
         another: bindery setup"
    )]
    ChoiceGone {
        /// `configuration status` or `configuration type`.
        what: &'static str,
        /// The id in the settings.
        id: i64,
    },
    /// No devices at all.
    #[error(
        "Addigy lists no devices at all, so nothing was written. Check that the token may view \
         devices and belongs to the right account"
    )]
    NoDevices,
    /// A person or a signal stopped it while reading.
    #[error("stopped before anything was written")]
    Cancelled,
}

impl From<transport::Error> for Error {
    fn from(source: transport::Error) -> Self {
        match source.kind() {
            Kind::Cancelled => Self::Cancelled,
            _ => Self::Unread(source),
        }
    }
}
