//! A sync that has everything to do: two devices to create, one to activate, one to update, one to set
//! inactive, and another client's record that bears the serial number of one of them.

use crate::scene::all_is_well_but;
use crate::support::{Stage, serial};
use bindery::domain::Outcome;
use bindery::sandbox::itglue::model::Configuration;
use std::time::Duration;

const DEVICES: usize = 4;
const LEAVER: usize = DEVICES;

pub struct Busy {
    pub stage: Stage,
    theirs: Configuration,
}

impl Busy {
    pub async fn new() -> Self {
        let mut stage = Stage::acme(0).await;
        stage.total_timeout = Duration::from_secs(2);
        let leaver = stage.add_device("Acme", LEAVER);
        assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
        let control = stage.control();
        control.remove_device(&leaver).unwrap();
        for at in 0..DEVICES {
            stage.add_device("Acme", at);
        }
        let acme = control.organization_id("Acme").unwrap();
        control.add_configuration(Configuration {
            serial_number: Some(serial(0)),
            status_id: Some(stage.inactive().get()),
            archived: true,
            ..Configuration::new(acme, "mac-000", 1)
        });
        control.add_configuration(Configuration {
            serial_number: Some(serial(1)),
            status_id: Some(stage.active().get()),
            ..Configuration::new(acme, "an old name", 1)
        });
        let theirs = control.add_configuration(Configuration {
            serial_number: Some(serial(2)),
            status_id: Some(stage.inactive().get()),
            ..Configuration::new(control.add_organization("Other"), "theirs", 1)
        });
        let theirs = control.configuration(theirs).unwrap();
        Self { stage, theirs }
    }

    /// Each device has its one configuration, the one that left an inactive one, and the other
    /// client's is as it was.
    pub fn all_is_well(&self) {
        all_is_well_but(&self.stage, DEVICES, &[LEAVER]);
        assert_eq!(self.stage.control().configuration(self.theirs.id).unwrap(), self.theirs);
    }
}
