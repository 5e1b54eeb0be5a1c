//! The real binary against a sandbox, with settings and state of its own.

use bindery::sandbox::{Control, Options, Sandbox};
use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A sandbox and what the binary needs to use it.
pub struct Binary {
    pub sandbox: Sandbox,
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails with everything that was printed unless it exited so.
    #[track_caller]
    pub fn exited(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(text), "{text:?} is missing in\n{all}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// JSON Lines.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Binary {
    pub async fn new(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let binary = Self { sandbox, folder };
        let text = binary.sandbox.settings_toml();
        binary.write_settings(&format!("{text}\n[sync]\nsettle_seconds = 0\n"));
        binary
    }

    /// The made-up fleet.
    pub async fn fleet() -> Self {
        Self::new(Options::default()).await
    }

    pub fn control(&self) -> Control {
        self.sandbox.control()
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn settings(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    pub fn write_settings(&self, text: &str) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.config())
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bindery"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .env("BINDERY_CONFIG", self.config())
            .env("BINDERY_STATE_DIR", self.state())
            .env("BINDERY_BACKOFF_MS", "2")
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end. The sandbox's tasks go on meanwhile, so the runtime needs several threads.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }
}
