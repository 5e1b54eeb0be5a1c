//! A settings file with which Bindery uses the sandbox.

use super::fleet::{ACTIVE, DEFAULT_TYPE, INACTIVE, IPAD_TYPE, IPHONE_TYPE};

pub(super) fn text(addigy: &str, token: &str, itglue: &str, key: &str) -> String {
    format!(
        r#"# Settings for a sandbox: both services are made up, and nothing leaves this machine.
enabled = true

[addigy]
url = "{addigy}"
token = {{ value = "{token}" }}

[itglue]
url = "{itglue}"
key = {{ value = "{key}" }}
active_status_id = {ACTIVE}
inactive_status_id = {INACTIVE}
default_type_id = {DEFAULT_TYPE}

[[itglue.conditional_types]]
when = [{{ fact = "device_model_name", contains = "iPad" }}]
type_id = {IPAD_TYPE}

[[itglue.conditional_types]]
when = [{{ fact = "device_model_name", starts_with = "iPhone" }}]
type_id = {IPHONE_TYPE}
"#
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_text_is_toml_and_has_both_addresses() {
        let text = super::text("http://127.0.0.1:1", "t", "http://127.0.0.1:2", "k");
        let value: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(value["addigy"]["url"].as_str(), Some("http://127.0.0.1:1"));
        assert_eq!(value["itglue"]["key"]["value"].as_str(), Some("k"));
        assert_eq!(value["itglue"]["conditional_types"].as_array().map(Vec::len), Some(2));
    }
}
