//! The real binary against a sandbox, with settings and state of its own.
#![allow(dead_code, reason = "each test binary uses its part of it")]

#[path = "folder.rs"]
pub mod folder;

use bindery::sandbox::{Control, Options, Sandbox};
use folder::Folder;
use std::ops::Deref;

/// A sandbox and what the binary needs to use it.
pub struct Binary {
    pub sandbox: Sandbox,
    folder: Folder,
}

impl Deref for Binary {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Binary {
    pub async fn new(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let text = sandbox.settings_toml();
        let folder = Folder::new(&format!("{text}\n[sync]\nsettle_seconds = 0\n"));
        Self { sandbox, folder }
    }

    /// The made-up fleet.
    pub async fn fleet() -> Self {
        Self::new(Options::default()).await
    }

    pub fn control(&self) -> Control {
        self.sandbox.control()
    }
}
