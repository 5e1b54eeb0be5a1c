//! What tells one machine from another: serial numbers and MAC addresses, without their placeholders.

use std::fmt;
use std::net::IpAddr;

/// A serial number fit to match by: trimmed, upper-cased, and no placeholder.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct SerialNumber(String);

impl SerialNumber {
    /// Reads a serial number; `None` where the text identifies nothing ("", "0", "None", "N/A", …).
    pub fn parse(text: &str) -> Option<Self> {
        let serial = text.trim().to_uppercase();
        (!is_placeholder(&serial)).then_some(Self(serial))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `upper` is already trimmed and upper-cased.
fn is_placeholder(upper: &str) -> bool {
    const WORDS: [&str; 14] = [
        "NONE",
        "N/A",
        "NA",
        "NULL",
        "NIL",
        "UNKNOWN",
        "UNDEFINED",
        "NOT AVAILABLE",
        "NOT APPLICABLE",
        "NOT SPECIFIED",
        "SYSTEM SERIAL NUMBER",
        "DEFAULT STRING",
        "TO BE FILLED BY O.E.M.",
        "TBD",
    ];
    !upper.chars().any(|c| c.is_alphanumeric() && c != '0') || WORDS.contains(&upper)
}

/// A MAC address fit to match by: 48 bits, neither all zeros nor all ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// Reads any usual spelling (`a4:83:…`, `A4-83-…`, `a483.e700.1122`, bare digits).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.chars().any(|c| !c.is_ascii_hexdigit() && !matches!(c, ':' | '-' | '.' | ' ')) {
            return None;
        }
        let digits: Vec<u8> =
            text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
        let digits: [u8; 12] = digits.try_into().ok()?;
        let mut bytes = [0; 6];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        (bytes != [0; 6] && bytes != [0xff; 6]).then_some(Self(bytes))
    }
}

impl fmt::Display for MacAddress {
    /// `AA:BB:CC:DD:EE:FF`, the spelling Bindery writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

/// Reads an address worth documenting; `None` for a zone (`fe80::1%en0`), the unspecified address
/// and anything that is no address.
pub fn valid_ip(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok().filter(|ip: &IpAddr| !ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_trimmed_and_upper_cased() {
        assert_eq!(SerialNumber::parse(" c02xg0fdjgh5 ").unwrap().as_str(), "C02XG0FDJGH5");
    }

    #[test]
    fn placeholders_are_no_serial() {
        for text in ["", "  ", "0", "000000", "None", "n/a", "N/A", "null", "-", "--", "0.0"] {
            assert_eq!(SerialNumber::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn mac_spellings_are_one_address() {
        let mac = MacAddress::parse("A4:83:E7:00:11:22");
        assert!(mac.is_some());
        for text in ["a4-83-e7-00-11-22", "a483.e700.1122", " A483E7001122 "] {
            assert_eq!(MacAddress::parse(text), mac, "{text:?}");
        }
        assert_eq!(mac.unwrap().to_string(), "A4:83:E7:00:11:22");
    }

    #[test]
    fn impossible_macs_are_none() {
        for text in [
            "",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "A4:83:E7:00:11",
            "xyz",
            "A4:83:E7:00:11:22:33",
        ] {
            assert_eq!(MacAddress::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn zones_and_words_are_no_address() {
        for text in ["fe80::1%en0", "", "0.0.0.0", "::", "10.0.0", "dhcp", "10.0.0.1, 10.0.0.2"] {
            assert_eq!(valid_ip(text), None, "{text:?}");
        }
        assert!(valid_ip(" 10.1.2.3 ").is_some());
        assert!(valid_ip("2001:db8::1").is_some());
    }
}
