//! A sandbox, and the real binary with a state on disk that this process shares.

use crate::support::Stage;
use crate::support::folder::{Ended, Folder};
use bindery::sandbox::Options;
use bindery::store::Store;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The stage's store is the binary's.
pub struct Desk {
    pub stage: Stage,
    pub folder: Folder,
}

impl Desk {
    /// Acme, Globex and so on, each a policy and an organization, linked, with so many devices.
    pub async fn new(clients: &[(&str, usize)], sync: &str) -> Self {
        let mut stage = Stage::new(Options::empty()).await;
        let settings = stage.sandbox.settings_toml();
        let folder = Folder::new(&format!("{settings}\n[sync]\nsettle_seconds = 1\n{sync}\n"));
        stage.store = Store::open(&folder.state()).unwrap();
        let mut number = 0;
        for (client, devices) in clients {
            stage.control().add_organization(client);
            let policy = stage.control().add_policy(client, None, "").unwrap();
            stage.link(&policy, client);
            for at in number..number + devices {
                stage.add_device(client, at);
            }
            number += devices;
        }
        Self { stage, folder }
    }

    pub async fn run(&self, arguments: &[&str]) -> Ended {
        self.folder.run_aside(self.folder.command(arguments)).await
    }

    /// Starts it, and goes on.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.folder.command(arguments);
        command.env("BINDERY_TIMEOUT_MS", "20000");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(Said::default()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let keep = |text: &Arc<Mutex<Said>>, line: String, is_error: bool| {
            let mut said = text.lock().unwrap();
            let to = if is_error { &mut said.stderr } else { &mut said.stdout };
            to.push_str(&line);
            to.push('\n');
        };
        let (first, second) = (Arc::clone(&said), Arc::clone(&said));
        let readers = vec![
            std::thread::spawn(move || {
                BufReader::new(out).lines().for_each(|line| keep(&first, line.unwrap(), false));
            }),
            std::thread::spawn(move || {
                BufReader::new(err).lines().for_each(|line| keep(&second, line.unwrap(), true));
            }),
        ];
        Running { child, said, readers }
    }

    /// So many configurations with a serial number stand in the account, none of them twice.
    #[track_caller]
    pub fn nothing_doubled(&self, devices: usize) {
        let mut times: BTreeMap<(i64, Option<String>), usize> = BTreeMap::new();
        for row in self.stage.control().all_configurations() {
            *times.entry((row.organization_id, row.serial_number)).or_default() += 1;
        }
        assert!(times.values().all(|times| *times == 1), "doubled: {times:?}");
        assert_eq!(times.len(), devices, "{times:?}");
        let open = self.stage.store.open_intents().unwrap();
        assert!(open.is_empty(), "{open:#?}");
    }
}

#[derive(Default)]
struct Said {
    stdout: String,
    stderr: String,
}

/// A process of the binary that goes on.
pub struct Running {
    child: Child,
    said: Arc<Mutex<Said>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Until it has said this on either stream; a process that ended without it fails the test.
    pub async fn until(&mut self, words: &str) {
        loop {
            let ended = self.child.try_wait().unwrap().is_some();
            if self.so_far().contains(words) {
                return;
            }
            assert!(!ended, "it ended without {words:?}: {}", self.so_far());
            pause().await;
        }
    }

    pub fn so_far(&self) -> String {
        let said = self.said.lock().unwrap();
        format!("{}{}", said.stdout, said.stderr)
    }

    pub fn signal(&self, signal: Signal) {
        let process = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(process, signal).unwrap();
    }

    /// Waits for its end; the code is -1 after a signal.
    pub async fn ended(mut self) -> Ended {
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => pause().await,
            }
        };
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        let said = std::mem::take(&mut *self.said.lock().unwrap());
        Ended { code: status.code().unwrap_or(-1), stdout: said.stdout, stderr: said.stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets the sandbox work meanwhile.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}
