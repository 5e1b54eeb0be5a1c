//! What stands behind the question mark: pages, order, filters.

use super::failure::Failure;
use super::switches::{ItGlueSwitches, PageOver};
use axum::extract::Query as Pairs;
use axum::http::Uri;

/// The largest page.
const LARGEST_PAGE: usize = 1_000;
/// The page size where none is asked for.
const USUAL_PAGE: usize = 50;

/// A parsed query.
#[derive(Debug, Clone)]
pub(super) struct Query {
    /// The page's number, from 1.
    pub(super) number: usize,
    /// The page's size.
    pub(super) size: usize,
    /// Fields in snake_case, and whether each runs downwards.
    pub(super) sort: Vec<(String, bool)>,
    /// Filters; all must hold.
    pub(super) filters: Vec<Filter>,
    /// What to include, in snake_case.
    pub(super) include: Vec<String>,
    /// The parameters as they were sent, but for the page's number, for `links`.
    pub(super) others: Vec<(String, String)>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    /// Its key in snake_case; `filter[exclude][name]` is `exclude.name`.
    pub(super) key: String,
    /// The alternatives of its value.
    pub(super) values: Vec<String>,
}

impl Query {
    /// Parses a request's query. Parameters nobody knows have no effect.
    pub(super) fn read(uri: &Uri, switches: &ItGlueSwitches) -> Result<Self, Failure> {
        let Pairs(pairs) = Pairs::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Failure::malformed("The query can't be read"))?;
        let mut query = Self {
            number: 1,
            size: USUAL_PAGE,
            sort: Vec::new(),
            filters: Vec::new(),
            include: Vec::new(),
            others: Vec::new(),
        };
        for (name, value) in pairs {
            match name.as_str() {
                "page[number]" => query.number = page_number(&name, &value)?,
                "page[size]" => query.size = page_size(&name, &value, switches)?,
                "sort" => query.sort = sort(&value),
                "include" => query.include = alternatives(&value).iter().map(snake).collect(),
                _ => query.filters.extend(filter(&name, &value)),
            }
            if name != "page[number]" {
                query.others.push((name, value));
            }
        }
        Ok(query)
    }
}

fn page_number(name: &str, value: &str) -> Result<usize, Failure> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::malformed(format!("{name} must be a number from 1 on"))),
    }
}

fn page_size(name: &str, value: &str, switches: &ItGlueSwitches) -> Result<usize, Failure> {
    let size = page_number(name, value)?;
    if size > LARGEST_PAGE && switches.page_over == PageOver::Refused {
        return Err(Failure::malformed(format!("{name} must be {LARGEST_PAGE} at most")));
    }
    Ok(size.min(LARGEST_PAGE))
}

fn sort(value: &str) -> Vec<(String, bool)> {
    let fields = alternatives(value);
    let parse = |field: &String| match field.strip_prefix('-') {
        Some(field) => (snake(field), true),
        None => (snake(field), false),
    };
    fields.iter().map(parse).collect()
}

fn filter(name: &str, value: &str) -> Option<Filter> {
    let keys = name.strip_prefix("filter[")?.strip_suffix(']')?;
    let keys: Vec<String> = keys.split("][").map(snake).collect();
    Some(Filter { key: keys.join("."), values: alternatives(value) })
}

/// A name in the spelling of the documentation's tables; both spellings are heard.
fn snake(name: impl AsRef<str>) -> String {
    name.as_ref().trim().replace('-', "_")
}

/// The parts of a comma-separated list. A backslash keeps a comma inside a part, blanks around a
/// part don't count, and empty parts don't either.
fn alternatives(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(part) = parts.last_mut() else { break };
        match letter {
            '\\' if letters.next_if_eq(&',').is_some() => part.push(','),
            ',' => parts.push(String::new()),
            _ => part.push(letter),
        }
    }
    let trimmed = parts.into_iter().map(|part| part.trim().to_owned());
    trimmed.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Query {
        let uri: Uri = format!("/configurations?{query}").parse().unwrap();
        Query::read(&uri, &ItGlueSwitches::default()).unwrap()
    }

    #[test]
    fn lists_are_taken_apart_at_bare_commas() {
        assert_eq!(alternatives("Foo, Bar"), ["Foo", "Bar"]);
        assert_eq!(alternatives(r"Birch\, Alder and Sons"), ["Birch, Alder and Sons"]);
        assert_eq!(alternatives(r"A\B,C\\"), [r"A\B", r"C\\"]);
        assert!(alternatives(" , ").is_empty());
    }

    #[test]
    fn both_spellings_and_encodings_are_heard() {
        let query = read("filter%5Bserial-number%5D=A%2CB&filter[exclude][organization-type-id]=3");
        assert_eq!(query.filters[0].key, "serial_number");
        assert_eq!(query.filters[0].values, ["A", "B"]);
        assert_eq!(query.filters[1].key, "exclude.organization_type_id");
    }

    #[test]
    fn pages_and_order_are_read() {
        let query = read("page[number]=3&page[size]=25&sort=-updated-at,id");
        assert_eq!((query.number, query.size), (3, 25));
        assert_eq!(query.sort, [("updated_at".to_owned(), true), ("id".to_owned(), false)]);
        assert_eq!(query.others.len(), 2);
        assert_eq!((read("").number, read("").size), (1, 50));
        assert_eq!(read("page[size]=2000").size, 1_000);
    }
}
