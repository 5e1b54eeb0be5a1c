//! Answers that are none, too slow, too long or broken: each is told, none is believed.

use super::server::{Does, Server};
use super::{ask, told};
use bindery::transport::Kind;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

#[tokio::test]
async fn what_is_no_answer_is_told_and_not_believed() {
    let body = r#"{"data":[]}"#;
    let with = |headers: &str, body: &str| Does::writes(format!("{OK}{headers}\r\n{body}"));
    let slow = "took too long";
    let cut = "cut off";
    let half = "only a part of it";
    let cases = [
        ("headers that drip", Does::drips("HTTP/1.1 200 OK\r\n", "X"), slow),
        (
            "a body that drips",
            Does::drips(&format!("{OK}Content-Length: 9999999\r\n\r\n"), " "),
            cut,
        ),
        (
            "chunks that drip",
            Does::drips(&format!("{OK}Transfer-Encoding: chunked\r\n\r\n"), "1\r\n \r\n"),
            cut,
        ),
        (
            "headers without end",
            Does::floods("HTTP/1.1 200 OK\r\n", "X-More: more of it\r\n"),
            "broke",
        ),
        (
            "one header of 8 MB",
            with(&format!("X-Long: {}\r\n", "x".repeat(8 << 20)), body),
            "broke",
        ),
        ("a flood of 100 Continue", Does::drips("", "HTTP/1.1 100 Continue\r\n\r\n"), slow),
        ("less than was promised", with("Content-Length: 999\r\n", body), cut),
        ("more than was promised", with("Content-Length: 5\r\n", body), half),
        ("two lengths", with("Content-Length: 5\r\nContent-Length: 11\r\n", body), "broke"),
        ("a length below nought", with("Content-Length: -1\r\n", body), "broke"),
        ("a chunk that is none", with("Transfer-Encoding: chunked\r\n", "ZZ\r\n{}\r\n"), cut),
        (
            "a chunk of 16 exabytes",
            with("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{"),
            cut,
        ),
        ("no content", Does::writes("HTTP/1.1 204 No Content\r\n\r\n"), half),
        (
            "a part",
            Does::writes(format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\n{body}"
            )),
            half,
        ),
        ("HTTP/2 unasked", Does::writes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "broke"),
        ("HTTP/0.9", Does::writes(body), "broke"),
        ("nothing", Does::writes(""), "broke"),
        ("an impossible status", Does::writes("HTTP/1.1 42 Hm\r\n\r\n{}"), "broke"),
        ("a zip that is none", with("Content-Encoding: gzip\r\nContent-Length: 11\r\n", body), cut),
        ("a zip in a zip", Does::Writes(zipped("gzip, gzip", &zeros(1 << 10))), half),
    ];
    for (name, does, words) in cases {
        let server = Server::start(does);
        let result = ask(&server.url, None).await;
        println!("{name}: {result:?}");
        told(&result, &["IT Glue gave no usable answer to GET /organizations", words]);
        assert_eq!(result.unwrap_err().kind(), Kind::Unclear, "{name}");
        assert_eq!(server.heads().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_also_when_it_is_unpacked() {
    let bomb = zipped("gzip", &zeros(100 << 20));
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    for does in [
        Does::Writes(bomb),
        Does::floods(&format!("{OK}\r\n"), "                                "),
        Does::floods(
            &format!("{OK}Transfer-Encoding: chunked\r\n\r\n"),
            "20\r\n                                \r\n",
        ),
    ] {
        let server = Server::start(does);
        let result = patient(&server.url).await;
        told(&result, &["more than 33554432 bytes"]);
        assert_eq!(result.unwrap_err().kind(), Kind::TooLarge);
    }
}

#[tokio::test]
async fn hints_before_an_answer_do_no_harm() {
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(3);
    let server = Server::start(Does::writes(format!(
        "{early}{OK}Content-Length: 11\r\n\r\n{{\"data\":[]}}"
    )));
    assert_eq!(ask(&server.url, None).await.unwrap()["data"], serde_json::json!([]));
}

#[tokio::test]
async fn who_is_not_there_is_told_with_what_to_do() {
    told(
        &ask("https://bindery-test.invalid", None).await,
        &["IT Glue was not reached", "bindery-test.invalid"],
    );
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = ask(&format!("http://{gone}"), None).await;
    told(&refused, &["127.0.0.1 refused the connection", "Check the network, any firewall"]);
    assert_eq!(refused.unwrap_err().kind(), Kind::NotSent);
    told(&ask("http://api.itglue.com", None).await, &["the key would travel in the open"]);
}

/// As [`ask`], for an answer that takes a while to read.
async fn patient(url: &str) -> Result<serde_json::Value, bindery::transport::Error> {
    use bindery::transport::{Limiter, Request, Service, Transport, Tuning};
    let limiter = Limiter::in_memory(600, std::time::Duration::from_secs(1));
    let tuning = Tuning { attempts: 1, ..Tuning::default() };
    let transport = Transport::new(Service::ItGlue, url, &super::KEY.into(), limiter, tuning)?;
    transport.send(&Request::get(&["organizations"])).await
}

/// An answer with this encoding.
fn zipped(encoding: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("{OK}Content-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// So many zeros in gzip: one block of fixed codes, a zero and then "the last byte 258 times more" again
/// and again. Its checksum is wrong, which shows only to who unpacks all of it.
fn zeros(count: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, of fixed codes.
    bits.low_first(0b011, 3);
    bits.high_first(0b0011_0000, 8);
    for _ in 0..count / 258 {
        bits.high_first(0b1100_0101, 8);
        bits.high_first(0, 5);
    }
    // The end of the block.
    bits.high_first(0, 7);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [&head[..], &bits.bytes, &[0; 8]].concat()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, bit: u32) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        *self.bytes.last_mut().unwrap() |= u8::try_from(bit & 1).unwrap() << (self.used % 8);
        self.used += 1;
    }

    fn low_first(&mut self, value: u32, count: u32) {
        (0..count).for_each(|at| self.push(value >> at));
    }

    fn high_first(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|at| self.push(value >> at));
    }
}
