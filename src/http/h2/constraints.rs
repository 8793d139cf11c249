//! Judges how a client of HTTP/2 behaves, from the frames of both sides.
//!
//! What the framework's HTTP/2 leaves unbounded is bounded here: requests that are open at once on a connection, what one
//! head may cost, and frames that ask for nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::limits;

use super::frames::{
    ACK, CONTINUATION, DATA, END_STREAM, Frames, HEADERS, Head, PADDED, PRIORITIZED, Piece, RST_STREAM,
    SETTINGS,
};
use super::hpack::Fields;

/// Requests that may be open on a connection at once. Clients are told so.
pub(super) const STREAMS: usize = limits::HTTP2_STREAMS;

/// As long as a client may not know. Most begin with 100, without being told.
const STREAMS_UNTOLD: usize = 256;

/// Bytes of the fields of a head, decoded and encoded. Clients are told so.
pub(super) const HEAD_BYTES: usize = limits::HTTP2_HEAD_BYTES;

/// Fields of a head. HTTP/1.1 has 96, but there cookies are one.
const HEAD_FIELDS: usize = limits::HTTP2_FIELDS;

/// Frames that ask for nothing: so many at once, and so many a second.
const IDLE_BURST: u32 = 1000;
const IDLE_PER_SECOND: u32 = 100;

/// Each frame of data that was sent to a client allows it some in return, such as updates of two windows and a ping
/// that measures; and so does each of its requests, which it may give up or give a weight.
const EARNED: u32 = 4;
const EARNED_MOST: u32 = 16 * 1024;

/// Data that came too late for a request which was refused early is nobody's fault; small pieces of it could be a flood.
const LARGE_DATA: usize = 1024;

/// What a client did that ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    #[error("more than {STREAMS} requests were open at once")]
    Streams,
    #[error("a head was larger than {HEAD_BYTES} bytes")]
    HeadBytes,
    #[error("a head had more than {HEAD_FIELDS} fields")]
    HeadFields,
    #[error("too many frames came that ask for nothing")]
    Idle,
    #[error("a request stood still, and so did the frame that was on its way")]
    Stuck,
}

/// A connection as seen from the frames that passed. Its size has a bound.
#[derive(Debug)]
pub(super) struct Constraints {
    pub(super) inbound: Frames,
    pub(super) outbound: Frames,
    streams: Vec<Stream>,
    highest: u32,
    /// Whether the client has said that it knows our settings.
    told: bool,
    block: Option<Block>,
    allowance: Allowance,
}

/// A request that has not ended.
#[derive(Debug)]
struct Stream {
    id: u32,
    /// Which sides have said all.
    asked: bool,
    answered: bool,
    /// How many looks ago something of it last moved.
    still: u8,
}

/// A block of fields that is on its way.
#[derive(Debug, Default)]
struct Block {
    bytes: usize,
    fields: Fields,
    /// Bytes of the frame's payload before the fields, and after them.
    before: usize,
    padded: bool,
    /// Bytes of fields yet to come in this frame; less when it turns out to be padded.
    left: usize,
}

#[derive(Debug)]
struct Allowance {
    left: u32,
    since: Instant,
}

impl Constraints {
    pub(super) fn new(now: Instant) -> Constraints {
        Constraints {
            inbound: Frames::of_client(),
            outbound: Frames::of_server(),
            streams: Vec::new(),
            highest: 0,
            told: false,
            block: None,
            allowance: Allowance { left: IDLE_BURST, since: now },
        }
    }

    /// Follows what the client sent.
    pub(super) fn received(&mut self, mut bytes: &[u8], now: Instant) -> Result<(), Violation> {
        while let Some(piece) = self.inbound.next(&mut bytes) {
            match piece {
                Piece::Head(head) => self.came_head(head, now)?,
                Piece::Payload(payload) => {
                    if let Some(block) = &mut self.block {
                        block.follow(payload)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn came_head(&mut self, head: Head, now: Instant) -> Result<(), Violation> {
        let opens = head.kind == HEADERS && head.stream > self.highest && head.stream % 2 == 1;
        if opens {
            self.highest = head.stream;
            if self.streams.len() >= if self.told { STREAMS } else { STREAMS_UNTOLD } {
                return Err(Violation::Streams);
            }
            self.streams.push(Stream { id: head.stream, asked: false, answered: false, still: 0 });
            self.allowance.earn();
        }
        let data = head.kind == DATA && head.length > 0 && !head.has(PADDED);
        let moves = data && (head.length >= LARGE_DATA || self.find(head.stream).is_some());
        if !opens && !moves {
            self.allowance.spend(now)?;
        }
        self.told |= head.kind == SETTINGS && head.has(ACK);
        match head.kind {
            HEADERS => self.block = Some(Block::default()),
            CONTINUATION => {}
            _ => self.block = None,
        }
        if let Some(block) = &mut self.block {
            block.frame(head)?;
        }
        match head.kind {
            DATA | HEADERS => {
                if let Some(stream) = self.find(head.stream) {
                    stream.asked |= head.has(END_STREAM);
                    if opens || moves {
                        stream.still = 0;
                    }
                }
                self.forget_ended(head.stream);
            }
            RST_STREAM => self.forget(head.stream),
            _ => {}
        }
        Ok(())
    }

    /// Follows what was sent to the client.
    pub(super) fn sent(&mut self, mut bytes: &[u8]) {
        while let Some(piece) = self.outbound.next(&mut bytes) {
            let Piece::Head(head) = piece else { continue };
            match head.kind {
                DATA | HEADERS => {
                    self.allowance.earn();
                    if let Some(stream) = self.find(head.stream) {
                        stream.still = 0;
                        stream.answered |= head.has(END_STREAM);
                    }
                    self.forget_ended(head.stream);
                }
                RST_STREAM => self.forget(head.stream),
                _ => {}
            }
        }
    }

    /// Looks for requests of which nothing has moved for so many looks, and forgets them.
    pub(super) fn take_still(&mut self, looks: u8) -> Vec<u32> {
        self.streams.iter_mut().for_each(|stream| stream.still = stream.still.saturating_add(1));
        let still = self.streams.extract_if(.., |stream| stream.still > looks);
        still.map(|stream| stream.id).collect()
    }

    /// Counts all requests as moved: what does not get through to the client holds them all.
    pub(super) fn excuse(&mut self) {
        self.streams.iter_mut().for_each(|stream| stream.still = 0);
    }

    /// The newest request.
    pub(super) fn highest(&self) -> u32 {
        self.highest
    }

    fn find(&mut self, id: u32) -> Option<&mut Stream> {
        self.streams.iter_mut().find(|stream| stream.id == id)
    }

    fn forget_ended(&mut self, id: u32) {
        self.streams.retain(|stream| stream.id != id || !(stream.asked && stream.answered));
    }

    fn forget(&mut self, id: u32) {
        self.streams.retain(|stream| stream.id != id);
    }
}

impl Block {
    /// A frame of it begins.
    fn frame(&mut self, head: Head) -> Result<(), Violation> {
        self.bytes += head.length;
        if self.bytes > HEAD_BYTES {
            return Err(Violation::HeadBytes);
        }
        let first = head.kind == HEADERS;
        self.padded = first && head.has(PADDED);
        self.before = if first && head.has(PRIORITIZED) { 5 } else { 0 };
        self.left = head.length.saturating_sub(self.before);
        Ok(())
    }

    fn follow(&mut self, mut payload: &[u8]) -> Result<(), Violation> {
        if std::mem::take(&mut self.padded)
            && let Some((&padding, rest)) = payload.split_first()
        {
            self.left = self.left.saturating_sub(1 + usize::from(padding));
            payload = rest;
        }
        let skipped = self.before.min(payload.len());
        self.before -= skipped;
        payload = &payload[skipped..];
        let taken = self.left.min(payload.len());
        self.left -= taken;
        self.fields.follow(&payload[..taken]);
        if self.fields.count() > HEAD_FIELDS { Err(Violation::HeadFields) } else { Ok(()) }
    }
}

impl Allowance {
    fn earn(&mut self) {
        self.left = (self.left + EARNED).min(EARNED_MOST);
    }

    fn spend(&mut self, now: Instant) -> Result<(), Violation> {
        if self.left == 0 {
            let passed = now.saturating_duration_since(self.since).min(Duration::from_secs(60));
            let more = passed.as_millis() as u32 * IDLE_PER_SECOND / 1000;
            self.left = more.min(IDLE_BURST);
            self.since = now;
        }
        self.left = self.left.checked_sub(1).ok_or(Violation::Idle)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::h2::frames::END_HEADERS;
    use proptest::prelude::*;

    const PING: u8 = 6;
    const WINDOW_UPDATE: u8 = 8;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        [&Head { kind, flags, stream, length: payload.len() }.to_bytes()[..], payload].concat()
    }

    fn asks(stream: u32) -> Vec<u8> {
        frame(HEADERS, END_HEADERS | END_STREAM, stream, &[0x82])
    }

    /// A connection after the preface; its client knows the settings or not.
    fn begun(told: bool) -> (Constraints, Instant) {
        let now = Instant::now();
        let mut constraints = Constraints::new(now);
        constraints.received(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", now).unwrap();
        constraints.received(&frame(SETTINGS, if told { ACK } else { 0 }, 0, &[]), now).unwrap();
        (constraints, now)
    }

    #[test]
    fn requests_are_open_until_both_sides_have_said_all_or_one_gives_up() {
        let (mut constraints, now) = begun(true);
        constraints.received(&frame(HEADERS, END_HEADERS, 1, &[0x82]), now).unwrap();
        constraints.received(&asks(3), now).unwrap();
        constraints.received(&asks(5), now).unwrap();
        constraints.received(&asks(7), now).unwrap();
        constraints.sent(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x88]));
        constraints.sent(&frame(HEADERS, END_HEADERS, 3, &[0x88]));
        assert_eq!(constraints.streams.len(), 4);
        constraints.received(&frame(DATA, END_STREAM, 1, &[]), now).unwrap();
        assert_eq!(constraints.streams.len(), 3);
        constraints.sent(&frame(DATA, END_STREAM, 3, b"x"));
        constraints.received(&frame(RST_STREAM, 0, 5, &[0; 4]), now).unwrap();
        constraints.sent(&frame(RST_STREAM, 0, 7, &[0; 4]));
        assert_eq!(constraints.streams.len(), 0);
    }

    #[test]
    fn as_many_as_were_announced_may_be_open_and_more_for_those_who_cannot_know() {
        for (told, most) in [(true, STREAMS), (false, STREAMS_UNTOLD)] {
            let (mut constraints, now) = begun(told);
            let mut next = (1..).step_by(2);
            for stream in next.by_ref().take(most) {
                constraints.received(&asks(stream), now).unwrap();
            }
            constraints.sent(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x88]));
            constraints.received(&asks(next.next().unwrap()), now).unwrap();
            assert_eq!(constraints.received(&asks(next.next().unwrap()), now), Err(Violation::Streams));
        }
    }

    #[test]
    fn a_head_has_bounds_whatever_it_is_wrapped_in() {
        let flags = PADDED | PRIORITIZED;
        let wrapped = |fields: &[u8]| [&[9][..], &[0x82; 5], fields, &[0x82; 9]].concat();
        let fits = [vec![0x82; 100], vec![0, 1, b'a', 0x7f, 0x81, 0x80, 0], vec![b'v'; 0x80]].concat();
        for more in [27, 28] {
            let (mut constraints, now) = begun(true);
            constraints.received(&frame(HEADERS, flags, 1, &wrapped(&fits)), now).unwrap();
            let rest = frame(CONTINUATION, END_HEADERS, 1, &vec![0x82; more]);
            let told = constraints.received(&rest, now);
            assert_eq!(told, if more == 27 { Ok(()) } else { Err(Violation::HeadFields) });
        }
        let (mut constraints, now) = begun(true);
        let text = [&[0, 1, b'a', 0x7f, 0xff, 0xff, 0x7f][..], &[b'v'; 16_000]].concat();
        constraints.received(&frame(HEADERS, 0, 1, &text), now).unwrap();
        constraints.received(&frame(CONTINUATION, 0, 1, &[b'v'; 16_000]), now).unwrap();
        assert_eq!(
            constraints.received(&frame(CONTINUATION, 0, 1, &[b'v'; 800]), now),
            Err(Violation::HeadBytes)
        );
    }

    #[test]
    fn frames_that_ask_for_nothing_are_allowed_in_return_for_data_and_now_and_then() {
        let (mut constraints, now) = begun(true);
        constraints.received(&asks(1), now).unwrap();
        for _ in 0..100_000 {
            constraints.sent(&frame(DATA, 0, 1, b"x"));
            for stream in [0, 1] {
                constraints.received(&frame(WINDOW_UPDATE, 0, stream, &[0, 0, 0, 1]), now).unwrap();
            }
        }
        let (mut constraints, now) = begun(true);
        let ping = frame(PING, 0, 0, &[0; 8]);
        for tenth in 0..100_000_u32 {
            constraints.received(&ping, now + Duration::from_millis(100) * tenth).unwrap();
        }
        let (mut constraints, now) = begun(true);
        let sent = (0..5000).take_while(|_| constraints.received(&ping, now).is_ok()).count();
        assert!((900..=1000).contains(&sent), "{sent}");
    }

    #[test]
    fn data_that_comes_after_an_early_answer_is_no_flood_unless_it_is_small() {
        let late = |bytes: usize| {
            let (mut constraints, now) = begun(true);
            constraints.received(&frame(HEADERS, END_HEADERS, 1, &[0x82]), now).unwrap();
            constraints.sent(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x88]));
            constraints.sent(&frame(RST_STREAM, 0, 1, &[0; 4]));
            (0..4096).try_for_each(|_| constraints.received(&frame(DATA, 0, 1, &vec![b'x'; bytes]), now))
        };
        assert_eq!(late(1024), Ok(()));
        assert_eq!(late(1), Err(Violation::Idle));
    }

    #[test]
    fn requests_of_which_nothing_moves_are_found() {
        let (mut constraints, now) = begun(true);
        constraints.received(&asks(1), now).unwrap();
        constraints.received(&frame(HEADERS, END_HEADERS, 3, &[0x82]), now).unwrap();
        constraints.received(&asks(5), now).unwrap();
        for _ in 0..4 {
            assert_eq!(constraints.take_still(4), Vec::<u32>::new());
            constraints.received(&frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]), now).unwrap();
            constraints.received(&frame(DATA, 0, 3, b"x"), now).unwrap();
            constraints.sent(&frame(DATA, 0, 5, b"x"));
        }
        assert_eq!(constraints.take_still(4), vec![1_u32]);
        for _ in 0..3 {
            assert_eq!(constraints.take_still(4), Vec::<u32>::new());
        }
        constraints.excuse();
        assert_eq!(constraints.take_still(4), Vec::<u32>::new());
        assert_eq!(constraints.streams.len(), 2);
    }

    fn any_frame() -> impl Strategy<Value = (bool, Vec<u8>)> {
        let payload = prop::collection::vec(any::<u8>(), 0..300);
        (any::<bool>(), 0..10_u8, any::<u8>(), 0..20_u32, payload)
            .prop_map(|(ours, kind, flags, stream, payload)| (ours, frame(kind, flags, stream, &payload)))
    }

    proptest! {
        #[test]
        fn it_is_judged_the_same_however_the_bytes_are_cut(
            frames in prop::collection::vec(any_frame(), 0..40),
            step in 1..30_usize,
        ) {
            let judged = |step: usize| {
                let (mut constraints, now) = begun(true);
                for (ours, frame) in &frames {
                    for bytes in frame.chunks(step) {
                        if *ours {
                            constraints.sent(bytes);
                        } else {
                            constraints.received(bytes, now)?;
                        }
                    }
                }
                Ok::<_, Violation>((constraints.streams.iter().map(|stream| stream.id).collect::<Vec<_>>(), constraints.highest))
            };
            prop_assert_eq!(judged(step), judged(usize::MAX));
        }
    }
}
