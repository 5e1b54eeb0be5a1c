//! Where a story plays: a home of its own, both services, and a settings file that uses them.

use bindery::sandbox::{Options, Sandbox};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use toml_edit::{DocumentMut, Item, Table};

/// Gone with the story.
pub struct Place {
    folder: TempDir,
    bindery: PathBuf,
    environment: BTreeMap<String, OsString>,
    sandbox: Option<Sandbox>,
    // Last, so that it outlives the sandbox.
    runtime: Runtime,
}

impl Place {
    /// For this program.
    pub fn new(bindery: &Path) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("bindery-story-").tempdir();
        let folder = folder.map_err(|e| format!("can't make a folder: {e}"))?;
        let runtime = Runtime::new().map_err(|e| e.to_string())?;
        let environment = environment(folder.path(), bindery)?;
        Ok(Self { folder, bindery: bindery.to_owned(), environment, sandbox: None, runtime })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn environment(&self) -> &BTreeMap<String, OsString> {
        &self.environment
    }

    pub fn set_variable(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.environment.insert(name.to_owned(), value.into()),
            None => self.environment.remove(name),
        };
    }

    /// Chooses the time zone in which it is this time now.
    pub fn set_clock(&mut self, minutes: u32) {
        const DAY: i64 = 86_400;
        let now = jiff::Timestamp::now().as_second().rem_euclid(DAY);
        // POSIX counts westward: so much later is UTC.
        let west = (now - i64::from(minutes) * 60).rem_euclid(DAY);
        let zone = format!("CLOCK{}:{:02}:{:02}", west / 3600, west / 60 % 60, west % 60);
        self.set_variable("TZ", Some(&zone));
    }

    /// `bindery` is the program under test.
    pub fn program(&self, name: &str) -> OsString {
        if name == "bindery" { self.bindery.clone().into() } else { name.into() }
    }

    /// Starts both services and writes settings that use them.
    pub fn start_sandbox(&mut self, with: &[(String, String)]) -> Result<(), String> {
        let options = options(with)?;
        let sandbox = self.runtime.block_on(Sandbox::start(options));
        self.sandbox = Some(sandbox.map_err(|e| e.to_string())?);
        self.write_settings()
    }

    /// Puts the services' addresses for `{addigy}` and `{itglue}`.
    pub fn fill_in(&self, text: &str) -> String {
        match &self.sandbox {
            Some(sandbox) => text
                .replace("{addigy}", &sandbox.addigy_url())
                .replace("{itglue}", &sandbox.itglue_url()),
            None => text.to_owned(),
        }
    }

    pub fn write_settings(&self) -> Result<(), String> {
        let sandbox = self.sandbox.as_ref().ok_or("there is no sandbox yet")?;
        self.write(&sandbox.settings_toml())
    }

    pub fn remove_settings(&self) -> Result<(), String> {
        match std::fs::remove_file(self.config()) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.to_string()),
            _ => Ok(()),
        }
    }

    /// Sets one value, `sync.settle_seconds` to `0`, and leaves the others.
    pub fn set(&self, key: &[String], value: &str) -> Result<(), String> {
        let text = std::fs::read_to_string(self.config())
            .map_err(|e| format!("can't read the settings: {e}"))?;
        let mut document: DocumentMut = text.parse().map_err(|e| format!("{e}"))?;
        let value: toml_edit::Value = value.parse().map_err(|e| format!("{e}"))?;
        let (last, tables) = key.split_last().ok_or("a key is missing")?;
        let mut table: &mut Table = document.as_table_mut();
        for name in tables {
            let item = table.entry(name).or_insert_with(|| Item::Table(Table::new()));
            table = item.as_table_mut().ok_or_else(|| format!("{name} is no table"))?;
        }
        table.insert(last, Item::Value(value));
        self.write(&document.to_string())
    }

    fn config(&self) -> PathBuf {
        self.folder().join("config.toml")
    }

    /// Readable by their owner alone, whatever stood there before.
    fn write(&self, text: &str) -> Result<(), String> {
        self.remove_settings()?;
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(self.config());
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| e.to_string())
    }
}

/// Everything that a program finds, so that a story plays the same on every machine.
fn environment(folder: &Path, bindery: &Path) -> Result<BTreeMap<String, OsString>, String> {
    let own = bindery.parent().map(Path::to_owned).into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(own.chain(std::env::split_paths(&path)));
    let variables: [(&str, OsString); 10] = [
        ("PATH", path.map_err(|e| e.to_string())?),
        ("HOME", folder.into()),
        ("USER", "ana".into()),
        ("LANG", "C.UTF-8".into()),
        ("TZ", "UTC".into()),
        ("TERM", "xterm-256color".into()),
        ("COLORTERM", "truecolor".into()),
        ("PS1", "$ ".into()),
        ("BINDERY_CONFIG", folder.join("config.toml").into()),
        ("BINDERY_STATE_DIR", folder.join("state").into()),
    ];
    Ok(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn options(with: &[(String, String)]) -> Result<Options, String> {
    let mut options = Options::default();
    for (name, value) in with {
        let number = || value.parse().map_err(|_| format!("{name} is a number, not {value:?}"));
        let port = || value.parse().map_err(|_| format!("{name} is a port, not {value:?}"));
        match name.as_str() {
            "policies" => options.policies = number()?,
            "devices" => options.devices = number()?,
            "organizations" => options.organizations = number()?,
            "seed" => options.seed = number()? as u64,
            "troubles" => options.troubles = value == "yes",
            "port-addigy" => options.port_addigy = port()?,
            "port-itglue" => options.port_itglue = port()?,
            "key" => options.key.clone_from(value),
            "token" => options.token.clone_from(value),
            _ => options.switches.set(&format!("{name}={value}")).map_err(|e| e.to_string())?,
        }
    }
    Ok(options)
}
