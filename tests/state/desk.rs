//! A sandbox with a linked policy, and the real binary with settings and a state folder.

use crate::support::folder::{Ended, Folder};
use crate::support::{Stage, serial};
use bindery::domain::Link;
use bindery::store::Store;
use jiff::Timestamp;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Desk {
    pub stage: Stage,
    pub devices: usize,
    folder: Folder,
}

impl Deref for Desk {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Desk {
    /// With so many devices in the policy Acme, which is linked.
    pub async fn new(devices: usize) -> Self {
        let stage = Stage::acme(devices).await;
        let settings = stage.sandbox.settings_toml();
        let folder = Folder::new(&format!("{settings}\n[sync]\nsettle_seconds = 1\n"));
        let desk = Self { stage, devices, folder };
        desk.link(&Store::open(&desk.state()).unwrap());
        desk
    }

    /// Links the policy as the stage's own state has it.
    pub fn link(&self, store: &Store) {
        for (policy_id, target) in self.stage.store.links().unwrap().iter() {
            let link = Link { policy_id: policy_id.clone(), target: target.clone() };
            store.set_link(&link, "test", Timestamp::now()).unwrap();
        }
    }

    pub fn database(&self) -> PathBuf {
        self.state().join("state.db")
    }

    pub async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_aside(self.command(arguments)).await
    }

    /// A shell's script, with the binary as `$0`.
    pub async fn run_script(&self, script: &str) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_bindery")]);
        self.run_aside(self.at_home(command)).await
    }

    pub async fn run_command(&self, command: Command) -> Ended {
        self.run_aside(command).await
    }

    /// Runs it to its end on this thread.
    pub fn folder_run(&self, arguments: &[&str]) -> Ended {
        self.folder.run(arguments)
    }

    async fn run_aside(&self, mut command: Command) -> Ended {
        command.env("NO_COLOR", "1").env("BINDERY_TIMEOUT_MS", "5000");
        self.folder.run_aside(command).await
    }

    /// Every device has its configuration, once, and it is active.
    pub fn all_are_there_once(&self) {
        let made = self.stage.configurations("Acme");
        assert_eq!(made.len(), self.devices, "{made:#?}");
        for at in 0..self.devices {
            let configuration = self.stage.configuration(&serial(at));
            assert_eq!(configuration.status_id, Some(self.stage.active().get()), "{at}");
        }
    }
}

/// Copies a folder and what is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The only folder in `dir` whose name begins so.
pub fn folder_named(dir: &Path, begin: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(begin))
        .collect();
    assert_eq!(found.len(), 1, "{begin}: {found:?}");
    found.remove(0)
}
