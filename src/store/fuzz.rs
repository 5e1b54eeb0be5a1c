//! What must hold of a lock file, whoever wrote it.

use super::{LockError, Store};
use crate::domain::OrganizationId;
use crate::fuzz::assert_visible;
use std::fs::File;

pub(crate) fn holder(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let path = dir.join("organization-7.lock");
    std::fs::write(&path, bytes).unwrap();
    for holder in super::holders::in_folder(dir) {
        assert_eq!(holder.organization, OrganizationId::new(7));
        assert_visible(&holder.who);
    }
    let line = super::lock::read_holder(&mut File::open(&path).unwrap());
    let held = LockError::Held { organization: OrganizationId::new(7), holder: line };
    assert_visible(&held.to_string());
    assert!(held.to_string().len() < 2000);
    // A store in memory takes the line as it is given.
    let store = Store::in_memory();
    assert!(store.is_ok_and(|store| store.holders().is_empty()));
}
