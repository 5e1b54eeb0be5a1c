//! A list with a cursor that stays on its row, marks and a filter.

use super::filter::Filter;
use crate::console::keymap::Verb;
use std::collections::BTreeSet;
use std::ops::Range;

/// The state of a list; `K` names a row, whatever the order.
#[derive(Debug, Clone)]
pub struct ListView<K> {
    rows: Vec<K>,
    cursor: usize,
    offset: usize,
    height: usize,
    marks: BTreeSet<K>,
    /// What is filtered for.
    pub filter: Filter,
}

impl<K> Default for ListView<K> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            cursor: 0,
            offset: 0,
            height: 1,
            marks: BTreeSet::new(),
            filter: Filter::default(),
        }
    }
}

impl<K: Clone + Ord> ListView<K> {
    /// The rows shown, in order.
    pub fn rows(&self) -> &[K] {
        &self.rows
    }

    /// Shows these rows. The cursor stays on its row; where that is gone, on its place.
    pub fn set_rows(&mut self, rows: Vec<K>) {
        let current = self.rows.get(self.cursor).cloned();
        let found = current.and_then(|current| rows.iter().position(|row| *row == current));
        // The row keeps its place on the screen, too.
        if let Some(found) = found {
            self.offset = (self.offset + found).saturating_sub(self.cursor);
            self.cursor = found;
        }
        self.rows = rows;
        self.clamp();
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&K> {
        self.rows.get(self.cursor)
    }

    /// Where the cursor stands.
    pub fn position(&self) -> usize {
        self.cursor
    }

    /// Puts the cursor on this row, if it is shown.
    pub fn select(&mut self, row: &K) -> bool {
        let found = self.rows.iter().position(|other| other == row);
        if let Some(found) = found {
            self.cursor = found;
            self.clamp();
        }
        found.is_some()
    }

    /// The marked rows, shown or not.
    pub fn marks(&self) -> &BTreeSet<K> {
        &self.marks
    }

    /// Marks or unmarks one row.
    pub fn mark(&mut self, row: &K, marked: bool) {
        if marked {
            self.marks.insert(row.clone());
        } else {
            self.marks.remove(row);
        }
    }

    /// The marked rows, else the one under the cursor.
    pub fn chosen(&self) -> Vec<K> {
        if self.marks.is_empty() {
            self.current().cloned().into_iter().collect()
        } else {
            self.marks.iter().cloned().collect()
        }
    }

    /// Does what every list does: moving, marking, opening the filter. Whether it was that.
    pub fn act(&mut self, verb: Verb) -> bool {
        let page = self.height.saturating_sub(1).max(1);
        match verb {
            Verb::Up => self.cursor = self.cursor.saturating_sub(1),
            Verb::Down => self.cursor = self.cursor.saturating_add(1),
            Verb::PageUp => self.cursor = self.cursor.saturating_sub(page),
            Verb::PageDown => self.cursor = self.cursor.saturating_add(page),
            Verb::Top => self.cursor = 0,
            Verb::Bottom => self.cursor = usize::MAX,
            Verb::Mark => {
                if let Some(row) = self.current().cloned() {
                    let marked = self.marks.contains(&row);
                    self.mark(&row, !marked);
                    self.cursor += 1;
                }
            }
            Verb::MarkAll => {
                let all = self.rows.iter().all(|row| self.marks.contains(row));
                for row in self.rows.clone() {
                    self.mark(&row, !all);
                }
            }
            Verb::Filter => self.filter.editing = true,
            _ => return false,
        }
        self.clamp();
        true
    }

    /// Goes to the next (or previous) row that wants attention, round the end; whether there is one.
    pub fn jump(&mut self, forward: bool, wants: impl Fn(&K) -> bool) -> bool {
        let count = self.rows.len();
        let step = |distance: usize| match forward {
            true => (self.cursor + distance) % count,
            false => (self.cursor + count - distance) % count,
        };
        let found = (1..=count).map(step).find(|at| self.rows.get(*at).is_some_and(&wants));
        if let Some(found) = found {
            self.cursor = found;
            self.clamp();
        }
        found.is_some()
    }

    /// Closes what Esc closes first: the filter being typed, its text, the marks. Whether there was
    /// something; the rows may have to be made anew.
    pub fn close_one(&mut self) -> bool {
        if self.filter.editing || !self.filter.field.is_empty() {
            self.filter = Filter::default();
            return true;
        }
        let had = !self.marks.is_empty();
        self.marks.clear();
        had
    }

    /// Fits the list to so many rows of the screen. Called before drawing.
    pub fn settle(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
        self.clamp();
    }

    /// Which rows are to be drawn.
    pub fn visible(&self) -> Range<usize> {
        self.offset..self.rows.len().min(self.offset + self.height)
    }

    fn clamp(&mut self) {
        let last = self.rows.len().saturating_sub(1);
        self.cursor = self.cursor.min(last);
        let lowest = (self.cursor + 1).saturating_sub(self.height);
        self.offset = self.offset.clamp(lowest, self.cursor);
        // No empty space at the end while rows are hidden above.
        self.offset = self.offset.min(self.rows.len().saturating_sub(self.height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::key::Key;
    use proptest::prelude::*;

    fn list(count: usize, height: u16) -> ListView<usize> {
        let mut list = ListView::default();
        list.set_rows((0..count).collect());
        list.settle(height);
        list
    }

    #[test]
    fn the_cursor_stays_on_its_row_and_the_row_on_its_line() {
        let mut list = list(50, 10);
        for _ in 0..20 {
            list.act(Verb::Down);
        }
        let line = list.position() - list.visible().start;
        list.set_rows((10..50).rev().chain(0..10).collect());
        assert_eq!(list.current(), Some(&20));
        assert_eq!(list.position() - list.visible().start, line);
    }

    #[test]
    fn marks_and_filter_close_one_by_one() {
        let mut list = list(3, 10);
        list.act(Verb::Mark);
        list.act(Verb::Filter);
        list.filter.key(Key::char('x'));
        assert!(list.close_one() && !list.filter.editing);
        assert_eq!(list.chosen(), [0]);
        assert!(list.close_one());
        assert_eq!(list.chosen(), [1]);
        assert!(!list.close_one());
    }

    #[test]
    fn jumping_goes_round() {
        let mut list = list(10, 5);
        let wants = |row: &usize| *row == 2 || *row == 7;
        for expected in [2, 7, 2] {
            assert!(list.jump(true, wants));
            assert_eq!(list.current(), Some(&expected));
        }
        list.jump(false, wants);
        assert_eq!(list.current(), Some(&7));
        assert!(!ListView::<usize>::default().jump(true, wants));
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_visible(
            count in 0_usize..40,
            heights in prop::collection::vec(0_u16..12, 1..5),
            moves in prop::collection::vec(0_usize..6, 0..40),
        ) {
            let verbs =
                [Verb::Up, Verb::Down, Verb::PageUp, Verb::PageDown, Verb::Top, Verb::Bottom];
            let mut list = list(count, 1);
            for (at, index) in moves.into_iter().enumerate() {
                list.settle(heights[at % heights.len()]);
                list.act(verbs[index]);
                prop_assert!(count == 0 || list.visible().contains(&list.position()));
                prop_assert!(list.visible().end <= count);
            }
        }
    }
}
