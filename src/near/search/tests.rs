use super::*;
use crate::domain::{Organization, OrganizationId};
use crate::near::likeness;
use proptest::prelude::*;

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

fn nearest(all: &[Organization], wanted: &str, limit: usize) -> Vec<Near> {
    let index: OrganizationIndex = all.iter().cloned().collect();
    index.nearest(wanted, limit, &|| false).unwrap()
}

fn names(names: &[&str], wanted: &str) -> Vec<String> {
    nearest(&all(names), wanted, 3).into_iter().map(|near| near.organization.name).collect()
}

/// Looks closely at every name.
fn exhaustive(all: &[Organization], wanted: &str, limit: usize) -> Vec<(f64, String)> {
    let matcher = Matcher::new();
    let wanted_plain = plain(wanted);
    let score = |name: &str| {
        if difference(name, wanted).is_some() {
            return 1.0;
        }
        let name = plain(name);
        if name.is_empty() || wanted_plain.is_empty() {
            return 0.0;
        }
        let within = |whole: &str, part: &str| {
            likeness::within(&matcher, whole, part, of_itself(&matcher, part), 0.0)
                .unwrap_or_default()
        };
        let slips = strsim::osa_distance(&name, &wanted_plain);
        let lengths = (name.chars().count(), wanted_plain.chars().count());
        let spelled = spelled_alike(slips, lengths.0, lengths.1);
        let part = within(&name, &wanted_plain).max(within(&wanted_plain, &name));
        let leading = leading(&name, &wanted_plain);
        part.max(spelled).max(leading).min(ALIKE_AT_MOST)
    };
    let mut near: Vec<(f64, String)> = all
        .iter()
        .filter(|organization| organization.name != wanted)
        .map(|organization| (score(&organization.name), organization.name.clone()))
        .filter(|(score, _)| *score >= NEAR_ENOUGH)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    near.truncate(limit);
    near
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
    let near = nearest(&all, "BIRCH ALDER AND SONS", 9);
    assert_eq!(near[0].difference, Some("case and punctuation"));
}

#[test]
fn short_forms_and_misspellings_are_found() {
    const NAMES: [&str; 4] = ["Acme Corporation", "Globex", "Initech", "Umbrella Health"];
    assert_eq!(names(&NAMES, "Acme"), ["Acme Corporation"]);
    assert_eq!(names(&NAMES, "acme corp."), ["Acme Corporation"]);
    assert_eq!(names(&NAMES, "Globex International"), ["Globex"]);
    assert_eq!(names(&NAMES, "Intiech"), ["Initech"]);
    assert!(names(&NAMES, "Zzz").is_empty());
    assert!(names(&NAMES, "").is_empty());
}

#[test]
fn first_words_count_more_than_last_ones() {
    const NAMES: [&str; 3] =
        ["Amber Farms Enterprises", "Anchor Labs Systems", "Anchor Motors GmbH"];
    assert_eq!(names(&NAMES, "Anchor Labs Enterprises"), [NAMES[1], NAMES[2]]);
    assert_eq!(names(&["Globex GmbH"], "Globex Inc."), ["Globex GmbH"]);
}

#[test]
fn the_nearest_comes_first_and_the_name_itself_not_at_all() {
    let near = names(&["Acme Corporation", "ACME", "Acme"], "Acme");
    assert_eq!(near, ["ACME", "Acme Corporation"]);
}

#[test]
fn what_tells_namesakes_apart_comes_along() {
    let mut two = all(&["Acme Corporation", "Acme Corporation"]);
    two[1].short_name = Some("AC2".into());
    two[1].type_name = Some("Prospect".into());
    let near = nearest(&two, "Acme", 9);
    let found: Vec<&Organization> = near.iter().map(|near| &near.organization).collect();
    assert_eq!(found, [&two[0], &two[1]]);
}

#[test]
fn a_question_can_be_given_up() {
    let index: OrganizationIndex = all(&["Acme"]).into_iter().collect();
    assert_eq!(index.nearest("Acm", 3, &|| true), None);
}

/// Names of a few words, misspelled, in several cases, and some that are hard to fold.
fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Acme",
        "acme",
        "a",
        "Corpse",
        "ACME",
        "Amce",
        "Globex",
        "GLOBEX,",
        "Corp",
        "Corporation",
        "&",
        "Co.",
        "Åse",
        "åse",
        "ΣΑΣ",
        "σας",
        "İzmir",
        "i̇zmir",
        "東京",
        "9",
    ]);
    let words = prop::collection::vec(word, 0..4).prop_map(|words| words.join(" "));
    prop_oneof![words, "[ab ,.]{0,6}", "[a-f]{0,3}[A-F]{0,3}", ".{0,4}"]
}

proptest! {
    #[test]
    fn nothing_nearer_is_missed(
        names in prop::collection::vec(name(), 0..40), wanted in name(), limit in 0usize..6,
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let all = all(&names);
        let found: Vec<(f64, String)> = nearest(&all, &wanted, limit)
            .into_iter()
            .map(|near| (near.score, near.organization.name))
            .collect();
        prop_assert_eq!(found, exhaustive(&all, &wanted, limit));
    }

    #[test]
    fn marked_letters_are_in_the_name(name in name(), wanted in name()) {
        let letters = likeness::letters(&name, &wanted);
        prop_assert!(letters.is_sorted());
        prop_assert!(letters.iter().all(|at| *at < name.chars().count()));
    }
}
