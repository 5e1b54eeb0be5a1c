//! Certificates that don't fit: nothing is sent, and each says what is wrong and what to do.

use super::certificates::{Authority, self_signed, trusted};
use super::server::{Does, Server};
use super::{ask, told};
use bindery::transport::{Kind, PrivateCa};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Speaks TLS and hands on what it hears to a port of this machine.
pub struct Front {
    pub port: u16,
}

impl Front {
    pub async fn start(acceptor: TlsAcceptor, to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // One that does not trust us hangs up.
                    let Ok(mut secure) = acceptor.accept(stream).await else { return };
                    let Ok(mut plain) = TcpStream::connect(("127.0.0.1", to)).await else { return };
                    let _ = copy_bidirectional(&mut secure, &mut plain).await;
                });
            }
        });
        Self { port }
    }
}

/// What becomes of a request to a server with this certificate, and how many requests it heard.
async fn meet(
    acceptor: TlsAcceptor,
    ca: PrivateCa,
) -> (Result<serde_json::Value, bindery::transport::Error>, usize) {
    let server = Server::start(Does::writes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    let front = Front::start(acceptor, server.port).await;
    let result = ask(&format!("https://localhost:{}", front.port), Some(ca)).await;
    (result, server.heads().len())
}

#[tokio::test]
async fn who_the_private_authority_vouches_for_is_trusted() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (result, heard) = meet(ours.server(&["localhost"]), ours.trusted()).await;
    assert_eq!((result.unwrap(), heard), (serde_json::json!({}), 1));
    let several = format!("# two of them\n{}\nand ours\n{}", other.pem(), ours.pem());
    let several = trusted(&several);
    assert_eq!(several.count(), 2);
    let (result, heard) = meet(ours.server(&["localhost"]), several).await;
    assert_eq!((result.unwrap(), heard), (serde_json::json!({}), 1));
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_has_its_own_words() {
    let (ours, same_name) = (Authority::new(), Authority::new());
    let other = Authority::called("Another one");
    let day = rcgen::date_time_ymd;
    let expired = ours.server_with(&["localhost"], |params| {
        params.not_before = day(2020, 1, 1);
        params.not_after = day(2021, 1, 1);
    });
    let early = ours.server_with(&["localhost"], |params| params.not_before = day(2999, 1, 1));
    let (alone, _) = self_signed("localhost", false);
    let (own_authority, pem) = self_signed("localhost", true);
    let cases: [(TlsAcceptor, PrivateCa, &[&str]); 7] = [
        (expired, ours.trusted(), &["of localhost has expired", "machine's clock"]),
        (early, ours.trusted(), &["not valid yet", "machine's clock"]),
        (
            ours.server(&["api.itglue.com"]),
            ours.trusted(),
            &["does not belong to localhost", "address in the settings"],
        ),
        (
            ours.server(&["localhost"]),
            other.trusted(),
            &["nobody this machine trusts", "[network] ca_file"],
        ),
        (
            ours.server(&["localhost"]),
            same_name.trusted(),
            &["nobody this machine trusts", "[network] ca_file"],
        ),
        (alone, ours.trusted(), &["nobody this machine trusts", "[network] ca_file"]),
        (own_authority, trusted(&pem), &["authority's own", "has signed"]),
    ];
    for (acceptor, ca, words) in cases {
        let (result, heard) = meet(acceptor, ca).await;
        told(&result, words);
        told(&result, &["IT Glue was not reached"]);
        assert_eq!((result.unwrap_err().kind(), heard), (Kind::NotSent, 0));
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing() {
    let server = Server::start(Does::writes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    let result =
        ask(&format!("https://localhost:{}", server.port), Some(Authority::new().trusted())).await;
    told(&result, &["IT Glue was not reached"]);
    assert!(server.heads().iter().all(|head| !head.contains("x-api-key")), "{:?}", server.heads());
}
