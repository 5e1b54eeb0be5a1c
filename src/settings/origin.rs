//! Who starts a run, and from where.

use super::Env;
use crate::domain::Origin;
use crate::text::clean_to;
use std::net::IpAddr;

/// The longest login or host name that is kept, in characters.
const MAX_NAME: usize = 64;

/// The caller as far as the environment tells: LOGNAME, else USER, else the user's number, and the
/// client's address of an SSH session. It is a record among colleagues, no proof: whoever runs a
/// program chooses its environment.
pub fn origin(env: Env<'_>) -> Origin {
    let text = |name: &str| {
        env(name)
            .map(|value| clean_to(value.to_string_lossy().trim(), MAX_NAME))
            .filter(|value| !value.is_empty())
    };
    let login = text("LOGNAME")
        .or_else(|| text("USER"))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let client = ["SSH_CONNECTION", "SSH_CLIENT"].iter().find_map(|name| ssh_client(&text(name)?));
    Origin {
        who: match client {
            Some(client) => format!("{login} from {client}"),
            None => login,
        },
        host: clean_to(&gethostname::gethostname().to_string_lossy(), MAX_NAME),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The client's address: the first word, without the zone of a link-local one.
/// Source: ssh(1), ENVIRONMENT.
fn ssh_client(connection: &str) -> Option<IpAddr> {
    connection.split_whitespace().next()?.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn who(env: &[(&str, &str)]) -> String {
        origin(&|name| env.iter().find(|(key, _)| *key == name).map(|(_, v)| OsString::from(v))).who
    }

    #[test]
    fn logins_by_rank() {
        assert_eq!(who(&[("LOGNAME", "ana"), ("USER", "root")]), "ana");
        assert_eq!(who(&[("LOGNAME", " "), ("USER", "ben")]), "ben");
        assert!(who(&[]).starts_with("uid "));
        assert_eq!(who(&[("USER", "a\u{1b}[31mn\na")]), "an a");
    }

    #[test]
    fn ssh_sessions_name_their_client() {
        let connection = ("SSH_CONNECTION", "10.0.0.7 50022 10.0.0.1 22");
        assert_eq!(who(&[("USER", "ana"), connection]), "ana from 10.0.0.7");
        assert_eq!(who(&[("USER", "ana"), ("SSH_CLIENT", "fe80::1%en0 5 22")]), "ana from fe80::1");
        assert_eq!(who(&[("USER", "ana"), ("SSH_CONNECTION", "UNKNOWN 1 2 3")]), "ana");
    }

    #[test]
    fn host_and_version_are_told() {
        let origin = origin(&|_| None);
        assert!(!origin.host.is_empty());
        assert_eq!(origin.version, env!("CARGO_PKG_VERSION"));
    }
}
