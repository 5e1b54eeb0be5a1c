//! The client, tried against a small server.

use super::{Draft, ItGlue, account_subdomain};
use crate::domain::{Attribute, ConfigurationId, OrganizationId, Value as Field};
use crate::transport::stub::{Reply, Seen, Stub, quick};
use crate::transport::{Kind, Service, Tuning};
use serde_json::{Value, json};
use std::time::Duration;

const ACME: OrganizationId = OrganizationId::new(1);

fn client(stub: &Stub) -> ItGlue {
    ItGlue::new(stub.transport(Service::ItGlue))
}

fn configuration(id: u64, organization: u64, serial: &str, archived: bool) -> Value {
    json!({"id": id.to_string(), "type": "configurations", "attributes": {
        "organization-id": organization, "name": format!("C{id}"), "serial-number": serial,
        "archived": archived, "resource-url": format!("https://acme.itglue.com/1/configurations/{id}")}})
}

/// The asked page of these rows, by at most `cap` a page.
fn page_of(seen: &Seen, rows: &[Value], cap: u64) -> Reply {
    let (page, size) = (seen.number("page[number]"), seen.number("page[size]").min(cap));
    let start = usize::try_from((page - 1) * size).unwrap();
    let data: Vec<_> = rows.iter().skip(start).take(size as usize).collect();
    let total = rows.len() as u64;
    Reply::json(&json!({"data": data, "meta": {"current-page": page, "total-count": total,
        "total-pages": total.div_ceil(size)}, "links": {"next": "https://elsewhere.example/"}}))
}

/// A service that hears the filters on organization and archived.
fn filtering(seen: &Seen, rows: &[Value]) -> Reply {
    let hears = |row: &Value, filter: &str, key: &str| {
        let held = row["attributes"][key].to_string();
        seen.param(filter).is_none_or(|value| held == value)
    };
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| {
            hears(row, "filter[organization_id]", "organization-id")
                && hears(row, "filter[archived]", "archived")
        })
        .cloned()
        .collect();
    page_of(seen, &rows, 1000)
}

async fn ids(client: &ItGlue) -> Vec<i64> {
    let listing = client.configurations(ACME).await.unwrap();
    listing.configurations.iter().map(|configuration| configuration.id.get()).collect()
}

#[tokio::test]
async fn an_organizations_configurations_are_read_whole_and_in_order() {
    let stub = Stub::start(|seen| {
        let rows: Vec<_> = (1..=2500).map(|id| configuration(id, 1, "", id == 2500)).collect();
        filtering(seen, &rows)
    })
    .await;
    let listing = client(&stub).configurations(ACME).await.unwrap();
    assert_eq!((listing.configurations.len(), listing.pages), (2500, 3));
    let seen = &stub.seen()[0];
    assert_eq!(seen.path, "/configurations");
    assert_eq!(seen.param("filter[organization_id]"), Some("1"));
    assert_eq!(seen.param("sort"), Some("id"));
    assert_eq!(seen.param("page[size]"), Some("1000"));
    assert_eq!(stub.seen().len(), 3, "archived ones were there, no second question");
}

#[tokio::test]
async fn archived_ones_are_asked_for_where_the_plain_list_shows_none() {
    let stub = Stub::start(|seen| {
        let rows = [configuration(1, 1, "", false), configuration(2, 1, "", true)];
        match seen.param("filter[archived]") {
            None => page_of(seen, &rows[..1], 1000),
            Some(_) => page_of(seen, &rows[1..], 1000),
        }
    })
    .await;
    assert_eq!(ids(&client(&stub)).await, [1, 2]);
    assert_eq!(stub.seen().len(), 2);
}

#[tokio::test]
async fn ignored_filters_bring_nobody_elses_rows() {
    let stub = Stub::start(|seen| {
        let rows: Vec<_> = (1..=3000).map(|id| configuration(id, 1 + id % 2, "S", false)).collect();
        page_of(seen, &rows, 1000)
    })
    .await;
    let client = client(&stub);
    let listing = client.configurations(ACME).await.unwrap();
    assert_eq!(listing.configurations.len(), 1500);
    assert!(listing.configurations.iter().all(|row| row.organization_id == ACME));
    // Three pages, and one that shows that filter[archived] is ignored too.
    assert_eq!(stub.seen().len(), 4);
    let found = client.configurations_by_id(&[ConfigurationId::new(7)]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(client.configurations_by_serial(ACME, &["T"]).await.unwrap().is_empty());
    let found = client.configurations_by_serial(ACME, &["s"]).await.unwrap();
    assert!(found.len() == 1500 && found.iter().all(|row| row.organization_id == ACME));
}

#[tokio::test]
async fn pages_shrink_at_the_second_failure_and_go_on_where_they_were() {
    // The second thousand is too slow at any size over 250.
    let stub = Stub::start(|seen| {
        let rows: Vec<_> = (1..=1600).map(|id| configuration(id, 1, "", true)).collect();
        let (page, size) = (seen.number("page[number]"), seen.number("page[size]"));
        if page * size > 1000 && size > 250 {
            return match seen.n % 3 {
                0 => Reply::cut(),
                1 => Reply::status(504, "<html><title>Gateway time-out</title></html>"),
                _ => Reply::status(
                    500,
                    r#"{"errors":[{"detail":"The request took too long to process and timed out."}]}"#,
                ),
            };
        }
        page_of(seen, &rows, 1000)
    })
    .await;
    let client = client(&stub);
    assert_eq!(client.configurations(ACME).await.unwrap().configurations.len(), 1600);
    let asked: Vec<_> = stub
        .seen()
        .iter()
        .map(|seen| (seen.number("page[number]"), seen.number("page[size]")))
        .collect();
    let expected =
        [(1, 1000), (2, 1000), (2, 1000), (3, 500), (3, 500), (5, 250), (6, 250), (7, 250)];
    assert_eq!(asked, expected);
    client.configurations(ACME).await.unwrap();
    assert_eq!(stub.seen()[expected.len()].number("page[size]"), 250, "the size is remembered");
}

#[tokio::test]
async fn pages_shrink_on_a_hanging_service_too_and_end_in_an_error() {
    let stub = Stub::start(|seen| match seen.number("page[size]") {
        1000 => Reply::hang(),
        _ => Reply::status(503, ""),
    })
    .await;
    let tuning = Tuning { total_timeout: Duration::from_millis(30), ..quick() };
    let client = ItGlue::new(stub.tuned(Service::ItGlue, tuning));
    assert_eq!(client.configurations(ACME).await.unwrap_err().kind(), Kind::Unclear);
    // Twice each of four sizes, then four attempts at the smallest.
    assert_eq!(stub.seen().len(), 12);
}

#[tokio::test]
async fn a_service_that_clamps_the_page_size_is_read_whole() {
    let stub = Stub::start(|seen| {
        let rows: Vec<_> = (1..=230).map(|id| configuration(id, 1, "", true)).collect();
        page_of(seen, &rows, 100)
    })
    .await;
    assert_eq!(ids(&client(&stub)).await.len(), 230);
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn a_listing_that_changes_is_read_again() {
    // A row goes between the first and the second page, so one slips through unseen.
    let stub = Stub::start(|seen| {
        let from = if seen.n == 0 { 1 } else { 2 };
        let rows: Vec<_> = (from..=1500).map(|id| configuration(id, 1, "", true)).collect();
        page_of(seen, &rows, 1000)
    })
    .await;
    assert_eq!(ids(&client(&stub)).await.len(), 1499);
    assert_eq!(stub.seen().len(), 4);

    // One that never adds up is no listing.
    let stub = Stub::start(|seen| {
        let rows: Vec<_> =
            (0..1500 + seen.n as u64).map(|id| configuration(id, 1, "", true)).collect();
        page_of(seen, &rows, 1000)
    })
    .await;
    let error = client(&stub).configurations(ACME).await.unwrap_err();
    assert_eq!((error.kind(), stub.seen().len()), (Kind::Unclear, 6));
}

#[tokio::test]
async fn a_row_that_comes_twice_hides_one_that_is_missing() {
    let stub = Stub::start(|seen| {
        let mut rows: Vec<_> = (1..=1500).map(|id| configuration(id, 1, "", true)).collect();
        if seen.n == 1 {
            rows[1000] = rows[999].clone();
        }
        page_of(seen, &rows, 1000)
    })
    .await;
    assert_eq!(ids(&client(&stub)).await.len(), 1500);
    assert_eq!(stub.seen().len(), 4);
}

#[tokio::test]
async fn an_answer_without_a_total_is_never_taken_for_all() {
    let stub = Stub::start(|_| Reply::json(&json!({"data": []}))).await;
    assert_eq!(client(&stub).configurations(ACME).await.unwrap_err().kind(), Kind::Unclear);
}

fn organization(id: u64, name: &str) -> Value {
    json!({"id": id.to_string(), "attributes": {"name": name, "short-name": "", "organization-type-name": "Customer"}})
}

#[tokio::test]
async fn organizations_are_compared_by_their_whole_name() {
    let name = "Birch, Alder and Sons";
    let stub = Stub::start(move |seen| {
        let rows = [
            organization(1, "birch, alder and sons"),
            organization(2, name),
            organization(3, "Birch, Alder and Sons Ltd"),
            organization(4, name),
        ];
        page_of(seen, &rows, 1000)
    })
    .await;
    let client = client(&stub);
    let found = client.organizations_named(name).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(found[0].short_name, None);
    assert_eq!(stub.seen()[0].param("filter[name]"), Some("Birch\\, Alder and Sons"));
    assert!(client.organizations_named("  ").await.unwrap().is_empty());
    assert_eq!(stub.seen().len(), 1, "an empty filter would ask for all");
    assert_eq!(client.organization_count().await.unwrap(), 4);
    let wanted = [OrganizationId::new(3), OrganizationId::new(9)];
    assert_eq!(client.organizations_by_id(&wanted).await.unwrap().len(), 1);
}

#[tokio::test]
async fn all_organizations_come_page_by_page_and_once() {
    let stub = Stub::start(|seen| {
        // One is removed after the first page, and the list goes on.
        let from = u64::from(seen.n > 0);
        let rows: Vec<_> = (from..2200).map(|id| organization(id, "x")).collect();
        page_of(seen, &rows, 1000)
    })
    .await;
    let mut pages = Vec::new();
    client(&stub).all_organizations(|page, _| pages.push(page.len())).await.unwrap();
    assert_eq!(pages, [1000, 1000, 199]);
}

#[tokio::test]
async fn only_a_404_says_that_something_is_gone() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/configurations/1" => Reply::json(&json!({"data": configuration(1, 1, "", false)})),
        "/configurations/2" => Reply::status(404, "<!DOCTYPE html><html></html>"),
        "/configurations/3" => Reply::json(&json!({"data": configuration(1, 1, "", false)})),
        "/organizations/5" => Reply::status(404, r#"{"errors":[{"title":"Not Found"}]}"#),
        _ => Reply::status(403, ""),
    })
    .await;
    let client = client(&stub);
    let get = |id| client.configuration(ConfigurationId::new(id));
    let one = get(1).await.unwrap().unwrap();
    assert_eq!(account_subdomain(&one).as_deref(), Some("acme"));
    assert!(get(2).await.unwrap().is_none());
    assert_eq!(get(3).await.unwrap_err().kind(), Kind::Unclear);
    assert_eq!(get(4).await.unwrap_err().kind(), Kind::NotPermitted);
    assert!(client.organization(OrganizationId::new(5)).await.unwrap().is_none());
}

#[tokio::test]
async fn long_lists_of_values_are_split_and_addresses_stay_short() {
    let stub = Stub::start(|seen| page_of(seen, &[], 1000)).await;
    let client = client(&stub);
    let serials: Vec<String> = (0..500).map(|n| format!("c02x,{n:06}")).collect();
    assert!(client.configurations_by_serial(ACME, &serials).await.unwrap().is_empty());
    let seen = stub.seen();
    let asked: Vec<String> = seen
        .iter()
        .flat_map(|seen| {
            let list = seen.param("filter[serial_number]").unwrap().replace("\\,", "~");
            list.split(',').map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(asked.len(), 1000, "as spelled and in capitals");
    assert!(asked.contains(&"C02X~000499".to_owned()) && asked.contains(&"c02x~000499".to_owned()));
    assert!(seen.iter().all(|seen| seen.address_length + stub.url.len() < 2000));
    assert!(seen.len() < 20);
    let none: [&str; 2] = ["", "N/A"];
    assert!(client.configurations_by_serial(ACME, &none).await.unwrap().is_empty());
    assert_eq!(stub.seen().len(), seen.len(), "placeholders are not asked for");
}

#[tokio::test]
async fn a_serial_that_ends_in_a_backslash_hides_no_other() {
    let stub = Stub::start(|seen| page_of(seen, &[], 1000)).await;
    let client = client(&stub);
    client.configurations_by_serial(ACME, &["C02\\", "C03"]).await.unwrap();
    let seen = stub.seen();
    let mut asked: Vec<String> =
        seen.iter().map(|seen| seen.param("filter[serial_number]").unwrap().to_owned()).collect();
    asked.sort();
    assert_eq!(asked, ["C02\\", "C03"]);
}

fn draft(name: &str, serial: &str) -> Draft {
    Draft::from([
        (Attribute::Name, Field::Text(name.into())),
        (Attribute::SerialNumber, Field::Text(serial.into())),
        (Attribute::Status, Field::Id(101)),
        (Attribute::Archived, Field::Flag(false)),
    ])
}

#[tokio::test]
async fn one_is_created_as_an_object_and_several_as_an_array() {
    let stub = Stub::start(|seen| {
        let data = match seen.n {
            0 => configuration(9, 1, "S1", false),
            _ => json!([configuration(8, 1, "S2", false), configuration(7, 1, "s1", false)]),
        };
        Reply { status: 201, ..Reply::json(&json!({"data": data})) }
    })
    .await;
    let client = client(&stub);
    let made = client.create(ACME, &[draft("a", "S1")]).await.unwrap();
    assert_eq!(made[0].as_ref().unwrap().id, ConfigurationId::new(9));
    let drafts = [draft("a", "S1"), draft("b", "S2"), draft("c", "S3")];
    let made = client.create(ACME, &drafts).await.unwrap();
    let ids: Vec<_> = made.iter().map(|row| row.as_ref().map(|row| row.id.get())).collect();
    assert_eq!(ids, [Some(7), Some(8), None]);
    let seen = stub.seen();
    assert_eq!(seen[0].method.as_str(), "POST");
    assert_eq!(seen[0].path, "/organizations/1/relationships/configurations");
    assert_eq!(seen[0].headers["content-type"], "application/vnd.api+json");
    let expected = json!({"data": {"type": "configurations", "attributes": {"name": "a",
        "serial-number": "S1", "configuration-status-id": 101, "archived": false}}});
    assert_eq!(seen[0].body, expected);
    assert_eq!(seen[1].body["data"].as_array().unwrap().len(), 3);
    assert!(client.create(ACME, &[]).await.unwrap().is_empty());
    assert_eq!(stub.seen().len(), 2);
}

#[tokio::test]
async fn a_batch_that_is_not_allowed_is_told_as_such() {
    let stub = Stub::start(|_| {
        Reply::status(
            422,
            r#"{"errors":[{"status":"unprocessable_entity","title":"bulk action not allowed for Configuration using this route","source":{"pointer":"data"}}]}"#,
        )
    })
    .await;
    let drafts = [draft("a", "S1"), draft("b", "S2")];
    let error = client(&stub).create(ACME, &drafts).await.unwrap_err();
    assert!(error.bulk_not_allowed());
    assert_eq!((error.kind(), stub.seen().len()), (Kind::Refused, 1));
}

#[tokio::test]
async fn updates_name_their_ids_and_never_filter() {
    let stub = Stub::start(|seen| {
        let data = match seen.n {
            0 => configuration(5, 1, "", false),
            _ => json!([configuration(6, 2, "", false), configuration(5, 1, "", false)]),
        };
        Reply::json(&json!({ "data": data }))
    })
    .await;
    let client = client(&stub);
    let change =
        |id| (ConfigurationId::new(id), Draft::from([(Attribute::Status, Field::Id(102))]));
    let done = client.update(&[change(5)]).await.unwrap();
    assert!(done[0].is_some());
    let done = client.update(&[change(5), change(6), change(7)]).await.unwrap();
    let ids: Vec<_> = done.iter().map(|row| row.as_ref().map(|row| row.id.get())).collect();
    assert_eq!(ids, [Some(5), Some(6), None]);
    let seen = stub.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("PATCH", "/configurations/5"));
    let expected = json!({"data": {"type": "configurations",
        "attributes": {"configuration-status-id": 102}}});
    assert_eq!(seen[0].body, expected);
    assert_eq!((seen[1].method.as_str(), seen[1].path.as_str()), ("PATCH", "/configurations"));
    let expected = json!({"type": "configurations",
        "attributes": {"id": "6", "configuration-status-id": 102}});
    assert_eq!(seen[1].body["data"][1], expected);
    assert!(seen.iter().all(|seen| seen.query.is_empty()));
}

#[tokio::test]
async fn statuses_and_types_are_read_to_the_last_page() {
    let stub = Stub::start(|seen| {
        let rows: Vec<_> = (1..=70)
            .map(|id| json!({"id": id.to_string(), "attributes": {"name": format!("N{id}")}}))
            .collect();
        page_of(seen, &rows, 50)
    })
    .await;
    let client = client(&stub);
    let statuses = client.statuses().await.unwrap();
    assert_eq!((statuses.len(), statuses[69].name.as_str()), (70, "N70"));
    assert_eq!(client.types().await.unwrap().len(), 70);
    assert_eq!(stub.seen()[0].path, "/configuration_statuses");
    assert_eq!(stub.seen()[2].path, "/configuration_types");
}
