//! Frames: whatever the bounds of chunks, the order of pieces, or the bytes.

use bytes::Bytes;
use larder::domain::{Charge, Charged, Consistency, Document, Item, Reply, RequestId, Version, WriteId};
use larder::wire::frame::{FRAME_BYTES, Head, Kind};
use larder::wire::line::{MESSAGE_BYTES, PARTIAL_BYTES, PIECE_BYTES};
use larder::wire::message::{Reply as ReplyMessage, Request};
use larder::wire::{Answer, Call, Event, Malformed, Outgoing, Queue, Reader};
use proptest::prelude::*;

/// An answer with a document of that many bytes.
fn answer(bytes: usize) -> Outgoing<ReplyMessage> {
    let document = Document::trusted(vec![b'x'; bytes].into());
    let version = Version { stamp: 1, write: WriteId::from_bits(2) };
    let item = Item { document, version, expires: None };
    let reply: Reply<Answer> = Ok(Charged::new(Answer::Read(Some(item), Consistency::Strong), Charge::ZERO));
    ReplyMessage::new(&reply)
}

fn drain(queue: &mut Queue) -> Vec<Bytes> {
    std::iter::from_fn(|| queue.take()).collect()
}

/// Reads a stream in chunks that end at the given places.
fn read_all(stream: &[u8], ends: &[usize]) -> Result<Vec<Event>, Malformed> {
    let mut reader = Reader::default();
    let mut events = Vec::new();
    let mut from = 0;
    for end in ends.iter().copied().chain([stream.len()]) {
        let end = end.clamp(from, stream.len());
        reader.push(Bytes::copy_from_slice(&stream[from..end]));
        from = end;
        while let Some(event) = reader.event()? {
            events.push(event);
        }
    }
    Ok(events)
}

/// The ids of answers in the order in which they came whole, with the sizes of their documents.
fn answers(events: &[Event]) -> Vec<(u64, usize)> {
    let one = |event: &Event| match event {
        Event::Reply(message) => {
            let reply = ReplyMessage::read(message.meta.clone(), message.body.clone()).expect("an answer");
            match reply.expect("no error").value {
                Answer::Read(Some(item), _) => (message.id, item.document.bytes().len()),
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    };
    events.iter().map(one).collect()
}

proptest! {
    #[test]
    fn messages_of_any_size_come_whole_whatever_the_bounds_of_chunks(
        sizes in prop::collection::vec(prop_oneof![0..200usize, 15_900..16_100usize, 0..100_000usize], 1..12),
        mut ends in prop::collection::vec(0..400_000usize, 0..40),
    ) {
        let mut queue = Queue::default();
        for (id, size) in sizes.iter().enumerate() {
            queue.push(Kind::Reply, id as u64, 0, &answer(*size));
        }
        let stream = drain(&mut queue).concat();
        ends.sort_unstable();
        let mut came = answers(&read_all(&stream, &ends).expect("frames"));
        came.sort_unstable();
        let sent: Vec<(u64, usize)> = sizes.iter().enumerate().map(|(id, size)| (id as u64, *size)).collect();
        prop_assert_eq!(came, sent);
        prop_assert!(queue.is_empty() && queue.large_bytes() == 0);
    }

    #[test]
    fn a_stream_read_byte_by_byte_is_the_same_stream(sizes in prop::collection::vec(0..20_000usize, 1..4)) {
        let mut queue = Queue::default();
        for (id, size) in sizes.iter().enumerate() {
            queue.push(Kind::Reply, id as u64, 0, &answer(*size));
        }
        let stream = drain(&mut queue).concat();
        let ends: Vec<usize> = (0..stream.len()).collect();
        prop_assert_eq!(read_all(&stream, &ends), read_all(&stream, &[]));
    }

    #[test]
    fn no_bytes_are_fatal(
        stream in prop::collection::vec(any::<u8>(), 0..600),
        mut ends in prop::collection::vec(0..600usize, 0..8),
    ) {
        ends.sort_unstable();
        // Either answer is fine; a panic is not.
        drop(read_all(&stream, &ends));
    }

    #[test]
    fn no_change_of_a_byte_is_fatal(at: prop::sample::Index, to: u8, size in 0..40_000usize) {
        let mut queue = Queue::default();
        queue.push(Kind::Reply, 7, 0, &answer(size));
        queue.push(Kind::Request, 8, 9, &Request::new(&RequestId::parse("r").expect("an id"), None, &Call::Ready));
        let mut stream = drain(&mut queue).concat();
        let at = at.index(stream.len());
        stream[at] = to;
        for event in read_all(&stream, &[]).unwrap_or_default() {
            match event {
                Event::Reply(message) => drop(ReplyMessage::read(message.meta, message.body)),
                Event::Request(message) => drop(Request::read(message.meta, message.body)),
                Event::Hello(_) | Event::GoAway => {}
            }
        }
    }

    #[test]
    fn no_message_is_fatal(
        meta in prop::collection::vec(any::<u8>(), 0..300),
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        drop(Request::read(meta.clone().into(), body.clone().into()));
        drop(ReplyMessage::read(meta.into(), body.into()));
    }
}

#[test]
fn what_is_small_passes_what_is_large() {
    let mut queue = Queue::default();
    queue.push(Kind::Reply, 1, 0, &answer(300_000));
    queue.push(Kind::Reply, 2, 0, &answer(100_000));
    let first = queue.take().expect("a piece");
    queue.push(Kind::Reply, 3, 0, &answer(100));
    let second = queue.take().expect("a small frame, and a piece");
    assert!(first.len() <= 16 * 1024 && second.len() <= 16 * 1024 + 1024, "{} {}", first.len(), second.len());
    let rest = drain(&mut queue).concat();
    let stream = [&first[..], &second[..], &rest[..]].concat();
    let order: Vec<u64> =
        answers(&read_all(&stream, &[]).expect("frames")).iter().map(|(id, _)| *id).collect();
    assert_eq!(order, [3, 2, 1], "large ones take turns, so the smaller of them is done first");
}

#[test]
fn no_more_is_begun_than_the_other_end_takes_in_part() {
    let bytes = MESSAGE_BYTES - 1024;
    let many = PARTIAL_BYTES / bytes + 2;
    let mut queue = Queue::default();
    let message = answer(bytes);
    for id in 0..many {
        queue.push(Kind::Reply, id as u64, 0, &message);
    }
    let mut reader = Reader::default();
    let mut came = 0;
    while let Some(chunk) = queue.take() {
        reader.push(chunk);
        while let Some(event) = reader.event().expect("no more than it takes") {
            came += answers(&[event]).len();
        }
    }
    assert_eq!((came, queue.large_bytes()), (many, 0));
}

#[test]
fn what_is_called_back_never_comes() {
    let mut queue = Queue::default();
    let small = queue.push(Kind::Reply, 1, 0, &answer(10));
    let kept = queue.push(Kind::Reply, 2, 0, &answer(10));
    let large = queue.push(Kind::Reply, 3, 0, &answer(100_000));
    let begun = queue.push(Kind::Reply, 4, 0, &answer(200_000));
    assert!(queue.revoke(1, small));
    let mut stream = Vec::new();
    // Both large ones have begun to leave after two chunks.
    stream.extend(queue.take().expect("small frames, and a piece"));
    stream.extend(queue.take().expect("a piece"));
    assert!(!queue.revoke(2, kept), "it has left");
    assert!(queue.revoke(4, begun), "only a part of it has left");
    stream.extend(drain(&mut queue).concat());
    assert!(!queue.revoke(3, large), "it has left");
    let came = answers(&read_all(&stream, &[]).expect("frames"));
    assert_eq!(came, [(2, 10), (3, 100_000)]);
    assert_eq!((queue.large_bytes(), queue.small_bytes()), (0, 0));
}

#[test]
fn frames_of_a_later_version_are_skipped() {
    let unknown = Head { bytes: 3, flags: 0xff, ..Head::bare(Kind::Unknown(200), 5) };
    let mut queue = Queue::default();
    queue.push(Kind::Reply, 1, 0, &answer(10));
    let stream =
        [&unknown.encode()[..], b"new", &drain(&mut queue).concat(), &unknown.encode(), b"new"].concat();
    assert_eq!(answers(&read_all(&stream, &[]).expect("frames")), [(1, 10)]);
}

#[test]
fn what_no_peer_sends_ends_the_line() {
    let piece = Head { bytes: 1, ..Head::bare(Kind::Piece, 1) };
    let begin = Head { bytes: 1, flags: 1, ..Head::bare(Kind::Reply, 1) };
    let endless = Head { bytes: 1, meta: u32::MAX, ..Head::bare(Kind::Piece, 1) };
    let longer = Head { bytes: FRAME_BYTES as u32 + 1, ..Head::bare(Kind::Reply, 1) };
    let meta = Head { bytes: 1, meta: 2, ..Head::bare(Kind::Reply, 1) };
    let frame = |head: &Head| [&head.encode()[..], b"x"].concat();
    for (what, stream) in [
        ("a piece of nothing", frame(&piece)),
        ("two beginnings", [frame(&begin), frame(&begin)].concat()),
        ("an endless message", [frame(&begin), frame(&endless)].concat()),
        ("an endless frame", frame(&longer)),
        ("a meta part beyond its frame", frame(&meta)),
        ("a message that changes its size", {
            let more = Head { bytes: 1, meta: 5, ..Head::bare(Kind::Piece, 1) };
            [frame(&begin), frame(&more), frame(&more)].concat()
        }),
        ("a message that shrinks before its first byte has come", {
            let more = |left| Head { meta: left, ..Head::bare(Kind::Piece, 1) }.encode();
            let begin = Head { flags: 1, ..Head::bare(Kind::Reply, 1) }.encode();
            [&begin[..], &more(5), &more(4)].concat()
        }),
    ] {
        assert!(read_all(&stream, &[]).is_err(), "{what}");
    }
}

#[test]
fn a_frame_that_lies_in_one_chunk_is_not_copied() {
    let mut queue = Queue::default();
    queue.push(Kind::Reply, 1, 0, &answer(PIECE_BYTES / 2));
    let chunk = queue.take().expect("a frame");
    let memory = chunk.as_ptr_range();
    let mut reader = Reader::default();
    reader.push(chunk);
    let Ok(Some(Event::Reply(message))) = reader.event() else { panic!("no answer") };
    assert!(memory.contains(&message.body.as_ptr()));
}
