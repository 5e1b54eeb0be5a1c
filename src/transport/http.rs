//! The HTTP client's policy: rustls, https only, no redirects; and what its errors mean.

use super::{Error, Service, Tuning, quote};
use reqwest::{Client, Url, redirect};
use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;
use std::sync::Once;
use std::time::Duration;

/// Checks a service's base address: https, or http to this machine itself; no name, password, query
/// or fragment in it.
pub fn base_url(service: Service, text: &str) -> Result<Url, Error> {
    let wrong = |why: &str, next: &str| Error::NotSent {
        service,
        // Not quoted: people paste keys into the wrong field.
        why: format!("its address in the settings {why}"),
        next: next.to_owned(),
        passing: false,
    };
    let url = Url::parse(text.trim())
        .map_err(|_| wrong("is not a web address", "Write it like https://api.itglue.com"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a name or a password", "Leave only https:// and the host"));
    }
    if url.host_str().is_none() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("is more or less than https:// and a host", "Leave only these two"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(wrong(
            "is not https, and the key would travel in the open",
            "Write https:// in the settings",
        )),
    }
}

/// Whether an address means this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Builds the client for one base address.
pub fn client(service: Service, url: &Url, tuning: &Tuning) -> Result<Client, Error> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error means that one is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = Client::builder()
        .user_agent(concat!("bindery/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        // Retries are ours, so that each takes a slot of the limiter.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(tuning.connect_timeout)
        .timeout(tuning.total_timeout)
        // Shorter than servers keep a connection, so that a create rarely meets one just closed.
        .pool_idle_timeout(Duration::from_secs(20));
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // Never used then; without it a machine that has no root certificates could not even start.
        builder = builder.tls_certs_only(Vec::new());
    } else if let Some(ca) = &tuning.ca {
        builder = builder.tls_certs_merge(ca.certificates());
    }
    builder.build().map_err(|error| Error::NotSent {
        service,
        why: format!("TLS could not be set up ({})", quote(&chain(&error))),
        next: "Install the system's root certificates (often the package ca-certificates)".into(),
        passing: false,
    })
}

/// What an error of the client means for a request to this host.
pub fn classify(service: Service, host: &str, call: &str, error: &reqwest::Error) -> Error {
    let not_sent = |why: String, next: &str, passing: bool| Error::NotSent {
        service,
        why,
        next: next.to_owned(),
        passing,
    };
    if error.is_builder() {
        return not_sent(
            format!("the request could not be built ({})", quote(&chain(error))),
            "Check address and key in the settings",
            false,
        );
    }
    if !error.is_connect() {
        let why = if error.is_timeout() {
            "it took too long".to_owned()
        } else {
            format!("the connection broke ({})", quote(&innermost(error)))
        };
        return Error::Unclear { service, call: call.to_owned(), status: None, why };
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        let (why, next) = tls_words(host, tls);
        return not_sent(why, next, false);
    }
    let tunnel = chain(error);
    if tunnel.contains("proxy authorization required") {
        return not_sent(
            format!("the proxy on the way to {host} wants a name and a password (status 407)"),
            "Put them into the variable HTTPS_PROXY: https://NAME:PASSWORD@PROXY, special characters \
             percent-encoded",
            false,
        );
    }
    if tunnel.contains("tunnel error") {
        let (why, next) = match find::<io::Error>(error) {
            Some(io) => (
                format!(
                    "the proxy on the way to {host} can't be reached ({})",
                    quote(&io.to_string())
                ),
                "Check the variable HTTPS_PROXY, or name the host in the variable NO_PROXY",
            ),
            None => (
                format!("the proxy on the way does not let us through to {host}"),
                "Have the proxy allow this host, or name the host in the variable NO_PROXY",
            ),
        };
        return not_sent(why, next, true);
    }
    if error.is_dns() {
        return not_sent(
            format!("the name {host} is not known here"),
            "Check the network, the name server, and the address in the settings",
            true,
        );
    }
    let why = match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => format!("{host} refused the connection"),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            format!("there is no way to {host}")
        }
        _ if error.is_timeout() => format!("{host} did not take the connection in time"),
        _ => format!("no connection to {host} ({})", quote(&innermost(error))),
    };
    not_sent(why, "Check the network, any firewall or proxy, and the address in the settings", true)
}

fn tls_words(host: &str, error: &rustls::Error) -> (String, &'static str) {
    use rustls::CertificateError as Bad;
    let rustls::Error::InvalidCertificate(bad) = error else {
        return (
            format!("no secure connection to {host} ({})", quote(&error.to_string())),
            "Check the address in the settings and any proxy on the way",
        );
    };
    match bad {
        Bad::Expired | Bad::ExpiredContext { .. } => (
            format!("the certificate of {host} has expired"),
            "Check this machine's clock; if it is right, tell the service",
        ),
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            (format!("the certificate of {host} is not valid yet"), "Check this machine's clock")
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => (
            format!("the certificate does not belong to {host}"),
            "Check the address in the settings and any proxy on the way",
        ),
        // The latter: an authority of the same name with another key.
        Bad::UnknownIssuer | Bad::BadSignature => (
            format!("nobody this machine trusts has signed the certificate of {host}"),
            "Install the system's root certificates; where a company or a proxy on the way signs its \
             own, name that authority's certificate in the settings: [network] ca_file = \"FILE.pem\"",
        ),
        // How a certificate that signed itself is called where it is trusted as an authority.
        Bad::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            format!("the certificate of {host} is an authority's own, which no server may show"),
            "Give the server a certificate that this authority has signed; [network] ca_file names \
             the authority's",
        ),
        other => (
            format!("the certificate of {host} is not valid ({})", quote(&format!("{other:?}"))),
            "Check the address in the settings and any proxy on the way",
        ),
    }
}

/// Each error below this one, those wrapped in an [`io::Error`] included.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error: &'a (dyn StdError + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = causes(error).map(ToString::to_string).collect();
    parts.dedup();
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for good in [
            "https://api.itglue.com",
            "https://api.itglue.com/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost:1",
            " https://api.addigy.com ",
        ] {
            assert!(base_url(Service::ItGlue, good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.itglue.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "api.itglue.com",
            "https://",
            "https://api.itglue.com/?key=1",
            "",
        ] {
            assert!(base_url(Service::ItGlue, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let error = base_url(Service::ItGlue, "https://me:hunter2@api.itglue.com").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
