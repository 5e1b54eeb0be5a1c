//! Finding the nearest names without looking closely at all of them.
//!
//! A name's sketch says how near it can be at most. The names are gone through in the order of that,
//! and once as many are found as are wanted, those that can't be nearer than the last of them are
//! never compared.

use super::Near;
use super::index::{OrganizationIndex, PAGE, Page, Sketch};
use super::likeness::{
    ALIKE_AT_MOST, Matcher, NEAR_ENOUGH, difference, leading, most_inside, most_leading,
    most_within, of_itself, plain, spelled_alike, within,
};
use super::spelling::Spelling;

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
        for chunk in self.by_promise(&question, stale)?.chunks(CHUNK) {
            if stale() {
                return None;
            }
            for candidate in chunk {
                let (page, at) = (*candidate as usize / PAGE, *candidate as usize % PAGE);
                if let Some(page) = self.pages().get(page) {
                    best.consider(&question, page, at);
                }
            }
        }
        Some(best.found())
    }

    /// The names that can be near enough, those that promise most first: each as its page's number
    /// times [`PAGE`] and its place there.
    fn by_promise(&self, question: &Question<'_>, stale: &dyn Fn() -> bool) -> Option<Vec<u32>> {
        let mut steps = Vec::with_capacity(self.len());
        let mut counts = [0_usize; STEPS + 1];
        for (number, page) in self.pages().iter().enumerate() {
            if stale() {
                return None;
            }
            for (at, sketch) in page.sketches.iter().enumerate() {
                let most = question.promise(sketch).most();
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

    fn promise(&self, name: &Sketch) -> Promise {
        let ours = &self.sketch;
        let same = ours.bare == name.bare;
        let (wanted, length) = (usize::from(ours.length), usize::from(name.length));
        if wanted == 0 || length == 0 {
            return Promise { same, longer: 0.0, shorter: 0.0, spelling: 0.0, leading: 0.0 };
        }
        let (missing, surplus) = ours.apart(name);
        let part = |there: bool, part: usize, whole: usize| match there {
            true => most_within(part, whole).min(ALIKE_AT_MOST),
            false => 0.0,
        };
        let begins = if ours.first == name.first { 1.0 } else { self.inside };
        Promise {
            same,
            longer: begins * part(missing == 0, wanted, length),
            shorter: part(surplus == 0, length, wanted),
            spelling: spelled_alike(missing.max(surplus), wanted, length).min(ALIKE_AT_MOST),
            leading: if ours.word == name.word { most_leading(wanted, length) } else { 0.0 },
        }
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
            let whole = within(&self.matcher, name, &self.plain, self.of_itself);
            score = score.max(whole.unwrap_or_default());
        }
        if promise.shorter >= enough.max(score) {
            let best = of_itself(&self.matcher, name);
            let part = within(&self.matcher, &self.plain, name, best);
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
        let Some(sketch) = page.sketches.get(at) else { return };
        let promise = question.promise(sketch);
        let enough = self.enough();
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
