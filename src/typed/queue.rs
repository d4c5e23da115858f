//! What waits for the reader of a stream: bounded, the oldest dropped first, and counted.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// Between one writer and one reader, in one thread.
pub(super) struct Queue<T>(RefCell<State<T>>);

struct State<T> {
    items: VecDeque<T>,
    capacity: usize,
    /// How many were dropped since the reader was told last.
    missed: u64,
    reader: Option<Waker>,
    ended: bool,
}

/// What a reader gets.
pub(super) enum Taken<T> {
    Item(T),
    /// So many were dropped before the next item.
    Missed(u64),
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Queue(RefCell::new(State {
            items: VecDeque::new(),
            capacity,
            missed: 0,
            reader: None,
            ended: false,
        }))
    }

    /// Adds an item, and drops the oldest one where there is no room.
    pub(super) fn push(&self, item: T) {
        let mut state = self.0.borrow_mut();
        let dropped =
            if state.items.len() >= state.capacity { state.items.pop_front() } else { None };
        state.missed += u64::from(dropped.is_some());
        state.items.push_back(item);
        wake(state);
    }

    /// The reader gets what is there, and then the end.
    pub(super) fn end(&self) {
        let mut state = self.0.borrow_mut();
        state.ended = true;
        wake(state);
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Taken<T>>> {
        let mut state = self.0.borrow_mut();
        let missed = std::mem::take(&mut state.missed);
        if missed > 0 {
            return Poll::Ready(Some(Taken::Missed(missed)));
        }
        if let Some(item) = state.items.pop_front() {
            return Poll::Ready(Some(Taken::Item(item)));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        state.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Not while the state is borrowed: a waker may do anything.
fn wake<T>(mut state: std::cell::RefMut<'_, State<T>>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}
