//! Both services over real HTTP.

use super::{Control, Fault, FaultKind, Options, Sandbox, Service, When};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A running sandbox and a client for it.
struct Bench {
    sandbox: Sandbox,
    client: Client,
}

impl Bench {
    async fn start(options: Options) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { sandbox: Sandbox::start(options).await.unwrap(), client }
    }

    fn control(&self) -> Control {
        self.sandbox.control()
    }

    fn set(&self, setting: &str) {
        self.control().set_switch(setting).unwrap();
    }

    fn addigy(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}/api/v2{path}", self.sandbox.addigy_url()))
            .header("x-api-key", self.sandbox.addigy_token())
    }

    fn itglue(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.sandbox.itglue_url()))
            .header("x-api-key", self.sandbox.itglue_key())
    }

    async fn search(&self, body: Value) -> Value {
        let response = self.addigy(Method::POST, "/devices").json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    async fn order(&self, verb: &str, body: Value) -> Response {
        let url = format!("{}/_control/{verb}", self.sandbox.addigy_url());
        self.client.post(url).json(&body).send().await.unwrap()
    }

    async fn view(&self, what: &str) -> Value {
        let url = format!("{}/_control/{what}", self.sandbox.addigy_url());
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn organizations(&self) -> reqwest::Result<Response> {
        self.itglue(Method::GET, "/organizations").send().await
    }

    /// A request that acts.
    async fn create(&self, organization: i64, name: &str) -> reqwest::Result<Response> {
        let path = format!("/organizations/{organization}/relationships/configurations");
        let body = json!({"data": {"type": "configurations",
            "attributes": {"name": name, "configuration-type-id": 201}}});
        self.itglue(Method::POST, &path)
            .header("content-type", "application/vnd.api+json")
            .body(body.to_string())
            .send()
            .await
    }
}

fn small(devices: usize) -> Options {
    Options { devices, policies: 12, organizations: 12, ..Options::default() }
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["agentid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_sweep_reads_every_device_once() {
    let bench = Bench::start(small(257)).await;
    let mut seen = BTreeSet::new();
    for page in 1..=3 {
        let answer = bench
            .search(json!({"page": page, "per_page": 500, "sort_field": "serial_number",
                "sort_direction": "asc", "desired_fact_identifiers": ["device_name", "policy_ids"]}))
            .await;
        let meta = &answer["metadata"];
        assert_eq!((&meta["per_page"], &meta["total"]), (&json!(100), &json!(257)));
        assert_eq!(meta["page_count"], 3);
        let facts = &answer["items"][7]["facts"];
        assert!(facts.as_object().unwrap().len() <= 2);
        seen.extend(ids(&answer));
    }
    assert_eq!(seen.len(), 257);
    let traffic = bench.control();
    assert_eq!(traffic.traffic().count(Service::Addigy, "POST", "/api/v2/devices"), 3);
    assert_eq!(traffic.traffic().keyed(Service::Addigy), 3);
}

#[tokio::test]
async fn policy_filters_are_ignored_unless_switched_to_work() {
    let bench = Bench::start(small(80)).await;
    let acme = bench.control().policy_id("Acme Corporation").unwrap();
    let own = bench.control().devices_in(&acme).unwrap();
    let own = own.len()
        + bench
            .control()
            .devices()
            .iter()
            .filter(|device| device.location != acme && device.also_in.contains(&acme))
            .count();
    let bodies = [
        json!({"per_page": 100, "policy_id": acme}),
        json!({"per_page": 100, "query": {"policy_id": acme}}),
        json!({"per_page": 100, "query": {"filters": [{"audit_field": "policy_ids",
            "operation": "contains", "type": "list", "value": [acme]}]}}),
    ];
    for body in &bodies {
        assert_eq!(bench.search(body.clone()).await["metadata"]["total"], 80);
    }
    bench.set("addigy-policy-filter=works");
    for body in &bodies {
        assert_eq!(bench.search(body.clone()).await["metadata"]["total"], own);
    }
    bench.set("addigy-policy-filter=with-children");
    assert!(
        bench.search(bodies[0].clone()).await["metadata"]["total"].as_u64() >= Some(own as u64)
    );
}

#[tokio::test]
async fn wrong_requests_are_refused_in_addigys_words() {
    let bench = Bench::start(small(5)).await;
    for body in [
        json!({"page": "one"}),
        json!({"per_page": -1}),
        json!({"desired_fact_identifiers": "device_name"}),
        json!({"sort_direction": "up"}),
        json!({"query": {"filters": [{"audit_field": "x", "operation": "resembles"}]}}),
        json!([]),
    ] {
        let response = bench.addigy(Method::POST, "/devices").json(&body).send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["code"], 400);
        assert!(error["message"].is_string() && error["error_chain"].is_object());
    }
    let broken = bench.addigy(Method::POST, "/oa/policies/query").body("{").send().await.unwrap();
    assert_eq!(broken.status(), 400);
    let elsewhere = bench.addigy(Method::GET, "/o/another/facts").send().await.unwrap();
    assert_eq!(elsewhere.status(), 403);
}

#[tokio::test]
async fn tokens_and_permissions_are_checked() {
    let bench = Bench::start(small(5)).await;
    let url = format!("{}/api/v2/oa/policies/query", bench.sandbox.addigy_url());
    let ask = |name: &'static str, value: &'static str| {
        let request = bench.client.post(&url).json(&json!({"policies": []}));
        let request = if name.is_empty() { request } else { request.header(name, value) };
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(ask("", "").await, 401);
    assert_eq!(ask("x-api-key", "wrong").await, 401);
    assert_eq!(ask("x-api-key", "sandbox-token").await, 200);
    assert_eq!(ask("authorization", "Bearer sandbox-token").await, 200);
    bench.set("addigy-key=bearer");
    assert_eq!(ask("x-api-key", "sandbox-token").await, 401);
    assert_eq!(ask("authorization", "Bearer sandbox-token").await, 200);
    bench.set("addigy-permission=no-policies");
    assert_eq!(ask("authorization", "Bearer sandbox-token").await, 403);
}

#[tokio::test]
async fn policies_come_as_array_or_in_pages() {
    let bench = Bench::start(Options { policies: 60, ..small(0) }).await;
    let ask = async |body: Value| {
        let request = bench.addigy(Method::POST, "/oa/policies/query").json(&body);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let all = ask(json!({"policies": []})).await;
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 60);
    let acme = all.iter().find(|policy| policy["name"] == "Acme Corporation").unwrap();
    assert_eq!((&acme["parent"], &acme["itglue_account_id"]), (&json!(""), &json!("1024")));
    let one = ask(json!({"policies": [acme["policyId"]]})).await;
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    bench.set("addigy-policies=paged");
    let second = ask(json!({"policies": [], "page": 2})).await;
    assert_eq!(second["items"].as_array().map(Vec::len), Some(10));
    assert_eq!(second["metadata"]["total"], 60);
}

#[tokio::test]
async fn membership_facts_follow_their_switch_and_the_assignments_tell_the_truth() {
    let bench = Bench::start(Options { troubles: false, ..small(3) }).await;
    let control = bench.control();
    let laptops = control.add_policy("Shelf", Some("Acme Corporation"), "").unwrap();
    let acme = control.policy_id("Acme Corporation").unwrap();
    let device = control.devices()[0].agent_id.clone();
    control.move_device(&device, &laptops).unwrap();
    let facts = || async {
        let answer = bench.search(json!({"desired_fact_identifiers": ["policy_ids"]})).await;
        let items = answer["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["agentid"] == device.as_str()).unwrap();
        item["facts"]["policy_ids"]["value"].clone()
    };
    assert_eq!(facts().await, json!([laptops]));
    bench.set("addigy-policy-ids=with-ancestors");
    assert_eq!(facts().await, json!([laptops, acme]));
    bench.set("addigy-policy-ids=null");
    assert_eq!(facts().await, Value::Null);
    let organization = control.addigy().world().organization_id.clone();
    let path = format!("/o/{organization}/devices/{device}/policy-assignments");
    let truth: Value = bench.addigy(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(truth, json!([laptops]));
}

#[tokio::test]
async fn facts_and_dates_follow_their_switches() {
    let bench = Bench::start(Options { troubles: false, ..small(60) }).await;
    let wanted = json!({"per_page": 100, "desired_fact_identifiers":
        ["local_ip", "policy_id", "total_memory_gb", "last_online"]});
    let fact = |item: &Value, name: &str| item["facts"][name].clone();
    let well = bench.search(wanted.clone()).await;
    let first = &well["items"][0];
    assert!(fact(first, "total_memory_gb")["value"].is_number());
    assert_eq!(fact(first, "last_online")["value"].as_str().unwrap().len(), 24);
    bench.set("addigy-facts=numbers-as-strings");
    bench.set("addigy-dates=whole");
    let strings = bench.search(wanted.clone()).await;
    assert!(fact(&strings["items"][0], "total_memory_gb")["value"].is_string());
    assert_eq!(fact(&strings["items"][0], "last_online")["value"].as_str().unwrap().len(), 20);
    bench.set("addigy-facts=null");
    let nulls = bench.search(wanted.clone()).await;
    let items = nulls["items"].as_array().unwrap();
    let failed = items.iter().filter(|item| {
        let fact = fact(item, "policy_id");
        fact["value"].is_null() && fact["error_msg"] != ""
    });
    assert!((1..20).contains(&failed.count()));
}

#[tokio::test]
async fn devices_join_and_leave_between_pages() {
    for (kind, total) in [("join", 122), ("leave", 120), ("move", 121)] {
        let bench = Bench::start(Options { troubles: false, ..small(121) }).await;
        bench.set(&format!("addigy-churn={kind}:2"));
        let page = |number: u32| {
            bench.search(json!({"page": number, "per_page": 100, "sort_field": "serial_number"}))
        };
        let first = page(1).await;
        assert_eq!(page(2).await["metadata"]["total"], 121, "the first sweep is left alone");
        let again = page(1).await;
        assert_eq!(ids(&first), ids(&again));
        let second = page(2).await;
        assert_eq!(second["metadata"]["total"], total, "{kind}");
        let overlap = ids(&second).iter().any(|id| ids(&again).contains(id));
        assert_eq!(overlap, kind == "join", "a newcomer at the front pushes one onto page 2");
    }
}

#[tokio::test]
async fn the_thousand_and_first_request_locks_out_for_a_day() {
    let bench = Bench::start(small(0)).await;
    let ask = || async {
        let request = bench.addigy(Method::POST, "/oa/policies/query").json(&json!({}));
        request.send().await.unwrap().status()
    };
    let mut refused = 0;
    for _ in 0..1100 {
        if ask().await == StatusCode::FORBIDDEN {
            refused += 1;
            break;
        }
    }
    assert_eq!(refused, 1);
    bench.control().clock().advance(23 * 3600);
    assert_eq!(ask().await, 403);
    bench.control().clock().advance(2 * 3600);
    assert_eq!(ask().await, 200);
}

#[tokio::test]
async fn the_world_is_changed_over_http() {
    let bench = Bench::start(Options::empty()).await;
    let ok = |verb: &'static str, body: Value| {
        let order = bench.order(verb, body);
        async move {
            let response = order.await;
            assert_eq!(response.status(), 200, "{verb}");
            response.json::<Value>().await.unwrap()
        }
    };
    ok("add-policy", json!({"name": "Globex", "itglue_account_id": "77"})).await;
    ok("add-policy", json!({"name": "Laptops", "parent": "Globex"})).await;
    let new = json!({"policy": "Globex", "name": "Ana's iPad", "serial": "C02A", "model": "iPad"});
    let device = ok("add-device", new).await["device"].clone();
    ok("rename-device", json!({"device": "C02A", "name": "Bo's iPad"})).await;
    ok("set-fact", json!({"device": device, "fact": "local_ip", "value": "10.0.0.1"})).await;
    ok("move-device", json!({"device": "Bo's iPad", "policy": "Laptops"})).await;
    let new = ok("re-enrol-device", json!({"device": "C02A"})).await["device"].clone();
    assert_ne!(new, device);
    let seen = bench.view("devices?policy=Laptops").await;
    assert_eq!((&seen[0]["id"], &seen[0]["serial"]), (&new, &json!("C02A")));

    ok("add-organization", json!({"name": "Globex"})).await;
    let attributes = json!({"name": "Old Mac", "serial-number": "C02B"});
    let added =
        ok("add-configuration", json!({"organization": "Globex", "attributes": attributes})).await;
    ok("archive-configuration", json!({"id": added["id"]})).await;
    let attributes = json!({"configuration-status-id": 102});
    ok("change-configuration", json!({"id": added["id"], "attributes": attributes})).await;
    let known = bench.view("configurations?organization=Globex").await;
    assert_eq!((&known[0]["archived"], &known[0]["name"]), (&json!(true), &json!("Old Mac")));
    assert_eq!(known[0]["configuration-status-id"], 102);

    ok("fault", json!({"kind": {"status": {"status": 500}}, "service": "itglue"})).await;
    assert_eq!(bench.organizations().await.unwrap().status(), 500);
    ok("set", json!({"switch": "addigy-largest-page=500"})).await;
    ok("advance", json!({"seconds": 60})).await;
    assert_eq!(bench.view("counters").await["itglue"], 1);
    ok("clear-counters", json!({})).await;
    assert_eq!(bench.view("counters").await["itglue"], 0);
    ok("remove-devices", json!({"policy": "Laptops", "count": 5})).await;
    assert_eq!(bench.view("devices").await, json!([]));
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let bench = Bench::start(small(0)).await;
    let status = |verb: &'static str, body: Value| {
        let order = bench.order(verb, body);
        async move { order.await.status() }
    };
    assert_eq!(status("remove-device", json!({"device": "nobody"})).await, 404);
    assert_eq!(status("remove-organization", json!({"organization": "Juniper Dental"})).await, 409);
    assert_eq!(status("remove-device", json!({"device": "x", "and": 1})).await, 400);
    assert_eq!(status("add-device", json!({"policy": "Acme Corporation", "nmae": "x"})).await, 400);
    assert_eq!(status("dance", json!({})).await, 400);
    assert_eq!(status("set", json!({"switch": "addigy-largest-page=3"})).await, 400);
}

#[tokio::test]
async fn ten_thousand_devices_and_a_hundred_thousand_organizations_are_made_up() {
    let options =
        Options { devices: 10_000, policies: 1000, organizations: 100_000, ..Options::default() };
    let bench = Bench::start(options).await;
    assert_eq!(bench.control().devices().len(), 10_000);
    assert_eq!(bench.search(json!({"per_page": 100})).await["metadata"]["page_count"], 100);
}

#[tokio::test]
async fn a_request_can_be_held_and_act_after_the_line_is_gone() {
    let bench = Bench::start(Options::empty()).await;
    let control = bench.control();
    let organization = control.add_organization("Globex");
    control.fault(Fault::new(FaultKind::DropThenAct(When::Released)));
    assert!(bench.create(organization, "Late").await.is_err());
    assert!(control.configurations("Globex").unwrap().is_empty());
    control.faults().release();
    for _ in 0..1000 {
        if !control.configurations("Globex").unwrap().is_empty() {
            break;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(control.configurations("Globex").unwrap().len(), 1);
}

#[tokio::test]
async fn a_taken_port_is_a_clear_error_and_a_dropped_sandbox_is_gone() {
    let bench = Bench::start(Options::empty()).await;
    let port = bench.sandbox.addigy_url().rsplit(':').next().unwrap().parse().unwrap();
    let taken = Options { port_addigy: port, ..Options::empty() };
    let error = Sandbox::start(taken.clone()).await.unwrap_err().to_string();
    assert!(error.contains(&port.to_string()) && error.contains("another port"), "{error}");
    assert_eq!(bench.organizations().await.unwrap().status(), 200);
    let url = bench.sandbox.itglue_url();
    bench.sandbox.shutdown().await;
    assert!(bench.client.get(url).send().await.is_err());
    assert!(Sandbox::start(taken).await.is_ok());
}

#[tokio::test]
async fn faults_answer_in_place_of_a_service() {
    let bench = Bench::start(Options::empty()).await;
    let control = bench.control();
    control.fault(Fault::status(503).at(Service::ItGlue).times(2));
    assert_eq!(bench.organizations().await.unwrap().status(), 503);
    assert_eq!(bench.organizations().await.unwrap().status(), 503);
    assert_eq!(bench.organizations().await.unwrap().status(), 200);
    control.fault(Fault::new(FaultKind::Status {
        status: 429,
        body: None,
        retry_after: Some("7".into()),
    }));
    assert_eq!(bench.organizations().await.unwrap().headers()["retry-after"], "7");
    control.fault(Fault::new(FaultKind::Garbage));
    assert!(bench.organizations().await.unwrap().json::<Value>().await.is_err());
    control.fault(Fault::new(FaultKind::Html { status: 504 }));
    assert!(bench.organizations().await.unwrap().text().await.unwrap().contains("<html>"));
    control.fault(Fault::new(FaultKind::Empty));
    assert_eq!(bench.organizations().await.unwrap().bytes().await.unwrap().len(), 0);
    control.fault(Fault::new(FaultKind::Huge { bytes: 1_000_000 }));
    assert!(bench.organizations().await.unwrap().bytes().await.unwrap().len() >= 1_000_000);
    assert_eq!(control.faults().left(), 0);
}

#[tokio::test]
async fn lines_are_cut_before_and_after_acting() {
    let bench = Bench::start(Options::empty()).await;
    let control = bench.control();
    let organization = control.add_organization("Globex");
    let known = || control.configurations("Globex").unwrap().len();
    // reqwest itself tries again what was reset on a connection it had kept, so no body goes there.
    control.fault(Fault::new(FaultKind::Reset));
    assert!(bench.create(organization, "One").await.is_err());
    assert_eq!(known(), 0);
    control.fault(Fault::new(FaultKind::ActThenDrop));
    assert!(bench.create(organization, "Two").await.is_err());
    assert_eq!(known(), 1);
    control.fault(Fault::new(FaultKind::ActThenStatus { status: 504 }));
    assert_eq!(bench.create(organization, "Three").await.unwrap().status(), 504);
    assert_eq!(known(), 2);
    control.fault(Fault::new(FaultKind::HalfAnswer));
    let half = bench.create(organization, "Four").await;
    assert!(half.is_err() || half.unwrap().bytes().await.is_err());
    assert_eq!(known(), 3);
}

#[tokio::test]
async fn both_halves_belong_together() {
    let bench = Bench::start(Options::default()).await;
    let ask = async |path: &str| {
        let response = bench.itglue(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json::<Value>().await.unwrap()
    };
    let named = ask("/organizations?filter[name]=Acme%20Corporation").await;
    assert_eq!(named["meta"]["total-count"], 1);
    assert_eq!(named["data"][0]["id"], "1024");
    assert_eq!(ask("/organizations?filter[name]=Juniper%20Dental").await["meta"]["total-count"], 2);

    let page = ask("/configurations?filter[organization_id]=1024&page[size]=10").await;
    let next = page["links"]["next"].as_str().unwrap();
    assert!(next.starts_with(&bench.sandbox.itglue_url()), "{next}");
    let known = bench.control().configurations("Acme Corporation").unwrap();
    assert_eq!(page["meta"]["total-count"], known.len());
    let settings: toml::Table = toml::from_str(&bench.sandbox.settings_toml()).unwrap();
    for (kind, id) in [
        ("configuration_statuses", "active_status_id"),
        ("configuration_statuses", "inactive_status_id"),
        ("configuration_types", "default_type_id"),
    ] {
        ask(&format!("/{kind}/{}", settings["itglue"][id].as_integer().unwrap())).await;
    }

    let mine = known.iter().filter(|known| !known.is_psa_synced()).take(3);
    let data: Vec<Value> = mine
        .map(|known| {
            json!({"type": "configurations",
                "attributes": {"id": known.id, "configuration-status-id": 102}})
        })
        .collect();
    let written = bench
        .itglue(Method::PATCH, "/configurations")
        .header("content-type", "application/vnd.api+json")
        .body(json!({"data": data}).to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(written.status(), 200);
    let control = bench.control();
    assert_eq!(control.traffic().itglue_writes(), 1);
    assert_eq!(control.traffic().count(Service::ItGlue, "GET", "/configuration_statuses/:id"), 2);
    let first = data[0]["attributes"]["id"].as_i64().unwrap();
    assert_eq!(control.configuration(first).unwrap().status_id, Some(102));
}
