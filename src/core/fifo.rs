//! What waits in order and is always taken from the front, until nothing is left.

/// First in, first out.
#[derive(Debug)]
pub(crate) struct Fifo<T> {
    items: Vec<Option<T>>,
    /// How many have been taken out; their places go when the last one goes.
    taken: usize,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo { items: Vec::new(), taken: 0 }
    }
}

impl<T> Fifo<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len() - self.taken
    }

    pub(crate) fn push(&mut self, item: T) {
        self.items.push(Some(item));
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let item = self.items.get_mut(self.taken)?.take();
        self.taken += 1;
        if self.len() == 0 {
            self.items.clear();
            self.taken = 0;
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_goes_first_also_when_more_comes_meanwhile() {
        let mut fifo = Fifo::default();
        for item in 1..=3 {
            fifo.push(item);
        }
        assert_eq!((fifo.pop(), fifo.len()), (Some(1), 2));
        fifo.push(4);
        let rest: Vec<u32> = std::iter::from_fn(|| fifo.pop()).collect();
        assert_eq!(rest, [2, 3, 4]);
        fifo.push(5);
        assert_eq!(
            (fifo.pop(), fifo.pop(), fifo.items.len()),
            (Some(5), None, 0),
            "no place is kept"
        );
    }
}
