//! Reading a listing page by page: complete or not at all, with smaller pages for a slow service.

use super::ItGlue;
use super::wire::{Many, Row};
use crate::transport::{Error, Kind, Request};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

/// The largest page the service gives. Source: <https://api.itglue.com/developer>, pagination.
pub const LARGEST: u64 = 1000;
/// What a page shrinks to. Each size divides all larger ones, so that what was read before always
/// ends at the end of a page of the new size.
const SIZES: [u64; 5] = [LARGEST, 500, 250, 125, 25];
/// A listing that changes while it is read is begun again, up to so often.
const PASSES: u32 = 3;
/// A page that fails so often is asked for in smaller pieces.
const PATIENCE: u32 = 2;

/// All rows of a listing, each once, in the order of ids.
pub struct Whole<A> {
    pub rows: Vec<Row<A>>,
    /// How many requests brought them.
    pub pages: u32,
}

/// How a pass over a listing ended.
pub enum Pass {
    /// All was read.
    Complete,
    /// The caller had enough.
    Stopped,
    /// The pages don't add up; the sentence says why.
    Changed(String),
}

impl ItGlue {
    /// A whole listing: all pages, checked against the service's total.
    pub async fn whole<A: DeserializeOwned>(&self, request: &Request) -> Result<Whole<A>, Error> {
        self.whole_until(request, |_: &[Row<A>]| ControlFlow::Continue(())).await
    }

    /// A listing read until the caller, shown each page, has enough. That page is included.
    pub async fn whole_until<A: DeserializeOwned>(
        &self,
        request: &Request,
        mut enough: impl FnMut(&[Row<A>]) -> ControlFlow<()>,
    ) -> Result<Whole<A>, Error> {
        let mut pages = 0;
        let mut why = String::new();
        for _ in 0..PASSES {
            let mut rows = BTreeMap::new();
            let mut count = 0;
            let pass = self
                .pass(request, true, |page, total| {
                    pages += 1;
                    count = total;
                    let answer = enough(&page);
                    rows.extend(page.into_iter().map(|row| (row.id, row)));
                    answer
                })
                .await?;
            match pass {
                Pass::Complete if rows.len() as u64 != count => {
                    why = format!("{} of {count} rows came", rows.len());
                }
                Pass::Complete | Pass::Stopped => {
                    return Ok(Whole { rows: rows.into_values().collect(), pages });
                }
                Pass::Changed(reason) => why = reason,
            }
            tracing::warn!(why, "the listing did not add up, reading it again");
        }
        let why = format!("the listing was incomplete {PASSES} times ({why})");
        Err(self.transport.unusable(request, why))
    }

    /// One pass over all pages. `each` gets the rows of a page and the total it came with. A `strict`
    /// pass ends when the total changes.
    pub async fn pass<A: DeserializeOwned>(
        &self,
        request: &Request,
        strict: bool,
        mut each: impl FnMut(Vec<Row<A>>, u64) -> ControlFlow<()>,
    ) -> Result<Pass, Error> {
        let mut size = self.page_size.load(Ordering::Relaxed);
        let (mut read, mut expected) = (0, None);
        loop {
            // `size` divides `read`, see `SIZES`.
            let number = read / size + 1;
            let page = page_request(request, number, size, smaller(size, read).is_some());
            let answer: Many<A> = match self.transport.send(&page).await {
                Ok(answer) => answer,
                Err(error) => match smaller(size, read) {
                    Some(less) if matches!(error.kind(), Kind::Unclear | Kind::TooLarge) => {
                        tracing::warn!(size, less, "a page failed twice, asking for smaller ones");
                        self.page_size.fetch_min(less, Ordering::Relaxed);
                        size = less;
                        continue;
                    }
                    _ => return Err(error),
                },
            };
            let Some(total) = answer.meta.total_count else {
                return Err(self
                    .transport
                    .unusable(&page, "the answer does not say how many rows there are"));
            };
            let got = answer.data.len() as u64;
            match expected {
                Some(before) if strict && before != total => {
                    return Ok(Pass::Changed(format!("first of {before} rows, then of {total}")));
                }
                _ => expected = Some(total),
            }
            if each(answer.data, total).is_break() {
                return Ok(Pass::Stopped);
            }
            let first = read == 0;
            read += got;
            if read >= total {
                return Ok(Pass::Complete);
            }
            if got < size {
                if !first || got == 0 {
                    return Ok(Pass::Changed(format!("{read} of {total} rows came")));
                }
                // The service gives smaller pages than asked for.
                size = got;
            }
        }
    }

    /// The total of a listing, from a page of one row.
    pub async fn total(&self, request: &Request) -> Result<u64, Error> {
        let page = page_request(request, 1, 1, false);
        let answer: Many<serde::de::IgnoredAny> = self.transport.send(&page).await?;
        answer.meta.total_count.ok_or_else(|| {
            self.transport.unusable(&page, "the answer does not say how many rows there are")
        })
    }
}

fn page_request(request: &Request, number: u64, size: u64, can_shrink: bool) -> Request {
    let page = request.clone().query("page[number]", number).query("page[size]", size);
    if can_shrink { page.most_unclear(PATIENCE) } else { page }
}

/// The next smaller size whose pages end where `read` ends.
fn smaller(size: u64, read: u64) -> Option<u64> {
    SIZES.into_iter().find(|less| *less < size && read.is_multiple_of(*less))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_divides_all_larger_ones() {
        for (i, large) in SIZES.iter().enumerate() {
            for small in &SIZES[i..] {
                assert_eq!(large % small, 0, "{large} by {small}");
            }
        }
        assert_eq!(smaller(1000, 3000), Some(500));
        assert_eq!(smaller(25, 0), None);
        assert_eq!(smaller(100, 300), Some(25));
    }
}
