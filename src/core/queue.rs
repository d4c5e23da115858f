//! What waits in order, mostly taken from the front, sometimes by its name.

/// Items under names that mostly grow. One that is taken leaves a gap, and gaps go when they are more than half.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    items: Vec<(u32, Option<T>)>,
    /// Before this place there are only gaps.
    first: usize,
    /// How many there are without the gaps.
    count: usize,
}

/// With so few places gaps do not matter.
const FEW: usize = 32;

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue { items: Vec::new(), first: 0, count: 0 }
    }
}

impl<T> Queue<T> {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn push(&mut self, name: u32, item: T) {
        self.items.push((name, Some(item)));
        self.count += 1;
    }

    /// Puts an item before the first that `is_later`.
    pub(crate) fn insert(&mut self, name: u32, item: T, is_later: impl Fn(u32) -> bool) {
        let later = |(name, item): &(u32, Option<T>)| item.is_some() && is_later(*name);
        let place = self.items.iter().position(later).unwrap_or(self.items.len());
        self.items.insert(place.max(self.first), (name, Some(item)));
        self.count += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().skip(self.first).filter_map(|(_, item)| item.as_ref())
    }

    /// Takes out the first.
    pub(crate) fn pop(&mut self) -> Option<T> {
        while let Some((_, item)) = self.items.get_mut(self.first) {
            self.first += 1;
            if let Some(item) = item.take() {
                self.close_gaps();
                return Some(item);
            }
        }
        None
    }

    /// A search by halves finds nearly all: names may begin again, and what comes back stands where it stood.
    fn place(&self, name: u32) -> Option<usize> {
        let is_it = |(other, item): &(u32, Option<T>)| *other == name && item.is_some();
        let found = self.items.binary_search_by_key(&name, |(other, _)| *other).ok();
        let found = found.filter(|place| is_it(&self.items[*place]));
        found.or_else(|| self.items.iter().position(is_it))
    }

    // For the driver in Rust.
    #[cfg(any(test, all(target_arch = "wasm32", any(feature = "javascript", feature = "typed"))))]
    pub(crate) fn get(&self, name: u32) -> Option<&T> {
        self.items[self.place(name)?].1.as_ref()
    }

    /// Takes out the one of this name.
    pub(crate) fn take(&mut self, name: u32) -> Option<T> {
        let place = self.place(name)?;
        let item = self.items[place].1.take();
        self.close_gaps();
        item
    }

    /// Takes out the first, unless the one of this name is gone: all up to and with that one, one after the other.
    pub(crate) fn pop_to(&mut self, name: u32) -> Option<T> {
        self.place(name)?;
        self.pop()
    }

    pub(crate) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        self.items.retain(|(_, item)| item.as_ref().is_some_and(&keeps));
        self.first = 0;
        self.count = self.items.len();
    }

    fn close_gaps(&mut self) {
        self.count -= 1;
        if self.count == 0 || self.items.len() > FEW.max(2 * self.count) {
            self.items.retain(|(_, item)| item.is_some());
            self.first = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(names: impl IntoIterator<Item = u32>) -> Queue<u32> {
        let mut queue = Queue::default();
        for name in names {
            queue.push(name, name);
        }
        queue
    }

    fn left(queue: &mut Queue<u32>) -> Vec<u32> {
        assert_eq!(queue.iter().count(), queue.len());
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn what_is_taken_is_gone_and_the_rest_stays_in_order() {
        let mut queue = filled(0..100);
        assert_eq!(queue.pop(), Some(0));
        for name in (1..100).filter(|name| name % 7 != 0) {
            assert_eq!((queue.take(name), queue.take(name)), (Some(name), None));
        }
        assert_eq!(queue.get(49), Some(&49));
        for name in [7, 14, 21, 28] {
            assert_eq!(queue.pop_to(28), Some(name));
        }
        assert_eq!(queue.pop_to(28), None);
        queue.retain(|item| item % 2 == 0);
        assert_eq!(left(&mut queue), [42, 56, 70, 84, 98]);
        assert!(queue.is_empty() && queue.pop().is_none());
    }

    #[test]
    fn names_that_began_again_are_found_and_kept_in_their_places() {
        let mut queue = filled([7, 8, 1, 3]);
        assert_eq!(queue.take(1), Some(1));
        queue.insert(2, 2, |other| other == 3);
        assert_eq!(queue.get(2), Some(&2));
        assert_eq!(queue.take(8), Some(8));
        queue.insert(8, 8, |other| other == 2);
        assert_eq!(queue.take(8), Some(8), "not the gap that it left");
        queue.insert(9, 9, |_| false);
        assert_eq!(left(&mut queue), [7, 2, 3, 9]);
    }

    #[test]
    fn gaps_do_not_pile_up_behind_one_that_stays() {
        let mut queue = filled([0]);
        for name in 1..10_000 {
            queue.push(name, name);
            assert_eq!(queue.take(name), Some(name));
            assert!(queue.items.len() <= FEW + 1);
        }
        assert_eq!(left(&mut queue), [0]);
    }
}
