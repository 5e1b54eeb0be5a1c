//! Proxies as the environment names them, met by the real program.

use super::certificates::Authority;
use super::folder::{Ended, Folder};
use super::tls::Front;
use bindery::sandbox::{Options, Sandbox};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What the proxy is told, and nobody else.
const PASSWORD: &str = "pr0xy-Canary-Word";
/// Of `ana:pr0xy-Canary-Word`.
const BASIC: &str = "YW5hOnByMHh5LUNhbmFyeS1Xb3Jk";

/// A proxy that leads every name it is asked for to one of two ports.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(addigy: u16, itglue: u16, refuses: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = stream.read_u8().await else { return };
                        head.push(byte);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let to =
                        if head.starts_with("CONNECT addigy.test:443 ") { addigy } else { itglue };
                    kept.lock().unwrap().push(head);
                    if let Some(status) = refuses {
                        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                        let _ = stream.write_all(answer.as_bytes()).await;
                        return;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                    let Ok(mut service) = TcpStream::connect(("127.0.0.1", to)).await else {
                        return;
                    };
                    let _ = copy_bidirectional(&mut stream, &mut service).await;
                });
            }
        });
        Self { port, heads }
    }

    fn url(&self) -> String {
        format!("http://ana:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Both services behind TLS, under names that only the proxy knows.
struct Place {
    sandbox: Sandbox,
    folder: Folder,
    addigy: Front,
    itglue: Front,
}

impl Place {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options {
            devices: 20,
            policies: 4,
            organizations: 5,
            ..Options::default()
        })
        .await
        .unwrap();
        let authority = Authority::new();
        let port = |url: String| url.rsplit(':').next().unwrap().parse().unwrap();
        let addigy =
            Front::start(authority.server(&["addigy.test"]), port(sandbox.addigy_url())).await;
        let itglue =
            Front::start(authority.server(&["itglue.test"]), port(sandbox.itglue_url())).await;
        let settings = sandbox
            .settings_toml()
            .replace(&sandbox.addigy_url(), "https://addigy.test")
            .replace(&sandbox.itglue_url(), "https://itglue.test");
        let folder = Folder::new(&format!("{settings}\n[network]\nca_file = \"our-ca.pem\"\n"));
        std::fs::write(folder.path().join("our-ca.pem"), authority.pem()).unwrap();
        Self { sandbox, folder, addigy, itglue }
    }

    async fn proxy(&self, refuses: Option<&'static str>) -> Proxy {
        Proxy::start(self.addigy.port, self.itglue.port, refuses).await
    }

    /// Runs a command with these variables; nothing of it shows the proxy's password.
    async fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = self.folder.command(arguments);
        command.envs(variables.iter().copied());
        let ended = self.folder.run_aside(command).await;
        let logs = self.folder.state().join("logs");
        let logs = std::fs::read_dir(logs)
            .unwrap()
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        let all = format!("{}{}{}", ended.stdout, ended.stderr, logs.collect::<String>());
        assert!(!all.contains(PASSWORD) && !all.contains(BASIC), "{all}");
        ended
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_used_and_the_private_authority_trusted() {
    let place = Place::new().await;
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = place.proxy(None).await;
        let ended = place.run(&["-vv", "doctor"], &[(variable, &proxy.url())]).await;
        let ended =
            ended.says("1 certificate of").says("our-ca.pem trusted beside the system's").exited(0);
        assert!(ended.stdout.contains("the key works") && ended.stdout.contains("the token works"));
        let heads = proxy.heads();
        for host in ["addigy.test", "itglue.test"] {
            assert!(
                heads.iter().any(|head| head.starts_with(&format!("CONNECT {host}:443 "))),
                "{variable}: {heads:?}"
            );
        }
        for head in heads {
            assert!(head.contains(&format!("Basic {BASIC}")), "{head}");
            assert!(!head.contains("sandbox-"), "a secret goes to the service alone: {head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_no_proxy_is_not_reached_through_one() {
    let place = Place::new().await;
    let proxy = place.proxy(None).await;
    let variables = [("HTTPS_PROXY", proxy.url()), ("NO_PROXY", "other.test,.test".to_owned())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    place.run(&["policies"], &variables).await.says("addigy.test").exited(1);
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machine_is_never_reached_through_a_proxy() {
    let place = Place::new().await;
    place.folder.write_settings(&place.sandbox.settings_toml());
    let proxy = place.proxy(None).await;
    let url = proxy.url();
    let variables =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, url.as_str()));
    place.run(&["policies"], &variables).await.exited(0);
    place.run(&["doctor"], &variables).await.exited(0);
    place.run(&["sandbox", "look", "counters"], &variables).await.exited(0);
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_says_no_is_told_as_that() {
    let place = Place::new().await;
    for (status, words) in [
        (
            "407 Proxy Authentication Required",
            ["wants a name and a password (status 407)", "HTTPS_PROXY"],
        ),
        ("403 Forbidden", ["does not let us through to addigy.test", "NO_PROXY"]),
        ("502 Bad Gateway", ["does not let us through to addigy.test", "NO_PROXY"]),
    ] {
        let proxy = place.proxy(Some(status)).await;
        let ended = place.run(&["-v", "policies"], &[("HTTPS_PROXY", &proxy.url())]).await;
        ended.says("Addigy was not reached").says(words[0]).says(words[1]).exited(1);
        assert!(!proxy.heads().is_empty());
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://ana:{PASSWORD}@{gone}");
    let ended = place.run(&["policies"], &[("HTTPS_PROXY", &url)]).await;
    ended.says("the proxy on the way to addigy.test can't be reached").exited(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_ca_file_stops_before_anything_is_asked() {
    let place = Place::new().await;
    let proxy = place.proxy(None).await;
    std::fs::write(place.folder.path().join("our-ca.pem"), "no certificate").unwrap();
    let url = proxy.url();
    let variables = [("HTTPS_PROXY", url.as_str())];
    place.run(&["policies"], &variables).await.says("our-ca.pem, holds no certificate").exited(2);
    place.run(&["doctor"], &variables).await.says("holds no certificate").exited(1);
    place.folder.replace("our-ca.pem", "not-there.pem");
    place
        .run(&["policies"], &variables)
        .await
        .says("not-there.pem, can't be read")
        .says("[network]")
        .exited(2);
    assert_eq!(proxy.heads(), Vec::<String>::new());
}
