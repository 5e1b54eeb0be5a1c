//! Finding the nearest names without looking closely at all of them.
//!
//! A name's sketch says how near it can be at most. The names are gone through in the order of that,
//! and once as many are found as are wanted, those that can't be nearer than the last of them are
//! never compared.

use super::Near;
use super::index::{OrganizationIndex, PAGE, Page, Sketch};
use super::likeness::{
    ALIKE_AT_MOST, FEW, Matcher, NEAR_ENOUGH, difference, leading, may_be_spelled_alike,
    most_inside, most_leading, most_within, of_itself, plain, reach, spelled_alike, within,
};
use super::spelling::Spelling;
use crate::text::MAX_CHARS;

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
        // As long as a name can be: what is compared costs the square of it.
        let end = wanted.char_indices().nth(MAX_CHARS).map_or(wanted.len(), |(end, _)| end);
        let question = Question::new(wanted.get(..end).unwrap_or(wanted));
        let mut best = Best::new(limit);
        for chunk in self.by_promise(&question, limit, stale)?.chunks(CHUNK) {
            if stale() {
                return None;
            }
            let names = || chunk.iter().filter_map(|name| self.place(*name));
            // Those after the first promise no more than it, but for a step's width.
            let first = names().next();
            let first = first.and_then(|(page, at)| question.promise(page, at, best.enough()));
            let most = first.map_or(0.0, |promise| promise.most());
            if most + 1.0 / (STEPS as f64) < best.enough() {
                break;
            }
            names().for_each(|(page, at)| best.consider(&question, page, at));
        }
        Some(best.found())
    }

    /// The page and the place there of a name's number.
    fn place(&self, name: u32) -> Option<(&Page, usize)> {
        let page = self.pages().get(name as usize / PAGE)?;
        Some((page, name as usize % PAGE))
    }

    /// The names that can be near enough, those that promise most first: each as its page's number
    /// times [`PAGE`] and its place there.
    fn by_promise(
        &self,
        question: &Question<'_>,
        limit: usize,
        stale: &dyn Fn() -> bool,
    ) -> Option<Vec<u32>> {
        let mut floor = Floor::new(limit);
        let mut steps = Vec::with_capacity(self.len());
        let mut counts = [0_usize; STEPS + 1];
        for (number, page) in self.pages().iter().enumerate() {
            if stale() {
                return None;
            }
            for at in 0..page.sketches.len() {
                let Some(promise) = question.promise(page, at, floor.enough()) else { continue };
                if question.is_exact() && !promise.same {
                    floor.rise(promise.longer);
                }
                let most = promise.most();
                let step = ((1.0 - most) * STEPS as f64) as usize;
                if most >= NEAR_ENOUGH
                    && let Some(count) = counts.get_mut(step)
                {
                    *count += 1;
                    // A listing of four thousand million names does not fit into memory.
                    steps.push((step, (number * PAGE + at) as u32));
                }
            }
        }
        let mut end = 0;
        let mut places = counts.map(|count| {
            end += count;
            end - count
        });
        let mut ordered = vec![0; steps.len()];
        for (step, name) in steps {
            if let Some(place) = places.get_mut(step)
                && let Some(slot) = ordered.get_mut(*place)
            {
                *slot = name;
                *place += 1;
            }
        }
        Some(ordered)
    }
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
    /// Beginning with the same words.
    leading: f64,
}

impl Promise {
    fn most(&self) -> f64 {
        if self.same {
            1.0
        } else {
            self.longer.max(self.shorter).max(self.spelling).max(self.leading)
        }
    }
}

/// What the last of so many names is worth at least, of those seen.
struct Floor {
    limit: usize,
    /// The best, best first.
    worth: Vec<f64>,
}

impl Floor {
    fn new(limit: usize) -> Self {
        Self { limit, worth: Vec::new() }
    }

    fn enough(&self) -> f64 {
        let full = self.worth.len() >= self.limit;
        self.worth.last().copied().filter(|_| full).map_or(NEAR_ENOUGH, |w| w.max(NEAR_ENOUGH))
    }

    fn rise(&mut self, worth: f64) {
        if self.limit > 0 && worth > self.enough() {
            let place = self.worth.partition_point(|other| *other >= worth);
            self.worth.truncate(self.limit - 1);
            self.worth.insert(place, worth);
        }
    }
}

/// What was asked for.
struct Question<'a> {
    wanted: &'a str,
    plain: String,
    sketch: Sketch,
    spelling: Spelling,
    matcher: Matcher,
    of_itself: i64,
    /// What it reaches at most in a name that does not begin with its first letter.
    inside: f64,
}

impl<'a> Question<'a> {
    fn new(wanted: &'a str) -> Self {
        let plain = plain(wanted);
        let matcher = Matcher::new();
        let of_itself = of_itself(&matcher, &plain);
        let sketch = Sketch::of(&plain);
        Self {
            wanted,
            inside: most_inside(usize::from(sketch.length), of_itself),
            sketch,
            of_itself,
            spelling: Spelling::new(&plain),
            plain,
            matcher,
        }
    }

    /// Whether what it can be worth within a longer name is what it is worth there.
    fn is_exact(&self) -> bool {
        usize::from(self.sketch.length) <= FEW
    }

    /// What a name can be worth at most; ways that lead to less than `enough` are not looked at.
    fn promise(&self, page: &Page, at: usize, enough: f64) -> Option<Promise> {
        let (ours, name) = (&self.sketch, page.sketches.get(at)?);
        let same = ours.bare == name.bare;
        let (wanted, length) = (usize::from(ours.length), usize::from(name.length));
        if wanted == 0 || length == 0 {
            return Some(Promise { same, longer: 0.0, shorter: 0.0, spelling: 0.0, leading: 0.0 });
        }
        let (missing, surplus) = ours.apart(name);
        let slips = missing.max(surplus);
        let begins = if ours.first == name.first { 1.0 } else { self.inside };
        let most = begins * most_within(wanted, length);
        Some(Promise {
            same,
            longer: match missing == 0 && most >= enough {
                true => (most * reach(page.plain(at), &self.plain)).min(ALIKE_AT_MOST),
                false => 0.0,
            },
            shorter: match surplus {
                0 => most_within(length, wanted).min(ALIKE_AT_MOST),
                _ => 0.0,
            },
            spelling: match may_be_spelled_alike(slips, wanted, length) {
                true => spelled_alike(slips, wanted, length).min(ALIKE_AT_MOST),
                false => 0.0,
            },
            leading: if ours.word == name.word { most_leading(wanted, length) } else { 0.0 },
        })
    }

    /// How near a name is, as far as that is at least `enough`.
    fn score(
        &self,
        page: &Page,
        at: usize,
        promise: &Promise,
        enough: f64,
    ) -> (f64, Option<&'static str>) {
        if promise.same
            && let Some(difference) = difference(page.name(at), self.wanted)
        {
            return (1.0, Some(difference));
        }
        let name = page.plain(at);
        let mut score: f64 = 0.0;
        if promise.longer >= enough {
            let whole = within(&self.matcher, name, &self.plain, self.of_itself, enough);
            score = score.max(whole.unwrap_or_default());
        }
        if promise.shorter >= enough.max(score) {
            let best = of_itself(&self.matcher, name);
            let part = within(&self.matcher, &self.plain, name, best, enough);
            score = score.max(part.unwrap_or_default());
        }
        if promise.leading >= enough.max(score) {
            score = score.max(leading(name, &self.plain));
        }
        if promise.spelling >= enough.max(score) {
            let slips = self.spelling.distance(name);
            score = score.max(spelled_alike(slips, name.chars().count(), self.spelling.length()));
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

    fn consider(&mut self, question: &Question<'_>, page: &'a Page, at: usize) {
        let enough = self.enough();
        let Some(promise) = question.promise(page, at, enough) else { return };
        if self.limit == 0 || promise.most() < enough {
            return;
        }
        let name = page.name(at);
        if name == question.wanted {
            return;
        }
        let (score, difference) = question.score(page, at, &promise, enough);
        if score < enough {
            return;
        }
        let before = |hit: &Hit<'_>| {
            hit.score.total_cmp(&score).reverse().then_with(|| hit.name.cmp(name)).is_le()
        };
        let place = self.hits.partition_point(before);
        if place < self.limit {
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
