//! Transactions of callers: planned without a look where that can be, judged over what comes back, and planned anew.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::domain::{
    Attempt, Charge, Charged, CollectionName, Consistency, Context, Error, Kind, OperationOutcome, Reply,
    Result,
};
use crate::store::backend::{Change, Row, Together};
use crate::store::judge;
use crate::store::recent_writes::WriteName;

use super::collections::made_by;
use super::fault;
use super::plan::{self, Known, Plan};
use super::retry::Patience;
use super::schema::Attributes;
use super::token::{self, Answer};
use super::transact::{self, Sent};
use super::{Dynamo, condition, item, settings};

/// Times that others may come between.
const MOST_TRIES: u32 = 12;

/// A transaction on its way.
struct TransactionRun<'a> {
    store: &'a Dynamo,
    context: &'a Context,
    asked: Together,
    known: Vec<Known>,
    /// Collections that it makes.
    makes: BTreeSet<CollectionName>,
    patience: Patience<'a>,
    charge: Charge,
    /// It was refused once, so the condition of each row that was not shown is known to hold.
    refused: bool,
}

impl Dynamo {
    /// Does all changes, or none.
    pub(super) async fn change_together(
        &self,
        context: &Context,
        together: Together,
    ) -> Reply<Vec<OperationOutcome>> {
        if together.token.is_some() && together.changes.len() >= transact::MOST {
            return self.change_full(context, together).await;
        }
        self.all_together(context, together).await
    }

    /// The same, where there is room for the key.
    pub(super) async fn all_together(
        &self,
        context: &Context,
        mut together: Together,
    ) -> Reply<Vec<OperationOutcome>> {
        let (name, first) = (WriteName::whole(together.write_id), together.attempt);
        let keyed = together.token.is_some();
        if keyed {
            // If it was done before, its answer is there.
            together.attempt = Attempt::First;
        } else {
            together.attempt = match self.memory.begin_together(name, first, keyed)? {
                ControlFlow::Break(outcomes) => return Ok(Charged::new(outcomes, Charge::ZERO)),
                ControlFlow::Continue(attempt) => attempt,
            };
        }
        let mut course = TransactionRun::new(self, context, together);
        let done = course.until_done().await;
        if !keyed {
            match &done {
                Ok(outcomes) => self.memory.outcomes(name, outcomes),
                Err(error) if error.kind() == Kind::OutcomeUnknown => {}
                Err(_) => self.memory.refused(name, first, keyed),
            }
        }
        match done {
            Ok(outcomes) => Ok(Charged::new(outcomes, course.charge)),
            Err(error) => Err(error.with_charge(course.charge)),
        }
    }
}

impl<'a> TransactionRun<'a> {
    fn new(store: &'a Dynamo, context: &'a Context, asked: Together) -> TransactionRun<'a> {
        TransactionRun {
            makes: made_by(&asked),
            known: vec![Known::Unseen; asked.changes.len()],
            patience: Patience::new(&store.budget, context.deadline),
            charge: Charge::ZERO,
            refused: false,
            store,
            context,
            asked,
        }
    }

    async fn until_done(&mut self) -> Result<Vec<OperationOutcome>> {
        let (outcomes, later) = self.until_committed().await?;
        self.charge += self.store.make_behind(self.context, later, self.asked.write_id).await?;
        Ok(outcomes)
    }

    /// Its outcomes, and the collections that are still to be made. Where it was done before, that may have been left
    /// undone; to make them again does nothing.
    async fn until_committed(&mut self) -> Result<(Vec<OperationOutcome>, BTreeSet<CollectionName>)> {
        if let Some(outcomes) = self.done_before().await? {
            return Ok((outcomes, self.behind()));
        }
        for tries in 0.. {
            self.patience.check()?;
            let plan = match self.plan().await? {
                ControlFlow::Continue(plan) => plan,
                ControlFlow::Break(outcomes) => return Ok((outcomes, self.behind())),
            };
            if plan.bytes > transact::MOST_BYTES {
                return Err(transact::too_large(Some(plan.bytes)));
            }
            let items = self.items(&plan)?;
            match self.store.transact(self.context, &mut self.patience, &items.all).await? {
                Sent::Done(cost) => {
                    self.charge += cost;
                    return Ok((plan.outcomes, items.makes_later));
                }
                Sent::Refused(found) => {
                    if let Some(outcomes) = self.take_in(found, &items.made).await? {
                        return Ok((outcomes, self.behind()));
                    }
                }
            }
            if tries >= MOST_TRIES {
                break;
            }
            if tries > 0 {
                self.patience.pause(fault::busy()).await?;
            }
        }
        Err(fault::busy())
    }

    /// The collections that do not fit beside its operations, and so are made behind them.
    fn behind(&self) -> BTreeSet<CollectionName> {
        let items = usize::from(self.asked.token.is_some()) + self.asked.changes.len() + self.makes.len();
        if items > transact::MOST { self.makes.clone() } else { BTreeSet::new() }
    }

    /// The answer of one that may have been done elsewhere before, by what it left.
    async fn done_before(&mut self) -> Result<Option<Vec<OperationOutcome>>> {
        if self.asked.attempt != Attempt::RepeatElsewhere {
            return Ok(None);
        }
        self.see(|_| true).await?;
        let rows: Vec<Option<Row>> = self.known.iter().map(|known| known.row().cloned()).collect();
        judge::repeated(&self.asked.changes, self.asked.write_id, &rows, self.store.clock.now())
    }

    /// Goes on with a plan, or breaks off with what was answered before under the same key.
    async fn plan(&mut self) -> Result<ControlFlow<Vec<OperationOutcome>, Plan>> {
        let mut plan = self.planned()?;
        if !plan.looks.is_empty() {
            self.see(|place| plan.looks.contains(&place)).await?;
            plan = self.planned()?;
        }
        let unseen: Vec<bool> = self.known.iter().map(|known| matches!(known, Known::Unseen)).collect();
        if !plan.is_fit() && !self.refused && unseen.contains(&true) {
            // Every failure is to be named.
            self.see(|place| unseen[place]).await?;
            plan = self.planned()?;
        }
        if plan.is_fit() {
            return Ok(ControlFlow::Continue(plan));
        }
        // What can't be done may have been done, and be the reason: asked last, it has not come in between.
        match self.answer_of_key().await? {
            Some(outcomes) => Ok(ControlFlow::Break(outcomes)),
            None => Err(plan.error()),
        }
    }

    fn planned(&self) -> Result<Plan> {
        plan::plan(self.store, &self.asked, &self.known)
    }

    async fn answer_of_key(&mut self) -> Result<Option<Vec<OperationOutcome>>> {
        let Some(token) = self.asked.token else { return Ok(None) };
        let answer = self.store.answer_of(self.context, token).await?;
        self.charge += answer.charge;
        answer.value.map(outcomes).transpose()
    }

    /// Reads those rows.
    async fn see(&mut self, wanted: impl Fn(usize) -> bool) -> Result<()> {
        let places: Vec<usize> = (0..self.known.len()).filter(|place| wanted(*place)).collect();
        let reads =
            places.iter().map(|place| (self.asked.changes[*place].address.clone(), Consistency::Strong));
        let rows = self.store.rows(self.context, reads.collect(), usize::MAX).await?;
        self.charge += rows.charge;
        for (place, row) in places.into_iter().zip(rows.value) {
            self.known[place] = Known::Seen(row?);
        }
        Ok(())
    }

    /// What to send: the key, the changes, and the collections, as far as they fit.
    fn items(&self, plan: &Plan) -> Result<Items> {
        let store = self.store;
        let mut all = Vec::with_capacity(plan.items.len() + 2);
        if let Some(token) = self.asked.token {
            let answer = Answer::Outcomes(plan.outcomes.clone());
            all.push(token::remember(&store.table, token, &answer, store.clock.now())?);
        }
        all.extend(plan.items.iter().cloned());
        let made: Vec<CollectionName> = self.makes.iter().cloned().collect();
        if all.len() + made.len() > transact::MOST {
            // Made right behind it then: until they are, nobody sees what it wrote to them.
            return Ok(Items { all, made: Vec::new(), makes_later: self.makes.clone() });
        }
        for name in &made {
            let fresh = settings::encode(&store.fresh_collection(name, self.asked.write_id));
            all.push(transact::put(&store.table, fresh, condition::exactly(None))?);
        }
        Ok(Items { all, made, makes_later: BTreeSet::new() })
    }

    /// Learns from a refusal; the answer, if the key was used before.
    async fn take_in(
        &mut self,
        found: Vec<Option<Option<Attributes>>>,
        made: &[CollectionName],
    ) -> Result<Option<Vec<OperationOutcome>>> {
        self.refused = true;
        let mut found = found.into_iter();
        if let Some(token) = self.asked.token
            && let Some(Some(there)) = found.next().flatten()
            && let Some(answer) = token::answered(&there, token, self.store.clock.now())?
        {
            return outcomes(answer).map(Some);
        }
        for (known, there) in self.known.iter_mut().zip(found.by_ref()) {
            if let Some(there) = there {
                *known = Known::Seen(item::maybe(there)?);
            }
        }
        self.charge += self.cost_of_refusal(made.len());
        if self.patience.unsure && self.asked.token.is_none() {
            return Err(judge::outcome_unknown());
        }
        self.patience.unsure = false;
        for (name, there) in made.iter().zip(found) {
            if there.is_some() {
                let changes = &self.asked.changes;
                let written = changes.iter().filter(|change| change.address.collection == *name);
                for change in written {
                    self.store.check_shard(self.context, &change.address).await?;
                }
                self.makes.remove(name);
            }
        }
        Ok(None)
    }

    /// What it is billed for where it was refused, with so many items beside its operations and its key.
    fn cost_of_refusal(&self, others: usize) -> Charge {
        let bytes = |(change, known): (&Change, &Known)| {
            let before = known.row().map_or(0, |row| item::bytes(&change.address, &row.item));
            before.max(plan::asked(change, self.store.clock.now()))
        };
        let changes = self.asked.changes.iter().zip(&self.known).map(bytes);
        transact::cost_of_refusal(changes, others + usize::from(self.asked.token.is_some()))
    }
}

/// What is sent, and the collections that it makes.
struct Items {
    all: Vec<aws_sdk_dynamodb::types::TransactWriteItem>,
    made: Vec<CollectionName>,
    makes_later: BTreeSet<CollectionName>,
}

fn outcomes(answer: Answer) -> Result<Vec<OperationOutcome>, Error> {
    match answer {
        Answer::Outcomes(outcomes) => Ok(outcomes),
        Answer::Written(_) | Answer::Begun(_) => Err(judge::key_reused()),
    }
}
