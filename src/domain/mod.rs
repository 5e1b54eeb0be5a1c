//! The field's words as types: policies, devices, organizations, configurations, links and bindings.
//!
//! Nothing here does I/O and nothing knows how either service spells its answers. Text that reaches
//! these types has been through [`crate::text::clean`] at the edge of a client.

mod attribute;
mod binding;
mod configuration;
mod device;
#[cfg(test)]
pub(crate) mod fuzz;
mod identity;
mod ids;
mod link;
mod pending;
mod policy;
mod rule;
mod run;

pub use attribute::{Attribute, Change, Changes, Value};
pub use binding::{Binding, BindingState, MatchedBy, Written};
pub use configuration::{
    Configuration, ConfigurationStatus, ConfigurationType, Organization, PsaIntegration,
};
pub use device::{Device, FactName, FactValue, Membership, facts};
pub use identity::{MacAddress, SerialNumber, valid_ip};
pub use ids::{
    AddigyOrganizationId, ConfigurationId, DeviceId, OrganizationId, PolicyId, RunId, StatusId,
    TypeId,
};
pub use link::{Coverage, Link, LinkTarget, Links};
pub use pending::{DeviceState, Pending, PendingReason};
pub use policy::{Policy, PolicyTree};
pub use rule::{Condition, Guard, Operator, Rules, TypeRule, fact_texts};
pub use run::{Counts, Origin, Outcome, Run, RunKind};
