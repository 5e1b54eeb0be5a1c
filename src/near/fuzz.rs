//! What must hold of names that are searched and of what is searched for.

use super::OrganizationIndex;
use crate::domain::{Organization, OrganizationId};
use crate::fuzz::{assert_visible, lossy};
use crate::text::clean;

/// Each line is a name; the first is what is looked for, too.
pub(crate) fn names(bytes: &[u8]) {
    let text = lossy(bytes);
    let organization = |(at, name): (usize, &str)| Organization {
        id: OrganizationId::new(at as i64 + 1),
        name: clean(name),
        short_name: None,
        type_name: None,
        status_name: None,
    };
    let index: OrganizationIndex =
        text.split('\n').enumerate().take(3000).map(organization).collect();
    let first = text.split('\n').next().unwrap_or_default();
    for wanted in [first, "Birch, Alder", ""] {
        let found = index.nearest(wanted, 10, &|| false).unwrap();
        assert!(found.len() <= 10);
        for near in &found {
            assert!((0.0..=1.0).contains(&near.score), "{}", near.score);
            assert_visible(&near.organization.name);
            assert_visible(&near.told(&clean(wanted)));
            let count = near.organization.name.chars().count();
            assert!(near.letters(&clean(wanted)).iter().all(|at| *at < count));
        }
    }
}
