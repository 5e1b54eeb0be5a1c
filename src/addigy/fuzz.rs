//! What must hold of an answer, whatever stands in it.

use super::policies;
use super::sweep::Answer;
use super::{WireFact, organization_id};
use crate::domain::{Device, FactValue, Membership, PolicyTree, facts};
use crate::fuzz::assert_visible;
use crate::text::MAX_CHARS;

fn sound(text: &str) {
    assert_visible(text);
    assert!(text.chars().count() <= MAX_CHARS, "{} characters", text.chars().count());
}

pub(crate) fn devices(bytes: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Answer>(bytes) else { return };
    let extra = ["ram".to_owned(), facts::MODEL.to_owned()];
    let Ok(page) = answer.into_page(&extra) else { return };
    page.devices.iter().for_each(device);
}

fn device(device: &Device) {
    sound(device.id.as_str());
    sound(&device.label());
    let fields = [
        &device.name,
        &device.hostname,
        &device.local_ip,
        &device.ethernet_mac,
        &device.serial_number,
        &device.model,
    ];
    for text in fields.into_iter().flatten() {
        sound(text);
        assert!(!text.trim().is_empty());
    }
    match &device.membership {
        Membership::Read { location, listed } => {
            location.iter().chain(listed).for_each(|id| sound(id.as_str()));
        }
        Membership::Unreadable { why, location } => {
            sound(why);
            location.iter().for_each(|id| sound(id.as_str()));
        }
    }
    for value in device.facts.values() {
        value.texts().iter().for_each(|text| sound(text));
        if let FactValue::Text(text) = value {
            assert!(!text.is_empty());
        }
    }
}

pub(crate) fn policies(bytes: &[u8]) {
    let all = match serde_json::from_slice(bytes) {
        Ok(policies::Answer::All(all)) => all,
        Ok(policies::Answer::Page { items, .. }) => items,
        Err(_) => return,
    };
    let usable = all.into_iter().filter(policies::Wire::is_usable);
    let tree = PolicyTree::new(usable.map(policies::policy));
    for policy in tree.iter() {
        sound(policy.id.as_str());
        sound(&policy.name);
        assert!(tree.ancestors(&policy.id).take(tree.len() + 1).count() < tree.len().max(1));
        if let Some(parent) = tree.named_parent(&policy.id) {
            sound(parent.as_str());
        }
        assert_visible(&tree.path_text(&policy.id));
    }
}

pub(crate) fn facts(bytes: &[u8]) {
    let Ok(all) = serde_json::from_slice::<Option<Vec<WireFact>>>(bytes) else { return };
    for fact in all.unwrap_or_default().into_iter().filter_map(WireFact::into_fact) {
        [&fact.identifier, &fact.name, &fact.return_type].into_iter().for_each(|text| sound(text));
    }
    if let Some(id) = organization_id(Some(crate::fuzz::lossy(bytes).into_owned())) {
        sound(id.as_str());
    }
}
