//! Names that come near to one that does not exist.

use crate::domain::Organization;
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Below this a name is no suggestion; 1 is the same name but for case and punctuation.
const NEAR_ENOUGH: f64 = 0.55;

/// An organization whose name comes near.
#[derive(Debug, Clone, PartialEq)]
pub struct Near<'a> {
    /// The organization.
    pub organization: &'a Organization,
    /// How near, from 0 to 1.
    pub score: f64,
    /// In what the names differ, where they differ in little.
    pub difference: Option<&'static str>,
}

/// The nearest of `all` to `wanted`, nearest first, at most `limit`; the name itself is none of them.
pub fn nearest<'a>(all: &'a [Organization], wanted: &str, limit: usize) -> Vec<Near<'a>> {
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut near: Vec<Near<'_>> = all
        .iter()
        .filter(|organization| organization.name != wanted)
        .filter_map(|organization| {
            let difference = difference(&organization.name, wanted);
            let score = match difference {
                Some(_) => 1.0,
                None => likeness(&matcher, &organization.name, wanted),
            };
            (score >= NEAR_ENOUGH).then_some(Near { organization, score, difference })
        })
        .collect();
    near.sort_by(|left, right| {
        let names = || left.organization.name.cmp(&right.organization.name);
        right.score.total_cmp(&left.score).then_with(names)
    });
    near.truncate(limit);
    near
}

/// In what two names differ that a reader takes for one.
fn difference(left: &str, right: &str) -> Option<&'static str> {
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

/// How alike two names are: by letters in the same order, one name shortened, or by misspelling.
fn likeness(matcher: &SkimMatcherV2, name: &str, wanted: &str) -> f64 {
    let of_itself = |text: &str| matcher.fuzzy_match(text, text).unwrap_or(1).max(1) as f64;
    let within = |whole: &str, part: &str| {
        let score = matcher.fuzzy_match(whole, part)? as f64 / of_itself(part);
        // A short part is in many a whole.
        let share = part.chars().count() as f64 / whole.chars().count().max(1) as f64;
        Some(score.clamp(0.0, 1.0) * (0.6 + 0.4 * share.min(1.0)))
    };
    let shortened = within(name, wanted).into_iter().chain(within(wanted, name));
    let misspelled =
        strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &wanted.to_lowercase());
    // Never as near as a name that differs in little.
    shortened.fold(misspelled, f64::max).min(0.99)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrganizationId;

    fn all(names: &[&str]) -> Vec<Organization> {
        let numbered = (1..).zip(names);
        numbered
            .map(|(id, name)| Organization {
                id: OrganizationId::new(id),
                name: (*name).into(),
                short_name: None,
                type_name: None,
                status_name: None,
            })
            .collect()
    }

    fn names(names: &[&str], wanted: &str) -> Vec<String> {
        let all = all(names);
        nearest(&all, wanted, 3).iter().map(|near| near.organization.name.clone()).collect()
    }

    #[test]
    fn small_differences_are_named() {
        let all = all(&["Birch, Alder and Sons", "birch alder and sons", "Birch Alder  and Sons"]);
        let near = nearest(&all, "Birch Alder and Sons", 9);
        let told: Vec<_> = near.iter().filter_map(|near| near.difference).collect();
        assert_eq!(told.len(), 3);
        for word in ["punctuation", "upper and lower case", "spaces"] {
            assert!(told.contains(&word), "{word}: {told:?}");
        }
        let all = [all[0].clone()];
        assert_eq!(
            nearest(&all, "BIRCH ALDER AND SONS", 9)[0].difference,
            Some("case and punctuation")
        );
    }

    #[test]
    fn short_forms_and_misspellings_are_found() {
        const NAMES: [&str; 4] = ["Acme Corporation", "Globex", "Initech", "Umbrella Health"];
        assert_eq!(names(&NAMES, "Acme"), ["Acme Corporation"]);
        assert_eq!(names(&NAMES, "Globex International"), ["Globex"]);
        assert_eq!(names(&NAMES, "Intiech"), ["Initech"]);
        assert!(names(&NAMES, "Zzz").is_empty());
        assert!(names(&NAMES, "").is_empty());
    }

    #[test]
    fn the_nearest_comes_first_and_the_name_itself_not_at_all() {
        let near = names(&["Acme Corporation", "ACME", "Acme"], "Acme");
        assert_eq!(near, ["ACME", "Acme Corporation"]);
    }
}
