//! What is known of IT Glue's organizations: the background listing, and near names from it.

use super::effect::Trouble;
use super::widgets::grouped;
use crate::near::{Near, OrganizationIndex};

/// The listing of all organizations, as far as it has come.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Those that came.
    pub index: OrganizationIndex,
    /// How many there are, as IT Glue says.
    pub total: Option<u64>,
    /// How it ended; `None` while it goes on.
    pub ended: Option<Result<(), Trouble>>,
}

impl Listing {
    /// Whether all are there.
    pub fn is_complete(&self) -> bool {
        matches!(self.ended, Some(Ok(())))
    }

    /// Why it stopped before its end.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.ended.as_ref()?.as_ref().err()
    }

    /// `41,200 of 100,000 listed`.
    pub fn told(&self) -> String {
        let listed = grouped(self.index.len());
        match (&self.ended, self.total) {
            (Some(Ok(())), _) => format!("all {listed} listed"),
            (_, Some(total)) => {
                format!(
                    "{listed} of {} listed",
                    grouped(usize::try_from(total).unwrap_or(usize::MAX))
                )
            }
            (_, None) => format!("{listed} listed"),
        }
    }
}

/// A near name, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct NearName {
    /// The organization and how near it comes.
    pub near: Near,
    /// The places of the characters that were asked for, too.
    pub letters: Vec<usize>,
    /// In what it differs, as a sentence's end.
    pub told: String,
}

impl NearName {
    /// Works out what is drawn.
    pub fn new(near: Near, wanted: &str) -> Self {
        Self { letters: near.letters(wanted), told: near.told(wanted), near }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listing_tells_how_far_it_is() {
        let listing = Listing { total: Some(100_000), ..Listing::default() };
        assert_eq!(listing.told(), "0 of 100,000 listed");
        let listing = Listing { ended: Some(Ok(())), ..listing };
        assert_eq!(listing.told(), "all 0 listed");
        assert!(listing.is_complete() && listing.trouble().is_none());
    }
}
