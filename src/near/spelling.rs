//! How many slips of the pen lie between two names.
//!
//! Optimal string alignment: letters inserted, left out, mistaken, or two neighbours swapped. Sixty-four
//! letters are compared at once, after Hyyrö, "A bit-vector algorithm for computing Levenshtein and
//! Damerau edit distances" (2003), so that 100,000 names can be compared between two keystrokes.

/// A name of up to 64 characters, ready to be compared with many; a longer one is compared slowly.
#[derive(Debug)]
pub struct Spelling {
    text: String,
    length: usize,
    ascii: [u64; 128],
    others: Vec<(char, u64)>,
}

impl Spelling {
    pub fn new(text: &str) -> Self {
        let (text, length) = (text.to_owned(), text.chars().count());
        let mut spelling = Self { text, length, ascii: [0; 128], others: Vec::new() };
        for (at, c) in spelling.text.chars().take(64).enumerate() {
            let bit = 1 << at;
            if let Some(places) = spelling.ascii.get_mut(c as usize) {
                *places |= bit;
            } else if let Some((_, places)) = spelling.others.iter_mut().find(|(o, _)| *o == c) {
                *places |= bit;
            } else {
                spelling.others.push((c, bit));
            }
        }
        spelling
    }

    /// How many characters it has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Where the character stands, one bit a place.
    fn places(&self, c: char) -> u64 {
        match self.ascii.get(c as usize) {
            Some(places) => *places,
            None => {
                self.others.iter().find(|(other, _)| *other == c).map_or(0, |(_, places)| *places)
            }
        }
    }

    /// The distance to another text.
    pub fn distance(&self, other: &str) -> usize {
        match self.length {
            0 => other.chars().count(),
            1..=64 => self.fast(other),
            _ => strsim::osa_distance(&self.text, other),
        }
    }

    /// The columns of the table of distances, each as bits: where the value rises and where it falls.
    fn fast(&self, other: &str) -> usize {
        let last = 1_u64 << (self.length - 1);
        let (mut rises, mut falls, mut same) = (u64::MAX, 0_u64, 0_u64);
        let (mut distance, mut before) = (self.length, 0_u64);
        for c in other.chars() {
            let here = self.places(c);
            let swapped = ((!same & here) << 1) & before;
            same = ((here & rises).wrapping_add(rises) ^ rises) | here | falls | swapped;
            let up = falls | !(same | rises);
            let down = same & rises;
            distance += usize::from(up & last != 0);
            distance -= usize::from(down & last != 0);
            let up = (up << 1) | 1;
            rises = (down << 1) | !(same | up);
            falls = up & same;
            before = here;
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slips_are_counted() {
        for (left, right, slips) in [
            ("initech", "intiech", 1),
            ("globex", "globex", 0),
            ("globex", "", 6),
            ("", "acme", 4),
            ("müller", "muller", 1),
        ] {
            assert_eq!(Spelling::new(left).distance(right), slips, "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn as_the_slow_way(left in "[abcé ]{0,70}", right in "[abcé ]{0,70}") {
            let spelling = Spelling::new(&left);
            prop_assert_eq!(spelling.distance(&right), strsim::osa_distance(&left, &right));
        }
    }
}
