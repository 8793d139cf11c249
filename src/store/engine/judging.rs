//! Compiles schemas and judges documents by them: what may take long on threads of its own, not on those on which others
//! wait.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use crate::domain::{Collection, Context, Document, Error, Kind, Result, Schema};

use super::Engine;

/// How many of these things are done at once: as many as there are cores. One whose request is over keeps its place until
/// it has ended, which takes some seconds at most.
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Places {
        Places(Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))))
    }
}

impl Engine {
    /// Judges a document. Pointers to what is wrong begin with `at`.
    ///
    /// # Errors
    /// `schema-violation`; `deadline-exceeded` where the deadline comes before the end of it.
    pub(super) async fn judge(
        &self,
        context: &Context,
        schema: &Arc<Schema>,
        document: &Document,
        at: &str,
    ) -> Result<()> {
        if let Some(judged) = schema.check_quickly(document, at) {
            return judged;
        }
        let (schema, document, at) = (Arc::clone(schema), document.clone(), at.to_owned());
        // In a box, as it is rare, and all writes would carry the place for it.
        let judged = Box::pin(async {
            let place = self.place(context).await?;
            aside(place, context, move || schema.check(&document, &at)).await
        });
        judged.await?
    }

    /// The schema of a collection, ready to judge by.
    ///
    /// # Errors
    /// `deadline-exceeded`.
    pub(super) async fn compiled(
        &self,
        context: &Context,
        collection: &Collection,
    ) -> Result<Option<Arc<Schema>>> {
        let Some(text) = collection.settings.schema.clone() else { return Ok(None) };
        let place = self.place(context).await?;
        // Many may wait for the same, and the first of them is enough.
        match self.settings.get(&collection.name) {
            Some(known) if known.collection.version == collection.version => Ok(known.schema.clone()),
            _ => aside(place, context, move || Some(Arc::new(Schema::kept(&text)))).await,
        }
    }

    async fn place(&self, context: &Context) -> Result<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.judging.0).acquire_owned();
        let place = timeout_at(context.deadline.into(), place).await.map_err(|_| late())?;
        place.map_err(|error| Error::internal("nothing is judged any more").with_source(error))
    }
}

/// Does it on another thread, which keeps the place until it has ended.
async fn aside<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    context: &Context,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let working = spawn_blocking(move || {
        let _place = place;
        work()
    });
    let done = timeout_at(context.deadline.into(), working).await.map_err(|_| late())?;
    done.map_err(|error| Error::internal("a schema could not be judged by").with_source(error))
}

fn late() -> Error {
    let detail = "the deadline passed while a schema was compiled or a document judged by it, or waited for that; nothing was \
                  written";
    Error::new(Kind::DeadlineExceeded, detail)
}
