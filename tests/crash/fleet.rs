//! A fleet in which a sync has everything to do, the program to be killed in it, and what it should
//! come to in the end.

use crate::support::Stage;
use crate::support::folder::{Ended, Folder};
use bindery::domain::{DeviceId, Outcome};
use bindery::sandbox::Options;
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::itglue::model::Configuration;
use bindery::store::{Accounts, Store};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The id of a configuration of Acme's that is nobody's.
pub const SPARE: &str = "990001";
const SPARE_ID: i64 = 990_001;

/// How the fleet's writes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Many items in a request.
    InBatches,
    /// Batches are refused: one request an item, several of them under way at once.
    OneByOne,
}

/// Two linked organizations, one that may be, and one that is another client's.
pub struct Fleet {
    pub stage: Stage,
    folder: Folder,
    /// What to call a device: ids are new in each fleet.
    names: BTreeMap<DeviceId, String>,
    theirs: Vec<Configuration>,
    /// The exit code of a sync that is not killed.
    pub sync_ends_with: i32,
}

/// All there is in the end, a line each, but for ids and times.
#[derive(Debug)]
pub struct End {
    /// What history shows and undo goes by. A set: sent again the same, it may stand there twice.
    history: BTreeSet<String>,
    records: Vec<String>,
    bindings: Vec<String>,
    links: Vec<String>,
}

impl Fleet {
    /// Ten devices bound in Acme and two in Globex; since then four came, two left, one of them for
    /// Globex, two were renamed, and two records wait to be activated.
    pub async fn new(writes: Writes) -> Self {
        let mut options = Options::empty();
        if writes == Writes::OneByOne {
            options.switches.set("itglue-bulk-create=refused").unwrap();
            options.switches.set("itglue-bulk-size=1").unwrap();
        }
        let stage = Stage::new(options).await;
        let text = stage.sandbox.settings_toml();
        let folder = Folder::new(&format!("{text}\n[sync]\nsettle_seconds = 0\n"));
        let (names, theirs) = (BTreeMap::new(), Vec::new());
        let mut fleet = Self { stage, folder, names, theirs, sync_ends_with: 0 };
        fleet.bind_all().await;
        fleet.change_the_world();
        fleet
    }

    async fn bind_all(&mut self) {
        let control = self.stage.control();
        self.stage.store = Store::open(&self.folder.state()).unwrap();
        for name in ["Acme", "Globex", "Initech"] {
            control.add_organization(name);
            control.add_policy(name, None, "").unwrap();
        }
        self.stage.link("Acme", "Acme");
        self.stage.link("Globex", "Globex");
        for at in 0..10 {
            self.device("Acme", at);
        }
        for at in 10..12 {
            self.device("Globex", at);
            self.device("Initech", at + 20);
        }
        assert_eq!(self.stage.sync().await.summary.outcome, Outcome::Done);
        // As the program spells it.
        let itglue_url = Some(format!("{}/", self.stage.sandbox.itglue_url()));
        let accounts = self.stage.store.accounts().unwrap();
        self.stage.store.set_accounts(&Accounts { itglue_url, ..accounts }).unwrap();
        // The killed program alone holds the file.
        self.stage.store = Store::in_memory().unwrap();
    }

    fn change_the_world(&mut self) {
        let control = self.stage.control();
        control.rename_device("mac-000", "renamed").unwrap();
        control.rename_device("mac-010", "renamed too").unwrap();
        control.remove_device("mac-002").unwrap();
        control.move_device("mac-003", "Globex").unwrap();
        let acme = control.organization_id("Acme").unwrap();
        control.add_configuration(Configuration {
            serial_number: Some("serial000020".into()),
            status_id: Some(self.stage.inactive().get()),
            archived: true,
            notes: Some("kept".into()),
            ..Configuration::new(acme, "returns", 1)
        });
        control.add_configuration(Configuration {
            mac_address: Some("A4-83-E7-00-00-15".into()),
            status_id: Some(self.stage.inactive().get()),
            asset_tag: Some("kept".into()),
            ..Configuration::new(acme, "known by its MAC", 1)
        });
        control.add_configuration(Configuration {
            id: SPARE_ID,
            ..Configuration::new(acme, "spare", 1)
        });
        for at in 20..24 {
            self.device("Acme", at);
        }
        self.device("Globex", 24);
        let nameless = NewDevice {
            name: Some("no serial".into()),
            mac: Some("a4:83:e7:00:01:19".into()),
            ..NewDevice::default()
        };
        let id = control.add_device("Acme", nameless).unwrap();
        self.names.insert(DeviceId::new(id), "no serial".into());
        self.another_client();
    }

    fn device(&mut self, policy: &str, at: usize) {
        let id = self.stage.add_device(policy, at);
        self.names.insert(DeviceId::new(id), format!("mac-{at:03}"));
    }

    /// Records of a client that is not linked, which bear the same serial numbers.
    fn another_client(&mut self) {
        let control = self.stage.control();
        let other = control.add_organization("Other");
        for at in [0, 2, 3, 20, 22, 24] {
            control.add_configuration(Configuration {
                serial_number: Some(crate::support::serial(at)),
                status_id: Some(self.stage.inactive().get()),
                ..Configuration::new(other, "theirs", 1)
            });
        }
        self.theirs = control.configurations("Other").unwrap();
    }

    /// No state any more: the next command is the first.
    pub fn forget(&self) {
        std::fs::remove_dir_all(self.folder.state()).unwrap();
    }

    /// Other settings from now on.
    pub fn settle_seconds(&self, old: u32, new: u32) {
        self.folder.replace(&format!("settle_seconds = {old}"), &format!("settle_seconds = {new}"));
    }

    /// A sync of everything.
    pub fn sync(&self) -> Command {
        self.command(&["sync", "--all", "--yes", "--json"])
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(arguments);
        command.env("BINDERY_TEST_MOMENTS", self.moments());
        command
    }

    fn moments(&self) -> std::path::PathBuf {
        self.folder.path().join("moments")
    }

    /// Syncs until it is killed at this moment; `false` when it ended before.
    pub async fn killed_at(&self, moment: u64) -> bool {
        self.dies(self.sync(), moment).await
    }

    pub async fn dies(&self, mut command: Command, moment: u64) -> bool {
        command.env("BINDERY_TEST_KILL", moment.to_string());
        let output = output(command).await;
        if output.status.signal() == Some(9) {
            return true;
        }
        // Less to do than there was for the one before it.
        Ended::of(output).exited(0);
        false
    }

    /// Syncs to the end, and returns at which moments it could have been killed.
    pub async fn syncs(&self, case: &str) -> Vec<String> {
        self.completes(self.sync(), self.sync_ends_with, case).await
    }

    /// The same for another command.
    pub async fn runs(&self, what: &[&str], case: &str) -> Vec<String> {
        self.completes(self.command(what), 0, case).await
    }

    async fn completes(&self, command: Command, code: i32, case: &str) -> Vec<String> {
        let _ = std::fs::remove_file(self.moments());
        let ended = Ended::of(output(command).await);
        assert_eq!(ended.code, code, "{case}\n{}\n{}", ended.stdout, ended.stderr);
        let moments = std::fs::read_to_string(self.moments()).unwrap();
        moments.lines().map(str::to_owned).collect()
    }

    /// All is as it should be and stays so; what it came to.
    pub async fn end(&self, case: &str) -> End {
        self.stage.clear_counters();
        self.syncs(case).await;
        assert_eq!(self.stage.writes(), 0, "{case}: the sync after it found something to write");
        assert_eq!(self.stage.configurations("Other"), self.theirs, "{case}");
        let store = Store::open(&self.folder.state()).unwrap();
        let open = store.open_intents().unwrap();
        assert!(open.is_empty(), "{case}: {open:#?}");
        store.quick_check().unwrap();
        let known = |id: &str| self.names.get(&DeviceId::new(id)).cloned();
        End {
            history: self.history(&store, &known),
            records: self.records(),
            bindings: self.bindings(&store, &known),
            links: self.links(&store),
        }
    }

    fn records(&self) -> Vec<String> {
        let all = self.stage.control().all_configurations();
        let epoch = jiff::Timestamp::UNIX_EPOCH;
        let plain = all.into_iter().map(|record| {
            let interfaces = record.interfaces.iter().map(|interface| {
                (interface.primary, interface.ip_address.clone(), interface.mac_address.clone())
            });
            let interfaces: Vec<_> = interfaces.collect();
            let (created_at, updated_at) = (epoch, epoch);
            let bare =
                Configuration { id: 0, created_at, updated_at, interfaces: Vec::new(), ..record };
            format!("{bare:?} {interfaces:?}")
        });
        sorted(plain)
    }

    fn bindings(&self, store: &Store, name: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let bindings = store.bindings().unwrap();
        sorted(bindings.iter().map(|binding| {
            let record = self.stage.control().configuration(binding.configuration_id.get());
            let record = record.unwrap();
            format!(
                "{:?} is {:?} to {} ({:?}) in {} through {}",
                name(binding.device_id.as_str()),
                binding.state,
                record.name,
                record.serial_number,
                record.organization_id,
                self.policy(binding.policy_id.as_str()),
            )
        }))
    }

    fn links(&self, store: &Store) -> Vec<String> {
        let links = store.links().unwrap();
        sorted(links.iter().map(|(id, target)| format!("{} {target:?}", self.policy(id.as_str()))))
    }

    fn policy(&self, id: &str) -> String {
        let policies = self.stage.control().policies();
        policies.into_iter().find(|policy| policy.id == id).unwrap().name
    }

    fn history(&self, store: &Store, name: &dyn Fn(&str) -> Option<String>) -> BTreeSet<String> {
        let runs = store.runs(1000).unwrap();
        let changes = runs.iter().flat_map(|run| store.changes_of(run.id).unwrap());
        let lines = changes.map(|change| {
            let device = name(change.device_id.as_str());
            let (kind, key) = (change.kind, change.attribute.key());
            format!("{kind:?} {device:?}: {key} from {:?} to {:?}", change.from, change.to)
        });
        lines.collect()
    }
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

impl End {
    /// The fleet has all of this in it, so that no kind of write goes untested by mistake.
    pub fn is_eventful(&self) {
        for kind in ["Create", "Activate", "Update", "Inactivate"] {
            let there = self.history.iter().any(|line| line.starts_with(kind));
            assert!(there, "no {kind} in {:#?}", self.history);
        }
    }

    /// Fails with the lines that differ.
    #[track_caller]
    pub fn is(&self, wanted: &Self, case: &str) {
        let all = |end: &Self| -> Vec<String> {
            let history = end.history.iter();
            history.chain(&end.records).chain(&end.bindings).chain(&end.links).cloned().collect()
        };
        let (found, wanted) = (all(self), all(wanted));
        let missing: Vec<&String> = wanted.iter().filter(|line| !found.contains(line)).collect();
        let more: Vec<&String> = found.iter().filter(|line| !wanted.contains(line)).collect();
        assert!(found == wanted, "{case}: missing {missing:#?}, too much {more:#?}");
    }
}

/// Says how many kills were survived; the last line of all has the sum.
pub fn survived(what: &str, kills: usize) {
    static SUM: AtomicUsize = AtomicUsize::new(0);
    let sum = SUM.fetch_add(kills, Ordering::SeqCst) + kills;
    println!("kill points, {what}: {kills}, all survived; {sum} so far");
}

/// Tries all of these, several at once.
pub async fn each<Case, Done: Future>(
    cases: impl IntoIterator<Item = Case>,
    attempt: impl Fn(Case) -> Done,
) -> Vec<Done::Output> {
    const AT_ONCE: usize = 4;
    futures::stream::iter(cases).map(attempt).buffer_unordered(AT_ONCE).collect().await
}

/// Runs to the end, aside from the runtime.
pub async fn output(mut command: Command) -> Output {
    command.stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
