//! What waits in order, mostly taken from the front, sometimes by its name.

/// Items under names of 31 bits that mostly grow. One that is taken leaves a gap, and gaps go when they are more than half.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    names: Names,
    items: Vec<Option<T>>,
}

/// The names of a queue: by themselves, so that there is one code for them, whatever the items are.
#[derive(Debug, Default)]
struct Names {
    names: Vec<u32>,
    /// Before this place there are only gaps.
    first: usize,
    /// How many there are without the gaps.
    count: usize,
}

/// Set in the name of a gap.
const GAP: u32 = 1 << 31;

/// With so few places gaps do not matter.
const FEW: usize = 32;

impl Names {
    /// A search by halves finds nearly all: names may begin again, and what comes back stands where it stood.
    fn place(&self, name: u32) -> Option<usize> {
        if name >= GAP {
            // Of a request of the session's own, which is in no queue.
            return None;
        }
        let found = self.names.binary_search_by_key(&name, |other| other & !GAP).ok();
        let found = found.filter(|place| self.names[*place] == name);
        found.or_else(|| self.names.iter().position(|other| *other == name))
    }

    /// The place of the first.
    fn front(&mut self) -> Option<usize> {
        while *self.names.get(self.first)? >= GAP {
            self.first += 1;
        }
        Some(self.first)
    }

    /// Makes a gap; whether it is time to close them all.
    fn leave(&mut self, place: usize) -> bool {
        self.names[place] |= GAP;
        self.count -= 1;
        let closes = self.count == 0 || self.names.len() > FEW.max(2 * self.count);
        if closes {
            self.names.retain(|name| *name < GAP);
            self.first = 0;
        }
        closes
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue { names: Names::default(), items: Vec::new() }
    }
}

impl<T> Queue<T> {
    pub(crate) fn len(&self) -> usize {
        self.names.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn push(&mut self, name: u32, item: T) {
        self.insert_at(self.items.len(), name, item);
    }

    fn insert_at(&mut self, place: usize, name: u32, item: T) {
        self.names.names.insert(place, name);
        self.names.count += 1;
        self.items.insert(place, Some(item));
    }

    /// Puts an item before the first that `is_later`.
    pub(crate) fn insert(&mut self, name: u32, item: T, is_later: impl Fn(u32) -> bool) {
        let later = |name: &u32| *name < GAP && is_later(*name);
        let place = self.names.names.iter().position(later).unwrap_or(self.items.len());
        self.insert_at(place.max(self.names.first), name, item);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flatten()
    }

    /// Takes out the first.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let place = self.names.front()?;
        self.take_at(place)
    }

    // For the driver in Rust.
    #[cfg(any(test, all(target_arch = "wasm32", any(feature = "javascript", feature = "typed"))))]
    pub(crate) fn get(&self, name: u32) -> Option<&T> {
        self.items[self.names.place(name)?].as_ref()
    }

    /// Takes out the one of this name.
    pub(crate) fn take(&mut self, name: u32) -> Option<T> {
        let place = self.names.place(name)?;
        self.take_at(place)
    }

    /// Takes out the first, unless the one of this name is gone: all up to and with that one, one after the other.
    pub(crate) fn pop_to(&mut self, name: u32) -> Option<T> {
        self.names.place(name)?;
        self.pop()
    }

    fn take_at(&mut self, place: usize) -> Option<T> {
        let item = self.items[place].take();
        if self.names.leave(place) {
            self.items.retain(Option::is_some);
        }
        item
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
        assert_eq!(queue.take(1 | GAP), None, "not the gap that a name has left");
        for name in [7, 14, 21, 28] {
            assert_eq!(queue.pop_to(28), Some(name));
        }
        assert_eq!(queue.pop_to(28), None);
        assert_eq!(left(&mut queue), [35, 42, 49, 56, 63, 70, 77, 84, 91, 98]);
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
