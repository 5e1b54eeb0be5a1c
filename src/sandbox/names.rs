//! Words for the made-up fleet. None of these organizations is meant to exist.

use fastrand::Rng;

const FIRST: [&str; 64] = [
    "Ana", "Ben", "Chloe", "Diego", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kira",
    "Liam", "Mei", "Nadia", "Omar", "Priya", "Quinn", "Rosa", "Samir", "Tove", "Uma", "Viktor",
    "Wanda", "Xavier", "Yara", "Zoë", "Aisha", "Bruno", "Clara", "Dmitri", "Esther", "Farid",
    "Greta", "Hannah", "Ivan", "Jana", "Kenji", "Lucía", "Marco", "Nora", "Oskar", "Paula",
    "Rafael", "Søren", "Tara", "Ulrike", "Vera", "Wouter", "Yusuf", "Zelda", "Amir", "Bianca",
    "Carlos", "Daria", "Emil", "Freya", "Gabriel", "Hilda", "Isaac", "Joana", "Kofi", "Lena",
    "Milan", "美咲",
];

const STEMS: [&str; 50] = [
    "Alpine",
    "Amber",
    "Anchor",
    "Aspen",
    "Beacon",
    "Birchwood",
    "Blue Heron",
    "Bright Harbor",
    "Canyon",
    "Cedar",
    "Cobalt",
    "Copper Kettle",
    "Cormorant",
    "Delta Road",
    "Driftwood",
    "Elmfield",
    "Ember",
    "Fairhaven",
    "Falcon Ridge",
    "Fern Hollow",
    "Firefly",
    "Foxglove",
    "Granite",
    "Greenway",
    "Harvest",
    "Hazel",
    "Highland",
    "Ivory",
    "Juniper",
    "Kestrel",
    "Lakeside",
    "Lantern",
    "Linden",
    "Maple",
    "Meadowlark",
    "Northwind",
    "Oakridge",
    "Orchard",
    "Osprey",
    "Pebble",
    "Pinecrest",
    "Quarry",
    "Redwood",
    "Riverside",
    "Saffron",
    "Silver Birch",
    "Summit",
    "Thistle",
    "Willow",
    "Wren",
];

const TRADES: [&str; 50] = [
    "Accounting",
    "Advisors",
    "Analytics",
    "Animation",
    "Architects",
    "Automotive",
    "Bakery",
    "Books",
    "Brewing",
    "Builders",
    "Capital",
    "Catering",
    "Clinic",
    "Coaching",
    "Coffee",
    "Consulting",
    "Creative",
    "Dental",
    "Design",
    "Digital",
    "Electric",
    "Engineering",
    "Events",
    "Farms",
    "Film",
    "Fitness",
    "Foods",
    "Foundation",
    "Gallery",
    "Gardens",
    "Healthcare",
    "Hotels",
    "Insurance",
    "Interiors",
    "Labs",
    "Law",
    "Logistics",
    "Media",
    "Montessori",
    "Music",
    "Optics",
    "Outdoors",
    "Partners",
    "Pediatrics",
    "Pharmacy",
    "Realty",
    "Robotics",
    "Studios",
    "Travel",
    "Veterinary",
];

const FORMS: [&str; 40] = [
    "",
    "Group",
    "Inc",
    "LLC",
    "Ltd",
    "Company",
    "Associates",
    "Holdings",
    "Services",
    "Network",
    "Collective",
    "GmbH",
    "Works",
    "& Co",
    "International",
    "East",
    "West",
    "North",
    "South",
    "Solutions",
    "Trust",
    "Union",
    "House",
    "Center",
    "Institute",
    "Alliance",
    "Exchange",
    "Brothers",
    "Sisters",
    "Cooperative",
    "Enterprises",
    "Industries",
    "Ventures",
    "Systems",
    "Society",
    "Guild",
    "Office",
    "Agency",
    "Bureau",
    "Team",
];

/// A first name.
pub(super) fn first_name(rng: &mut Rng) -> &'static str {
    FIRST[rng.usize(..FIRST.len())]
}

/// The n-th name of an organization: all differ, and neighbours have nothing in common.
pub(super) fn organization(number: usize, offset: usize) -> String {
    const ALL: usize = STEMS.len() * TRADES.len() * FORMS.len();
    // 61,403 has no factor in common with 100,000, so that every place is come to once.
    let place = (number.wrapping_mul(61_403).wrapping_add(offset)) % ALL;
    let stem = STEMS[place % STEMS.len()];
    let trade = TRADES[place / STEMS.len() % TRADES.len()];
    let form = FORMS[place / STEMS.len() / TRADES.len() % FORMS.len()];
    let mut name = format!("{stem} {trade} {form}").trim_end().to_owned();
    if number >= ALL {
        name.push_str(&format!(" {}", number / ALL + 1));
    }
    name
}

/// Three capitals for an organization, as they stand in asset names.
pub(super) fn code(name: &str) -> String {
    let mut letters: String = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| word.chars().next())
        .chain(name.chars().filter(char::is_ascii_alphanumeric).skip(1))
        .chain("XYZ".chars())
        .collect();
    letters.truncate(3);
    letters.to_uppercase()
}

/// What macOS makes a local host name of: `Ana's MacBook Air` becomes `Anas-MacBook-Air`.
pub(super) fn host_name(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c == ' ' { '-' } else { c })
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    kept.trim_matches('-').to_owned()
}

/// A serial number in one of the two forms Apple has used.
pub(super) fn serial(rng: &mut Rng) -> String {
    const LETTERS: &[u8] = b"0123456789CDFGHJKLMNPQRTVWXY";
    let mut draw = |count: usize| -> String {
        (0..count).map(|_| char::from(LETTERS[rng.usize(..LETTERS.len())])).collect()
    };
    let (old, new) = (draw(9), draw(10));
    if rng.u8(..) < 90 { format!("C02{old}") } else { new }
}

/// A MAC address of an Apple vendor block; the same number gives the same address, and no other one.
pub(super) fn mac(number: usize, seed: u64) -> String {
    const BLOCKS: [&str; 4] = ["A4:83:E7", "F0:18:98", "3C:22:FB", "14:7D:DA"];
    // An odd factor and a mask: a permutation of 24 bits.
    let low = (number as u64).wrapping_mul(0x9E_3779).wrapping_add(seed) & 0xFF_FFFF;
    let block = BLOCKS[number % BLOCKS.len()];
    format!("{block}:{:02X}:{:02X}:{:02X}", low >> 16, low >> 8 & 0xFF, low & 0xFF)
}

/// An id as Addigy spells them.
pub(super) fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        0x8000 | (low >> 48 & 0x3FFF),
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn organizations_differ() {
        let names: BTreeSet<String> = (0..110_000).map(|n| organization(n, 77)).collect();
        assert_eq!(names.len(), 110_000);
    }

    #[test]
    fn host_names_and_codes_are_plain() {
        assert_eq!(host_name("Ana's MacBook Air"), "Anas-MacBook-Air");
        assert_eq!(host_name("美咲"), "");
        assert_eq!(code("Globex Media Group"), "GMG");
        assert_eq!(code("Wren"), "WRE");
        assert_eq!(code("株式会社"), "XYZ");
    }

    #[test]
    fn addresses_do_not_repeat() {
        let all: BTreeSet<String> = (0..20_000).map(|number| mac(number, 5)).collect();
        assert_eq!(all.len(), 20_000);
    }
}
