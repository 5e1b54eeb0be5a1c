//! What the state says of a device, put into words once.

use crate::commands::device::card::Card;
use crate::commands::device::standing::Standing;
use crate::console::keymap::Verb;
use crate::console::shared::Snapshot;
use crate::domain::{Attribute, ConfigurationId, Device, DeviceId};
use crate::text;
use jiff::Timestamp;

/// What the state says of a device; its texts are clean.
#[derive(Debug)]
pub struct Told {
    /// What to call it.
    pub name: String,
    /// Which device it is, where it is, what it is bound to: a sentence each.
    pub sentences: Vec<String>,
    /// Its configuration's page.
    pub page: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// Whether Addigy lists it no more.
    pub gone: bool,
    /// When a sync came to it last.
    pub synced: Option<Timestamp>,
    /// Addigy's side.
    pub device: Device,
    /// What was last written of each field, where that is known.
    pub written: Vec<(Attribute, Option<String>)>,
    /// Its configuration.
    pub configuration: Option<ConfigurationId>,
}

impl Told {
    /// Puts it into words; `moment` says a time.
    pub fn of(
        snapshot: &Snapshot,
        id: &DeviceId,
        moment: &dyn Fn(Timestamp) -> String,
    ) -> Option<Self> {
        let device = snapshot.device(id)?;
        let card = Card::new(&snapshot.known, &snapshot.accounts, device);
        let gone = snapshot.fleet.gone(id).is_some();
        let place = match gone {
            true => "Addigy lists it no more.".to_owned(),
            false => card.where_it_is(),
        };
        let sentences = [card.who(moment), place, ended(card.documented())];
        let binding = card.binding;
        let written = Attribute::FIELDS.into_iter().map(|field| {
            let written = binding.and_then(|binding| binding.written.get(&field));
            (field, written.map(|w| w.stored.clone().unwrap_or_else(|| w.sent.clone())))
        });
        Some(Self {
            name: text::clean(&device.label()),
            sentences: sentences.iter().map(|sentence| text::clean(sentence)).collect(),
            page: card.page.as_deref().map(text::clean),
            standing: card.standing(),
            gone,
            synced: card.report.map(|report| report.at),
            device: device.clone(),
            written: written.collect(),
            configuration: binding.map(|binding| binding.configuration_id),
        })
    }
}

fn ended(sentence: String) -> String {
    if sentence.ends_with('.') { sentence } else { format!("{sentence}.") }
}

/// What can be copied of a device.
pub fn copyables(
    snapshot: &Snapshot,
    id: &DeviceId,
    moment: &dyn Fn(Timestamp) -> String,
) -> Vec<(Verb, String)> {
    let Some(told) = Told::of(snapshot, id, moment) else { return Vec::new() };
    let mut values = Vec::new();
    if let Some(page) = told.page {
        values.push((Verb::CopyLink, page));
    }
    if let Some(serial) = told.device.serial_number.as_deref().filter(|s| !s.trim().is_empty()) {
        values.push((Verb::CopySerial, text::clean(serial.trim())));
    }
    let message = format!("{}: {}", told.name, told.standing.sentence(moment));
    values.push((Verb::CopyName, told.name));
    values.push((Verb::CopyMessage, text::clean(&message)));
    values.push((Verb::CopyId, text::clean(id.as_str())));
    values
}
