//! What must hold of what a person types, or another program in a person's place.

use super::hand::Wanted;
use super::{output, select};
use crate::domain::{Device, DeviceId, Membership, Policy, PolicyId, PolicyTree};
use crate::fuzz::{assert_visible, lossy};
use std::collections::BTreeMap;

pub(crate) fn address(bytes: &[u8]) {
    match Wanted::parse(&lossy(bytes)) {
        Ok(wanted) => assert!(wanted.id.get() > 0),
        Err(error) => assert_visible(&output::line(&error.to_string())),
    }
}

pub(crate) fn select(bytes: &[u8]) {
    let wanted = lossy(bytes);
    let policy = |id: &str, parent: Option<&str>| Policy {
        id: PolicyId::new(id),
        name: format!("Policy {id}"),
        parent: parent.map(PolicyId::new),
        itglue_account_id: None,
    };
    let tree = PolicyTree::new([policy("a", None), policy("b", Some("a")), policy("c", Some("b"))]);
    match select::policy(&tree, &wanted) {
        Ok(policy) => assert!(tree.get(&policy.id).is_some()),
        Err(error) => assert_visible(&output::lines(&error.to_string()).replace('\n', " ")),
    }
    let device = Device {
        id: DeviceId::new("d1"),
        name: Some("Ana's Mac".into()),
        hostname: None,
        local_ip: Some("10.0.0.7".into()),
        ethernet_mac: Some("A4:83:E7:00:11:22".into()),
        serial_number: Some("C02XK0AAJG5H".into()),
        model: None,
        last_online: None,
        membership: Membership::Unreadable { why: String::new(), location: None },
        facts: BTreeMap::new(),
    };
    if let Err(error) = select::device(&[device], &wanted) {
        assert_visible(&output::lines(&error.to_string()).replace('\n', " "));
    }
}
