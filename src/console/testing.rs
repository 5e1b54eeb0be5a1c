//! A small known world for the tests of screens, and ways to drive and draw them.

use super::app::App;
use super::effect::{Answer, Effect};
use super::event::Event;
use super::key::Key;
use super::look::{self, Look};
use super::screen::Screen;
use super::shared::{Shared, Snapshot};
use super::theme::{Depth, Theme};
use crate::commands::overview::Known;
use crate::domain::*;
use crate::settings::{Paths, Settings};
use crate::store::{Accounts, DeviceReport};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Ten past eight, UTC, of a day in 2026.
pub fn now() -> Timestamp {
    "2026-06-01T08:10:00Z".parse().unwrap()
}

/// Eight o'clock of that day.
pub fn eight() -> Timestamp {
    "2026-06-01T08:00:00Z".parse().unwrap()
}

fn policy(id: &str, name: &str, parent: &str, account: Option<i64>) -> Policy {
    Policy {
        id: PolicyId::new(id),
        name: name.into(),
        parent: (!parent.is_empty()).then(|| PolicyId::new(parent)),
        itglue_account_id: account.map(OrganizationId::new),
    }
}

fn link(policy: &str, id: i64, name: &str, with_children: bool) -> Link {
    let target =
        LinkTarget::Organization { id: OrganizationId::new(id), name: name.into(), with_children };
    Link { policy_id: PolicyId::new(policy), target }
}

/// A device of a policy, with a serial number made of its id.
pub fn device(id: &str, name: &str, policy: &str) -> Device {
    Device {
        id: DeviceId::new(id),
        name: Some(name.into()),
        hostname: Some(name.to_lowercase()),
        local_ip: Some("10.1.2.3".into()),
        ethernet_mac: Some("a4:83:e7:00:00:01".into()),
        serial_number: Some(format!("C02{}", id.to_uppercase())),
        model: Some("MacBook Pro".into()),
        last_online: Some(eight()),
        membership: Membership::Read {
            location: Some(PolicyId::new(policy)),
            listed: BTreeSet::new(),
        },
        facts: BTreeMap::new(),
    }
}

/// A configuration of Acme Corporation with the active status.
pub fn configuration(id: i64, name: &str, serial: Option<&str>) -> Configuration {
    Configuration {
        id: ConfigurationId::new(id),
        organization_id: OrganizationId::new(1024),
        name: Some(name.into()),
        hostname: None,
        primary_ip: Some("10.1.2.9".into()),
        mac_address: None,
        serial_number: serial.map(str::to_owned),
        status_id: Some(StatusId::new(101)),
        type_id: None,
        archived: false,
        psa: PsaIntegration::NotSynced,
        updated_at: None,
        resource_url: None,
    }
}

fn binding(device: &str, policy: &str, organization: i64, configuration: i64) -> Binding {
    Binding {
        device_id: DeviceId::new(device),
        organization_id: OrganizationId::new(organization),
        policy_id: PolicyId::new(policy),
        configuration_id: ConfigurationId::new(configuration),
        state: BindingState::Bound,
        matched_by: Some(MatchedBy::Serial),
        serial_seen: None,
        written: BTreeMap::new(),
        psa_refused: None,
        held_by: None,
    }
}

fn report(device: &str, name: &str, policy: &str, pending: Option<Pending>) -> DeviceReport {
    DeviceReport {
        policy_id: PolicyId::new(policy),
        device_id: DeviceId::new(device),
        name: name.into(),
        serial_number: Some(format!("C02{}", device.to_uppercase())),
        state: if pending.is_some() { DeviceState::Pending } else { DeviceState::Linked },
        pending,
        configuration_id: None,
        at: eight(),
    }
}

/// Clients, below it Acme (with Kiosks and Laptops, covered by Acme's link), Globex, Initech (which
/// Addigy's own integration once linked) and Umbrella.
pub fn snapshot() -> Snapshot {
    let tree = PolicyTree::new([
        policy("clients", "Clients", "", None),
        policy("acme", "Acme", "clients", None),
        policy("kiosks", "Kiosks", "acme", None),
        policy("laptops", "Laptops", "acme", None),
        policy("globex", "Globex", "clients", None),
        policy("initech", "Initech", "clients", Some(1030)),
        policy("umbrella", "Umbrella", "clients", None),
    ]);
    let devices = vec![
        device("a1", "ACM-MBP-001", "acme"),
        device("a2", "ACM-MBP-002", "acme"),
        device("k1", "Kiosk-Lobby", "kiosks"),
        device("l1", "Laptop-Ana", "laptops"),
        device("l2", "Laptop-Ben", "laptops"),
        device("g1", "GLX-Mini", "globex"),
        device("i1", "Initech-Mac", "initech"),
        device("u1", "Umbrella-iPad", "umbrella"),
        device("u2", "Umbrella-Mac", "umbrella"),
    ];
    let ambiguous = Pending::new(
        PendingReason::AmbiguousMatch,
        "configurations 9911 and 9907 both carry C02L2",
    );
    let unreachable = Pending::new(PendingReason::Unreachable, "IT Glue did not answer in time");
    let known = Known {
        tree,
        devices,
        as_of: Some(eight()),
        links: Links::new([
            link("acme", 1024, "Acme Corporation", true),
            link("globex", 1025, "Globex GmbH", false),
        ]),
        bindings: vec![
            binding("a1", "acme", 1024, 9901),
            binding("a2", "acme", 1024, 9902),
            binding("k1", "kiosks", 1024, 9903),
            binding("l1", "laptops", 1024, 9904),
        ],
        reports: vec![
            report("a1", "ACM-MBP-001", "acme", None),
            report("a2", "ACM-MBP-002", "acme", None),
            report("k1", "Kiosk-Lobby", "kiosks", None),
            report("l1", "Laptop-Ana", "laptops", None),
            report("l2", "Laptop-Ben", "laptops", Some(ambiguous)),
            report("g1", "GLX-Mini", "globex", Some(unreachable)),
        ],
        last_sync: ["acme", "kiosks", "laptops", "globex"]
            .map(|id| (PolicyId::new(id), eight()))
            .into(),
    };
    let runs = vec![Run {
        id: RunId::new(41),
        kind: RunKind::Sync,
        policies: ["acme", "kiosks", "laptops", "globex"].map(PolicyId::new).to_vec(),
        started: eight(),
        finished: Some(eight()),
        origin: Origin { who: "cron@jump1".into(), host: "jump1".into(), version: "0.1.0".into() },
        outcome: Some(Outcome::Pending),
        counts: Counts { created: 2, updated: 1, unchanged: 1, pending: 2, ..Counts::default() },
    }];
    let accounts = Accounts {
        addigy_organization: Some(AddigyOrganizationId::new("0f1e")),
        itglue_url: Some("https://api.itglue.com/".into()),
        itglue_account: Some("msp".into()),
    };
    Snapshot::of(known, runs, accounts)
}

/// Settings that are switched on.
pub fn settings() -> Settings {
    let text = r#"
enabled = true
theme = "dark"
[addigy]
token = { env = "ADDIGY_TOKEN" }
[itglue]
region = "us"
key = { env = "ITGLUE_KEY" }
active_status_id = 101
inactive_status_id = 102
default_type_id = 201
"#;
    Settings::parse(text, "/nowhere/config.toml".as_ref()).unwrap()
}

/// A look without surprises: dark, UTF-8 or ASCII, true colour.
pub fn look(theme: &str, utf8: bool) -> Look {
    Look {
        theme: Theme::builtin(theme, Depth::TrueColor).unwrap(),
        glyphs: if utf8 { look::UTF8 } else { look::ASCII },
        depth: Depth::TrueColor,
        hyperlinks: false,
    }
}

/// The world of [`snapshot`], switched on, at 80x24.
pub fn shared() -> Shared {
    let paths = Paths {
        config_file: "/nowhere/config.toml".into(),
        state_dir: "/nowhere/state".into(),
        log_dir: "/nowhere/state/logs".into(),
        profile: None,
    };
    Shared {
        settings: Some(Arc::new(settings())),
        now: now(),
        zone: TimeZone::UTC,
        ..Shared::new(paths, look("dark", true))
    }
}

/// An app that is driven without a terminal. What it asks for is collected, not run.
#[derive(Debug)]
pub struct Driver {
    /// The app.
    pub app: App,
    /// The effects since the last [`Driver::take_effects`].
    pub effects: Vec<Effect>,
}

impl Driver {
    /// Home over [`snapshot`], with these layers on top.
    pub fn new(shared: Shared, on_top: Vec<Box<dyn Screen>>) -> Self {
        let mut app = App::new(shared, on_top);
        app.first_effects();
        let mut driver = Self { app, effects: Vec::new() };
        let notice = driver.app.shared.notice.clone();
        driver.answer(Answer::State(Ok(Arc::new(snapshot()))));
        driver.answer(Answer::Reread(Ok(())));
        // What home offers at first is its own test's concern.
        driver.app.shared.notice = notice;
        driver.take_effects();
        driver
    }

    /// Home over [`snapshot`] at this size.
    pub fn home(columns: u16, rows: u16) -> Self {
        Self::new(Shared { size: (columns, rows), ..shared() }, Vec::new())
    }

    /// Lets an event happen.
    pub fn event(&mut self, event: Event) {
        let effects = self.app.update(now(), event);
        self.effects.extend(effects);
    }

    /// Opens a layer, as a screen below would.
    pub fn push(&mut self, layer: impl Screen + 'static) {
        self.app.push_layer(Box::new(layer));
        self.event(Event::Focus(true));
    }

    /// Presses keys: `down enter ctrl-c`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.event(Event::Key(key.parse::<Key>().unwrap()));
        }
        self
    }

    /// Does what the palette does with an action.
    pub fn ask(&mut self, verb: super::keymap::Verb) -> &mut Self {
        self.app.act(verb);
        let (columns, rows) = self.app.shared.size;
        self.event(Event::Resize(columns, rows));
        self
    }

    /// Types a text.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.event(Event::Key(Key::char(c)));
        }
        self
    }

    /// Lets an answer arrive.
    pub fn answer(&mut self, answer: Answer) {
        self.event(Event::Answer(answer));
    }

    /// What was asked for since the last time.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The name of the context that has the keys.
    pub fn place(&self) -> &'static str {
        self.app.top().context().name
    }

    /// The screen as text, one line a row, spaces at the ends cut off.
    pub fn draw(&self) -> String {
        let (columns, rows) = self.app.shared.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| super::frame::draw(&self.app, frame)).unwrap();
        text_of(terminal.backend().buffer())
    }

    /// The screen's styles: for every row the runs of cells with one style.
    pub fn styles(&self) -> String {
        let (columns, rows) = self.app.shared.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| super::frame::draw(&self.app, frame)).unwrap();
        styles_of(terminal.backend().buffer())
    }
}

/// A buffer's text.
pub fn text_of(buffer: &ratatui::buffer::Buffer) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in area.y..area.bottom() {
        let mut line = String::new();
        let mut x = area.x;
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(crate::text::width(symbol).max(1)).unwrap();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A buffer's styles.
pub fn styles_of(buffer: &ratatui::buffer::Buffer) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in area.y..area.bottom() {
        let mut runs: Vec<(u16, String)> = Vec::new();
        for x in area.x..area.right() {
            let style = buffer[(x, y)].style();
            let told = format!("{:?}/{:?}/{:?}", style.fg, style.bg, style.add_modifier);
            match runs.last_mut() {
                Some((count, last)) if *last == told => *count += 1,
                _ => runs.push((1, told)),
            }
        }
        let runs: Vec<String> =
            runs.iter().map(|(count, told)| format!("{count}x{told}")).collect();
        text.push_str(&format!("{y}: {}\n", runs.join(" ")));
    }
    text
}
