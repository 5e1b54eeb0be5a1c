//! All organizations known so far, packed closely, with what a search needs of each name.

use super::likeness::bare;
use crate::domain::{Organization, OrganizationId};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The organizations listed so far. A clone shares them, so that a search on another thread keeps the
/// state it began with while pages go on coming in.
#[derive(Debug, Clone, Default)]
pub struct OrganizationIndex {
    pages: Vec<Arc<Page>>,
    count: usize,
}

impl OrganizationIndex {
    /// Adds a page of the listing.
    pub fn push(&mut self, organizations: &[Organization]) {
        self.count += organizations.len();
        self.pages.push(Arc::new(Page::new(organizations)));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Each organization's id and name.
    pub fn names(&self) -> impl Iterator<Item = (OrganizationId, &str)> {
        let page = |page: &'_ Arc<Page>| page.ids.len();
        self.pages
            .iter()
            .flat_map(move |p| (0..page(p)).filter_map(|at| Some((*p.ids.get(at)?, p.name(at)))))
    }

    pub(super) fn pages(&self) -> &[Arc<Page>] {
        &self.pages
    }
}

impl FromIterator<Organization> for OrganizationIndex {
    fn from_iter<I: IntoIterator<Item = Organization>>(organizations: I) -> Self {
        let all: Vec<Organization> = organizations.into_iter().collect();
        let mut index = Self::default();
        index.push(&all);
        index
    }
}

/// What can be said of a name without reading it.
#[derive(Debug, Clone, Copy)]
pub struct Sketch {
    /// Which letters it has; see [`letters_of`].
    pub letters: u64,
    /// Names that differ in little have the same.
    pub bare: u64,
    /// How many characters it has.
    pub length: usize,
    /// How many its lower case has.
    pub folded_length: usize,
}

impl Sketch {
    pub fn of(name: &str, folded: &str) -> Self {
        Self {
            letters: letters_of(folded),
            bare: bare_hash(name),
            length: name.chars().count(),
            folded_length: folded.chars().count(),
        }
    }
}

/// One bit for each letter from a to z, one for each that comes twice, twelve for all others. A bit
/// that only one of two names has stands for a character that the other lacks.
fn letters_of(folded: &str) -> u64 {
    folded.chars().fold(0, |letters, c| match c {
        'a'..='z' => {
            let bit = 1 << (c as u32 - 'a' as u32);
            letters | if letters & bit == 0 { bit } else { bit << 26 }
        }
        _ => {
            // The two shapes of one letter count as one.
            let c = if c == 'ς' { 'σ' } else { c };
            letters | 1 << (52 + ((c as u32).wrapping_mul(0x9E37_79B1) >> 16) % 12)
        }
    })
}

fn bare_hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    bare(name).for_each(|c| c.hash(&mut hasher));
    hasher.finish()
}

/// Texts in one piece of memory.
#[derive(Debug, Default)]
struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before).copied());
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.all.get(start.unwrap_or_default()..end).unwrap_or_default()
    }
}

/// Optional texts of which few differ.
#[derive(Debug, Default)]
struct Words {
    all: Vec<String>,
    /// Zero: none; else one more than the place.
    chosen: Vec<usize>,
}

impl Words {
    fn push(&mut self, word: Option<&String>) {
        let place = word.map_or(0, |word| {
            let known = self.all.iter().position(|other| other == word);
            1 + known.unwrap_or_else(|| {
                self.all.push(word.clone());
                self.all.len() - 1
            })
        });
        self.chosen.push(place);
    }

    fn get(&self, at: usize) -> Option<String> {
        self.all.get(self.chosen.get(at)?.checked_sub(1)?).cloned()
    }
}

/// A page of the listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    ids: Vec<OrganizationId>,
    names: Texts,
    folded: Texts,
    short_names: Texts,
    types: Words,
    statuses: Words,
    pub(super) sketches: Vec<Sketch>,
}

impl Page {
    fn new(organizations: &[Organization]) -> Self {
        let mut page = Self::default();
        for organization in organizations {
            let folded = organization.name.to_lowercase();
            page.ids.push(organization.id);
            page.sketches.push(Sketch::of(&organization.name, &folded));
            page.names.push(&organization.name);
            page.folded.push(&folded);
            page.short_names.push(organization.short_name.as_deref().unwrap_or_default());
            page.types.push(organization.type_name.as_ref());
            page.statuses.push(organization.status_name.as_ref());
        }
        page
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.names.get(at)
    }

    pub(super) fn folded(&self, at: usize) -> &str {
        self.folded.get(at)
    }

    pub(super) fn organization(&self, at: usize) -> Option<Organization> {
        let short_name = self.short_names.get(at);
        Some(Organization {
            id: *self.ids.get(at)?,
            name: self.name(at).to_owned(),
            short_name: (!short_name.is_empty()).then(|| short_name.to_owned()),
            type_name: self.types.get(at),
            status_name: self.statuses.get(at),
        })
    }
}
