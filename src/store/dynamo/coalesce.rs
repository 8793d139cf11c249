//! Lone reads of several callers by one call, where so many are on their way that this is the faster way.
//!
//! Reads go alone and at once while fewer than [`APART`] are on their way. Those that come then wait until one of these
//! ends: the one that waits longest asks for all that wait. No read is answered by a call that began before it came, so
//! a strong one stays strong; and one that shares costs as much as one that does not, however many keys a call has.
//!
//! Calls that `DynamoDB` is slow with hold up no others: after `share_wait` such a call gives its place on, and who has
//! waited so long, for a place or for what somebody else asks, goes alone.

use std::collections::{HashSet, VecDeque};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::domain::{Charge, Charged, Consistency, Context, Reply, Result, read_charge};
use crate::store::backend::{Address, Row};
use crate::telemetry::metrics::{self, Call, Throttle};

use super::fault::Fault;
use super::read::{Found, Place, place};
use super::{Dynamo, item};

/// Calls of lone reads on their way from which on the next ones wait for a place among them.
const APART: usize = 16;
/// Keys of a shared call: as many as fit into an answer of 16 MB, be they of the largest items that there are.
const KEYS: usize = 40;

/// The reads that are on their way, and those that wait.
#[derive(Default)]
pub(super) struct LoneReads(Mutex<Reads>);

#[derive(Default)]
struct Reads {
    calls: usize,
    strong: VecDeque<Waiter>,
    eventual: VecDeque<Waiter>,
    /// Whether those that need not be strong are next, if both kinds wait.
    eventual_next: bool,
}

/// A read that waits.
struct Waiter {
    address: Address,
    turn: oneshot::Sender<Turn>,
}

/// What a read waits for.
enum Turn {
    /// A place, and others to ask for as well.
    Ask(Seat, Vec<Waiter>),
    /// What somebody else's call found.
    Answer(Reply<Option<Row>>),
}

/// A place among the calls that are on their way. Whoever waits gets it next.
struct Seat(Arc<LoneReads>);

impl Seat {
    /// Keeps the place while the call lasts, but not longer than that.
    async fn during<T>(self, mut call: Pin<&mut impl Future<Output = T>>, most: Duration) -> T {
        if let Ok(done) = timeout(most, call.as_mut()).await {
            return done;
        }
        drop(self);
        call.await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((first, others)) = self.0.lock().next() else { return };
        // One that has gone meanwhile drops its turn, and so the place is free once more; those it was to ask for go alone.
        drop(first.turn.send(Turn::Ask(Seat(Arc::clone(&self.0)), others)));
    }
}

impl LoneReads {
    /// A place, or the wait for one.
    fn come(
        self: &Arc<Self>,
        address: &Address,
        consistency: Consistency,
    ) -> Result<Seat, oneshot::Receiver<Turn>> {
        let mut reads = self.lock();
        if reads.calls < APART {
            reads.calls += 1;
            return Ok(Seat(Arc::clone(self)));
        }
        let (turn, waiting) = oneshot::channel();
        reads.of(consistency).push_back(Waiter { address: address.clone(), turn });
        Err(waiting)
    }

    fn lock(&self) -> MutexGuard<'_, Reads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reads {
    fn of(&mut self, consistency: Consistency) -> &mut VecDeque<Waiter> {
        match consistency {
            Consistency::Strong => &mut self.strong,
            Consistency::Eventual => &mut self.eventual,
        }
    }

    /// A call has ended: those that are asked for by the next one. Where nobody waits there is one call less.
    fn next(&mut self) -> Option<(Waiter, Vec<Waiter>)> {
        loop {
            let eventual =
                if self.eventual_next { !self.eventual.is_empty() } else { self.strong.is_empty() };
            self.eventual_next = !eventual;
            let waiting = if eventual { &mut self.eventual } else { &mut self.strong };
            if waiting.is_empty() {
                self.calls -= 1;
                return None;
            }
            let among = waiting.len().min(KEYS);
            // Nobody asks for those who have gone.
            let mut all = waiting.drain(..among).filter(|waiter| !waiter.turn.is_closed());
            if let Some(first) = all.next() {
                return Some((first, all.collect()));
            }
        }
    }
}

impl Dynamo {
    /// The row there, maybe expired, maybe by a call that is made for others as well.
    pub(super) async fn row_for_many(
        &self,
        context: &Context,
        address: &Address,
        consistency: Consistency,
    ) -> Reply<Option<Row>> {
        let turn = match self.lone_reads.come(address, consistency) {
            Ok(seat) => Some(Turn::Ask(seat, Vec::new())),
            Err(waiting) => timeout(self.share_wait, waiting).await.ok().and_then(Result::ok),
        };
        match turn {
            Some(Turn::Answer(found)) => found,
            Some(Turn::Ask(seat, others)) if !others.is_empty() => {
                let call = pin!(self.row_and_others(context, address, consistency, others));
                seat.during(call, self.share_wait).await
            }
            Some(Turn::Ask(seat, _)) => {
                let call = pin!(self.row(context, address, consistency));
                seat.during(call, self.share_wait).await
            }
            // It has waited long enough, whoever was to ask has gone, or the row was left out.
            None => self.row(context, address, consistency).await,
        }
    }

    /// Asks for a row and those of others, and answers these.
    async fn row_and_others(
        &self,
        context: &Context,
        address: &Address,
        consistency: Consistency,
        others: Vec<Waiter>,
    ) -> Reply<Option<Row>> {
        let own = place(address);
        let others: Vec<(Place, Waiter)> =
            others.into_iter().map(|waiter| (place(&waiter.address), waiter)).collect();
        let wanted: HashSet<&Place> = others.iter().map(|(place, _)| place).chain([&own]).collect();
        let wanted: Vec<Place> = wanted.into_iter().cloned().collect();
        let mut found = Found::default();
        let left = match self.ask(context, &wanted, consistency, &mut found).await {
            Ok(left) => left,
            // Others may have more time, and it may be one key alone that is not answered: they go alone.
            Err(fault @ (Fault::Late | Fault::Unsent(_) | Fault::Unknown(_))) => {
                return Err(fault.of_read().with_charge(found.charge));
            }
            Err(fault) => {
                let error = fault.of_read();
                for (_, waiter) in others {
                    drop(waiter.turn.send(Turn::Answer(Err(error.duplicate()))));
                }
                return Err(error.with_charge(found.charge));
            }
        };
        if !left.is_empty() {
            metrics::dynamodb_throttled(Call::BatchGetItem, Throttle::Table);
        }
        let mut answers = Answers { found, left, consistency, told: HashSet::from([own.clone()]) };
        for (place, waiter) in others {
            if let Some(answer) = answers.of_other(&waiter.address, place) {
                // It may have gone.
                drop(waiter.turn.send(Turn::Answer(answer)));
            }
        }
        let row = match answers.of(&own) {
            Some(row) => row.map(|row| Charged::new(row, Charge::ZERO)),
            None => self.row(context, address, consistency).await,
        };
        let charge = answers.found.charge;
        match row {
            Ok(row) => Ok(Charged::new(row.value, row.charge + charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }
}

/// What a shared call found.
struct Answers {
    /// Its charge is what nobody was told yet.
    found: Found,
    left: Vec<Place>,
    consistency: Consistency,
    /// The places whose cost is told, or to be told.
    told: HashSet<Place>,
}

impl Answers {
    /// The row there; none where the call left it out.
    fn of(&self, place: &Place) -> Option<Result<Option<Row>>> {
        match self.found.rows.get(place) {
            Some(Ok(row)) => Some(Ok(Some(row.clone()))),
            Some(Err(error)) => Some(Err(error.duplicate())),
            None if self.left.contains(place) => None,
            None => Some(Ok(None)),
        }
    }

    /// The answer of one of the others. `DynamoDB` says what the call cost, and not which key: each is told what its
    /// row costs by its size, the first of those that read the same row, and whoever asked the rest.
    fn of_other(&mut self, address: &Address, place: Place) -> Option<Reply<Option<Row>>> {
        let row = self.of(&place)?;
        let bytes = match &row {
            Ok(Some(row)) => item::bytes(address, &row.item),
            _ => 0,
        };
        let mut charge = Charge::ZERO;
        if self.told.insert(place) {
            charge = read_charge(bytes, self.consistency);
            let rest = &mut self.found.charge.read_halves;
            charge.read_halves = charge.read_halves.min(*rest);
            *rest -= charge.read_halves;
        }
        Some(row.map(|row| Charged::new(row, charge)).map_err(|error| error.with_charge(charge)))
    }
}
