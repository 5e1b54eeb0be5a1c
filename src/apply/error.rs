//! Why a plan or a run could not be made at all.

use crate::{addigy, itglue, store};

/// A plan or a run that came to nothing; single devices that can't be bound are no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Addigy could not be read.
    #[error("Addigy could not be read, so nothing was written: {0}")]
    Addigy(#[source] addigy::Error),
    /// IT Glue could not be read.
    #[error("IT Glue could not be read, so nothing was written: {0}")]
    ItGlue(#[source] itglue::Error),
    /// The state could not be read or written.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The state belongs to other accounts.
    #[error(
        "the state belongs to another account, so nothing was written: {0}. If that is meant, \
         confirm it: bindery doctor --accept-accounts"
    )]
    OtherAccount(String),
    /// A status or a type of the settings is gone.
    #[error(
        "IT Glue has no {what} {id} any more, so nothing was written. Choose another: bindery setup"
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

impl From<addigy::Error> for Error {
    fn from(error: addigy::Error) -> Self {
        if error.is_cancelled() { Self::Cancelled } else { Self::Addigy(error) }
    }
}

impl From<itglue::Error> for Error {
    fn from(error: itglue::Error) -> Self {
        if error.is_cancelled() { Self::Cancelled } else { Self::ItGlue(error) }
    }
}
