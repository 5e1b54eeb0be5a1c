//! Links of policies to organizations, and who made and removed them.

use super::column::Millis;
use super::error::Fault;
use super::{Store, StoreError, bindings, reports};
use crate::domain::{Binding, Link, LinkTarget, Links, OrganizationId, PolicyId};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

/// An entry of the links' history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEvent {
    /// When.
    pub at: Timestamp,
    /// By whom, as in [`crate::domain::Origin::who`].
    pub who: String,
    /// The policy.
    pub policy_id: PolicyId,
    /// What its own entry said from then on; `None`: it was removed.
    pub target: Option<LinkTarget>,
}

/// What becomes of a policy's entry, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkChange<'a> {
    /// The policy.
    pub policy: &'a PolicyId,
    /// Its entry from then on; `None` removes it.
    pub target: Option<&'a LinkTarget>,
    /// Kept with it, as by [`Store::save_bindings`]: what it lets go of.
    pub bindings: &'a [Binding],
    /// Policies whose reports say nothing any more.
    pub forget: &'a [&'a PolicyId],
}

impl Store {
    /// Changes a policy's entry with all that follows, or nothing at all: without its link, but not let
    /// go of, a device would count as gone.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn change_link(
        &self,
        change: &LinkChange<'_>,
        who: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            match change.target {
                Some(target) => self.set(tx, change.policy, target, who, at)?,
                None => {
                    self.remove(tx, change.policy, who, at)?;
                }
            }
            bindings::save(tx, change.bindings)?;
            change.forget.iter().try_for_each(|policy| reports::forget(tx, policy))
        })
    }

    /// All links and marks.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn links(&self) -> Result<Links, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT * FROM link")?;
            let links = statement.query_map([], |row| {
                Ok(Link { policy_id: policy_id(row)?, target: read_target(row)? })
            })?;
            Ok(Links::new(links.collect::<rusqlite::Result<Vec<Link>>>()?))
        })
    }

    /// Gives the policy this entry, in the place of one it may have.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn set_link(&self, link: &Link, who: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| self.set(tx, &link.policy_id, &link.target, who, at))
    }

    /// Removes the policy's own entry, so that links above may cover it; says whether there was one.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn remove_link(
        &self,
        policy: &PolicyId,
        who: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|tx| self.remove(tx, policy, who, at))
    }

    /// Who made and removed links, oldest first. Nothing is ever taken out of it.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn link_history(&self) -> Result<Vec<LinkEvent>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT * FROM link_history ORDER BY id")?;
            let events = statement.query_map([], read_event)?;
            Ok(events.collect::<rusqlite::Result<_>>()?)
        })
    }
}

impl Store {
    fn set(
        &self,
        tx: &Transaction<'_>,
        policy: &PolicyId,
        target: &LinkTarget,
        who: &str,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let (_, id, name, with_children) = columns(Some(target));
        tx.execute(
            "INSERT OR REPLACE INTO link
                 (policy_id, organization_id, organization_name, with_children)
             VALUES (?1, ?2, ?3, ?4)",
            params![policy.as_str(), id, name, with_children],
        )?;
        self.record_link(tx, policy, Some(target), who, at)
    }

    fn remove(
        &self,
        tx: &Transaction<'_>,
        policy: &PolicyId,
        who: &str,
        at: Timestamp,
    ) -> Result<bool, Fault> {
        let removed = tx.execute("DELETE FROM link WHERE policy_id = ?1", [policy.as_str()])?;
        if removed > 0 {
            self.record_link(tx, policy, None, who, at)?;
        }
        Ok(removed > 0)
    }

    fn record_link(
        &self,
        tx: &Transaction<'_>,
        policy: &PolicyId,
        target: Option<&LinkTarget>,
        who: &str,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let (what, id, name, with_children) = columns(target);
        tx.execute(
            "INSERT INTO link_history (at, who, policy_id, what, organization_id,
                 organization_name, with_children, host, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                Millis(at),
                who,
                policy.as_str(),
                what,
                id,
                name,
                with_children,
                self.origin.host,
                self.origin.version
            ],
        )?;
        Ok(())
    }
}

/// What happened, organization, its name, and whether the policies below are covered.
fn columns(target: Option<&LinkTarget>) -> (&'static str, Option<i64>, Option<&str>, bool) {
    match target {
        Some(LinkTarget::Organization { id, name, with_children }) => {
            ("linked", Some(id.get()), Some(name), *with_children)
        }
        Some(LinkTarget::KeptUnlinked) => ("kept_unlinked", None, None, false),
        None => ("removed", None, None, false),
    }
}

pub(super) fn read_event(row: &Row<'_>) -> rusqlite::Result<LinkEvent> {
    let removed = row.get::<_, String>("what")? == "removed";
    Ok(LinkEvent {
        at: row.get::<_, Millis>("at")?.0,
        who: row.get("who")?,
        policy_id: policy_id(row)?,
        target: if removed { None } else { Some(read_target(row)?) },
    })
}

fn policy_id(row: &Row<'_>) -> rusqlite::Result<PolicyId> {
    row.get::<_, String>("policy_id").map(PolicyId::new)
}

pub(super) fn read_target(row: &Row<'_>) -> rusqlite::Result<LinkTarget> {
    Ok(match row.get::<_, Option<i64>>("organization_id")? {
        None => LinkTarget::KeptUnlinked,
        Some(id) => LinkTarget::Organization {
            id: OrganizationId::new(id),
            name: row.get("organization_name")?,
            with_children: row.get("with_children")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(policy: &str, organization: i64) -> Link {
        Link {
            policy_id: PolicyId::new(policy),
            target: LinkTarget::Organization {
                id: OrganizationId::new(organization),
                name: "Acme, Inc.".into(),
                with_children: true,
            },
        }
    }

    #[test]
    fn a_link_changes_with_its_bindings_or_not_at_all() {
        let store = Store::in_memory().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let a = link("a", 1);
        store.set_link(&a, "ana", now).unwrap();
        let binding = |device| crate::store::tests::binding(device, 1, 7);
        let unlink = |bindings: &[Binding]| {
            let target = Some(&LinkTarget::KeptUnlinked);
            let change = LinkChange { policy: &a.policy_id, target, bindings, forget: &[] };
            store.change_link(&change, "ben", now)
        };
        // One configuration can't have two holders.
        assert!(unlink(&[binding("x"), binding("y")]).is_err());
        assert_eq!(store.links().unwrap().own(&a.policy_id), Some(&a.target));
        assert_eq!(store.link_history().unwrap().len(), 1);
        unlink(&[binding("x")]).unwrap();
        assert_eq!(store.links().unwrap().own(&a.policy_id), Some(&LinkTarget::KeptUnlinked));
        assert_eq!(store.bindings().unwrap().len(), 1);
    }

    #[test]
    fn links_and_marks_come_back_with_their_history() {
        let store = Store::in_memory().unwrap();
        let now = Timestamp::from_millisecond(5).unwrap();
        let mark = Link { policy_id: PolicyId::new("b"), target: LinkTarget::KeptUnlinked };
        let a = link("a", 1);
        for entry in [&a, &mark, &link("c", 2), &link("a", 3)] {
            store.set_link(entry, "ana", now).unwrap();
        }
        assert!(store.remove_link(&PolicyId::new("c"), "ben", now).unwrap());
        assert!(!store.remove_link(&PolicyId::new("c"), "ben", now).unwrap());

        let links = store.links().unwrap();
        assert_eq!(links.iter().count(), 2);
        assert_eq!(links.own(&a.policy_id), Some(&link("a", 3).target));
        assert_eq!(links.own(&mark.policy_id), Some(&LinkTarget::KeptUnlinked));

        let history = store.link_history().unwrap();
        assert_eq!(history.len(), 5);
        assert_eq!(history[0].target, Some(a.target));
        assert_eq!(history[1].target, Some(LinkTarget::KeptUnlinked));
        assert_eq!(
            (history[4].who.as_str(), &history[4].target, history[4].at),
            ("ben", &None, now)
        );
    }

    #[test]
    fn history_is_only_added_to() {
        let store = Store::in_memory().unwrap();
        store.set_link(&link("a", 1), "ana", Timestamp::UNIX_EPOCH).unwrap();
        let connection = store.connection();
        connection.execute("UPDATE link_history SET who = 'eve'", []).unwrap_err();
        connection.execute("DELETE FROM link_history", []).unwrap_err();
    }
}
