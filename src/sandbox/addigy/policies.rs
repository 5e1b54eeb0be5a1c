//! Policies, the list of facts, and child organizations.

use super::Addigy;
use super::answer::{Page, Refusal, body};
use super::facts::FACTS;
use super::model::{Policy, World};
use super::switches::Permission;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(serde::Deserialize)]
pub(super) struct PolicyQuery {
    policies: Option<Vec<String>>,
    page: Option<i64>,
    per_page: Option<i64>,
}

/// `POST /oa/policies/query`
pub(super) async fn query(
    State(addigy): State<Arc<Addigy>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let query: PolicyQuery = body(&headers, &bytes)?;
    let switches = addigy.switches();
    if switches.permission == Permission::NoPolicies {
        return Err(Refusal::forbidden("permission denied: policies"));
    }
    let wanted = query.policies.unwrap_or_default();
    let world = addigy.world();
    let policies: Vec<&Policy> = world
        .policies
        .values()
        .filter(|policy| wanted.is_empty() || wanted.contains(&policy.id))
        .collect();
    let shown = |policies: &[&Policy]| -> Vec<Value> {
        policies.iter().map(|policy| show(policy, &world)).collect()
    };
    if !switches.policies_paged {
        return Ok(Json(shown(&policies).into()));
    }
    let page = Page::new(query.page, query.per_page, switches.largest_page)?;
    Ok(Json(page.answer(shown(page.cut(&policies)), policies.len())))
}

fn show(policy: &Policy, world: &World) -> Value {
    json!({
        "policyId": policy.id,
        "orgid": world.organization_id,
        "name": policy.name,
        "parent": policy.parent.as_deref().unwrap_or_default(),
        "color": "#1f77b4",
        "icon": "fa fa-building-o",
        "itglue_account_id": policy.itglue_account_id,
        "creation_time": policy.created.as_second(),
        "autotask_account_id": 0,
        "connectwise_account_id": 0,
        "ignore_updates": false,
        "instructions": [],
    })
}

/// `GET /o/{organization_id}/facts`
pub(super) async fn facts(
    State(addigy): State<Arc<Addigy>>,
    Path(organization): Path<String>,
) -> Result<Json<Value>, Refusal> {
    own(&addigy, &organization)?;
    let facts: Vec<Value> = FACTS
        .iter()
        .map(|fact| {
            json!({
                "identifier": fact.identifier,
                "name": fact.name,
                "return_type": fact.return_type,
                "orgid": if fact.custom { organization.as_str() } else { "" },
                "provider": if fact.custom { "custom" } else { "addigy" },
                "source": if fact.custom { "custom" } else { "device" },
                "notes": "",
                "version": 1,
            })
        })
        .collect();
    Ok(Json(facts.into()))
}

#[derive(serde::Deserialize)]
pub(super) struct ChildQuery {
    page: Option<i64>,
    per_page: Option<i64>,
}

/// `GET /o/{organization_id}/children/query`: this account has no children.
pub(super) async fn children(
    State(addigy): State<Arc<Addigy>>,
    Path(organization): Path<String>,
    query: Result<Query<ChildQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    own(&addigy, &organization)?;
    let Query(query) = query.map_err(|error| Refusal::bad(error.body_text()))?;
    let page = Page::new(query.page, query.per_page, addigy.switches().largest_page)?;
    Ok(Json(page.answer(Vec::new(), 0)))
}

/// The token opens its own account only.
pub(super) fn own(addigy: &Addigy, organization: &str) -> Result<(), Refusal> {
    if addigy.world().organization_id == organization {
        return Ok(());
    }
    Err(Refusal::forbidden("permission denied: organization"))
}
