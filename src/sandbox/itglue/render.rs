//! Records as JSON:API documents, in the shapes of the documentation's examples.

use super::model::{Account, Configuration, Interface, NamedRecord, Organization};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The classes IT Glue sorts types into, as far as they are known.
const KINDS: [&str; 9] = [
    "desktop",
    "laptop",
    "workstation",
    "server",
    "switch",
    "router",
    "firewall",
    "printer",
    "smartphone",
];

/// The attributes of a configuration that stand among its details.
const DETAILS: [&str; 8] = [
    "default-gateway",
    "position",
    "installed-by",
    "purchased-by",
    "operating-system-notes",
    "warranty-expires-at",
    "installed-at",
    "purchased-at",
];

/// The attributes that name records the account has none of.
const ALWAYS_NULL: [&str; 10] = [
    "manufacturer-id",
    "manufacturer-name",
    "model-id",
    "model-name",
    "operating-system-id",
    "operating-system-name",
    "location-id",
    "location-name",
    "contact-id",
    "contact-name",
];

/// A time as answers spell it: RFC 3339, UTC, milliseconds.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A small number that is the same for the same name: organization types and statuses are known by
/// their names only.
pub(super) fn id_of_name(name: &str) -> i64 {
    1 + name.bytes().fold(7_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 9_973)
}

/// An organization.
pub(super) fn organization(organization: &Organization, account: &Account) -> Value {
    let parent = organization.parent_id;
    let mut ancestors = Vec::new();
    let mut next = parent;
    while let Some(id) = next {
        // A circle of parents would never end.
        if ancestors.contains(&id) {
            break;
        }
        ancestors.push(id);
        next = account.organizations.get(&id).and_then(|above| above.parent_id);
    }
    json!({
        "id": organization.id.to_string(),
        "type": "organizations",
        "attributes": {
            "name": organization.name,
            "alert": null,
            "description": null,
            "organization-type-id": id_of_name(&organization.type_name),
            "organization-type-name": organization.type_name,
            "organization-status-id": id_of_name(&organization.status_name),
            "organization-status-name": organization.status_name,
            "primary": false,
            "logo": "",
            "quick-notes": null,
            "short-name": organization.short_name,
            "created-at": time(organization.created_at),
            "updated-at": time(organization.updated_at),
            // A string, although other ids among attributes are numbers.
            "parent-id": parent.map(|id| id.to_string()),
            "ancestor-ids": format!("{ancestors:?}"),
        },
        "relationships": {},
    })
}

/// A configuration status.
pub(super) fn status(record: &NamedRecord) -> Value {
    named("configuration-statuses", record)
}

/// A configuration type, of which there are so many configurations.
pub(super) fn kind(record: &NamedRecord, configurations: usize) -> Value {
    let mut document = named("configuration-types", record);
    document["attributes"]["configurations-count"] = json!(configurations);
    document
}

fn named(kind: &str, record: &NamedRecord) -> Value {
    json!({
        "id": record.id.to_string(),
        "type": kind,
        "attributes": {
            "name": record.name,
            "created-at": time(record.created_at),
            "updated-at": time(record.updated_at),
        },
    })
}

/// A configuration.
pub(super) fn configuration(configuration: &Configuration, account: &Account) -> Value {
    let organization = account.organizations.get(&configuration.organization_id);
    let kind = account.types.get(&configuration.type_id).map(|kind| kind.name.as_str());
    let class = kind.map(str::to_lowercase).filter(|name| KINDS.contains(&name.as_str()));
    let status = configuration.status_id.and_then(|id| account.statuses.get(&id));
    let resource_url = format!(
        "https://{}.itglue.com/{}/configurations/{}",
        account.subdomain, configuration.organization_id, configuration.id
    );
    let mut document = json!({
        "id": configuration.id.to_string(),
        "type": "configurations",
        "attributes": {
            "organization-id": configuration.organization_id,
            "organization-name": organization.map(|organization| &organization.name),
            "organization-short-name":
                organization.and_then(|organization| organization.short_name.as_ref()),
            "resource-url": resource_url,
            "name": configuration.name,
            "hostname": configuration.hostname,
            "primary-ip": configuration.primary_ip,
            "mac-address": configuration.mac_address,
            "serial-number": configuration.serial_number,
            "asset-tag": configuration.asset_tag,
            "notes": configuration.notes,
            "created-at": time(configuration.created_at),
            "updated-at": time(configuration.updated_at),
            "configuration-type-id": configuration.type_id,
            "configuration-type-name": kind,
            "configuration-type-kind": class,
            "configuration-status-id": configuration.status_id,
            "configuration-status-name": status.map(|status| &status.name),
            "restricted": configuration.restricted,
            "my-glue": false,
            "psa-integration": configuration.psa_integration,
            "archived": configuration.archived,
        },
        "relationships": {},
    });
    let attributes = &mut document["attributes"];
    for name in DETAILS {
        attributes[name] = json!(configuration.details.get(name));
    }
    for name in ALWAYS_NULL {
        attributes[name] = Value::Null;
    }
    document
}

/// An interface. Its id stands among its attributes, as a number.
pub(super) fn interface(interface: &Interface, configuration: &Configuration) -> Value {
    let (ip, mac) = interface.addresses(configuration);
    json!({
        "type": "configuration-interfaces",
        "attributes": {
            "id": interface.id,
            "configuration-id": configuration.id,
            "name": interface.name,
            "ip-address": ip,
            "mac-address": mac,
            "primary": interface.primary,
            "notes": interface.notes,
            "created-at": time(interface.created_at),
            "updated-at": time(interface.updated_at),
        },
    })
}
