//! What the api asks of a store.

use bytes::Bytes;
use prost::Message;

use crate::domain::{Attempt, CollectionName, CollectionQuery, Read, RequestId, TraceContext};
use crate::wire::documents::{Collector, Documents, Outgoing};
use crate::wire::{Call, Malformed};

use super::condition::ConditionPart;
use super::parts::{TracePart, attempt_code, needed};
use super::query::{ListPart, ReadPart, limit};
use super::transaction::TransactionPart;
use super::write::{PutCollectionPart, WritePart};

/// An operation, and the request that it belongs to.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Request {
    #[prost(string, tag = "1")]
    request_id: String,
    #[prost(message, optional, tag = "2")]
    trace: Option<TracePart>,
    #[prost(oneof = "CallPart", tags = "10, 11, 12, 13, 14, 15, 16, 17, 18, 19")]
    call: Option<CallPart>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum CallPart {
    #[prost(message, tag = "10")]
    Read(ReadPart),
    #[prost(message, tag = "11")]
    ReadMany(ReadsPart),
    #[prost(message, tag = "12")]
    Write(WritePart),
    #[prost(message, tag = "13")]
    List(ListPart),
    #[prost(message, tag = "14")]
    Transact(TransactionPart),
    #[prost(message, tag = "15")]
    Collections(CollectionsPart),
    #[prost(string, tag = "16")]
    Collection(String),
    #[prost(message, tag = "17")]
    PutCollection(PutCollectionPart),
    #[prost(message, tag = "18")]
    DeleteCollection(DeleteCollectionPart),
    #[prost(bool, tag = "19")]
    Ready(bool),
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReadsPart {
    #[prost(message, repeated, tag = "1")]
    reads: Vec<ReadPart>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CollectionsPart {
    #[prost(uint32, tag = "1")]
    limit: u32,
    #[prost(string, optional, tag = "2")]
    after: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct DeleteCollectionPart {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    condition: Option<ConditionPart>,
}

/// A request as it came.
#[derive(Debug)]
pub struct Asked {
    /// The request that the call belongs to.
    pub request_id: RequestId,
    /// The span that made the call.
    pub trace: Option<TraceContext>,
    /// What to do.
    pub call: Call,
}

impl Request {
    /// The message of a call, for a request and the span that makes it.
    pub fn new(request_id: &RequestId, trace: Option<TraceContext>, call: &Call) -> Outgoing<Request> {
        let mut documents = Collector::default();
        let call = CallPart::new(call, &mut documents);
        let (request_id, trace) = (request_id.as_str().into(), trace.map(TracePart::from));
        documents.with(Request { request_id, trace, call: Some(call) })
    }

    /// Says how often a write was tried. Of no effect on calls that are not told it.
    pub fn set_attempt(&mut self, attempt: Attempt) {
        let place = match &mut self.call {
            Some(CallPart::Write(write)) => &mut write.attempt,
            Some(CallPart::Transact(transaction)) => &mut transaction.attempt,
            Some(CallPart::PutCollection(put)) => &mut put.attempt,
            _ => return,
        };
        *place = attempt_code(attempt);
    }

    /// Reads a message.
    ///
    /// # Errors
    /// Where it is none that this version knows.
    pub fn read(meta: Bytes, body: Bytes) -> Result<Asked, Malformed> {
        let request = Request::decode(meta)?;
        let request_id = needed(RequestId::parse(&request.request_id), "a request id")?;
        let call = needed(request.call, "an operation that this version knows")?;
        let call = call.call(&mut Documents::new(body))?;
        Ok(Asked { request_id, trace: request.trace.and_then(TracePart::context), call })
    }
}

impl CallPart {
    fn new(call: &Call, documents: &mut Collector) -> CallPart {
        match call {
            Call::Read(read) => CallPart::Read(read.into()),
            Call::ReadMany(reads) => {
                CallPart::ReadMany(ReadsPart { reads: reads.iter().map(ReadPart::from).collect() })
            }
            Call::Write(write) => CallPart::Write(WritePart::new(write, documents)),
            Call::List(query) => CallPart::List(query.into()),
            Call::Transact(transaction) => CallPart::Transact(TransactionPart::new(transaction, documents)),
            Call::Collections(query) => CallPart::Collections(CollectionsPart {
                limit: u32::from(query.limit),
                after: query.after.as_ref().map(|name| name.as_str().into()),
            }),
            Call::Collection(name) => CallPart::Collection(name.as_str().into()),
            Call::PutCollection(put) => CallPart::PutCollection(PutCollectionPart::new(put, documents)),
            Call::DeleteCollection(name, condition) => CallPart::DeleteCollection(DeleteCollectionPart {
                name: name.as_str().into(),
                condition: ConditionPart::of(condition),
            }),
            Call::Ready => CallPart::Ready(true),
        }
    }

    fn call(self, documents: &mut Documents) -> Result<Call, Malformed> {
        Ok(match self {
            CallPart::Read(part) => Call::Read(part.try_into()?),
            CallPart::ReadMany(part) => {
                Call::ReadMany(part.reads.into_iter().map(Read::try_from).collect::<Result<_, _>>()?)
            }
            CallPart::Write(part) => Call::Write(part.write(documents)?),
            CallPart::List(part) => Call::List(part.try_into()?),
            CallPart::Transact(part) => Call::Transact(part.transaction(documents)?),
            CallPart::Collections(part) => Call::Collections(CollectionQuery {
                limit: limit(part.limit)?,
                after: part.after.map(|name| CollectionName::parse(&name)).transpose()?,
            }),
            CallPart::Collection(name) => Call::Collection(CollectionName::parse(&name)?),
            CallPart::PutCollection(part) => Call::PutCollection(part.put(documents)?),
            CallPart::DeleteCollection(part) => {
                let name = CollectionName::parse(&part.name)?;
                Call::DeleteCollection(name, ConditionPart::condition(part.condition))
            }
            CallPart::Ready(_) => Call::Ready,
        })
    }
}
