//! The state: copies, damage, upgrades, full and read-only disks, and the trail of who did what.

#[path = "state/audit.rs"]
mod audit;
#[path = "state/backup.rs"]
mod backup;
#[path = "state/damage.rs"]
mod damage;
#[path = "state/desk.rs"]
mod desk;
#[path = "state/disk.rs"]
mod disk;
#[path = "support/mod.rs"]
mod support;
#[path = "state/upgrade.rs"]
mod upgrade;
