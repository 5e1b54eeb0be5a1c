//! What must hold of serial numbers, MAC and IP addresses, however they are spelled.

use super::{Attribute, MacAddress, SerialNumber, valid_ip};
use crate::fuzz::lossy;

pub(crate) fn identity(bytes: &[u8]) {
    let text = lossy(bytes);
    if let Some(serial) = SerialNumber::parse(&text) {
        let again = SerialNumber::parse(serial.as_str());
        assert_eq!(again.as_ref(), Some(&serial), "not normal");
        assert!(serial.as_str().chars().any(char::is_alphanumeric));
    }
    if let Some(mac) = MacAddress::parse(&text) {
        assert_eq!(MacAddress::parse(&mac.to_string()), Some(mac));
        assert!(Attribute::MacAddress.same(&text, &mac.to_string()));
    }
    if let Some(ip) = valid_ip(&text) {
        assert_eq!(valid_ip(&ip.to_string()), Some(ip));
        assert!(Attribute::PrimaryIp.same(&text, &ip.to_string()));
    }
    for attribute in Attribute::ALL {
        assert!(attribute.same(&text, &text));
    }
}
