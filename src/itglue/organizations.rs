//! Organizations: by exact name, by id, and all of them.

use super::wire::{One, OrganizationAttributes, Row};
use super::{ItGlue, escape};
use crate::domain::{Organization, OrganizationId};
use crate::text::clean;
use crate::transport::{Error, Kind, Request};
use std::collections::HashSet;
use std::ops::ControlFlow;

fn list() -> Request {
    Request::get(&["organizations"]).query("sort", "id")
}

impl ItGlue {
    /// The organizations of exactly this name, case included. Names are not unique.
    /// `GET /organizations?filter[name]=…`, each row compared here.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn organizations_named(&self, name: &str) -> Result<Vec<Organization>, Error> {
        if name.trim().is_empty() {
            return Ok(Vec::new());
        }
        let request = list().query("filter[name]", escape(name));
        let found = self.whole::<OrganizationAttributes>(&request).await?;
        let same = |row: &Row<OrganizationAttributes>| {
            row.attributes.name.as_deref().is_some_and(|text| text == name || clean(text) == name)
        };
        let hits: Vec<_> = found.rows.into_iter().filter(same).collect();
        Ok(hits.into_iter().map(Row::into_organization).collect())
    }

    /// The organizations with these ids, as far as they exist.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn organizations_by_id(
        &self,
        ids: &[OrganizationId],
    ) -> Result<Vec<Organization>, Error> {
        let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let wanted: HashSet<i64> = ids.iter().map(|id| id.get()).collect();
        let request = list();
        let rows =
            self.by_values::<OrganizationAttributes>(&request, "filter[id]", &texts, |row| {
                wanted.contains(&row.id)
            });
        Ok(rows.await?.into_iter().map(Row::into_organization).collect())
    }

    /// The organization with this id; `None` when there is none. `GET /organizations/:id`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, Error> {
        let request = Request::get(&["organizations", &id.to_string()]);
        match self.transport.send::<One<OrganizationAttributes>>(&request).await {
            Ok(one) if one.data.id == id.get() => Ok(Some(one.data.into_organization())),
            Ok(_) => Err(self.transport.unusable(&request, "another organization came")),
            Err(error) if error.kind() == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every organization, page by page as they come, each once, with how many there are in all. The
    /// list is for suggestions: one made or removed meanwhile may be missed.
    ///
    /// # Errors
    /// See [`Error`]; pages given until then are good.
    pub async fn all_organizations(
        &self,
        mut on_page: impl FnMut(Vec<Organization>, u64),
    ) -> Result<(), Error> {
        let mut seen = HashSet::new();
        self.pass(&list(), false, |rows: Vec<Row<OrganizationAttributes>>, total| {
            let new = rows.into_iter().filter(|row| seen.insert(row.id));
            on_page(new.map(Row::into_organization).collect(), total);
            ControlFlow::Continue(())
        })
        .await?;
        Ok(())
    }

    /// How many organizations there are. One request.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn organization_count(&self) -> Result<u64, Error> {
        self.total(&Request::get(&["organizations"])).await
    }
}
