//! From what a person types to the one policy or device that is meant.

use super::exit::CommandError;
use super::status::quoted;
use super::table::{Cell, Table};
use crate::domain::{Device, Policy, PolicyId, PolicyTree, SerialNumber};
use std::collections::BTreeSet;

/// The policies with this id, full path (`Clients/Acme`) or name, first exactly, then whatever its
/// case: those of the first of these that fits any.
pub fn policies_like<'a>(tree: &'a PolicyTree, wanted: &str) -> Vec<&'a Policy> {
    let wanted = wanted.trim().trim_end_matches('/');
    if let Some(policy) = tree.get(&PolicyId::new(wanted)) {
        return vec![policy];
    }
    let path = |policy: &Policy| tree.path_text(&policy.id);
    let tests: [&dyn Fn(&Policy) -> bool; 4] = [
        &|policy| path(policy) == wanted,
        &|policy| policy.name == wanted,
        &|policy| path(policy).to_lowercase() == wanted.to_lowercase(),
        &|policy| policy.name.to_lowercase() == wanted.to_lowercase(),
    ];
    first_hits(tests.iter().map(|test| tree.iter().filter(|policy| test(policy)).collect()))
}

/// The one policy that is meant.
pub fn policy<'a>(tree: &'a PolicyTree, wanted: &str) -> Result<&'a Policy, CommandError> {
    if wanted.trim().is_empty() {
        return Err(CommandError::usage(
            "a policy's name is empty. See them all: bindery policies",
        ));
    }
    match policies_like(tree, wanted).as_slice() {
        [] => Err(CommandError::usage(format!(
            "Addigy has no policy {wanted}.{} See them all: bindery policies",
            near(tree, wanted)
        ))),
        [only] => Ok(only),
        several => {
            let mut table = Table::new(["Id", "Policy"]).whole(0);
            for policy in several {
                table.row([Cell::new(policy.id.as_str()), Cell::new(tree.path_text(&policy.id))]);
            }
            Err(CommandError::usage(format!(
                "{} policies are called {wanted}; name one by its path or id:\n{}",
                several.len(),
                table.render().trim_end()
            )))
        }
    }
}

/// A sentence that names the policies whose names come near.
fn near(tree: &PolicyTree, wanted: &str) -> String {
    const NAMED: usize = 5;
    const LIKE: f64 = 0.85;
    let wanted = wanted.to_lowercase();
    let comes_near = |policy: &&Policy| {
        let name = policy.name.to_lowercase();
        name.contains(&wanted) || strsim::jaro_winkler(&name, &wanted) >= LIKE
    };
    let mut paths: Vec<String> =
        tree.iter().filter(comes_near).map(|policy| tree.path_text(&policy.id)).collect();
    paths.sort();
    paths.truncate(NAMED);
    if paths.is_empty() { String::new() } else { format!(" Near names: {}.", paths.join("; ")) }
}

/// Several policies.
pub fn policies(tree: &PolicyTree, wanted: &[String]) -> Result<BTreeSet<PolicyId>, CommandError> {
    wanted.iter().map(|name| Ok(policy(tree, name)?.id.clone())).collect()
}

/// The devices with this id, serial number or name, whatever its case: those of the first of these
/// that fits any.
pub fn devices_like<'a>(devices: &'a [Device], wanted: &str) -> Vec<&'a Device> {
    let wanted = wanted.trim();
    let serial = SerialNumber::parse(wanted);
    let tests: [&dyn Fn(&Device) -> bool; 3] = [
        &|device| device.id.as_str() == wanted,
        &|device| serial.is_some() && device.serial() == serial,
        &|device| device.label().to_lowercase() == wanted.to_lowercase(),
    ];
    first_hits(tests.iter().map(|test| devices.iter().filter(|device| test(device)).collect()))
}

/// The one device that is meant.
pub fn device<'a>(devices: &'a [Device], wanted: &str) -> Result<&'a Device, CommandError> {
    if wanted.trim().is_empty() {
        return Err(CommandError::usage("the device's name is empty"));
    }
    match devices_like(devices, wanted).as_slice() {
        [] => Err(CommandError::usage(format!(
            "no device {wanted} is known. Read Addigy anew with bindery plan, or look for it with \
             bindery device {} --live",
            quoted(wanted)
        ))),
        [only] => Ok(only),
        several => {
            let mut table = Table::new(["Id", "Device", "Serial"]).whole(0);
            for device in several {
                let serial = device.serial_number.as_deref().unwrap_or("-");
                table.row([Cell::new(device.id.as_str()), device.label().into(), serial.into()]);
            }
            Err(CommandError::usage(format!(
                "{} devices answer to {wanted}; name one by its id:\n{}",
                several.len(),
                table.render().trim_end()
            )))
        }
    }
}

fn first_hits<T>(mut hits: impl Iterator<Item = Vec<T>>) -> Vec<T> {
    hits.find(|found| !found.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::exit::Exit;
    use crate::commands::overview::tests::{device as a_device, tree};

    fn found(wanted: &str) -> Result<String, Exit> {
        policy(&tree(), wanted).map(|policy| policy.id.to_string()).map_err(|error| error.exit)
    }

    #[test]
    fn policies_by_id_path_and_unique_name() {
        assert_eq!(found("acme").unwrap(), "acme");
        assert_eq!(found("Clients/Acme/").unwrap(), "acme");
        assert_eq!(found("clients/acme").unwrap(), "acme");
        assert_eq!(found("Globex").unwrap(), "globex");
        assert_eq!(found("Clients/Acme/Laptops").unwrap(), "acme-laptops");
        assert_eq!(found("laptops").unwrap_err(), Exit::Usage, "two are called so");
        assert_eq!(found("Nobody").unwrap_err(), Exit::Usage);
        let error = policy(&tree(), "Laptops").unwrap_err().to_string();
        assert!(error.contains("Clients/Acme/Laptops") && error.contains("globex-laptops"));
    }

    #[test]
    fn devices_by_id_serial_and_unique_name() {
        let named = |id: &str, name: &str, serial: &str| Device {
            name: Some(name.into()),
            serial_number: Some(serial.into()),
            ..a_device(id, "acme")
        };
        let all = [named("a", "Ana", "S1"), named("b", "Ben", "S2"), named("c", "ben", "N/A")];
        let id = |wanted: &str| device(&all, wanted).map(|found| found.id.to_string());
        assert_eq!(id("a").unwrap(), "a");
        assert_eq!(id(" s2 ").unwrap(), "b");
        assert_eq!(id("ANA").unwrap(), "a");
        assert!(id("Ben").unwrap_err().to_string().contains("2 devices"));
        assert_eq!(id("N/A").unwrap_err().exit, Exit::Usage);
    }
}
