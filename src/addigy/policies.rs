//! The policies of the account, as a tree.

use super::{Addigy, fact, is_id, organization_id, question};
use crate::domain::{AddigyOrganizationId, OrganizationId, Policy, PolicyId, PolicyTree};
use crate::transport::{Error, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// The answer to [`Addigy::policies`].
#[derive(Debug, Clone)]
pub struct Policies {
    /// Every policy.
    pub tree: PolicyTree,
    /// The account; `None` when it has no policy.
    pub organization_id: Option<AddigyOrganizationId>,
}

#[derive(Deserialize)]
pub(super) struct Wire {
    #[serde(rename = "policyId")]
    id: String,
    orgid: Option<String>,
    name: Option<String>,
    parent: Option<String>,
    itglue_account_id: Option<Value>,
}

/// A plain array as documented, or the pages that some have seen.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    All(Vec<Wire>),
    Page { items: Vec<Wire>, metadata: Metadata },
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    page_count: u64,
    total: u64,
}

/// Sweeps of pages that change while they are read are begun again, up to so often.
const PASSES: u32 = 5;
const PATH: [&str; 5] = ["api", "v2", "oa", "policies", "query"];

pub(super) fn query() -> Request {
    question(&PATH, &json!({"policies": []}))
}

impl Addigy {
    /// All policies and the account they belong to. `POST /oa/policies/query`.
    ///
    /// # Errors
    /// See [`Error`]; [`crate::transport::Kind::Unclear`] also when pages kept changing.
    pub async fn policies(&self) -> Result<Policies, Error> {
        for _ in 0..PASSES {
            let Some(all) = self.all_policies().await? else { continue };
            let organization_id = all.iter().find_map(|wire| organization_id(wire.orgid.clone()));
            self.remember(organization_id.as_ref());
            return Ok(Policies {
                tree: PolicyTree::new(all.into_iter().map(policy)),
                organization_id,
            });
        }
        Err(self.transport.unusable(&query(), "the policies kept changing while they were read"))
    }

    /// `None` when the pages don't add up to the total.
    async fn all_policies(&self) -> Result<Option<Vec<Wire>>, Error> {
        let request = query();
        let (mut all, metadata) = match self.transport.send(&request).await? {
            Answer::All(all) => (all, None),
            Answer::Page { items, metadata } => (items, Some(metadata)),
        };
        if let Some(metadata) = metadata {
            for page in 2..=metadata.page_count {
                let request = question(&PATH, &json!({"policies": [], "page": page}));
                match self.transport.send(&request).await? {
                    Answer::Page { items, .. } if !items.is_empty() => all.extend(items),
                    _ => return Ok(None),
                }
            }
            all.sort_by(|left, right| left.id.cmp(&right.id));
            all.dedup_by(|left, right| left.id == right.id);
            if all.len() as u64 != metadata.total {
                return Ok(None);
            }
        }
        if !all.iter().all(Wire::is_usable) {
            return Err(self.transport.unusable(&request, "a policy has no usable id"));
        }
        Ok(Some(all))
    }
}

impl Wire {
    /// A parent that is no id counts too: without it the policy would stand at the top, where another
    /// link may cover it.
    pub(super) fn is_usable(&self) -> bool {
        is_id(&self.id) && self.parent.as_deref().is_none_or(|id| id.is_empty() || is_id(id))
    }
}

pub(super) fn policy(wire: Wire) -> Policy {
    let account = match wire.itglue_account_id {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    };
    Policy {
        name: wire.name.as_deref().and_then(fact::text).unwrap_or_else(|| wire.id.clone()),
        id: PolicyId::new(wire.id),
        parent: wire.parent.filter(|parent| !parent.is_empty()).map(PolicyId::new),
        itglue_account_id: account.filter(|id| *id > 0).map(OrganizationId::new),
    }
}
