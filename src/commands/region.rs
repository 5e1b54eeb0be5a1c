//! In which of IT Glue's regions a key works.

use super::context::{Context, tuning};
use super::exit::CommandError;
use crate::itglue::ItGlue;
use crate::settings::Region;
use crate::transport::{Kind, Service};
use reqwest::Url;
use secrecy::SecretString;

/// The addresses of the regions other than this one.
pub fn others(own: Option<Region>) -> Vec<(Region, Url)> {
    let others = Region::ALL.into_iter().filter(|region| Some(*region) != own);
    others.filter_map(|region| Some((region, Url::parse(region.address()).ok()?))).collect()
}

/// The first of these regions in which the key works; `None` where all turn it away.
///
/// # Errors
/// Where a region can't be asked and none of the others takes the key.
pub async fn elsewhere(
    context: &Context,
    regions: &[(Region, Url)],
    key: &SecretString,
    requests_per_minute: u32,
) -> Result<Option<Region>, CommandError> {
    let mut unasked = None;
    for (region, url) in regions {
        let transport =
            context.transport(Service::ItGlue, url, key, requests_per_minute, tuning())?;
        match ItGlue::new(transport).organization_count().await {
            Ok(_) => return Ok(Some(*region)),
            Err(error) if error.kind() == Kind::NotPermitted => {}
            Err(error) => unasked = Some(error),
        }
    }
    unasked.map_or(Ok(None), |error| Err(error.into()))
}
