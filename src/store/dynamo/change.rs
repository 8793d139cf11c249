//! The write protocol: one call that needs no look before, judged over what comes back where it does not hold.

use std::ops::ControlFlow;

use crate::domain::{
    Attempt, Charge, Charged, Consistency, Context, Error, Kind, Reply, Result, Timestamp, Version, Written,
    item_bytes, write_charge,
};
use crate::store::backend::{Action, Lifetime, Row, Single};
use crate::store::judge::{self, Decision};

use super::fault::{self, Fault};
use super::retry::Patience;
use super::{Dynamo, item, memory, number};

/// Tries that others came between, before the next one waits a little.
const TRIES_BEFORE_PAUSE: u32 = 3;
/// The greatest leap of a stamp over one that is ahead of the clock, as a power of two.
const LEAPS: u32 = 9;

/// What is tried next.
#[derive(Debug)]
pub(super) enum Step {
    /// Reads the row, where only it can tell.
    Look,
    /// Does it if the expression allows it.
    Fresh { now: Timestamp, stamp: u64 },
    /// Adds to the number of the row that was seen, whoever else does meanwhile.
    Add { now: Timestamp, stamp: u64 },
    /// Stores a row over exactly the version that was judged.
    Over { version: Option<Version>, row: Box<Row> },
    /// Removes exactly the version that was judged.
    Remove { version: Version },
}

/// What a try came to.
#[derive(Debug)]
pub(super) enum End {
    Done(Written),
    /// This is there, and must be judged.
    Found(Option<Row>),
}

/// A write on its way.
pub(super) struct ChangeRun<'a> {
    pub(super) store: &'a Dynamo,
    pub(super) context: &'a Context,
    pub(super) single: Single,
    pub(super) charge: Charge,
    patience: Patience<'a>,
    overtaken: u32,
}

impl Dynamo {
    /// Does one change, however often it has to be tried.
    pub(super) async fn change_one(&self, context: &Context, mut single: Single) -> Reply<Written> {
        if single.token.is_some() {
            // Boxed, as what is seldom done: its state is as large as that of all the rest.
            return Box::pin(self.change_keyed(context, single)).await;
        }
        let (name, first) = (memory::name(single.write_id, &single.change.address), single.attempt);
        let keyed = single.keyed;
        single.attempt = match self.memory.begin(name, first, keyed)? {
            ControlFlow::Break(written) => return self.remembered(context, &single, written).await,
            ControlFlow::Continue(attempt) => attempt,
        };
        let done = if single.change.create_collection {
            Box::pin(self.change_first(context, single)).await
        } else {
            ChangeRun::new(self, context, single).run().await
        };
        match &done {
            Ok(done) => self.memory.written(name, &done.value, first),
            Err(error) if error.kind() == Kind::OutcomeUnknown => {}
            Err(_) => self.memory.refused(name, first, keyed),
        }
        done
    }

    /// The answer of a write that was done here before, with its document where that is still there.
    async fn remembered(&self, context: &Context, single: &Single, mut written: Written) -> Reply<Written> {
        if !single.want_document || written.version.is_none() {
            return Ok(Charged::new(written, write_charge(0)));
        }
        let row = self.row(context, &single.change.address, Consistency::Strong).await?;
        let current = row.value.filter(|row| written.version == Some(row.item.version));
        written.document = current.map(|row| row.item.document);
        Ok(Charged::new(written, row.charge))
    }
}

impl<'a> ChangeRun<'a> {
    pub(super) fn new(store: &'a Dynamo, context: &'a Context, single: Single) -> ChangeRun<'a> {
        let patience = Patience::new(&store.budget, context.deadline);
        ChangeRun { store, context, single, charge: Charge::ZERO, patience, overtaken: 0 }
    }

    pub(super) async fn run(&mut self) -> Reply<Written> {
        match self.until_done().await {
            Ok(written) => Ok(Charged::new(written, self.charge)),
            Err(error) => Err(error.with_charge(self.charge)),
        }
    }

    async fn until_done(&mut self) -> Result<Written> {
        let mut step = self.first_step();
        loop {
            self.patience.check()?;
            step = match self.take(&step).await {
                Ok(End::Done(written)) => return Ok(written),
                Ok(End::Found(row)) => match self.judge(row.as_ref())? {
                    ControlFlow::Break(written) => return Ok(written),
                    ControlFlow::Continue(next) => {
                        self.overtaken += 1;
                        if self.overtaken >= TRIES_BEFORE_PAUSE {
                            self.patience.pause(fault::busy()).await?;
                        }
                        next
                    }
                },
                Err(fault) => {
                    self.patience.after(fault).await?;
                    self.again(step)
                }
            };
        }
    }

    fn first_step(&self) -> Step {
        let now = self.store.clock.now();
        let stamp = self.store.stamps.next(now);
        // What an expression keeps of the row before is only right while stamp and time are the same millisecond.
        let timely = Timestamp::from_micros(stamp).millis() == now.millis();
        let known = match &self.single.change.action {
            Action::Put(_) | Action::Delete => true,
            Action::Increment(by) => by.bare().is_some_and(|by| number::is_native(by.as_bytes())),
            Action::Check => false,
        };
        if known && timely && self.single.attempt == Attempt::First {
            Step::Fresh { now, stamp }
        } else {
            Step::Look
        }
    }

    /// What to try after a try that nobody knows the end of, or that was refused for now.
    fn again(&mut self, step: Step) -> Step {
        if !self.patience.unsure {
            return step;
        }
        self.single.attempt = Attempt::RepeatElsewhere;
        match step {
            // If nothing is there it was not done, or was done and removed by somebody: the row must tell.
            Step::Over { version: None, .. } => Step::Look,
            step => step,
        }
    }

    async fn take(&mut self, step: &Step) -> Result<End, Fault> {
        match step {
            Step::Look => self.look().await,
            Step::Fresh { now, stamp } => self.fresh(*now, *stamp).await,
            Step::Add { now, stamp } => self.add(*now, *stamp, true).await,
            Step::Over { version, row } => self.over(*version, row).await,
            Step::Remove { version } => self.remove(*version).await,
        }
    }

    /// Reads the row.
    pub(super) async fn look(&mut self) -> Result<End, Fault> {
        let address = &self.single.change.address;
        let row = self.store.row(self.context, address, Consistency::Strong).await;
        let row = row.map_err(Fault::Refused)?;
        self.charge += row.charge;
        Ok(End::Found(row.value))
    }

    /// Decides over the row that is there: breaks off with the answer, or goes on with what to try.
    fn judge(&self, row: Option<&Row>) -> Result<ControlFlow<Written, Step>> {
        let now = self.store.clock.now();
        let before = row.map(|row| row.item.version);
        let leap = 1 << self.overtaken.min(LEAPS);
        let mut new = match judge::single(&self.single, row, now)? {
            Decision::Replay(written) => return Ok(ControlFlow::Break(written)),
            Decision::Nothing => return Ok(ControlFlow::Break(Written::DELETED)),
            Decision::Remove => {
                let version = before.ok_or_else(|| Error::internal("there was nothing to remove"))?;
                return Ok(ControlFlow::Continue(Step::Remove { version }));
            }
            Decision::Store(new) => new,
        };
        let stamp = self.store.stamps.over(now, before, leap);
        if row.is_some_and(|row| self.adds_to(row, now)) {
            return Ok(ControlFlow::Continue(Step::Add { now, stamp }));
        }
        new.item.version.stamp = stamp;
        Ok(ControlFlow::Continue(Step::Over { version: before, row: Box::new(new) }))
    }

    /// Whether `DynamoDB` can add to the number of that row itself.
    fn adds_to(&self, row: &Row, now: Timestamp) -> bool {
        let Action::Increment(by) = &self.single.change.action else { return false };
        let native = |text: &[u8]| number::is_native(text);
        by.bare().is_some_and(|by| native(by.as_bytes()))
            && native(row.item.document.bytes())
            && !row.item.expired(now)
    }

    /// The size of the row that is asked for, which is billed even where it must not be stored.
    fn asked(&self, now: Timestamp) -> usize {
        let Action::Put(document) = &self.single.change.action else { return 0 };
        let address = &self.single.change.address;
        let expires = self.single.change.lifetime.expires(now, None).is_some();
        item_bytes(address.collection.as_str(), address.key.as_str(), document.bytes().len(), expires)
    }

    /// What was there instead of what the condition demands, and what finding that out cost.
    pub(super) fn found(
        &mut self,
        call: crate::telemetry::metrics::Call,
        there: Option<super::schema::Attributes>,
    ) -> Result<End, Fault> {
        let row = item::maybe(there).map_err(Fault::Refused)?;
        let address = &self.single.change.address;
        let before = row.as_ref().map_or(0, |row| item::bytes(address, &row.item));
        let bytes = before.max(self.asked(self.store.clock.now()));
        self.charge += super::call::noted(call, write_charge(bytes));
        Ok(End::Found(row))
    }

    pub(super) fn lifetime(&self) -> Lifetime {
        self.single.change.lifetime
    }

    /// Whether an earlier try may have been done.
    pub(super) fn unsure(&self) -> bool {
        self.patience.unsure
    }
}
