//! Changes that need the document that is there: read, change, store if nobody came between; five tries.

use bytes::Bytes;

use crate::domain::{
    Action, Attempt, Charge, Charged, Condition, Consistency, Context, Document, Error, Item, Kind, Reply,
    Result, Write, Written, limits,
};
use crate::store::backend::{self, Address, Change, Lifetime, Row, Single};
use crate::store::judge;

use super::write::{Terms, in_doubt};
use super::{Engine, address};

/// What one try led to.
enum Try {
    Done(Written),
    Overtaken,
}

impl Engine {
    /// Applies a patch, or an increment that a schema must judge.
    pub(super) async fn rewrite(&self, context: &Context, terms: &Terms, write: Write) -> Reply<Written> {
        let address = address(write.target.clone(), terms.shards());
        let mut charge = Charge::ZERO;
        for _ in 0..limits::CONTENTION_TRIES {
            match self.try_rewrite(context, terms, &write, &address, &mut charge).await {
                Ok(Try::Done(written)) => return Ok(Charged::new(written, charge)),
                Ok(Try::Overtaken) => {}
                Err(error) => return Err(error.with_charge(charge)),
            }
        }
        let detail = "other writes to this item kept coming between; try again";
        Err(Error::new(Kind::Conflict, detail).with_retry_after(1).with_charge(charge))
    }

    async fn try_rewrite(
        &self,
        context: &Context,
        terms: &Terms,
        write: &Write,
        address: &Address,
        charge: &mut Charge,
    ) -> Result<Try> {
        let read = self.backend.get(context, address, Consistency::Strong).await?;
        *charge += read.charge;
        let live = self.live(read.value);
        if let Some(written) = judge::replay(write.write_id, write.keyed, live.as_ref(), write.want_document)?
        {
            return Ok(Try::Done(written));
        }
        let undone = judge::pins(&write.condition, live.as_ref());
        judge::repeat(write.attempt, undone)?;
        let document = match self.rewritten(context, terms, write, live.as_ref()).await {
            Ok(document) => document,
            // The first attempt may be the very reason why the second can't be done any more.
            Err(error) => {
                let repeats = write.attempt != Attempt::First || write.token.is_some();
                if repeats
                    && !undone
                    && let Some(written) = self.answered(context, write, address, charge).await?
                {
                    return Ok(Try::Done(written));
                }
                return Err(error);
            }
        };
        let single = put_over(terms, write, address, live.as_ref(), document);
        match self.backend.change(context, single).await {
            Ok(written) => {
                *charge += written.charge;
                Ok(Try::Done(written.value))
            }
            // Our own condition, not the caller's: somebody came between.
            Err(error) if error.kind() == Kind::PreconditionFailed => {
                *charge += error.charge();
                Ok(Try::Overtaken)
            }
            Err(error) => Err(error),
        }
    }

    /// What was answered before: under the same key, or to an earlier attempt. The backend looks at that before it
    /// looks at a condition, and the one here never holds.
    ///
    /// # Errors
    /// `outcome-unknown` where the backend can't tell.
    pub(super) async fn answered(
        &self,
        context: &Context,
        write: &Write,
        address: &Address,
        charge: &mut Charge,
    ) -> Result<Option<Written>> {
        let change = Change {
            address: address.clone(),
            action: never_done(&write.action),
            condition: Condition::never(),
            by_caller: false,
            lifetime: Lifetime::At(None),
            create_collection: false,
        };
        let Write { write_id, keyed, token, attempt, want_document, .. } = *write;
        let single = Single { change, write_id, keyed, token, attempt, want_document };
        match self.backend.change(context, single).await {
            Ok(written) => {
                *charge += written.charge;
                Ok(Some(written.value))
            }
            Err(error) if matches!(error.kind(), Kind::PreconditionFailed | Kind::NoSuchItem) => {
                *charge += error.charge();
                Ok(None)
            }
            Err(error) => Err(in_doubt(attempt, error)),
        }
    }

    async fn rewritten(
        &self,
        context: &Context,
        terms: &Terms,
        write: &Write,
        live: Option<&Row>,
    ) -> Result<Document> {
        if live.is_none() && matches!(write.action, Action::Patch(_)) {
            return Err(Error::no_such_item());
        }
        judge::condition(&write.condition, live, write.want_document)?;
        let before = live.map(|row| &row.item.document);
        let document = match (&write.action, before) {
            (Action::Patch(patch), Some(before)) => patch.apply(before)?,
            (Action::Increment(increments), before) => increments.apply(before)?,
            _ => return Err(Error::internal("only patches and increments are rewritten")),
        };
        if let Some(schema) = terms.schema() {
            self.judge(context, schema, &document, "").await?;
        }
        Ok(document)
    }
}

/// An action of the same kind, under a condition that never holds: whether a row is left or removed is all that counts.
fn never_done(action: &Action) -> backend::Action {
    match action {
        Action::Put(document) => backend::Action::Put(document.clone()),
        Action::Increment(increments) => backend::Action::Increment(increments.clone()),
        Action::Delete => backend::Action::Delete,
        Action::Patch(_) => backend::Action::Put(Document::trusted(Bytes::from_static(b"null"))),
    }
}

/// Stores the document over exactly the version that it was made from.
fn put_over(
    terms: &Terms,
    write: &Write,
    address: &Address,
    live: Option<&Row>,
    document: Document,
) -> Single {
    let item: Option<&Item> = live.map(|row| &row.item);
    let condition = item.map_or_else(Condition::absent, |item| Condition::version(item.version));
    Single {
        change: Change {
            address: address.clone(),
            action: backend::Action::Put(document),
            condition,
            by_caller: judge::pins(&write.condition, live),
            lifetime: terms.lifetime_over(write.ttl, item),
            create_collection: terms.creates_collection(),
        },
        write_id: write.write_id,
        keyed: write.keyed,
        token: write.token,
        attempt: write.attempt,
        want_document: write.want_document,
    }
}
