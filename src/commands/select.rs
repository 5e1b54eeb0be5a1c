//! From what a person types to the one policy or device that is meant.

use super::exit::CommandError;
use crate::domain::{Device, Policy, PolicyId, PolicyTree, SerialNumber};
use std::collections::BTreeSet;

/// The policy with this id, full path (`Clients/Acme`) or unique name, first exactly, then whatever
/// its case.
pub fn policy<'a>(tree: &'a PolicyTree, wanted: &str) -> Result<&'a Policy, CommandError> {
    let wanted = wanted.trim().trim_end_matches('/');
    if let Some(policy) = tree.get(&PolicyId::new(wanted)) {
        return Ok(policy);
    }
    let path = |policy: &Policy| tree.path(&policy.id).join("/");
    let tests: [&dyn Fn(&Policy) -> bool; 4] = [
        &|policy| path(policy) == wanted,
        &|policy| policy.name == wanted,
        &|policy| path(policy).to_lowercase() == wanted.to_lowercase(),
        &|policy| policy.name.to_lowercase() == wanted.to_lowercase(),
    ];
    for test in tests {
        let found: Vec<&Policy> = tree.iter().filter(|policy| test(policy)).collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(only),
            several => {
                let list = several.iter().map(|p| format!("  {}  {}", p.id, path(p)));
                return Err(CommandError::usage(format!(
                    "{} policies are called {wanted}; name one by its path or id:\n{}",
                    several.len(),
                    list.collect::<Vec<_>>().join("\n")
                )));
            }
        }
    }
    Err(CommandError::usage(format!(
        "Addigy has no policy {wanted}. See them all: bindery policies"
    )))
}

/// Several policies.
pub fn policies(tree: &PolicyTree, wanted: &[String]) -> Result<BTreeSet<PolicyId>, CommandError> {
    wanted.iter().map(|name| Ok(policy(tree, name)?.id.clone())).collect()
}

/// The device with this id, serial number or unique name.
pub fn device<'a>(devices: &'a [Device], wanted: &str) -> Result<&'a Device, CommandError> {
    let wanted = wanted.trim();
    let serial = SerialNumber::parse(wanted);
    let tests: [&dyn Fn(&Device) -> bool; 3] = [
        &|device| device.id.as_str() == wanted,
        &|device| serial.is_some() && device.serial() == serial,
        &|device| device.label().to_lowercase() == wanted.to_lowercase(),
    ];
    for test in tests {
        let found: Vec<&Device> = devices.iter().filter(|device| test(device)).collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(only),
            several => {
                let list = several.iter().map(|device| {
                    let serial = device.serial_number.as_deref().unwrap_or("no serial number");
                    format!("  {}  {}  {serial}", device.id, device.label())
                });
                return Err(CommandError::usage(format!(
                    "{} devices answer to {wanted}; name one by its id:\n{}",
                    several.len(),
                    list.collect::<Vec<_>>().join("\n")
                )));
            }
        }
    }
    Err(CommandError::usage(format!(
        "no device {wanted} is known. Read Addigy anew with bindery plan, or look for it with \
         bindery device {wanted} --live"
    )))
}
