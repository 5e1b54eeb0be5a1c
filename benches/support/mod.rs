//! A home with settings for a sandbox and a link for each of its policies.

use bindery::domain::{Link, LinkTarget, OrganizationId, PolicyId};
use bindery::sandbox::{Options, Sandbox};
use bindery::store::Store;
use jiff::Timestamp;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use tempfile::TempDir;

/// So many devices as `DEVICES` says, in forty policies.
pub fn options() -> Options {
    let devices = std::env::var("DEVICES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    Options { devices, policies: 40, ..Options::default() }
}

/// A folder with `config.toml` and `state/`. Each policy is linked to an organization of its own, so
/// that every device takes part.
pub fn home(sandbox: &Sandbox) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(config).unwrap();
    file.write_all(sandbox.settings_toml().as_bytes()).unwrap();
    let store = Store::open(&folder.path().join("state")).unwrap();
    let control = sandbox.control();
    for policy in control.policies() {
        let name = format!("Bench {}", policy.id);
        let id = OrganizationId::new(control.add_organization(&name));
        let target = LinkTarget::Organization { id, name, with_children: false };
        let link = Link { policy_id: PolicyId::new(policy.id), target };
        store.set_link(&link, "bench", Timestamp::now()).unwrap();
    }
    folder
}
