//! Increments with an idempotency key: a transaction of the row and of what is answered under the key.

use std::iter::once;

use aws_sdk_dynamodb::types::TransactWriteItem;
use futures_util::future::join;

use crate::domain::{
    Attempt, Charge, Charged, Consistency, Context, Error, Reply, Result, Timestamp, Token, Version, Written,
};
use crate::store::backend::{Row, Single};
use crate::store::judge::{self, Decision};

use super::fault;
use super::retry::Patience;
use super::schema::{Attributes, row_key};
use super::token::{self, Answer};
use super::transact::{self, Sent};
use super::{Dynamo, condition, item, settings, update};

impl Dynamo {
    /// Does one change whose answer is remembered.
    pub(super) async fn change_keyed(&self, context: &Context, mut single: Single) -> Reply<Written> {
        // If it was done before, its answer is there.
        single.attempt = Attempt::First;
        let mut charge = Charge::ZERO;
        match self.try_keyed(context, &mut single, &mut charge).await {
            Ok(written) => Ok(Charged::new(written, charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    async fn try_keyed(
        &self,
        context: &Context,
        single: &mut Single,
        charge: &mut Charge,
    ) -> Result<Written> {
        let Some(token) = single.token else { return Err(Error::internal("a keyed change has a key")) };
        let mut patience = Patience::new(&self.budget, context.deadline);
        loop {
            patience.check()?;
            let row = self.row(context, &single.change.address, Consistency::Strong);
            let (answer, row) = join(self.answer_of(context, token), row).await;
            let (answer, row) = (answer?, row?);
            *charge += answer.charge + row.charge;
            if let Some(answer) = answer.value {
                return self.replayed(answer, row.value.as_ref(), single.want_document);
            }
            let now = self.clock.now();
            let mut new = match judge::single(single, row.value.as_ref(), now) {
                Ok(Decision::Store(new)) => new,
                Ok(Decision::Replay(written)) => return Ok(written),
                Ok(Decision::Remove | Decision::Nothing) => {
                    return Err(Error::internal("a delete has no key"));
                }
                Err(error) => return self.answered_meanwhile(context, token, single, error, charge).await,
            };
            let before = row.value.map(|row| row.item.version);
            new.item.version.stamp = self.stamps.over(now, before, 1);
            let written = Written::item(&new.item, new.created, single.want_document);
            let answer = Answer::Written(Written { document: None, ..written.clone() });
            let items = self.keyed_items(token, single, (&answer, now), (&new, before))?;
            match self.transact(context, &mut patience, &items).await? {
                Sent::Done(cost) => {
                    *charge += cost;
                    return Ok(written);
                }
                Sent::Refused(found) => {
                    *charge += cost_of_refusal(single, &new, &found, items.len())?;
                    if found.get(2).is_some_and(Option::is_some) {
                        self.check_shard(context, &single.change.address).await?;
                        single.change.create_collection = false;
                    }
                }
            }
            // Whatever became of an earlier try is told by what is remembered.
            patience.unsure = false;
            patience.pause(fault::busy()).await?;
        }
    }
}

impl Dynamo {
    /// What is written together: the answer under its key, the row over exactly what was there before, and maybe the
    /// collection.
    fn keyed_items(
        &self,
        token: Token,
        single: &Single,
        (answer, now): (&Answer, Timestamp),
        (new, before): (&Row, Option<Version>),
    ) -> Result<Vec<TransactWriteItem>> {
        let update = update::put(&new.item, Some(new.created))?;
        let key = row_key(&single.change.address);
        let mut items = vec![
            token::remember(&self.table, token, answer, now)?,
            transact::update(&self.table, key, update, condition::exactly(before))?,
        ];
        if single.change.create_collection {
            let name = &single.change.address.collection;
            let fresh = settings::encode(&self.fresh_collection(name, single.write_id));
            items.push(transact::put(&self.table, fresh, condition::exactly(None))?);
        }
        Ok(items)
    }

    /// What was answered under a key after it was looked for, and is the reason why it can't be done again; or that
    /// error.
    async fn answered_meanwhile(
        &self,
        context: &Context,
        token: Token,
        single: &Single,
        error: Error,
        charge: &mut Charge,
    ) -> Result<Written> {
        let answer = self.answer_of(context, token).await?;
        *charge += answer.charge;
        let Some(answer) = answer.value else { return Err(error) };
        let row = self.row(context, &single.change.address, Consistency::Strong).await?;
        *charge += row.charge;
        self.replayed(answer, row.value.as_ref(), single.want_document)
    }

    /// The first answer, with the document if that is still there.
    fn replayed(&self, answer: Answer, row: Option<&Row>, want_document: bool) -> Result<Written> {
        let Answer::Written(mut written) = answer else { return Err(judge::key_reused()) };
        if want_document {
            written.document = judge::still_there(row, written.version, self.clock.now());
        }
        Ok(written)
    }
}

/// What so many items cost that were refused over what was found.
fn cost_of_refusal(
    single: &Single,
    new: &Row,
    found: &[Option<Option<Attributes>>],
    items: usize,
) -> Result<Charge> {
    let there = item::maybe(found.get(1).cloned().flatten().flatten())?;
    let bytes = |row: &Row| item::bytes(&single.change.address, &row.item);
    let most = there.as_ref().map_or(0, bytes).max(bytes(new));
    Ok(transact::cost_of_refusal(once(most), items - 1))
}
