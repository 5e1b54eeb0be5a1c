//! Keys, the limit, content types, unknown paths, the dialects of errors.

use super::*;

#[tokio::test]
async fn without_a_key_401_with_a_wrong_one_403_or_as_switched() {
    let it = Running::start(&[]).await;
    let wrong = || it.bare(Method::GET, "/organizations").header("x-api-key", "ITG.other");
    let none = || it.bare(Method::GET, "/organizations");
    assert_eq!(none().send().await.unwrap().status(), 401);
    let (status, answer) = read(wrong().send().await.unwrap()).await;
    assert_eq!((status, &answer["errors"][0]["status"]), (403, &json!(403)));
    it.set("itglue-wrong-key", "401");
    it.set("itglue-no-key", "403");
    assert_eq!(none().send().await.unwrap().status(), 403);
    assert_eq!(wrong().send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_unknown_path_is_a_page_of_html_even_without_a_key() {
    let it = Running::start(&[]).await;
    for path in ["/nonsense", "/organizations//relationships/configurations", "/organizations/"] {
        let response = it.bare(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"), "{path}");
    }
    let response = it.request(Method::POST, "/organizations", None).send().await.unwrap();
    assert_eq!(response.status(), 404);
    let (status, answer) = it.get("/organizations/77").await;
    assert_eq!((status, &answer["errors"][0]["status"]), (404, &json!(404)));
    assert_eq!(it.get("/configurations/abc").await.0, 404);
    assert_eq!(it.get("/configuration_interfaces").await.0, 404);
}

#[tokio::test]
async fn the_limit_is_a_real_429_until_the_window_has_passed() {
    let it = Running::start(&[("itglue-limit", "3")]).await;
    for _ in 0..3 {
        assert_eq!(it.get("/organizations").await.0, 200);
        it.wait(100);
    }
    it.wait(-1);
    // A wrong key doesn't count, and neither does a refused request.
    let wrong = it.bare(Method::GET, "/organizations").header("x-api-key", "ITG.other");
    assert_eq!(wrong.send().await.unwrap().status(), 403);
    let response = it.request(Method::GET, "/organizations", None).send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers().get("retry-after").is_none());
    assert_eq!(response.text().await.unwrap(), "");
    it.wait(1);
    assert_eq!(it.get("/organizations").await.0, 200);
    assert_eq!(it.get("/organizations").await.0, 429);
}

#[tokio::test]
async fn a_429_speaks_as_switched() {
    let it = Running::start(&[("itglue-limit", "1"), ("itglue-limit-seconds", "60")]).await;
    assert_eq!(it.get("/organizations").await.0, 200);
    it.set("itglue-retry-after", "seconds");
    it.set("itglue-limit-body", "json");
    let response = it.request(Method::GET, "/organizations", None).send().await.unwrap();
    let seconds: i64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(read(response).await.1["errors"][0]["status"], 429);
    it.set("itglue-retry-after", "date");
    it.set("itglue-limit-body", "text");
    let response = it.request(Method::GET, "/organizations", None).send().await.unwrap();
    let date = response.headers()["retry-after"].to_str().unwrap().to_owned();
    assert_eq!(date, "Mon, 02 Feb 2026 02:41:01 GMT");
    assert_eq!(response.text().await.unwrap(), "Too Many Requests");
    it.wait(seconds);
    assert_eq!(it.get("/organizations").await.0, 200);
}

#[tokio::test]
async fn a_fixed_window_takes_twice_the_limit_around_its_edge() {
    let it = Running::start(&[("itglue-limit", "2"), ("itglue-limit-window", "fixed")]).await;
    assert_eq!(it.get("/organizations").await.0, 200);
    it.wait(299);
    assert_eq!(it.get("/organizations").await.0, 200);
    it.wait(1);
    assert_eq!(it.get("/organizations").await.0, 200);
    assert_eq!(it.get("/organizations").await.0, 200);
    assert_eq!(it.get("/organizations").await.0, 429);
}

#[tokio::test]
async fn a_body_needs_its_content_type() {
    let it = Running::start(&[]).await;
    let body = json!({ "data": item(json!({ "notes": "new" })) }).to_string();
    let send = async |kind: Option<&str>| {
        let mut request = it.request(Method::PATCH, "/configurations/900001", None);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        request.body(body.clone()).send().await.unwrap().status().as_u16()
    };
    assert_eq!(send(Some(CONTENT_TYPE)).await, 200);
    assert_eq!(send(Some("application/vnd.api+json; charset=utf-8")).await, 200);
    assert_eq!(send(Some("application/json")).await, 200);
    assert_eq!(send(Some("text/plain")).await, 415);
    assert_eq!(send(Some("application/vnd.api+json; version=2")).await, 415);
    assert_eq!(send(None).await, 415);
    it.set("itglue-json-bodies", "415");
    assert_eq!(send(Some("application/json")).await, 415);
    assert_eq!(send(Some(CONTENT_TYPE)).await, 200);
}

#[tokio::test]
async fn a_malformed_body_is_400() {
    let it = Running::start(&[]).await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":7}"#,
        r#"{"data":{"attributes":{"name":"X"}}}"#,
        r#"{"data":{"type":"passwords","attributes":{"name":"X"}}}"#,
        r#"{"data":{"type":"configurations"}}"#,
        r#"{"data":[{"type":"configurations","attributes":{}}]}"#,
    ] {
        let request = it.request(Method::PATCH, "/configurations/900001", None);
        let request = request.header("content-type", CONTENT_TYPE).body(body);
        assert_eq!(request.send().await.unwrap().status(), 400, "{body}");
    }
    let huge = vec![b' '; super::super::LARGEST_BODY + 1];
    let request = it.request(Method::PATCH, "/configurations/900001", None);
    let request = request.header("content-type", CONTENT_TYPE).body(huge);
    // The connection may be closed before all is sent.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), 413);
    }
}

#[tokio::test]
async fn errors_come_in_every_dialect() {
    let it = Running::start(&[]).await;
    let bad = || item(json!({ "configuration_status_id": 7 }));
    let (status, first) = it.patch("/configurations/900001", bad()).await;
    assert_eq!(status, 422);
    assert_eq!(
        first,
        json!({ "errors": [{
            "source": { "pointer": "/data/attributes/configuration-status" },
            "detail": "must exist",
            "title": "Unprocessable Entity",
            "status": 422,
        }] })
    );
    it.set("itglue-error-dialect", "second");
    assert_eq!(
        it.patch("/configurations/900001", bad()).await.1,
        json!({ "errors": [{
            "status": 422,
            "title": "configuration_status_id must exist",
            "source": { "pointer": "data/attributes/configuration_status_id" },
        }] })
    );
    it.set("itglue-error-dialect", "third");
    let (status, third) = it.patch("/configurations/900001", bad()).await;
    assert_eq!(status, 422);
    assert_eq!(
        third,
        json!({ "errors": [{
            "status": "unprocessable_entity",
            "title": "configuration_status_id must exist",
            "source": { "pointer": "data" },
        }] })
    );
    it.set("itglue-error-dialect", "html");
    let body = json!({ "data": bad() });
    let request = it.request(Method::PATCH, "/configurations/900001", Some(&body));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 422);
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_deletion_is_refused_and_counted() {
    let it = Running::start(&[]).await;
    let body = json!({ "data": [item(json!({ "id": 900_001 }))] });
    for path in ["/configurations", "/configurations/900001"] {
        let request = it.request(Method::DELETE, path, Some(&body));
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
    assert_eq!(it.itglue.deletions_refused.load(Ordering::SeqCst), 2);
    assert_eq!(it.count(), 5);
}
