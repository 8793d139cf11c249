//! One operation of a line: from the message that asks to the answer.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use crate::domain::{Charge, Charged, Context, Error, Kind, Reply, Store};
use crate::http::Permit;
use crate::telemetry::log::{self, Ids};
use crate::telemetry::metrics;
use crate::telemetry::trace::{Span, Tracer};
use crate::wire::{Answer, Call};

/// An operation that has been let in.
pub(super) struct Operation {
    /// The id of the call.
    pub(super) id: u64,
    pub(super) context: Context,
    pub(super) call: Call,
    pub(super) permit: Permit,
}

/// An operation that has ended.
pub(super) struct Done {
    pub(super) id: u64,
    pub(super) heavy: bool,
    pub(super) reply: Reply<Answer>,
}

/// An operation that is being done.
pub(super) type Running = Pin<Box<dyn Future<Output = Done> + Send>>;

impl Operation {
    /// Begins.
    pub(super) fn run(self, store: Arc<dyn Store>, tracer: &Tracer) -> Running {
        let Operation { id, mut context, call, permit } = self;
        let mut span = span(tracer, &context, &call);
        context.trace = span.context().or(context.trace);
        let ids = Ids { request_id: context.request_id.clone(), trace: context.trace };
        Box::pin(log::within(ids, async move {
            let heavy = call.is_heavy();
            let reply = answer(store.as_ref(), &context, call).await;
            drop(permit);
            if let Err(error) = &reply {
                note(error);
                span.outcome(Some(error));
            }
            Done { id, heavy, reply }
        }))
    }
}

/// The span of an operation; looking whether the store is ready is none.
fn span(tracer: &Tracer, context: &Context, call: &Call) -> Span {
    let operation = match call {
        Call::Read(_) => metrics::Operation::Read,
        Call::ReadMany(_) => metrics::Operation::ReadMany,
        Call::Write(write) => metrics::Operation::of_write(&write.action),
        Call::List(_) => metrics::Operation::List,
        Call::Transact(_) => metrics::Operation::Transact,
        Call::Collections(_) => metrics::Operation::Collections,
        Call::Collection(_) => metrics::Operation::Collection,
        Call::PutCollection(_) => metrics::Operation::PutCollection,
        Call::DeleteCollection(..) => metrics::Operation::DeleteCollection,
        Call::Ready => return Span::default(),
    };
    tracer.store_server(context.trace, operation)
}

/// Logs what is wrong with the store itself. The causes do not cross, so they are said here, once.
fn note(error: &Error) {
    if matches!(error.kind(), Kind::Internal | Kind::StoreUnavailable) {
        let cause = std::error::Error::source(error).map(|_| tracing::field::display(log::Causes(error)));
        tracing::error!(error = error.kind().name(), cause, "an operation failed: {}", error.detail());
    } else {
        tracing::debug!(error = error.kind().name(), "an operation was refused: {}", error.detail());
    }
}

/// The error of an operation for which nobody waits any more.
pub(super) fn too_late() -> Error {
    Error::new(Kind::DeadlineExceeded, "the deadline had passed when the operation reached the store")
}

async fn answer(store: &dyn Store, context: &Context, call: Call) -> Reply<Answer> {
    if context.deadline <= Instant::now() {
        return Err(too_late());
    }
    match call {
        Call::Read(read) => {
            let read = store.read(context, read).await?;
            Ok(read.map(|(item, consistency)| Answer::Read(item, consistency)))
        }
        Call::ReadMany(reads) => Ok(store.read_many(context, reads).await?.map(Answer::ReadMany)),
        Call::Write(write) => Ok(store.write(context, write).await?.map(Answer::Written)),
        Call::List(query) => Ok(store.list(context, query).await?.map(Answer::Page)),
        Call::Transact(transaction) => Ok(store.transact(context, transaction).await?.map(Answer::Outcomes)),
        Call::Collections(query) => Ok(store.collections(context, query).await?.map(Answer::Collections)),
        Call::Collection(name) => Ok(store.collection(context, name).await?.map(Answer::Collection)),
        Call::PutCollection(put) => Ok(store.put_collection(context, put).await?.map(Answer::Written)),
        Call::DeleteCollection(name, condition) => {
            Ok(store.delete_collection(context, name, condition).await?.map(|()| Answer::Done))
        }
        Call::Ready => {
            store.ready(context).await?;
            Ok(Charged::new(Answer::Done, Charge::ZERO))
        }
    }
}
