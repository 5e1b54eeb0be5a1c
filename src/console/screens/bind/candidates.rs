//! Which configurations a device could be bound to, and what speaks for each.

use crate::domain::{Attribute, Configuration, Device};

/// More would not be read.
const MOST: usize = 50;
/// Below this two names are not alike.
const ALIKE: f64 = 0.9;

/// What speaks for a configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Likeness {
    /// The same serial number.
    Serial,
    /// The same MAC address.
    Mac,
    /// The same name or hostname, whatever its case.
    Name,
    /// A name nearly so.
    Alike(f64),
    /// Nothing; it was named by hand.
    None,
}

impl Likeness {
    /// What speaks for it.
    pub fn of(device: &Device, configuration: &Configuration) -> Self {
        let (serial, other) = (device.serial(), configuration.serial());
        if serial.is_some() && serial == other {
            return Self::Serial;
        }
        if device.mac().is_some() && device.mac() == configuration.mac() {
            return Self::Mac;
        }
        let ours: Vec<String> = [Attribute::Name, Attribute::Hostname]
            .into_iter()
            .filter_map(|field| device.field(field))
            .map(|name| name.to_lowercase())
            .collect();
        let theirs: Vec<String> = [&configuration.name, &configuration.hostname]
            .into_iter()
            .flatten()
            .map(|name| name.trim().to_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        if theirs.iter().any(|name| ours.contains(name)) {
            return Self::Name;
        }
        // With a serial number of its own it is another machine, however alike the names are.
        if serial.is_some() && other.is_some() {
            return Self::None;
        }
        let pairs = ours.iter().flat_map(|ours| theirs.iter().map(move |name| (ours, name)));
        let best = pairs.map(|(a, b)| strsim::jaro_winkler(a, b)).fold(0.0, f64::max);
        if best >= ALIKE { Self::Alike(best) } else { Self::None }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Serial => "same serial number",
            Self::Mac => "same MAC address",
            Self::Name => "same name",
            Self::Alike(_) => "similar name",
            Self::None => "named by hand",
        }
    }

    fn rank(self) -> f64 {
        match self {
            Self::Serial => 4.0,
            Self::Mac => 3.0,
            Self::Name => 2.0,
            Self::Alike(how) => how,
            Self::None => 0.0,
        }
    }
}

/// Those of an organization's configurations for which something speaks, the likeliest first; of
/// equals the ones in use go first.
pub fn candidates(device: &Device, all: Vec<Configuration>) -> Vec<Configuration> {
    let rated = all.into_iter().map(|c| (Likeness::of(device, &c).rank(), c));
    let mut found: Vec<(f64, Configuration)> = rated.filter(|(rank, _)| *rank > 0.0).collect();
    found.sort_by(|(left, a), (right, b)| {
        right.total_cmp(left).then(a.archived.cmp(&b.archived)).then(a.id.cmp(&b.id))
    });
    found.truncate(MOST);
    found.into_iter().map(|(_, configuration)| configuration).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::{self, configuration};

    #[test]
    fn the_likeliest_come_first_and_other_machines_not_at_all() {
        let device = testing::device("l2", "Laptop-Ben", "laptops");
        let mac = Configuration {
            mac_address: Some("A4-83-E7-00-00-01".into()),
            ..configuration(3, "dock", None)
        };
        let archived = Configuration { archived: true, ..configuration(1, "x", Some("c02l2")) };
        let all = vec![
            configuration(9, "Laptop-Bea", Some("C02OTHER")),
            configuration(8, "Laptop-Bea", None),
            configuration(7, "LAPTOP-BEN", Some("C02OTHER")),
            mac,
            archived,
            configuration(2, "Old name", Some("C02L2")),
            configuration(5, "Printer", None),
        ];
        let found = candidates(&device, all);
        let ids: Vec<i64> = found.iter().map(|configuration| configuration.id.get()).collect();
        assert_eq!(ids, [2, 1, 3, 7, 8]);
        let why: Vec<&str> = found.iter().map(|c| Likeness::of(&device, c).words()).collect();
        let serial = "same serial number";
        assert_eq!(why, [serial, serial, "same MAC address", "same name", "similar name"]);
    }
}
