//! Names that come near to one that does not exist: over 100,000 organizations, while a person types.
//!
//! [`OrganizationIndex`] holds the names, [`OrganizationIndex::nearest`] answers a question. `likeness`
//! says how near two names are, `index` keeps what a search needs of each name, `search` finds the
//! best without looking at all of them.

#[cfg(test)]
pub(crate) mod fuzz;
mod index;
mod likeness;
mod search;
mod spelling;

pub use index::OrganizationIndex;
pub use likeness::difference;

use crate::domain::Organization;

/// An organization whose name comes near.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The organization.
    pub organization: Organization,
    /// How near, from 0 to 1.
    pub score: f64,
    /// In what the names differ, where a reader takes them for one.
    pub difference: Option<&'static str>,
}

impl Near {
    /// In what the name differs from what was wanted, as a sentence's end.
    pub fn told(&self, wanted: &str) -> String {
        match self.difference {
            Some(difference) => format!("differs in {difference}"),
            None => likeness::told(&self.organization.name, wanted),
        }
    }

    /// The places of the name's characters that `wanted` has, too.
    pub fn letters(&self, wanted: &str) -> Vec<usize> {
        likeness::letters(&self.organization.name, wanted)
    }
}
