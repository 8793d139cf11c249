//! The calls that are in flight on a line: a slot each, found again by the number in the answer.

use std::task::Waker;
use std::time::Instant;

use crate::wire::{Incoming, Ticket};

/// What became of a call on a line.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was answered.
    Answered(Incoming),
    /// The line ended before the call had left: nothing was done.
    Unsent,
    /// The line ended behind the call: nobody knows whether it was done.
    Lost,
    /// The line has no room: nothing was done.
    Full,
    /// Its deadline passed. If it had not left by then, nothing was done.
    Expired {
        /// Whether it had left.
        left: bool,
    },
}

/// Names a slot, and which of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallId(pub(super) u64);

impl CallId {
    fn new(slot: usize, generation: u32) -> CallId {
        CallId(slot as u64 | u64::from(generation) << 32)
    }

    fn slot(self) -> usize {
        (self.0 & u64::from(u32::MAX)) as usize
    }

    fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Free,
    Waiting { waker: Option<Waker>, deadline: Instant, ticket: Ticket },
    Ended(Outcome),
}

/// The slots of a line.
#[derive(Debug, Default)]
pub(super) struct Calls {
    slots: Vec<Slot>,
    free: Vec<u32>,
    waiting: usize,
}

impl Calls {
    /// How many wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The id of the next call; `insert` it before another is asked for.
    pub(super) fn next_id(&mut self) -> CallId {
        let slot = match self.free.last() {
            Some(slot) => *slot as usize,
            None => {
                self.slots.push(Slot { generation: 0, state: State::Free });
                self.free.push((self.slots.len() - 1) as u32);
                self.slots.len() - 1
            }
        };
        CallId::new(slot, self.slots[slot].generation)
    }

    /// A call waits from now on.
    pub(super) fn insert(&mut self, id: CallId, deadline: Instant, ticket: Ticket) {
        self.free.pop();
        self.waiting += 1;
        self.slots[id.slot()].state = State::Waiting { waker: None, deadline, ticket };
    }

    /// Ends a call that waits; the waker of its task is to be woken. None where it waits no more.
    pub(super) fn end(&mut self, id: CallId, outcome: Outcome) -> Option<Waker> {
        let slot = self.slots.get_mut(id.slot()).filter(|slot| slot.generation == id.generation())?;
        let State::Waiting { waker, .. } = &mut slot.state else { return None };
        let waker = waker.take();
        slot.state = State::Ended(outcome);
        self.waiting -= 1;
        waker
    }

    /// The outcome of a call, whose slot is free then; none while it waits for it, with that waker.
    pub(super) fn poll(&mut self, id: CallId, task: &Waker) -> Option<Outcome> {
        let slot = &mut self.slots[id.slot()];
        if let State::Waiting { waker, .. } = &mut slot.state {
            if !waker.as_ref().is_some_and(|waker| waker.will_wake(task)) {
                *waker = Some(task.clone());
            }
            return None;
        }
        match self.release(id) {
            State::Ended(outcome) => Some(outcome),
            State::Free | State::Waiting { .. } => None,
        }
    }

    /// Gives up a call; where it still waited, says how to call its message back.
    pub(super) fn abandon(&mut self, id: CallId) -> Option<Ticket> {
        match self.release(id) {
            State::Waiting { ticket, .. } => {
                self.waiting -= 1;
                Some(ticket)
            }
            State::Free | State::Ended(_) => None,
        }
    }

    fn release(&mut self, id: CallId) -> State {
        let slot = &mut self.slots[id.slot()];
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot() as u32);
        std::mem::replace(&mut slot.state, State::Free)
    }

    /// The calls that wait and of which `which` holds.
    pub(super) fn select(&self, which: impl Fn(Instant) -> bool) -> Vec<(CallId, Ticket)> {
        let selected = self.slots.iter().enumerate().filter_map(|(at, slot)| match &slot.state {
            State::Waiting { deadline, ticket, .. } if which(*deadline) => {
                Some((CallId::new(at, slot.generation), *ticket))
            }
            _ => None,
        });
        selected.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(calls: &mut Calls) -> CallId {
        let id = calls.next_id();
        calls.insert(id, Instant::now(), Ticket::Small(0));
        id
    }

    #[test]
    fn a_late_answer_does_not_reach_the_next_call_of_the_slot() {
        let mut calls = Calls::default();
        let first = waiting(&mut calls);
        calls.abandon(first);
        let second = waiting(&mut calls);
        assert_eq!((second.slot(), second == first), (first.slot(), false));
        assert!(calls.end(first, Outcome::Lost).is_none());
        assert!(calls.poll(second, Waker::noop()).is_none(), "the second call still waits");
        calls.end(second, Outcome::Full);
        assert!(matches!(calls.poll(second, Waker::noop()), Some(Outcome::Full)));
        assert_eq!(calls.waiting(), 0);
    }

    #[test]
    fn calls_that_wait_at_once_have_slots_of_their_own() {
        let mut calls = Calls::default();
        let (a, b) = (waiting(&mut calls), waiting(&mut calls));
        assert_ne!(a.slot(), b.slot());
        assert_eq!(calls.select(|_| true).len(), 2);
        calls.end(a, Outcome::Unsent);
        assert_eq!(calls.select(|_| true).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [b]);
    }
}
