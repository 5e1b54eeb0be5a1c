//! The service over real HTTP: a small account, a clock that stands still, and a plain client.

mod access;
mod bulk;
mod interfaces;
mod lists;
mod writes;

use super::model::{Account, Configuration, NamedRecord, Organization};
use super::{ItGlue, ItGlueSwitches, locked, router};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const KEY: &str = "ITG.sandbox";
const CONTENT_TYPE: &str = "application/vnd.api+json";
const BIRCH: &str = "Birch, Alder and Sons";

/// A running service.
struct Running {
    itglue: Arc<ItGlue>,
    base: String,
    client: Client,
    second: Arc<AtomicI64>,
}

impl Running {
    /// A service with the small account and these switches.
    async fn start(settings: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let second = Arc::new(AtomicI64::new(1_770_000_000));
        let clock = Arc::clone(&second);
        let now = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
        let switches = ItGlueSwitches::default();
        let itglue = Arc::new(ItGlue::new(account(), KEY.to_owned(), switches, Arc::new(now)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        itglue.set_base_url(base.clone());
        let routes = router(Arc::clone(&itglue));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let client = Client::builder().no_proxy().build().unwrap();
        let running = Self { itglue, base, client, second };
        settings.iter().for_each(|(name, value)| running.set(name, value));
        running
    }

    fn set(&self, name: &str, value: &str) {
        self.itglue.switches.write().unwrap().set(name, value).unwrap();
    }

    fn wait(&self, seconds: i64) {
        self.second.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A request without a key.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A request with the key and, where there is a body, its content type.
    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> RequestBuilder {
        let request = self.bare(method, path).header("x-api-key", KEY);
        match body {
            Some(body) => request.header("content-type", CONTENT_TYPE).body(body.to_string()),
            None => request,
        }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path, None).send().await.unwrap()).await
    }

    /// The names of the records of a list.
    async fn names(&self, path: &str) -> Vec<String> {
        let (status, answer) = self.get(path).await;
        assert_eq!(status, 200, "{answer}");
        let rows = answer["data"].as_array().unwrap().iter();
        rows.map(|row| row["attributes"]["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn post(&self, path: &str, data: Value) -> (u16, Value) {
        let body = json!({ "data": data });
        read(self.request(Method::POST, path, Some(&body)).send().await.unwrap()).await
    }

    async fn patch(&self, path: &str, data: Value) -> (u16, Value) {
        let body = json!({ "data": data });
        read(self.request(Method::PATCH, path, Some(&body)).send().await.unwrap()).await
    }

    /// What is documented under this id, whatever the routes say.
    fn stored(&self, id: i64) -> Configuration {
        locked(&self.itglue.account).configurations[&id].clone()
    }

    fn count(&self) -> usize {
        locked(&self.itglue.account).configurations.len()
    }
}

/// Status and document; null where the body is no JSON.
async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

/// An item with these attributes.
fn item(attributes: Value) -> Value {
    json!({ "type": "configurations", "attributes": attributes })
}

/// Four organizations and five configurations.
fn account() -> Account {
    let made: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let mut account = Account::new("acme");
    for (id, name) in [(1024, BIRCH), (1025, "Birch"), (1026, "birch"), (1027, "Oak")] {
        let organization = Organization {
            id,
            name: name.to_owned(),
            short_name: Some("BAS".to_owned()).filter(|_| id == 1024),
            type_name: if id == 1027 { "Prospect" } else { "Customer" }.to_owned(),
            status_name: "Active".to_owned(),
            parent_id: (id == 1026).then_some(1025),
            created_at: made,
            updated_at: made,
        };
        account.organizations.insert(id, organization);
    }
    for (id, name) in [(101, "Active"), (102, "Inactive")] {
        account.statuses.insert(id, NamedRecord::new(id, name, made));
    }
    for (id, name) in [(201, "Laptop"), (202, "Tablet")] {
        account.types.insert(id, NamedRecord::new(id, name, made));
    }
    // 900_005 is owned by a PSA, 900_003 is archived.
    for (id, organization, name, serial) in [
        (900_001, 1024, "Ana", Some("A,1")),
        (900_002, 1024, "Ben", Some("B2")),
        (900_003, 1024, "Cleo", Some("C3")),
        (900_004, 1025, "Ana", Some("D4")),
        (900_005, 1025, "Dora", None),
    ] {
        let mut configuration = Configuration::new(organization, name, 201);
        configuration.id = id;
        configuration.serial_number = serial.map(str::to_owned);
        configuration.status_id = Some(101);
        configuration.archived = id == 900_003;
        configuration.psa_integration = (id == 900_005).then(|| "enabled".to_owned());
        configuration.created_at = made;
        configuration.updated_at = made;
        account.insert_configuration(configuration);
    }
    account
}
