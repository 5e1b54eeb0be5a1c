//! A redirect is never followed: the key would travel along.

use super::certificates::Authority;
use super::server::{Does, Server};
use super::tls::Front;
use super::{KEY, ask, told};
use bindery::transport::Kind;

fn redirect(status: u16, to: &str) -> Does {
    Does::writes(format!(
        "HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
    ))
}

#[tokio::test]
async fn the_key_goes_to_nobody_else() {
    let other = Server::start(Does::writes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    let elsewhere = format!("http://localhost:{}/organizations", other.port);
    for status in [300, 301, 302, 303, 307, 308] {
        for to in
            [&elsewhere, "/v2/organizations", "//evil.example.com/", "https://a@b@evil.example.com"]
        {
            let server = Server::start(redirect(status, to));
            let result = ask(&server.url, None).await;
            told(&result, &["a redirect to", &format!("status {status}"), "never follows one"]);
            assert_eq!(result.unwrap_err().kind(), Kind::Redirect);
            let heads = server.heads();
            assert!(heads.len() == 1 && heads[0].contains(KEY), "{heads:?}");
        }
    }
    assert_eq!(other.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn not_even_from_https_to_the_same_host() {
    let authority = Authority::new();
    let plain = Server::start(Does::writes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    let server = Server::start(redirect(301, &format!("http://localhost:{}/", plain.port)));
    let front = Front::start(authority.server(&["localhost"]), server.port).await;
    let result = ask(&format!("https://localhost:{}", front.port), Some(authority.trusted())).await;
    told(&result, &["a redirect to localhost", "status 301"]);
    assert_eq!((server.heads().len(), plain.heads().len()), (1, 0));
}
