//! A folder with settings and a state of its own, and the real binary run in it.

use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

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

    /// Exited so, said all of this, and showed no secret and no panic.
    #[track_caller]
    pub fn expect(&self, code: i32, words: &[&str]) {
        let all = format!("exit {}\n{}\n{}", self.code, self.stdout, self.stderr);
        assert_eq!(self.code, code, "{all}");
        for word in words {
            assert!(all.contains(word), "no {word:?} in {all}");
        }
        for secret in ["sandbox-token", "sandbox-key", "panicked", "RUST_BACKTRACE"] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}

/// Settings and state, gone with the test.
pub struct Folder(TempDir);

impl Folder {
    /// With these settings.
    pub fn new(settings: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write_settings(settings);
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn config(&self) -> PathBuf {
        self.path().join("config.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub fn settings(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    /// Readable by their owner alone, whatever stood there before.
    pub fn write_settings(&self, text: &str) {
        let _ = std::fs::remove_file(self.config());
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(self.config()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Puts other text into the settings.
    pub fn replace(&self, old: &str, new: &str) {
        let text = self.settings();
        assert!(text.contains(old), "{text}");
        self.write_settings(&text.replace(old, new));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bindery"));
        command.args(arguments);
        self.at_home(command)
    }

    /// With this folder for all that a program finds in its environment, and nothing else.
    pub fn at_home(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .env("BINDERY_CONFIG", self.config())
            .env("BINDERY_STATE_DIR", self.state())
            .env("BINDERY_BACKOFF_MS", "2")
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end. A sandbox's tasks go on meanwhile only if the runtime has several threads.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs to the end while the runtime goes on.
    pub async fn run_aside(&self, mut command: Command) -> Ended {
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        Ended::of(output.await.unwrap())
    }
}
