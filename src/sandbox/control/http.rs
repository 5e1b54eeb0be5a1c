//! The control path over HTTP: `GET /_control/WHAT` looks, `POST /_control/VERB` changes.

use super::{Control, ControlError, NewDevice};
use crate::sandbox::addigy::model::{Device, Policy};
use crate::sandbox::faults::Fault;
use crate::sandbox::fleet::DEFAULT_TYPE;
use crate::sandbox::itglue::model::Configuration;
use crate::sandbox::line::Peer;
use crate::sandbox::switches::Switches;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A change, by the verb in the path and the members of the body.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Verb {
    AddDevice {
        policy: String,
        #[serde(flatten)]
        new: NewDevice,
    },
    RemoveDevice {
        device: String,
    },
    RemoveDevices {
        policy: String,
        count: usize,
    },
    MoveDevice {
        device: String,
        policy: String,
    },
    AssignDevice {
        device: String,
        policies: Vec<String>,
    },
    RenameDevice {
        device: String,
        name: String,
    },
    ReEnrolDevice {
        device: String,
        #[serde(default)]
        keep_old: bool,
    },
    SilenceDevice {
        device: String,
        seconds: i64,
    },
    SetFact {
        device: String,
        fact: String,
        value: Value,
    },
    FailFact {
        device: String,
        fact: String,
        message: String,
    },
    DropFact {
        device: String,
        fact: String,
    },
    AddPolicy {
        name: String,
        parent: Option<String>,
        #[serde(default)]
        itglue_account_id: String,
    },
    RenamePolicy {
        policy: String,
        name: String,
    },
    RemovePolicy {
        policy: String,
    },
    AddOrganization {
        name: String,
    },
    RenameOrganization {
        organization: String,
        name: String,
    },
    RemoveOrganization {
        organization: String,
    },
    AddConfiguration {
        organization: String,
        attributes: Map<String, Value>,
    },
    ChangeConfiguration {
        id: i64,
        attributes: Map<String, Value>,
    },
    ArchiveConfiguration {
        id: i64,
    },
    RemoveConfiguration {
        id: i64,
    },
    Fault(Fault),
    ClearFaults {},
    Release {},
    Set {
        switch: String,
    },
    Advance {
        seconds: i64,
    },
    ClearCounters {},
}

/// The control path; it wants no key, and answers this machine only.
pub(in crate::sandbox) fn router(control: Control) -> Router {
    Router::new().route("/_control/{name}", get(look).post(change)).with_state(control)
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::Several { .. } => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

fn at_home(peer: &Peer) -> Result<(), ControlError> {
    if peer.address.ip().is_loopback() {
        return Ok(());
    }
    Err(ControlError::Invalid("the control path answers this machine only".into()))
}

async fn change(
    State(control): State<Control>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(verb): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    at_home(&peer)?;
    let invalid = |error: serde_json::Error| ControlError::Invalid(format!("{verb}: {error}"));
    let members: Value = match bytes.is_empty() {
        true => json!({}),
        false => serde_json::from_slice(&bytes).map_err(invalid)?,
    };
    let verb: Verb = serde_json::from_value(json!({&verb: members})).map_err(invalid)?;
    control.carry_out(verb).map(Json)
}

async fn look(
    State(control): State<Control>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(what): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, ControlError> {
    at_home(&peer)?;
    let wanted = |name: &str| {
        query.get(name).ok_or_else(|| ControlError::Invalid(format!("{what} wants ?{name}=")))
    };
    Ok(Json(match what.as_str() {
        "counters" => json!(control.traffic.counters()),
        "clock" => json!({"now": control.clock.now().to_string()}),
        "policies" => control.policies().iter().map(show_policy).collect(),
        "devices" => match query.get("policy") {
            Some(policy) => control.devices_in(policy)?.iter().map(show_device).collect(),
            None => control.devices().iter().map(show_device).collect(),
        },
        "configurations" => control
            .configurations(wanted("organization")?)?
            .iter()
            .map(show_configuration)
            .collect(),
        "switches" => Switches::describe()
            .iter()
            .map(|help| json!({"name": help.name, "values": help.values, "default": help.default}))
            .collect(),
        _ => {
            return Err(ControlError::Unknown { kind: "view", name: what });
        }
    }))
}

impl Control {
    fn carry_out(&self, verb: Verb) -> Result<Value, ControlError> {
        match verb {
            Verb::Fault(fault) => self.faults.push(fault),
            Verb::ClearFaults {} => self.faults.clear(),
            Verb::Release {} => self.faults.release(),
            Verb::Set { switch } => self.set_switch(&switch)?,
            Verb::Advance { seconds } => self.clock.advance(seconds),
            Verb::ClearCounters {} => self.traffic.clear(),
            other => return self.change_world(other),
        }
        Ok(json!({}))
    }

    fn change_world(&self, verb: Verb) -> Result<Value, ControlError> {
        match verb {
            Verb::AddDevice { policy, new } => {
                return Ok(json!({"device": self.add_device(&policy, new)?}));
            }
            Verb::RemoveDevice { device } => self.remove_device(&device)?,
            Verb::RemoveDevices { policy, count } => {
                return Ok(json!({"devices": self.remove_devices(&policy, count)?}));
            }
            Verb::MoveDevice { device, policy } => self.move_device(&device, &policy)?,
            Verb::AssignDevice { device, policies } => {
                let policies: Vec<&str> = policies.iter().map(String::as_str).collect();
                self.assign_device(&device, &policies)?;
            }
            Verb::RenameDevice { device, name } => self.rename_device(&device, &name)?,
            Verb::ReEnrolDevice { device, keep_old } => {
                return Ok(json!({"device": self.re_enrol_device(&device, keep_old)?}));
            }
            Verb::SilenceDevice { device, seconds } => self.silence_device(&device, seconds)?,
            Verb::SetFact { device, fact, value } => self.set_fact(&device, &fact, value)?,
            Verb::FailFact { device, fact, message } => {
                self.fail_fact(&device, &fact, &message)?;
            }
            Verb::DropFact { device, fact } => self.drop_fact(&device, &fact)?,
            Verb::AddPolicy { name, parent, itglue_account_id } => {
                let id = self.add_policy(&name, parent.as_deref(), &itglue_account_id)?;
                return Ok(json!({"policy": id}));
            }
            Verb::RenamePolicy { policy, name } => self.rename_policy(&policy, &name)?,
            Verb::RemovePolicy { policy } => self.remove_policy(&policy)?,
            other => return self.change_account(other),
        }
        Ok(json!({}))
    }

    fn change_account(&self, verb: Verb) -> Result<Value, ControlError> {
        match verb {
            Verb::AddOrganization { name } => {
                return Ok(json!({"organization": self.add_organization(&name)}));
            }
            Verb::RenameOrganization { organization, name } => {
                self.rename_organization(&organization, &name)?;
            }
            Verb::RemoveOrganization { organization } => {
                self.remove_organization(&organization)?;
            }
            Verb::AddConfiguration { organization, attributes } => {
                let organization = self.organization_id(&organization)?;
                let mut new = Configuration::new(organization, "", DEFAULT_TYPE);
                set_attributes(&mut new, &attributes)?;
                return Ok(json!({"id": self.add_configuration(new)}));
            }
            Verb::ChangeConfiguration { id, attributes } => {
                let mut changed = self.configuration(id)?;
                set_attributes(&mut changed, &attributes)?;
                self.change_configuration(id, |known| *known = changed)?;
            }
            Verb::ArchiveConfiguration { id } => {
                self.change_configuration(id, |known| known.archived = true)?;
            }
            Verb::RemoveConfiguration { id } => self.remove_configuration(id)?,
            // Everything else is carried out before this is asked.
            _ => {}
        }
        Ok(json!({}))
    }
}

/// Sets attributes by the names they have at IT Glue.
fn set_attributes(
    known: &mut Configuration,
    attributes: &Map<String, Value>,
) -> Result<(), ControlError> {
    for (name, value) in attributes {
        let wrong = || ControlError::Invalid(format!("{name} can't be {value}"));
        let text = || match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(wrong()),
        };
        let flag = || value.as_bool().ok_or_else(wrong);
        match name.as_str() {
            "name" => known.name = text()?.ok_or_else(wrong)?,
            "hostname" => known.hostname = text()?,
            "primary-ip" => known.primary_ip = text()?,
            "mac-address" => known.mac_address = text()?,
            "serial-number" => known.serial_number = text()?,
            "asset-tag" => known.asset_tag = text()?,
            "notes" => known.notes = text()?,
            "psa-integration" => known.psa_integration = text()?,
            "archived" => known.archived = flag()?,
            "restricted" => known.restricted = flag()?,
            "configuration-type-id" => known.type_id = value.as_i64().ok_or_else(wrong)?,
            "organization-id" => known.organization_id = value.as_i64().ok_or_else(wrong)?,
            "configuration-status-id" if value.is_null() => known.status_id = None,
            "configuration-status-id" => {
                known.status_id = Some(value.as_i64().ok_or_else(wrong)?);
            }
            _ => return Err(ControlError::Invalid(format!("there is no attribute {name}"))),
        }
    }
    Ok(())
}

fn show_policy(policy: &Policy) -> Value {
    json!({
        "id": policy.id,
        "name": policy.name,
        "parent": policy.parent,
        "itglue_account_id": policy.itglue_account_id,
    })
}

fn show_device(device: &Device) -> Value {
    json!({
        "id": device.agent_id,
        "name": device.name,
        "serial": device.serial,
        "model": device.model.name,
        "policy": device.location,
        "also_in": device.also_in,
        "last_online": device.last_online.to_string(),
    })
}

fn show_configuration(known: &Configuration) -> Value {
    json!({
        "id": known.id,
        "organization-id": known.organization_id,
        "name": known.name,
        "hostname": known.hostname,
        "primary-ip": known.primary_ip,
        "mac-address": known.mac_address,
        "serial-number": known.serial_number,
        "configuration-status-id": known.status_id,
        "configuration-type-id": known.type_id,
        "archived": known.archived,
        "psa-integration": known.psa_integration,
        "updated-at": known.updated_at.to_string(),
    })
}
