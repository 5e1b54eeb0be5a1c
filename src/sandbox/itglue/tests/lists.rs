//! Reading: shapes, pages, order, filters, and what slows or spoils a list.

use super::*;

#[tokio::test]
async fn an_organization_has_the_documented_shape() {
    let it = Running::start(&[]).await;
    let (status, answer) = it.get("/organizations/1024").await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["id"], "1024");
    assert_eq!(answer["data"]["type"], "organizations");
    let attributes = &answer["data"]["attributes"];
    assert_eq!(attributes["name"], BIRCH);
    assert_eq!(attributes["short-name"], "BAS");
    assert_eq!(attributes["logo"], "");
    assert_eq!(attributes["parent-id"], Value::Null);
    assert_eq!(attributes["created-at"], "2026-01-02T03:04:05.000Z");
    assert!(attributes["organization-type-id"].is_i64());
    let (_, answer) = it.get("/organizations/1026").await;
    assert_eq!(answer["data"]["attributes"]["parent-id"], "1025");
    assert_eq!(answer["data"]["attributes"]["ancestor-ids"], "[1025]");
}

#[tokio::test]
async fn a_configuration_has_the_documented_shape() {
    let it = Running::start(&[]).await;
    let (status, answer) = it.get("/configurations/900001").await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["id"], "900001");
    assert_eq!(answer["data"]["relationships"], json!({}));
    let attributes = answer["data"]["attributes"].as_object().unwrap();
    assert_eq!(attributes.len(), 40);
    for (name, value) in [
        ("organization-id", json!(1024)),
        ("organization-name", json!(BIRCH)),
        ("organization-short-name", json!("BAS")),
        ("resource-url", json!("https://acme.itglue.com/1024/configurations/900001")),
        ("name", json!("Ana")),
        ("serial-number", json!("A,1")),
        ("hostname", Value::Null),
        ("position", Value::Null),
        ("contact-name", Value::Null),
        ("configuration-type-id", json!(201)),
        ("configuration-type-name", json!("Laptop")),
        ("configuration-type-kind", json!("laptop")),
        ("configuration-status-id", json!(101)),
        ("configuration-status-name", json!("Active")),
        ("archived", json!(false)),
    ] {
        assert_eq!(attributes.get(name), Some(&value), "{name}");
    }
    assert!(!attributes.contains_key("id"));
    let nested = "/organizations/1024/relationships/configurations/900001";
    assert_eq!(it.get(nested).await, (200, answer));
    assert_eq!(it.get("/organizations/1025/relationships/configurations/900001").await.0, 404);
}

#[tokio::test]
async fn statuses_and_types_are_listed_and_found_by_exact_name() {
    let it = Running::start(&[("itglue-name-filter", "substring")]).await;
    assert_eq!(it.names("/configuration_statuses").await, ["Active", "Inactive"]);
    assert_eq!(it.names("/configuration_statuses?filter[name]=Active").await, ["Active"]);
    assert!(it.names("/configuration_types?filter[name]=Lap").await.is_empty());
    assert_eq!(it.names("/configuration_types?sort=-name").await, ["Tablet", "Laptop"]);
    let (_, answer) = it.get("/configuration_types/201").await;
    assert_eq!(answer["data"]["type"], "configuration-types");
    assert_eq!(answer["data"]["attributes"]["configurations-count"], 5);
    let (_, answer) = it.get("/configuration_statuses/101").await;
    assert_eq!(answer["data"]["type"], "configuration-statuses");
    assert_eq!(answer["data"]["attributes"].get("configurations-count"), None);
    assert_eq!(it.get("/configuration_types/7").await.0, 404);
}

#[tokio::test]
async fn pages_follow_their_links_to_the_end() {
    let it = Running::start(&[]).await;
    let mut path =
        "/configurations?page[size]=2&sort=-id&filter[organization_id]=1024,1025".to_owned();
    let mut seen = Vec::new();
    for (page, next) in [(1, json!(2)), (2, json!(3)), (3, Value::Null)] {
        let (_, answer) = it.get(&path).await;
        let rows = answer["data"].as_array().unwrap();
        seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let meta = &answer["meta"];
        assert_eq!(meta["current-page"], page);
        assert_eq!(meta["next-page"], next);
        assert_eq!(meta["prev-page"], if page > 1 { json!(page - 1) } else { Value::Null });
        assert_eq!((&meta["total-pages"], &meta["total-count"]), (&json!(3), &json!(5)));
        assert_eq!(meta["filters"], json!({}));
        match answer["links"]["next"].as_str() {
            Some(link) => path = link.strip_prefix(&it.base).unwrap().to_owned(),
            None => assert_eq!(page, 3),
        }
    }
    assert_eq!(seen, ["900005", "900004", "900003", "900002", "900001"]);
}

#[tokio::test]
async fn no_hits_and_pages_beyond_the_end_are_empty() {
    let it = Running::start(&[]).await;
    let (_, none) = it.get("/organizations?filter[name]=Elm").await;
    assert_eq!(none["data"], json!([]));
    assert_eq!(none["meta"]["total-pages"], 0);
    assert_eq!(none["meta"]["total-count"], 0);
    let (_, beyond) = it.get("/organizations?page[number]=9").await;
    assert_eq!((&beyond["data"], &beyond["meta"]["total-count"]), (&json!([]), &json!(4)));
    assert_eq!(beyond["meta"]["next-page"], Value::Null);
}

#[tokio::test]
async fn parameters_of_the_wrong_kind_are_400() {
    let it = Running::start(&[]).await;
    for query in
        ["page[size]=many", "page[size]=0", "page[number]=0", "sort=hostname", "include=magic"]
    {
        assert_eq!(it.get(&format!("/configurations?{query}")).await.0, 400, "{query}");
    }
    let known = "include=configuration_interfaces,rmm-records";
    assert_eq!(it.get(&format!("/configurations?{known}")).await.1["included"], json!([]));
    assert_eq!(it.get("/configurations").await.1.get("included"), None);
}

#[tokio::test]
async fn a_page_over_1000_is_clamped_or_refused() {
    let it = Running::start(&[]).await;
    let template = it.stored(900_002);
    for _ in 0..1_100 {
        let copy = Configuration { id: 0, ..template.clone() };
        locked(&it.itglue.account).insert_configuration(copy);
    }
    let (_, answer) = it.get("/configurations?page[size]=2000").await;
    assert_eq!(answer["data"].as_array().unwrap().len(), 1_000);
    assert_eq!(answer["meta"]["total-pages"], 2);
    assert_eq!(it.get("/configurations").await.1["data"].as_array().unwrap().len(), 50);
    it.set("itglue-page-over", "400");
    assert_eq!(it.get("/configurations?page[size]=2000").await.0, 400);
    assert_eq!(it.get("/configurations?page[size]=1000").await.0, 200);
}

#[tokio::test]
async fn names_are_found_whole_with_their_commas_escaped() {
    let it = Running::start(&[]).await;
    let escaped = r"/organizations?filter[name]=Birch\, Alder and Sons";
    assert_eq!(it.names(escaped).await, [BIRCH]);
    // Unescaped it is a list of two names, of which one exists.
    assert_eq!(it.names("/organizations?filter[name]=Birch, Alder and Sons").await, ["Birch"]);
    assert_eq!(it.names("/organizations?filter[name]=Birch, Oak").await, ["Birch", "Oak"]);
    assert!(it.names("/organizations?filter[name]=Bir").await.is_empty());
    it.set("itglue-name-filter", "case-insensitive");
    assert_eq!(it.names("/organizations?filter[name]=BIRCH").await, ["Birch", "birch"]);
    it.set("itglue-name-filter", "substring");
    assert_eq!(it.names("/organizations?filter[name]=irc").await, [BIRCH, "Birch", "birch"]);
}

#[tokio::test]
async fn organizations_have_their_filters() {
    let it = Running::start(&[]).await;
    let (_, answer) = it.get("/organizations/1027").await;
    let prospect = &answer["data"]["attributes"]["organization-type-id"];
    for (filter, expected) in [
        ("filter[id]=1027,1024".to_owned(), vec![BIRCH, "Oak"]),
        (format!("filter[organization-type-id]={prospect}"), vec!["Oak"]),
        (
            format!("filter[exclude][organization_type_id]={prospect}"),
            vec![BIRCH, "Birch", "birch"],
        ),
        ("filter[exclude][id]=1024,1025,1026".to_owned(), vec!["Oak"]),
        ("filter[primary]=true".to_owned(), vec![]),
        ("filter[psa_id]=5&filter[psa_integration_type]=manage".to_owned(), vec![]),
        ("filter[created_at]=2026-01-03,2026-01-09".to_owned(), vec![]),
        ("filter[created_at]=2026-01-01,*&filter[id]=1027".to_owned(), vec!["Oak"]),
    ] {
        assert_eq!(it.names(&format!("/organizations?{filter}")).await, expected, "{filter}");
    }
    for range in ["*,2026-01-03", "2026-01-01,2026-01-09", "yesterday"] {
        let path = format!("/organizations?filter[updated_at]={range}");
        assert_eq!(it.get(&path).await.0, 422, "{range}");
    }
}

#[tokio::test]
async fn configurations_have_their_filters() {
    let it = Running::start(&[]).await;
    for (filter, expected) in [
        ("filter[organization_id]=1024", vec!["Ana", "Ben", "Cleo"]),
        ("filter[organization-id]=1025", vec!["Ana", "Dora"]),
        ("filter[organization_id]=1024&filter[name]=Ana", vec!["Ana"]),
        (r"filter[serial_number]=A\,1,D4", vec!["Ana", "Ana"]),
        ("filter[serial_number]=b2", vec![]),
        ("filter[archived]=1", vec!["Cleo"]),
        ("filter[archived]=false&filter[organization_id]=1024", vec!["Ana", "Ben"]),
        ("filter[configuration_status_id]=102", vec![]),
        ("filter[configuration_type_id]=201&filter[id]=900002", vec!["Ben"]),
        ("filter[contact_id]=5", vec![]),
        ("filter[rmm_integration_type]=addigy", vec![]),
        ("sort=-name,id&filter[id]=900001,900004,900005", vec!["Dora", "Ana", "Ana"]),
    ] {
        assert_eq!(it.names(&format!("/configurations?{filter}")).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn unknown_filters_and_wrong_values_do_what_the_switches_say() {
    let it = Running::start(&[]).await;
    for filter in ["filter[hostname]=x", "filter[primary_ip]=10.0.0.1", "filter[serial]=B2"] {
        let path = format!("/configurations?{filter}");
        assert_eq!(it.names(&path).await.len(), 5, "{filter}");
    }
    assert_eq!(it.get("/configurations?filter[id]=ana").await.0, 400);
    it.set("itglue-bad-filter-value", "422");
    assert_eq!(it.get("/configurations?filter[id]=ana").await.0, 422);
    it.set("itglue-bad-filter-value", "ignored");
    assert_eq!(it.names("/configurations?filter[organization_id]=ana").await.len(), 5);
    it.set("itglue-unknown-filter", "400");
    assert_eq!(it.get("/configurations?filter[hostname]=x").await.0, 400);
}

#[tokio::test]
async fn nested_lists_stay_within_their_organization() {
    let it = Running::start(&[]).await;
    let nested = "/organizations/1024/relationships/configurations";
    let path = format!("{nested}?filter[serial_number]=B2,D4");
    assert_eq!(it.names(&path).await, ["Ben"]);
    it.set("itglue-nested-filters", "ignored");
    assert_eq!(it.names(&path).await, ["Ana", "Ben", "Cleo"]);
    assert_eq!(it.get("/organizations/77/relationships/configurations").await.0, 404);
}

#[tokio::test]
async fn archived_ones_are_in_plain_lists_or_not() {
    let it = Running::start(&[]).await;
    assert_eq!(it.names("/configurations").await.len(), 5);
    it.set("itglue-archived-in-lists", "no");
    assert_eq!(it.names("/configurations").await, ["Ana", "Ben", "Ana", "Dora"]);
    assert_eq!(it.names("/configurations?filter[archived]=true,false").await.len(), 5);
}

#[tokio::test]
async fn slow_lists_fail_from_a_page_size_on() {
    let it = Running::start(&[("itglue-slow-list", "json-timeout")]).await;
    let large = "/configurations?page[size]=500";
    assert_eq!(it.get("/configurations?page[size]=499").await.0, 200);
    let (status, answer) = it.get(large).await;
    assert_eq!(status, 504);
    let detail = "The request took too long to process and timed out.";
    assert_eq!(answer["errors"][0]["detail"], detail);
    it.set("itglue-slow-list-status", "500");
    assert_eq!(it.get(large).await.0, 500);
    it.set("itglue-slow-list", "html-504");
    let response = it.request(Method::GET, large, None).send().await.unwrap();
    assert_eq!(response.status(), 504);
    assert!(response.text().await.unwrap().contains("<html>"));
    it.set("itglue-slow-list", "cut");
    it.set("itglue-slow-list-from", "10");
    let cut = it.request(Method::GET, "/organizations?page[size]=10", None).send().await;
    assert!(cut.unwrap().bytes().await.is_err());
    assert_eq!(it.get("/organizations?page[size]=9").await.0, 200);
}

#[tokio::test]
async fn stale_lists_show_a_write_late_and_single_reads_at_once() {
    let it = Running::start(&[("itglue-stale-list-seconds", "5")]).await;
    let list = "/configurations?filter[organization_id]=1027,1025";
    let new = json!({ "name": "Eve", "configuration-type-id": 201 });
    let (_, made) = it.post("/organizations/1027/relationships/configurations", item(new)).await;
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    it.wait(3);
    it.patch(&format!("/configurations/{id}"), item(json!({ "name": "Eva" }))).await;
    it.patch("/configurations/900004", item(json!({ "name": "Anna" }))).await;
    assert_eq!(it.names(list).await, ["Ana", "Dora"]);
    let (_, single) = it.get(&format!("/configurations/{id}")).await;
    assert_eq!(single["data"]["attributes"]["name"], "Eva");
    it.wait(2);
    assert_eq!(it.names(list).await, ["Ana", "Dora", "Eve"]);
    it.wait(3);
    assert_eq!(it.names(list).await, ["Anna", "Dora", "Eva"]);
}
