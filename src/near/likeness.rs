//! How near two names are, and in what they differ.

use super::spelling::Spelling;
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Below this a name is no suggestion; 1 is the same name but for case and punctuation.
pub const NEAR_ENOUGH: f64 = 0.55;

/// Never as near as a name that differs in little.
pub const ALIKE_AT_MOST: f64 = 0.99;

/// Below this two names share letters as any two names do.
const SPELLED_ALIKE: f64 = 0.7;

/// In what two names differ that a reader takes for one.
pub fn difference(left: &str, right: &str) -> Option<&'static str> {
    let without = |text: &str, drop: &dyn Fn(char) -> bool| -> String {
        text.chars().filter(|c| !drop(*c)).collect()
    };
    let space = |c: char| c.is_whitespace();
    let marks = |c: char| !c.is_alphanumeric();
    if left.to_lowercase() == right.to_lowercase() {
        Some("upper and lower case")
    } else if without(left, &space) == without(right, &space) {
        Some("spaces")
    } else if without(left, &marks) == without(right, &marks) {
        Some("punctuation")
    } else if without(left, &marks).to_lowercase() == without(right, &marks).to_lowercase() {
        Some("case and punctuation")
    } else {
        None
    }
}

/// A name without what people write now so and now so: its letters and digits in lower case, its words
/// one space apart.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !plain.is_empty();
            continue;
        }
        for lower in c.to_lowercase().filter(|lower| lower.is_alphanumeric()) {
            if std::mem::take(&mut gap) {
                plain.push(' ');
            }
            // At the end of a word the letter has another shape.
            plain.push(if lower == 'ς' { 'σ' } else { lower });
        }
    }
    plain
}

/// What the matcher gives at most for a letter of a part that does not begin where the whole does:
/// for the match itself, and for standing at a word's beginning or beside one that does.
const LETTER_AT_MOST: i64 = 16 + 8;

/// The matcher of letters in the same order. What it is given is in lower case.
pub struct Matcher(SkimMatcherV2);

impl Matcher {
    pub fn new() -> Self {
        Self(SkimMatcherV2::default().respect_case())
    }

    /// What `part` is worth within `whole`, where its letters stand there in this order.
    pub fn score(&self, whole: &str, part: &str) -> Option<i64> {
        // One name's table leaves traces in the score of the next; the least table wipes them out.
        self.0.fuzzy_match("a", "a");
        self.0.fuzzy_match(whole, part)
    }
}

/// Which share of what it is worth within itself a part of so many letters reaches at most, where it
/// does not begin with the whole.
pub fn most_inside(part: usize, best: i64) -> f64 {
    if part <= FEW {
        return 1.0;
    }
    let letters = i64::try_from(part).unwrap_or(i64::MAX);
    (letters.saturating_mul(LETTER_AT_MOST) as f64 / best.max(1) as f64).min(1.0)
}

/// What a name is worth at most in which so many of so many characters were meant.
pub fn most_within(part: usize, whole: usize) -> f64 {
    // A short part is in many a whole.
    0.6 + 0.4 * (part as f64 / whole.max(1) as f64).min(1.0)
}

/// How well `part` stands within `whole`, its letters in this order, as far as that is at least
/// `enough`; `best` is what `part` is worth within itself.
pub fn within(matcher: &Matcher, whole: &str, part: &str, best: i64, enough: f64) -> Option<f64> {
    let length = part.chars().count();
    let most = reach(whole, part) * most_within(length, whole.chars().count());
    if most == 0.0 || most < enough {
        return None;
    }
    if length <= FEW {
        return Some(most);
    }
    let share = matcher.score(whole, part)? as f64 / best.max(1) as f64;
    Some(share.clamp(0.0, 1.0) * most)
}

/// Which share of what it is worth `part` can reach in `whole` by where its letters stand; 0 where it
/// was not meant at all.
pub fn reach(whole: &str, part: &str) -> f64 {
    if part.chars().nth(FEW).is_none() {
        piece(whole, part).unwrap_or_default()
    } else if whole.contains(part) {
        1.0
    } else if begins_and_goes_on(whole, part) {
        SCATTERED
    } else {
        0.0
    }
}

/// Letters that don't stand in one piece are worth this share of those that do.
const SCATTERED: f64 = 0.8;

/// Parts of so few letters stand in order in most names. Such a part has to stand in one piece, or at
/// the beginnings of the words.
pub const FEW: usize = 4;

/// What such a part is worth where a word begins with it, or the words do.
const WORD_BEGINS: f64 = 0.9;

/// And where it stands within a word.
const WITHIN_A_WORD: f64 = 0.75;

fn piece(whole: &str, part: &str) -> Option<f64> {
    if part.is_empty() {
        None
    } else if !whole.contains(part) {
        let mut initials = whole.split(' ').filter_map(|word| word.chars().next());
        part.chars().all(|c| initials.next() == Some(c)).then_some(WORD_BEGINS)
    } else if whole.starts_with(part) {
        Some(1.0)
    } else {
        let begins = |at: usize| whole.as_bytes().get(at.wrapping_sub(1)) == Some(&b' ');
        let begins = whole.match_indices(part).any(|(at, _)| begins(at));
        Some(if begins { WORD_BEGINS } else { WITHIN_A_WORD })
    }
}

/// What names are worth at most that begin with the same word: company names are told by their first
/// words, the last ones are in many.
pub fn most_leading(left: usize, right: usize) -> f64 {
    0.6 + 0.35 * (left.min(right) as f64 / left.max(right).max(1) as f64)
}

/// How alike two names are by the words they both begin with; 0 where the first differ.
pub fn leading(left: &str, right: &str) -> f64 {
    let words = left.split(' ').zip(right.split(' ')).take_while(|(left, right)| left == right);
    let common: Vec<usize> = words.map(|(word, _)| word.chars().count()).collect();
    let letters = common.iter().sum::<usize>() + common.len().saturating_sub(1);
    let longer = left.chars().count().max(right.chars().count()).max(1);
    if letters == 0 { 0.0 } else { 0.6 + 0.35 * (letters as f64 / longer as f64).min(1.0) }
}

/// What a text is worth within itself.
pub fn of_itself(matcher: &Matcher, text: &str) -> i64 {
    matcher.score(text, text).unwrap_or(1)
}

/// How alike two texts are between which lie so many slips; 0 where they are hardly so.
pub fn spelled_alike(slips: usize, left: usize, right: usize) -> f64 {
    let longer = left.max(right).max(1) as f64;
    let alike = 1.0 - slips as f64 / longer;
    if alike < SPELLED_ALIKE { 0.0 } else { alike }
}

/// Whether two names can be spelled alike with so many slips; cheaper than [`spelled_alike`], and never
/// wrong where it says no.
pub fn may_be_spelled_alike(slips: usize, left: usize, right: usize) -> bool {
    slips * 10 <= left.max(right) * 3 + 1
}

/// Whether a word of `whole` begins as `part` does and its other letters follow in this order.
fn begins_and_goes_on(whole: &str, part: &str) -> bool {
    let first = part.chars().next();
    let begins = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| whole.as_bytes().get(before));
        before.is_none_or(|before| *before == b' ')
    };
    let word = first.and_then(|c| whole.match_indices(c).map(|(at, _)| at).find(begins));
    word.and_then(|at| whole.get(at..)).is_some_and(|rest| has_in_order(rest, part))
}

fn has_in_order(whole: &str, part: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|wanted| rest.any(|c| c == wanted))
}

/// In what a name differs from the wanted one, as a sentence's end.
pub fn told(name: &str, wanted: &str) -> String {
    if let Some(rest) = after(name, wanted) {
        return format!("goes on with {rest:?}");
    }
    if let Some(rest) = after(wanted, name) {
        return format!("lacks {rest:?}");
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let (name, wanted) = (plain(name), plain(wanted));
    let slips = Spelling::new(&name).distance(&wanted);
    let common = name.split(' ').zip(wanted.split(' ')).take_while(|(a, b)| a == b).count();
    if slips == 1 {
        "1 letter differs".to_owned()
    } else if slips > 3 && common > 0 {
        let begins = words.get(..common).unwrap_or_default().join(" ");
        let begins = begins.trim_end_matches(|c: char| !c.is_alphanumeric());
        format!("begins with {begins:?}, too")
    } else if slips > 3 && has_in_order(&name, &wanted) {
        "has these letters in this order".to_owned()
    } else if slips > 3 && has_in_order(&wanted, &name) {
        "is a shorter form".to_owned()
    } else {
        format!("{slips} letters differ")
    }
}

/// What `whole` goes on with after `start`, whatever the case.
fn after<'a>(whole: &'a str, start: &str) -> Option<&'a str> {
    let mut rest = whole.chars();
    for wanted in start.trim().chars() {
        let same = |c: char| c == wanted || c.to_lowercase().eq(wanted.to_lowercase());
        rest.next().filter(|c| same(*c))?;
    }
    let rest = rest.as_str().trim();
    (!rest.is_empty() && !start.trim().is_empty()).then_some(rest)
}

/// The places of the name's characters that `wanted` has, too: in one run where it can be, else as
/// many as there are in the same order.
pub fn letters(name: &str, wanted: &str) -> Vec<usize> {
    // One for one, so that the places are those of the name.
    let fold = |text: &str| -> String {
        text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
    };
    let (name, wanted) = (fold(name), fold(wanted));
    match Matcher::new().0.fuzzy_indices(&name, wanted.trim()) {
        Some((_, places)) => places,
        None => in_common(&name, &wanted),
    }
}

/// The longest row of characters that both have in the same order.
fn in_common(name: &str, wanted: &str) -> Vec<usize> {
    let (name, wanted): (Vec<char>, Vec<char>) = (name.chars().collect(), wanted.chars().collect());
    let columns = wanted.len() + 1;
    // lengths[i * columns + j]: of what is common to the rest of both from there.
    let mut lengths = vec![0_u16; (name.len() + 1) * columns];
    let at = |lengths: &[u16], i: usize, j: usize| {
        lengths.get(i * columns + j).copied().unwrap_or_default()
    };
    let same = |c: &char, other: &char| c == other && !c.is_whitespace();
    for (i, c) in name.iter().enumerate().rev() {
        for (j, other) in wanted.iter().enumerate().rev() {
            let longest = match same(c, other) {
                true => at(&lengths, i + 1, j + 1) + 1,
                false => at(&lengths, i + 1, j).max(at(&lengths, i, j + 1)),
            };
            if let Some(cell) = lengths.get_mut(i * columns + j) {
                *cell = longest;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut places = Vec::new();
    while let (Some(c), Some(other)) = (name.get(i), wanted.get(j)) {
        if same(c, other) {
            places.push(i);
            (i, j) = (i + 1, j + 1);
        } else if at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told() {
        for (name, wanted, words) in [
            ("Acme Corporation", "acme", "goes on with \"Corporation\""),
            ("Globex", "Globex International", "lacks \"International\""),
            ("Initech", "Intiech", "1 letter differs"),
            ("Initrode", "Initech", "4 letters differ"),
            ("Acme Corporation", "acorp", "has these letters in this order"),
            ("Anchor Labs, Inc.", "anchor labs GmbH", "begins with \"Anchor Labs\", too"),
        ] {
            assert_eq!(told(name, wanted), words);
        }
    }

    #[test]
    fn common_letters_are_marked() {
        assert_eq!(letters("Acme Corporation", "acme"), [0, 1, 2, 3]);
        assert_eq!(letters("Initech", "Intiech").len(), 6);
        assert_eq!(letters("Globex", "Globex International"), [0, 1, 2, 3, 4, 5]);
        assert!(letters("Globex", "").is_empty());
        assert!(letters("", "Globex").is_empty());
        assert_eq!(letters("東京事務所", "東京"), [0, 1]);
    }

    #[test]
    fn plain_names_have_letters_digits_and_single_spaces() {
        assert_eq!(plain("  Birch, Alder &  Sons. "), "birch alder sons");
        assert_eq!(plain("ΣΑΣ 9"), plain("σας 9"));
        assert_eq!(plain("&"), "");
    }
}
