//! All organizations known so far, packed closely, with what a search needs of each name.

use super::likeness::plain;
use crate::domain::{Organization, OrganizationId};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Names are kept so many together.
pub(super) const PAGE: usize = 1 << 10;

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
        let pages = organizations.chunks(PAGE).map(|page| Arc::new(Page::new(page)));
        self.pages.extend(pages);
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
        let of_page = |page: &'_ Arc<Page>| page.ids.len();
        self.pages.iter().flat_map(move |page| {
            (0..of_page(page)).filter_map(|at| Some((*page.ids.get(at)?, page.name(at))))
        })
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
pub(super) struct Sketch {
    /// How often it has each letter, and each of six kinds of other characters.
    pub letters: [u8; 32],
    /// How many characters there are.
    pub length: u16,
    /// The first of them.
    pub first: Option<char>,
    /// Names that begin with the same word have the same.
    pub word: u32,
    /// Names that differ in little have the same.
    pub bare: u32,
}

impl Sketch {
    /// Of a name as [`plain`] has it.
    pub fn of(plain: &str) -> Self {
        let mut letters = [0_u8; 32];
        let mut length = 0_u16;
        let mut hasher = DefaultHasher::new();
        for c in plain.chars() {
            if let Some(count) = letters.get_mut(kind(c)) {
                *count = count.saturating_add(1);
            }
            length = length.saturating_add(1);
            if c != ' ' {
                c.hash(&mut hasher);
            }
        }
        // Half of a hash will do: what it finds is compared.
        let word = plain.split(' ').next().map_or(0, word_hash);
        Self { letters, length, first: plain.chars().next(), word, bare: hasher.finish() as u32 }
    }

    /// How many characters at least this name has that the other lacks, and the other way round.
    pub fn apart(&self, other: &Self) -> (usize, usize) {
        let both = self.letters.iter().zip(&other.letters);
        // 32 times 255 fits.
        let differences: u16 = both.map(|(a, b)| u16::from(a.abs_diff(*b))).sum();
        let differences = i64::from(differences);
        let longer = i64::from(self.length) - i64::from(other.length);
        let half = |twice: i64| usize::try_from(twice / 2).unwrap_or_default();
        (half(differences + longer), half(differences - longer))
    }
}

fn word_hash(word: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish() as u32
}

/// The letter's place, or that of its kind.
fn kind(c: char) -> usize {
    match c {
        'a'..='z' => c as usize - 'a' as usize,
        ' ' => 26,
        '0'..='9' => 27,
        _ => 28 + (c as usize) % 4,
    }
}

/// Texts in one piece of memory.
#[derive(Debug, Default)]
struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        // A page holds a thousand names of at most 512 characters.
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
    }

    fn get(&self, at: usize) -> &str {
        let end = |at: usize| self.ends.get(at).copied().unwrap_or_default() as usize;
        let start = at.checked_sub(1).map_or(0, end);
        self.all.get(start..end(at)).unwrap_or_default()
    }
}

/// Optional texts of which few differ.
#[derive(Debug, Default)]
struct Words {
    all: Vec<String>,
    /// Zero: none; else one more than the place.
    chosen: Vec<u16>,
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
        // A page holds a thousand names, and so no more words.
        self.chosen.push(u16::try_from(place).unwrap_or_default());
    }

    fn get(&self, at: usize) -> Option<String> {
        self.all.get(usize::from(*self.chosen.get(at)?).checked_sub(1)?).cloned()
    }
}

/// A page of the listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    ids: Vec<OrganizationId>,
    names: Texts,
    plain: Texts,
    short_names: Texts,
    types: Words,
    statuses: Words,
    pub(super) sketches: Vec<Sketch>,
}

impl Page {
    fn new(organizations: &[Organization]) -> Self {
        let mut page = Self::default();
        for organization in organizations {
            let plain = plain(&organization.name);
            page.ids.push(organization.id);
            page.sketches.push(Sketch::of(&plain));
            page.names.push(&organization.name);
            page.plain.push(&plain);
            page.short_names.push(organization.short_name.as_deref().unwrap_or_default());
            page.types.push(organization.type_name.as_ref());
            page.statuses.push(organization.status_name.as_ref());
        }
        page
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.names.get(at)
    }

    pub(super) fn plain(&self, at: usize) -> &str {
        self.plain.get(at)
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
