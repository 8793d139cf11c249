//! What crosses between the roles: frames are the same in whatever chunks they come, and a message that is read can
//! be sent on as it is.
//!
//! The first byte is the size of the chunks; frames follow.

#![no_main]

use bytes::Bytes;
use larder::domain::RequestId;
use larder::wire::frame::{HEAD_BYTES, Head, Kind};
use larder::wire::message::{Asked, Reply, Request};
use larder::wire::{Event, Incoming, Malformed, Outgoing, Queue, Reader};
use libfuzzer_sys::fuzz_target;
use prost::Message;

fuzz_target!(|input: &[u8]| {
    let Some((size, stream)) = input.split_first() else { return };
    if let Some(head) = stream.first_chunk::<HEAD_BYTES>() {
        read_head(head);
    }
    let (events, ended) = events(stream, stream.len().max(1));
    let chunked = self::events(stream, usize::from(*size).max(1));
    assert_eq!((&events, &ended), (&chunked.0, &chunked.1));
    for event in &events {
        match event {
            Event::Request(message) => request(message),
            Event::Reply(message) => reply(message),
            Event::Hello(_) | Event::GoAway => {}
        }
    }
    // The bytes as a message on their own, without frames around.
    let (meta, body) = stream.split_at(usize::from(*size).min(stream.len()));
    let message = Incoming { id: 1, deadline_ms: 1, meta: bytes(meta), body: bytes(body) };
    request(&message);
    reply(&message);
});

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

fn read_head(bytes: &[u8; HEAD_BYTES]) {
    if let Ok(Some(head)) = Head::decode(bytes) {
        assert_eq!(Head::decode(&head.encode()), Ok(Some(head)));
    }
}

/// What a stream says, read in chunks of that size, and why it can't be read on.
fn events(stream: &[u8], size: usize) -> (Vec<Event>, Option<Malformed>) {
    let (mut reader, mut events) = (Reader::default(), Vec::new());
    for chunk in stream.chunks(size) {
        reader.push(bytes(chunk));
        loop {
            match reader.event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(malformed) => return (events, Some(malformed)),
            }
        }
    }
    (events, None)
}

fn request(message: &Incoming) {
    let read = |meta: &Bytes, body: &Bytes| Request::read(meta.clone(), body.clone());
    let Ok(asked) = read(&message.meta, &message.body) else { return };
    let sent = Request::new(&asked.request_id, asked.trace, &asked.call);
    let (meta, body) = cross(Kind::Request, message, &sent);
    let again = read(&meta, &body).expect("what we send can be read");
    let told = |asked: &Asked| format!("{asked:?} {:?}", asked.call.effect());
    assert_eq!(told(&again), told(&asked));
    assert!(RequestId::parse(again.request_id.as_str()).is_some());
}

fn reply(message: &Incoming) {
    let read = |meta: &Bytes, body: &Bytes| Reply::read(meta.clone(), body.clone());
    let Ok(reply) = read(&message.meta, &message.body) else { return };
    let (meta, body) = cross(Kind::Reply, message, &Reply::new(&reply));
    let again = read(&meta, &body).expect("what we send can be read");
    assert_eq!(format!("{again:?}"), format!("{reply:?}"));
}

/// Sends a message over a line, and reads it there.
fn cross<M: Message>(kind: Kind, like: &Incoming, message: &Outgoing<M>) -> (Bytes, Bytes) {
    let mut queue = Queue::default();
    queue.push(kind, like.id, like.deadline_ms, message);
    let stream = std::iter::from_fn(|| queue.take()).collect::<Vec<_>>().concat();
    assert!(queue.is_empty() && queue.large_bytes() == 0);
    match &events(&stream, stream.len()) {
        (events, None) => match &events[..] {
            [Event::Request(came) | Event::Reply(came)] => {
                assert_eq!((came.id, came.deadline_ms), (like.id, like.deadline_ms));
                (came.meta.clone(), came.body.clone())
            }
            other => panic!("one message was sent: {other:?}"),
        },
        (_, Some(malformed)) => panic!("{malformed}"),
    }
}
