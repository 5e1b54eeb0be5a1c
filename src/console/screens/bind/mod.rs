//! Binding a device by hand: candidates side by side with it, or an id or address.

pub mod candidates;
mod draw;

use super::device;
use crate::commands::accounts::configuration_page;
use crate::commands::hand::{self, Choice};
use crate::console::effect::{Answer, Effect, Slot, Trouble};
use crate::console::key::{Code, Key};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::screen::{Cx, Header, Mode, Request, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::field::Field;
use crate::console::widgets::list::ListView;
use crate::domain::{Configuration, ConfigurationId, Device, DeviceId};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "bind",
    title: "Bind by hand",
    list: true,
    bindings: &[
        bind(Verb::Open, "choose", &["enter"], "choose", "Choose it, after a question"),
        bind(Verb::Edit, "another", &["i"], "another", "Type or paste another's id or address"),
        bind(Verb::Reread, "reread", &["R", "f5"], "read again", "Read the candidates again"),
    ],
};

/// What is under way.
#[derive(Debug, Default, PartialEq, Eq)]
enum Work {
    #[default]
    Nothing,
    /// The candidates are listed.
    Listing,
    /// The configuration named so is read.
    Reading(String),
    /// The choice is stored.
    Storing,
}

/// Candidates, and the one that is looked at.
#[derive(Debug)]
pub struct Bind {
    device: DeviceId,
    list: ListView<ConfigurationId>,
    found: Vec<Configuration>,
    /// Why there is none, or not the one that was asked for.
    trouble: Option<Trouble>,
    listed: bool,
    work: Work,
    /// An id or an address, being typed.
    another: Option<Field>,
}

impl Bind {
    /// Settles the match of this device.
    pub fn new(device: DeviceId) -> Self {
        Self {
            device,
            list: ListView::default(),
            found: Vec::new(),
            trouble: None,
            listed: false,
            work: Work::Nothing,
            another: None,
        }
    }

    fn device<'a>(&self, shared: &'a Shared) -> Option<&'a Device> {
        shared.snapshot.as_ref()?.device(&self.device)
    }

    fn current(&self) -> Option<&Configuration> {
        let id = self.list.current()?;
        self.found.iter().find(|configuration| configuration.id == *id)
    }

    fn show(&mut self, found: Vec<Configuration>) {
        self.found = found;
        self.list.set_rows(self.found.iter().map(|configuration| configuration.id).collect());
    }

    /// Lists the candidates, where the device is in one organization.
    fn ask_for_candidates(&mut self, cx: &mut Cx<'_>) {
        let (Some(snapshot), Some(device)) = (&cx.shared.snapshot, self.device(cx.shared)) else {
            return;
        };
        match hand::place(&snapshot.known, device) {
            Err(error) => self.trouble = Some(error.to_string()),
            Ok(_) => {
                self.work = Work::Listing;
                self.trouble = None;
                cx.effect(Effect::Candidates(self.device.clone()));
            }
        }
    }

    /// Reads what is named, to be looked at beside the device before anything is chosen.
    fn read(&mut self, named: &str, cx: &mut Cx<'_>) {
        let named = named.trim().to_owned();
        self.another = None;
        if named.is_empty() {
            return;
        }
        if self.work == Work::Listing {
            cx.effect(Effect::Stop(Slot::Candidates));
        }
        self.work = Work::Reading(named.clone());
        self.trouble = None;
        cx.effect(Effect::Candidate(self.device.clone(), named));
    }

    /// Asks whether it is meant, or says why it can't be.
    fn choose(&self, cx: &mut Cx<'_>) {
        let (Some(snapshot), Some(device), Some(configuration)) =
            (&cx.shared.snapshot, self.device(cx.shared), self.current())
        else {
            return;
        };
        let id = configuration.id;
        match Choice::new(&snapshot.known, device, configuration.clone()) {
            Err(error) => cx.warn(error.to_string()),
            Ok(choice) if choice.settled() => {
                cx.say(format!("Configuration {id} is that of {} by hand already.", device.label()))
            }
            Ok(choice) => {
                let effect =
                    Effect::Bind { device: self.device.clone(), configuration: id.to_string() };
                let yes = vec![
                    Request::Effect(effect),
                    // The screen shows that it is being stored.
                    Request::Verb(Verb::Save),
                ];
                cx.push(Ask::yes_no(choice.question(device).trim().to_owned(), yes));
            }
        }
    }

    /// The choice stands: offers to sync the device, which shows what that would write.
    fn chosen(&mut self, told: &str, cx: &mut Cx<'_>) {
        let name = self.device(cx.shared).map_or_else(String::new, Device::label);
        cx.pop();
        cx.say(told.to_owned());
        if cx.shared.writes() {
            device::sync_with_word(&self.device, &name, false, "Chosen. ", cx);
        }
    }
}

impl Screen for Bind {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        if !self.listed {
            self.ask_for_candidates(cx);
        }
    }

    fn mode(&self) -> Mode {
        if self.another.is_some() { Mode::Text } else { Mode::List }
    }

    fn can(&self, verb: Verb, shared: &Shared) -> bool {
        let free = matches!(self.work, Work::Nothing | Work::Listing);
        match verb {
            // With the keys in the field, Enter is the field's.
            Verb::Open => free && (self.current().is_some() || self.another.is_some()),
            Verb::Edit => free && self.another.is_none(),
            Verb::Reread => free && self.device(shared).is_some(),
            Verb::Copy => self.current().is_some(),
            Verb::Mark
            | Verb::MarkAll
            | Verb::Filter
            | Verb::Left
            | Verb::Right
            | Verb::NextAttention
            | Verb::PreviousAttention
            | Verb::Export => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => self.choose(cx),
            Verb::Edit => self.another = Some(Field::default()),
            Verb::Reread => self.ask_for_candidates(cx),
            Verb::Save => self.work = Work::Storing,
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        let Some(field) = &mut self.another else { return false };
        if key == Key::plain(Code::Enter) {
            let named = field.text().to_owned();
            self.read(&named, cx);
            return true;
        }
        field.key(key)
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        match &mut self.another {
            Some(field) => field.paste(text.trim()),
            // Looking is harmless: nothing is chosen by it.
            None => {
                let line = text.trim().lines().next().unwrap_or_default().to_owned();
                self.read(&line, cx);
            }
        }
        true
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Candidates(device, result) if *device == self.device => {
                if self.work != Work::Listing {
                    return;
                }
                self.work = Work::Nothing;
                self.listed = true;
                match result {
                    Ok(found) => self.show(found.to_vec()),
                    Err(trouble) => self.trouble = Some(trouble.clone()),
                }
            }
            Answer::Candidate(device, named, result) if *device == self.device => {
                if self.work != Work::Reading(named.clone()) {
                    return;
                }
                self.work = Work::Nothing;
                match result {
                    Ok(configuration) => {
                        let mut found = self.found.clone();
                        found.retain(|other| other.id != configuration.id);
                        found.insert(0, configuration.as_ref().clone());
                        self.show(found);
                        self.list.select(&configuration.id);
                    }
                    Err(trouble) => self.trouble = Some(trouble.clone()),
                }
            }
            Answer::Bound(device, result) if *device == self.device => {
                self.work = Work::Nothing;
                match result {
                    Ok(told) => self.chosen(told, cx),
                    Err(trouble) => self.trouble = Some(trouble.clone()),
                }
            }
            _ => {}
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.another.take().is_some() {
            return true;
        }
        if self.work == Work::Listing {
            cx.effect(Effect::Stop(Slot::Candidates));
        }
        false
    }

    fn spins(&self, _shared: &Shared) -> bool {
        self.work != Work::Nothing
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self, shared)
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(draw::list_height(area.height));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let (Some(configuration), Some(snapshot)) = (self.current(), &shared.snapshot) else {
            return Vec::new();
        };
        let page =
            configuration_page(&snapshot.accounts, configuration.organization_id, configuration.id);
        let mut values: Vec<(Verb, String)> =
            page.map(|page| (Verb::CopyLink, text::clean(&page))).into_iter().collect();
        let texts = [
            (Verb::CopySerial, &configuration.serial_number),
            (Verb::CopyName, &configuration.name),
        ];
        values.extend(texts.into_iter().filter_map(|(verb, value)| {
            let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty())?;
            Some((verb, text::clean(value)))
        }));
        values.push((Verb::CopyId, configuration.id.to_string()));
        values
    }

    fn hyperlinks(&self, shared: &Shared) -> Vec<String> {
        let copies = self.copyables(shared);
        copies.into_iter().filter(|(verb, _)| *verb == Verb::CopyLink).map(|(_, url)| url).collect()
    }
}

#[cfg(test)]
mod tests;
