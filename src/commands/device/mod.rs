//! `bindery device`: one device, in sentences that read well aloud.

pub(crate) mod card;
pub(crate) mod standing;

use super::cli;
use super::context::{Context, Services};
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, moment};
use super::overview::Known;
use super::policies;
use super::status::quoted;
use super::table::{Cell, Table};
use crate::domain::{Device, MacAddress, SerialNumber, valid_ip};
use crate::settings::Settings;
use crate::store::Store;
use card::Card;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How many of several hits are listed.
const LISTED: usize = 20;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Device) -> CommandResult {
    if args.query.trim().is_empty() {
        return Err(CommandError::usage(
            "the query is empty; say a name, serial number, MAC, IP or id",
        ));
    }
    let store = context.store()?;
    let services = if args.live { Some(read_now(context, &store).await?) } else { None };
    let known = Known::of(&store)?;
    let accounts = store.accounts()?;
    let hits = pick(store.find_devices(&args.query)?, &args.query);
    let mut cards: Vec<Card<'_>> =
        hits.iter().map(|device| Card::new(&known, &accounts, device)).collect();
    if let (Some(services), [card]) = (&services, cards.as_mut_slice()) {
        card.read(services).await?;
    }
    if context.global.json {
        let devices: Vec<Value> = cards.iter().map(Card::document).collect();
        output::print_json(&json!({ "schema": 1, "devices": devices }));
    }
    match cards.as_slice() {
        [] => Err(CommandError::failed(nothing(&args.query, known.as_of, args.live))),
        [card] => {
            if !context.global.json {
                output::print(&card.page());
            }
            Ok(Exit::Done)
        }
        several => Err(CommandError::usage(list(&args.query, several))),
    }
}

/// Reads Addigy anew.
async fn read_now(context: &Context, store: &Store) -> Result<Services, CommandError> {
    let settings: Settings = context.settings()?;
    let services = context.clients(&settings).await?;
    policies::read(&services, &settings, store).await??;
    Ok(services)
}

fn nothing(query: &str, as_of: Option<Timestamp>, live: bool) -> String {
    match as_of {
        None => {
            "Addigy has not been read yet, so no device is known. Read it: bindery policies".into()
        }
        Some(at) => {
            let next = if live {
                "Check the spelling; a name may be shortened, a serial number may not.".to_owned()
            } else {
                format!("Ask Addigy now: bindery device {} --live", quoted(query))
            };
            format!("no device answers to {query}, as of {}. {next}", moment(at))
        }
    }
}

/// The devices that are meant: those that match as a whole, else all.
fn pick(found: Vec<Device>, query: &str) -> Vec<Device> {
    let text = query.trim().to_lowercase();
    let is = |value: &Option<String>| {
        value.as_deref().is_some_and(|value| value.trim().to_lowercase() == text)
    };
    let serial = SerialNumber::parse(query);
    let mac = MacAddress::parse(query);
    let ip = valid_ip(query);
    let tests: [&dyn Fn(&Device) -> bool; 3] = [
        &|device| device.id.as_str().to_lowercase() == text,
        &|device| {
            serial.is_some() && device.serial() == serial
                || mac.is_some() && device.mac() == mac
                || ip.is_some() && device.local_ip.as_deref().and_then(valid_ip) == ip
        },
        &|device| is(&device.name) || is(&device.hostname),
    ];
    for test in tests {
        if found.iter().any(test) {
            return found.into_iter().filter(|device| test(device)).collect();
        }
    }
    found
}

fn list(query: &str, several: &[Card<'_>]) -> String {
    let mut table = Table::new(["Id", "Device", "Serial", "Policy"]).whole(0).whole(2);
    for card in several.iter().take(LISTED) {
        let device = card.device;
        let policies: Vec<&str> = card.policies.iter().map(|p| p.path.as_str()).collect();
        table.row([
            Cell::new(device.id.as_str()),
            Cell::new(device.label()),
            Cell::new(device.serial_number.as_deref().unwrap_or("-")),
            Cell::new(policies.join(", ")),
        ]);
    }
    let more = match several.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!("and {more} more"),
    };
    format!(
        "{} devices answer to {query}; name one by its id or serial number:\n{}{more}",
        several.len(),
        table.render()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::device;

    #[test]
    fn whole_matches_go_before_parts() {
        let named = |id: &str, name: &str| Device { name: Some(name.into()), ..device(id, "acme") };
        let found = vec![named("1", "Mac"), named("2", "Mac mini"), named("mac", "x")];
        let ids = |query: &str| -> Vec<String> {
            pick(found.clone(), query).iter().map(|device| device.id.to_string()).collect()
        };
        assert_eq!(ids("mac"), ["mac"]);
        assert_eq!(ids("MAC MINI"), ["2"]);
        assert_eq!(ids("ma").len(), 3);
    }
}
