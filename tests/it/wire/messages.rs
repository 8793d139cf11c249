//! Messages: every operation and every answer is at the other end what it was.

use bytes::Bytes;
use larder::domain::{Attempt, RequestId, TraceContext};
use larder::wire::message::{Asked, Reply, Request};
use larder::wire::{Call, Malformed, Outgoing};
use proptest::prelude::*;
use prost::Message;

use super::replies::reply;
use super::values::call;

fn id() -> RequestId {
    RequestId::parse("01j-request").expect("an id")
}

fn parts<M: Message>(message: &Outgoing<M>) -> (Bytes, Bytes) {
    (message.meta.encode_to_vec().into(), message.documents.concat().into())
}

fn cross(trace: Option<TraceContext>, call: &Call) -> Result<Asked, Malformed> {
    let (meta, body) = parts(&Request::new(&id(), trace, call));
    Request::read(meta, body)
}

/// A field that only a later version knows: number 1000, four bytes.
fn with_unknown_field(meta: &Bytes) -> Bytes {
    [&meta[..], &[0xc2, 0x3e, 4], b"news"].concat().into()
}

proptest! {
    #[test]
    fn operations_cross_unchanged(call in call(), trace_id: u128, span_id: u64, sampled: bool) {
        let trace = TraceContext::new(trace_id, span_id, sampled);
        let came = cross(trace, &call).expect("a message");
        prop_assert_eq!((came.request_id, came.trace), (id(), trace));
        prop_assert_eq!(format!("{:?}", came.call), format!("{call:?}"));
    }

    #[test]
    fn answers_cross_unchanged(reply in reply()) {
        let (meta, body) = parts(&Reply::new(&reply));
        let came = Reply::read(meta, body).expect("a message");
        prop_assert_eq!(format!("{came:?}"), format!("{reply:?}"));
    }

    #[test]
    fn what_only_a_later_version_says_is_not_heard(call in call(), reply in reply()) {
        let (meta, body) = parts(&Request::new(&id(), None, &call));
        let came = Request::read(with_unknown_field(&meta), body).expect("a message").call;
        prop_assert_eq!(format!("{came:?}"), format!("{call:?}"));
        let (meta, body) = parts(&Reply::new(&reply));
        let came = Reply::read(with_unknown_field(&meta), body).expect("a message");
        prop_assert_eq!(format!("{came:?}"), format!("{reply:?}"));
    }

    #[test]
    fn a_message_without_the_end_of_its_documents_is_refused(reply in reply()) {
        let (meta, mut body) = parts(&Reply::new(&reply));
        if body.split_off(body.len().saturating_sub(1)).len() == 1 {
            prop_assert!(Reply::read(meta, body).is_err());
        }
    }

    #[test]
    fn a_repeated_write_says_so_and_nothing_else_changes(call in call()) {
        let mut message = Request::new(&id(), None, &call);
        message.meta.set_attempt(Attempt::RepeatHere);
        let (meta, body) = parts(&message);
        let came = Request::read(meta, body).expect("a message").call;
        let expected = match call {
            Call::Write(mut write) => {
                write.attempt = Attempt::RepeatHere;
                Call::Write(write)
            }
            Call::Transact(mut transaction) => {
                transaction.attempt = Attempt::RepeatHere;
                Call::Transact(transaction)
            }
            Call::PutCollection(mut put) => {
                put.attempt = Attempt::RepeatHere;
                Call::PutCollection(put)
            }
            other => other,
        };
        prop_assert_eq!(format!("{came:?}"), format!("{expected:?}"));
    }
}
