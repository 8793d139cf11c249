//! Writes of single items: what settings decide, then one conditional change, or a rewrite.

use std::sync::Arc;

use crate::domain::{
    Action, Attempt, Charge, Charged, CollectionName, Condition, Context, Error, Item, Kind, Reply, Result,
    Schema, Settings, Ttl, Write, Written, limits,
};
use crate::store::backend::{self, Change, Lifetime, Single};
use crate::store::judge;

use super::{Engine, Known, address, no_such_collection};

/// The settings under which a write happens.
pub(super) struct Terms {
    pub(super) known: Option<Arc<Known>>,
}

impl Terms {
    pub(super) fn shards(&self) -> u16 {
        self.known.as_ref().map_or(1, |known| known.collection.settings.shards)
    }

    pub(super) fn default_ttl(&self) -> Option<u64> {
        self.settings().and_then(|settings| settings.default_ttl)
    }

    pub(super) fn schema(&self) -> Option<&Arc<Schema>> {
        self.known.as_ref().and_then(|known| known.schema.as_ref())
    }

    /// The first write to a missing collection makes it.
    pub(super) fn creates_collection(&self) -> bool {
        self.known.is_none()
    }

    fn settings(&self) -> Option<&Settings> {
        self.known.as_ref().map(|known| &known.collection.settings)
    }

    /// Whether writes here must say which state they expect, and this one does not.
    pub(super) fn misses_precondition(&self, condition: &Condition) -> bool {
        self.settings().is_some_and(|settings| settings.require_preconditions) && !condition.guards_write()
    }

    /// When something that is put ends.
    pub(super) fn lifetime_of_put(&self, ttl: Option<Ttl>) -> Lifetime {
        let default = self.default_ttl().map_or(Ttl::Never, Ttl::Seconds);
        Lifetime::From(ttl.unwrap_or(default))
    }

    /// When something ends that was made from the item that is there, if one is.
    pub(super) fn lifetime_over(&self, ttl: Option<Ttl>, item: Option<&Item>) -> Lifetime {
        match (ttl, item) {
            (None, Some(item)) => Lifetime::At(item.expires),
            (ttl, _) => self.lifetime_of_put(ttl),
        }
    }

    /// When something that is changed ends.
    pub(super) fn lifetime_of_change(&self, ttl: Option<Ttl>) -> Lifetime {
        ttl.map_or(Lifetime::Keep { default: self.default_ttl() }, Lifetime::From)
    }
}

pub(super) fn precondition_required() -> Error {
    let detail = "this collection takes writes only with If-Match, If-None-Match or If-Unmodified-Since";
    Error::new(Kind::PreconditionRequired, detail)
}

impl Engine {
    pub(super) async fn write_one(&self, context: &Context, write: Write) -> Reply<Written> {
        let creates = matches!(write.action, Action::Put(_) | Action::Increment(_));
        if !(creates && self.options.auto_create) {
            return self.write_as_known(context, write, creates).await;
        }
        let name = std::iter::once(&write.target.collection);
        self.until_known(name, || self.write_as_known(context, write.clone(), creates)).await
    }

    /// Tries something again while its collections go after their settings were read: what makes one is judged anew.
    pub(super) async fn until_known<'a, T, F>(
        &self,
        names: impl Iterator<Item = &'a CollectionName> + Clone + Send,
        attempt: impl Fn() -> F + Send,
    ) -> Reply<T>
    where
        F: Future<Output = Reply<T>> + Send,
    {
        let mut charge = Charge::ZERO;
        for _ in 0..limits::CONTENTION_TRIES {
            match attempt().await {
                // If it was missing before, a transaction is told so of its operations.
                Err(error) if error.kind() == Kind::NoSuchCollection && error.failures().is_empty() => {
                    charge += error.charge();
                    names.clone().for_each(|name| self.settings.forget(name));
                }
                Ok(done) => return Ok(Charged::new(done.value, done.charge + charge)),
                Err(error) => return Err(error.with_charge(charge)),
            }
        }
        let detail = "the collection was made and removed again and again meanwhile; try again";
        Err(Error::new(Kind::Conflict, detail).with_retry_after(1).with_charge(charge))
    }

    async fn write_as_known(&self, context: &Context, write: Write, creates: bool) -> Reply<Written> {
        let _under_way = self.begin(&write.target.collection);
        let terms = self.terms(context, &write.target.collection, creates).await;
        let Charged { value: terms, charge } = terms.map_err(|error| in_doubt(write.attempt, error))?;
        let done = match self.judge_early(context, &terms, &write).await {
            Err(error) => self.unless_done(context, &terms, &write, error).await,
            Ok(()) => self.write_under(context, &terms, write).await,
        };
        match done {
            Ok(done) => Ok(Charged::new(done.value, done.charge + charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    /// What can be said before anything is read: the schema of a put, and a missing condition.
    async fn judge_early(&self, context: &Context, terms: &Terms, write: &Write) -> Result<()> {
        if let (Action::Put(document), Some(schema)) = (&write.action, terms.schema()) {
            self.judge(context, schema, document, "").await?;
        }
        let exempt = write.exempt || matches!(write.action, Action::Increment(_));
        if !exempt && terms.misses_precondition(&write.condition) {
            return Err(precondition_required());
        }
        Ok(())
    }

    /// The terms of a write, if it may happen at all.
    pub(super) async fn terms(
        &self,
        context: &Context,
        name: &CollectionName,
        creates: bool,
    ) -> Reply<Terms> {
        let known = self.known(context, name).await?;
        if known.value.is_none() && !(creates && self.options.auto_create) {
            return Err(no_such_collection(name).with_charge(known.charge));
        }
        Ok(known.map(|known| Terms { known }))
    }

    /// The answer that a write had, where settings that came since forbid to do it now.
    ///
    /// # Errors
    /// Why it is refused, where it was not done; `outcome-unknown`.
    async fn unless_done(
        &self,
        context: &Context,
        terms: &Terms,
        write: &Write,
        refusal: Error,
    ) -> Reply<Written> {
        if write.attempt == Attempt::First && !write.keyed {
            return Err(refusal);
        }
        let address = address(write.target.clone(), terms.shards());
        let mut charge = Charge::ZERO;
        match self.answered(context, write, &address, &mut charge).await {
            Ok(Some(written)) => Ok(Charged::new(written, charge)),
            Ok(None) => Err(refusal.with_charge(charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    async fn write_under(&self, context: &Context, terms: &Terms, write: Write) -> Reply<Written> {
        let rewrites = match &write.action {
            Action::Patch(_) => true,
            Action::Increment(_) => terms.schema().is_some(),
            Action::Put(_) | Action::Delete => false,
        };
        if rewrites {
            return self.rewrite(context, terms, write).await;
        }
        let lifetime = match &write.action {
            Action::Put(_) => terms.lifetime_of_put(write.ttl),
            _ => terms.lifetime_of_change(write.ttl),
        };
        let action = backend::Action::plain(write.action)
            .ok_or_else(|| Error::internal("a patch reached a backend"))?;
        let change = Change {
            address: address(write.target, terms.shards()),
            action,
            condition: write.condition,
            by_caller: true,
            lifetime,
            create_collection: terms.creates_collection(),
        };
        let single = Single {
            change,
            write_id: write.write_id,
            keyed: write.keyed,
            token: write.token,
            attempt: write.attempt,
            want_document: write.want_document,
        };
        self.backend.change(context, single).await
    }
}

/// The error of something that can't be done now; whether it was done by an attempt before is not known then.
pub(super) fn in_doubt(attempt: Attempt, refusal: Error) -> Error {
    if attempt == Attempt::First || refusal.kind() != Kind::NoSuchCollection {
        return refusal;
    }
    let charge = refusal.charge();
    judge::outcome_unknown().with_source(refusal).with_charge(charge)
}
