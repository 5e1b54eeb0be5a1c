//! Servers that speak HTTP byte by byte, so that they can speak it wrongly.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a server does once it has read a request.
#[derive(Clone)]
pub enum Does {
    /// Writes this and closes.
    Writes(Vec<u8>),
    /// Writes the first, then the second again and again, as long as it is listened to.
    Repeats(Vec<u8>, Vec<u8>, Duration),
}

impl Does {
    pub fn writes(text: impl AsRef<[u8]>) -> Self {
        Self::Writes(text.as_ref().to_vec())
    }

    /// As fast as it can.
    pub fn floods(first: &str, again: &str) -> Self {
        Self::Repeats(first.into(), again.repeat(1000).into(), Duration::ZERO)
    }

    /// A few bytes at a time.
    pub fn drips(first: &str, again: &str) -> Self {
        Self::Repeats(first.into(), again.into(), Duration::from_millis(5))
    }

    fn to(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        match self {
            Self::Writes(bytes) => stream.write_all(bytes),
            Self::Repeats(first, again, pause) => {
                stream.write_all(first)?;
                loop {
                    stream.write_all(again)?;
                    std::thread::sleep(*pause);
                }
            }
        }
    }
}

/// A server on loopback that does the same with every request.
pub struct Server {
    pub url: String,
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (does, kept) = (does.clone(), Arc::clone(&kept));
                std::thread::spawn(move || serve(stream, &does, &kept));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}"), port, heads }
    }

    /// The heads of all requests so far; one that never ended is kept too.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, does: &Does, kept: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    // 0x16 begins TLS, which has no such end.
    while head != [0x16]
        && !head.ends_with(b"\r\n\r\n")
        && stream.read(&mut byte).is_ok_and(|read| read > 0)
    {
        head.push(byte[0]);
    }
    kept.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    // Whoever has heard enough hangs up.
    let _ = does.to(&mut stream);
}
