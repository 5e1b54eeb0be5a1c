//! The addresses of the services, and what may be written for one.

use reqwest::Url;
use std::net::IpAddr;

/// Addigy's address.
/// Source: Addigy API v2, host of its description.
pub(super) const ADDIGY: &str = "https://api.addigy.com";

/// An IT Glue data centre.
/// Source: <https://api.itglue.com/developer>, introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// United States, and all that is neither of the others.
    Us,
    /// Europe.
    Eu,
    /// Australia.
    Au,
}

impl Region {
    /// Every region.
    pub const ALL: [Self; 3] = [Self::Us, Self::Eu, Self::Au];

    /// The word in the settings file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::Au => "au",
        }
    }

    /// The region with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.word() == word)
    }

    /// The address of its API, without a slash at the end.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Us => "https://api.itglue.com",
            Self::Eu => "https://api.eu.itglue.com",
            Self::Au => "https://api.au.itglue.com",
        }
    }
}

/// Reads a service's address; the error is the end of the sentence "`url` …" and never holds the text
/// itself, for people have been seen to paste a key into the wrong line.
///
/// # Errors
/// What the address wants.
pub fn parse(text: &str) -> Result<Url, &'static str> {
    let url =
        Url::parse(text).map_err(|_| "wants an address such as \"https://api.example.com\"")?;
    let Some(host) = url.host_str() else {
        return Err("wants an address with a host, such as \"https://api.example.com\"");
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => return Err("must begin with https://; plain http is for this machine only"),
        _ => return Err("must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password");
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err("wants the address without a path, such as \"https://api.example.com\"");
    }
    if host.ends_with(".itglue.com")
        && !Region::ALL.iter().any(|r| r.address().strip_prefix("https://") == Some(host))
    {
        return Err(
            "names an account's page; the API has other addresses, so say region = \"us\", \
                    \"eu\" or \"au\" instead",
        );
    }
    Ok(url)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_addresses_and_this_machine_pass() {
        for text in [
            "https://api.addigy.com",
            "https://api.eu.itglue.com/",
            "http://127.0.0.1:8081",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for region in Region::ALL {
            assert!(parse(region.address()).is_ok());
            assert_eq!(Region::from_word(region.word()), Some(region));
        }
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "",
            "api.addigy.com",
            "http://api.addigy.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "https://ana:pw@api.addigy.com",
            "https://api.addigy.com/api/v2",
            "https://api.addigy.com/?key=x",
            "https://acme.itglue.com",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
