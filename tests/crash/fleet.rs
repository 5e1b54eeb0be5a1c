//! A fleet in which a sync has everything to do, the program to be killed in it, and what it should
//! come to in the end.

use crate::support::Stage;
use crate::support::folder::{Ended, Folder};
use bindery::domain::{DeviceId, Outcome};
use bindery::sandbox::Options;
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::itglue::model::Configuration;
use bindery::store::{Accounts, IntentKind, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

/// How the fleet's writes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Many items in a request.
    InBatches,
    /// Batches are refused: one request an item, several of them under way at once.
    OneByOne,
}

/// Two linked organizations and one that is another client's.
pub struct Fleet {
    pub stage: Stage,
    folder: Folder,
    /// What to call a device: ids are new in each fleet.
    names: BTreeMap<DeviceId, String>,
    theirs: Vec<Configuration>,
}

/// All there is in the end, but for ids and times.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    records: Vec<Record>,
    bindings: BTreeSet<(String, String, String)>,
    /// Device, kind of write, field, value before and after: what history shows and undo goes by.
    history: BTreeSet<(String, String, String, String, String)>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    organization: i64,
    name: String,
    hostname: Option<String>,
    primary_ip: Option<String>,
    mac_address: Option<String>,
    serial_number: Option<String>,
    asset_tag: Option<String>,
    notes: Option<String>,
    status: Option<i64>,
    kind: i64,
    archived: bool,
    interfaces: usize,
}

impl Record {
    fn of(known: Configuration) -> Self {
        Self {
            organization: known.organization_id,
            name: known.name,
            hostname: known.hostname,
            primary_ip: known.primary_ip,
            mac_address: known.mac_address,
            serial_number: known.serial_number,
            asset_tag: known.asset_tag,
            notes: known.notes,
            status: known.status_id,
            kind: known.type_id,
            archived: known.archived,
            interfaces: known.interfaces.len(),
        }
    }
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
        let mut fleet = Self { stage, folder, names: BTreeMap::new(), theirs: Vec::new() };
        fleet.bind_all().await;
        fleet.change_the_world();
        fleet
    }

    async fn bind_all(&mut self) {
        let control = self.stage.control();
        self.stage.store = Store::open(&self.folder.state()).unwrap();
        for name in ["Acme", "Globex"] {
            control.add_organization(name);
            let policy = control.add_policy(name, None, "").unwrap();
            self.stage.link(&policy, name);
        }
        for at in 0..10 {
            self.device("Acme", at);
        }
        for at in 10..12 {
            self.device("Globex", at);
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

    pub fn folder(&self) -> &Folder {
        &self.folder
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
        self.completes(self.sync(), case).await
    }

    /// The same for another command.
    pub async fn runs(&self, what: &[&str], case: &str) -> Vec<String> {
        self.completes(self.command(what), case).await
    }

    async fn completes(&self, command: Command, case: &str) -> Vec<String> {
        let _ = std::fs::remove_file(self.moments());
        let ended = Ended::of(output(command).await);
        assert_eq!(ended.code, 0, "{case}\n{}\n{}", ended.stdout, ended.stderr);
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
        End {
            records: self.records(),
            bindings: self.bindings(&store),
            history: self.history(&store),
        }
    }

    fn records(&self) -> Vec<Record> {
        let all = self.stage.control().all_configurations();
        let mut records: Vec<Record> = all.into_iter().map(Record::of).collect();
        records.sort();
        records
    }

    fn bindings(&self, store: &Store) -> BTreeSet<(String, String, String)> {
        let bindings = store.bindings().unwrap();
        let rows = bindings.iter().map(|binding| {
            let id = binding.configuration_id.get();
            let record = self.stage.control().configuration(id).unwrap();
            let state = format!("{:?} through {}", binding.state, binding.policy_id.as_str());
            let serial = record.serial_number.unwrap_or_default();
            let record = format!("{serial} {} in {}", record.name, record.organization_id);
            (self.names[&binding.device_id].clone(), self.readable(&state), record)
        });
        rows.collect()
    }

    /// Ids of policies are new in each fleet, too.
    fn readable(&self, text: &str) -> String {
        let policies = self.stage.control().policies();
        policies.iter().fold(text.to_owned(), |text, policy| text.replace(&policy.id, &policy.name))
    }

    fn history(&self, store: &Store) -> BTreeSet<(String, String, String, String, String)> {
        let runs = store.runs(1000).unwrap();
        let changes = runs.iter().flat_map(|run| store.changes_of(run.id).unwrap());
        let rows = changes.map(|change| {
            let from = change.from.map_or_else(String::new, |from| format!("{from:?}"));
            (
                self.names[&change.device_id].clone(),
                format!("{:?}", change.kind),
                change.attribute.key().to_owned(),
                from,
                format!("{:?}", change.to),
            )
        });
        rows.collect()
    }
}

impl End {
    /// The fleet has all of this in it, so that no kind of write goes untested by mistake.
    pub fn is_eventful(&self) {
        let kinds: BTreeSet<&str> = self.history.iter().map(|row| row.1.as_str()).collect();
        for kind in
            [IntentKind::Create, IntentKind::Activate, IntentKind::Update, IntentKind::Inactivate]
        {
            assert!(kinds.contains(format!("{kind:?}").as_str()), "{kind:?} in {kinds:?}");
        }
    }
}

/// Runs to the end, aside from the runtime.
pub async fn output(mut command: Command) -> Output {
    command.stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
