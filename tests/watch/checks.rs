//! What must hold at the end of every day, and what a process costs.

use crate::rounds::{Simulated, now};
use bindery::domain::{DeviceState, Outcome};
use bindery::sandbox::itglue::model::Configuration;
use bindery::settings::Settings;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::path::Path;

/// The end of a day: kilobytes and open files.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    pub memory: u64,
    pub handles: usize,
    pub database: u64,
    pub log: u64,
    pub withheld: u32,
}

impl Simulated {
    /// Once what disturbs has ended, everything comes to rest and is as it should be.
    pub async fn end_of_day(&mut self) {
        let (control, store) = (self.control(), self.store());
        self.life.calm(&control, &store);
        let mut at_rest = false;
        let mut withheld = 0;
        for _ in 0..5 {
            self.advance(SignedDuration::from_mins(15));
            control.traffic().clear();
            let summary = self.sync().await.unwrap();
            withheld = summary.counts.withheld;
            let well = summary.outcome == Outcome::Done
                || (summary.outcome == Outcome::Withheld && withheld > 0);
            at_rest = well && control.traffic().itglue_writes() == 0;
            if at_rest {
                break;
            }
        }
        let open = store.open_intents().unwrap();
        assert!(open.is_empty(), "still open: {open:#?}");
        let reports = store.reports().unwrap();
        let left: Vec<_> = reports.iter().filter(|r| r.state == DeviceState::Pending).collect();
        assert!(at_rest && left.is_empty(), "does not come to rest: {left:#?}");
        store.quick_check().unwrap();
        self.check_records(withheld);
        control.traffic().clear();
        drop(store);
        // Connections that were let go of are closed by now.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        self.days.push(Day {
            memory: memory(),
            handles: std::fs::read_dir("/proc/self/fd").unwrap().count(),
            database: size(&self.folder, "state.db"),
            log: size(&self.folder.join("logs"), "bindery."),
            withheld,
        });
        self.day_ends = now() + SignedDuration::from_hours(24);
    }

    /// One configuration a device, in its own organization, as Addigy has it; nobody else's touched.
    fn check_records(&self, withheld: u32) {
        let control = self.control();
        let settings =
            Settings::parse(&self.sandbox.settings_toml(), Path::new("settings")).unwrap();
        let rules = settings.rules().unwrap();
        for client in &self.life.clients {
            let mut known: BTreeMap<String, Vec<Configuration>> = BTreeMap::new();
            for one in control.configurations(&client.organization.to_string()).unwrap() {
                let serial = one.serial_number.clone().expect("every one was made with a serial");
                known.entry(serial.to_uppercase()).or_default().push(one);
            }
            for (serial, of_it) in &known {
                assert_eq!(of_it.len(), 1, "{serial} is doubled: {of_it:#?}");
            }
            for device in control.devices_in(&client.policy).unwrap() {
                let serial = device.serial.clone().unwrap();
                let one = known.remove(&serial).unwrap_or_else(|| panic!("{serial} is missing"));
                let one = &one[0];
                assert_eq!(one.status_id, Some(rules.active.get()), "inactive: {one:#?}");
                assert!(!one.archived);
                assert_eq!(Some(&one.name), device.name.as_ref());
                assert_eq!(one.hostname, device.hostname);
                assert_eq!(one.primary_ip, device.local_ip);
                let bare = |mac: &Option<String>| {
                    mac.as_deref().map(|mac| mac.replace([':', '-'], "").to_lowercase())
                };
                assert_eq!(bare(&one.mac_address), bare(&device.ethernet_mac));
            }
            let still_active = known.values().flatten();
            let still_active =
                still_active.filter(|one| one.status_id != Some(rules.inactive.get())).count();
            assert!(still_active <= withheld as usize, "left and not inactive: {known:#?}");
        }
        for (id, note) in &self.life.notes {
            assert_eq!(control.configuration(*id).unwrap().notes.as_ref(), Some(note));
        }
        assert_eq!(control.configurations("Bystander").unwrap(), self.bystander);
    }
}

fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4
}

/// Kilobytes of all files whose names begin so.
fn size(folder: &Path, prefix: &str) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let ours = files.filter(|f| f.file_name().to_str().is_some_and(|n| n.starts_with(prefix)));
    ours.map(|file| file.metadata().unwrap().len()).sum::<u64>() / 1024
}
