//! Finding the nearest names without looking closely at all of them.
//!
//! A name's sketch says how near it can be at most. The names are gone through in the order of that,
//! and once as many are found as are wanted, those that can't be nearer than the last of them are
//! never compared.

use super::Near;
use super::index::{OrganizationIndex, Page, Sketch};
use super::likeness::{
    ALIKE_AT_MOST, NEAR_ENOUGH, difference, has_in_order, matcher, most_within, of_itself,
    spelled_alike, within,
};
use super::spelling::Spelling;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Between two looks at whether the question is still asked.
const CHUNK: usize = 1024;
/// Names are gone through in so many steps of what they can be at most.
const STEPS: usize = 128;

impl OrganizationIndex {
    /// The nearest names to `wanted`, nearest first, at most `limit`; the name itself is none of them.
    /// `None` where the question was given up: `stale` is asked between chunks.
    pub fn nearest(
        &self,
        wanted: &str,
        limit: usize,
        stale: &dyn Fn() -> bool,
    ) -> Option<Vec<Near>> {
        let question = Question::new(wanted);
        let mut best = Best::new(limit);
        let mut looked_at = 0;
        for step in self.by_promise(&question, stale)? {
            for candidate in step {
                looked_at += 1;
                if looked_at % CHUNK == 0 && stale() {
                    return None;
                }
                best.consider(&question, &candidate);
            }
        }
        Some(best.found())
    }

    /// The names that can be near enough, those that promise most first.
    fn by_promise(
        &self,
        question: &Question<'_>,
        stale: &dyn Fn() -> bool,
    ) -> Option<Vec<Vec<Candidate<'_>>>> {
        let mut steps: Vec<Vec<Candidate<'_>>> = (0..=STEPS).map(|_| Vec::new()).collect();
        for page in self.pages() {
            if stale() {
                return None;
            }
            for (at, sketch) in page.sketches.iter().enumerate() {
                let promise = question.promise(sketch);
                if promise.most() >= NEAR_ENOUGH {
                    let step = ((1.0 - promise.most()) * STEPS as f64) as usize;
                    if let Some(step) = steps.get_mut(step) {
                        step.push(Candidate { page, at, promise });
                    }
                }
            }
        }
        Some(steps)
    }
}

/// A name to look at.
struct Candidate<'a> {
    page: &'a Page,
    at: usize,
    promise: Promise,
}

/// What a name can be worth at most, by each way of being near.
#[derive(Clone, Copy)]
struct Promise {
    /// It may differ in little.
    same: bool,
    /// What was asked for, within it.
    longer: f64,
    /// It, within what was asked for.
    shorter: f64,
    /// Misspelled.
    spelling: f64,
}

impl Promise {
    fn most(&self) -> f64 {
        if self.same { 1.0 } else { self.longer.max(self.shorter).max(self.spelling) }
    }
}

/// What was asked for.
struct Question<'a> {
    wanted: &'a str,
    sketch: Sketch,
    spelling: Spelling,
    matcher: SkimMatcherV2,
    of_itself: i64,
}

impl<'a> Question<'a> {
    fn new(wanted: &'a str) -> Self {
        let folded = wanted.to_lowercase();
        let matcher = matcher();
        Self {
            wanted,
            sketch: Sketch::of(wanted, &folded),
            of_itself: of_itself(&matcher, wanted),
            spelling: Spelling::new(folded),
            matcher,
        }
    }

    fn promise(&self, name: &Sketch) -> Promise {
        let ours = &self.sketch;
        let missing = (ours.letters & !name.letters).count_ones() as usize;
        let surplus = (name.letters & !ours.letters).count_ones() as usize;
        let lengths = (ours.folded_length, name.folded_length);
        let slips = missing.max(surplus).max(lengths.0.abs_diff(lengths.1));
        let part = |there: bool, part: &Sketch, whole: &Sketch| {
            if there && part.length <= whole.length {
                most_within(part.length, whole.length).min(ALIKE_AT_MOST)
            } else {
                0.0
            }
        };
        Promise {
            same: ours.bare == name.bare,
            longer: part(missing == 0, ours, name),
            shorter: part(surplus == 0, name, ours),
            spelling: spelled_alike(slips, lengths.0, lengths.1).min(ALIKE_AT_MOST),
        }
    }

    /// How near a name is, as far as that is at least `enough`.
    fn score(&self, candidate: &Candidate<'_>, enough: f64) -> (f64, Option<&'static str>) {
        let Candidate { page, at, promise } = candidate;
        let name = page.name(*at);
        if promise.same
            && let Some(difference) = difference(name, self.wanted)
        {
            return (1.0, Some(difference));
        }
        let mut score: f64 = 0.0;
        if promise.longer >= enough && has_in_order(name, self.wanted) {
            let whole = within(&self.matcher, name, self.wanted, self.of_itself);
            score = score.max(whole.unwrap_or_default());
        }
        if promise.shorter >= enough.max(score) && has_in_order(self.wanted, name) {
            let best = of_itself(&self.matcher, name);
            let part = within(&self.matcher, self.wanted, name, best);
            score = score.max(part.unwrap_or_default());
        }
        if promise.spelling >= enough.max(score) {
            let slips = self.spelling.distance(page.folded(*at));
            let folded = page.sketches.get(*at).map_or(0, |sketch| sketch.folded_length);
            score = score.max(spelled_alike(slips, folded, self.spelling.length()));
        }
        (score.min(ALIKE_AT_MOST), None)
    }
}

/// The best so far, best first.
struct Best<'a> {
    limit: usize,
    hits: Vec<Hit<'a>>,
}

struct Hit<'a> {
    score: f64,
    name: &'a str,
    difference: Option<&'static str>,
    page: &'a Page,
    at: usize,
}

impl<'a> Best<'a> {
    fn new(limit: usize) -> Self {
        Self { limit, hits: Vec::new() }
    }

    /// What a name must be worth to come in.
    fn enough(&self) -> f64 {
        let full = self.hits.len() >= self.limit;
        self.hits.last().filter(|_| full).map_or(NEAR_ENOUGH, |last| last.score)
    }

    fn consider(&mut self, question: &Question<'_>, candidate: &Candidate<'a>) {
        let enough = self.enough();
        let name = candidate.page.name(candidate.at);
        if self.limit == 0 || candidate.promise.most() < enough || name == question.wanted {
            return;
        }
        let (score, difference) = question.score(candidate, enough);
        if score < enough {
            return;
        }
        let before = |hit: &Hit<'_>| {
            hit.score.total_cmp(&score).reverse().then_with(|| hit.name.cmp(name)).is_le()
        };
        let place = self.hits.partition_point(before);
        if place < self.limit {
            let Candidate { page, at, .. } = *candidate;
            self.hits.truncate(self.limit - 1);
            self.hits.insert(place, Hit { score, name, difference, page, at });
        }
    }

    fn found(self) -> Vec<Near> {
        let near = |hit: Hit<'_>| {
            let organization = hit.page.organization(hit.at)?;
            Some(Near { organization, score: hit.score, difference: hit.difference })
        };
        self.hits.into_iter().filter_map(near).collect()
    }
}

#[cfg(test)]
mod tests;
