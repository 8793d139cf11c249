//! Holds clients of HTTP/2 to bounds that the framework neither sets nor announces.
//!
//! It lies below the framework's HTTP/2 and follows the frames of both sides. Bounds are announced by adding them to
//! the first frame that goes out. Whoever goes beyond them is told so, and his connection ends. And a request of which
//! nothing moves is given up on behalf of the client: whatever it holds, such as a place among the work in flight, is
//! free again, however lively the rest of the connection is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::constraints::{Constraints, HEAD_BYTES, STREAMS, Violation};
use super::frames::{GOAWAY, HEAD, Head, RST_STREAM};

/// Settings that are added to ours, each with its number.
const ANNOUNCED: [(u16, u32); 2] = [(3, STREAMS as u32), (6, HEAD_BYTES as u32)];

/// Reasons.
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// How often requests are looked at while one may stand still.
const LOOKS: u8 = 4;

/// A stream whose client is held to bounds.
pub(in crate::http) struct ConstrainedStream<S> {
    stream: S,
    /// None where the client is trusted, or speaks something else.
    held: Option<Box<Held>>,
}

struct Held {
    constraints: Constraints,
    /// What is yet to be read by the framework as if the client had sent it.
    inward: BytesMut,
    /// What is yet to be sent, before anything else.
    outward: BytesMut,
    /// Requests that were given up, of which the client is yet to hear.
    given_up: Vec<u32>,
    /// The first frame, until all of it is there.
    opening: Option<Vec<u8>>,
    look: Option<Look>,
}

/// When to look at the requests.
struct Look {
    every: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whether something had to wait until the client took what was sent before.
    waited: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> ConstrainedStream<S> {
    /// Holds the client, with this patience for requests of which nothing moves; none where they may take any time.
    pub(in crate::http) fn new(stream: S, patience: Option<Duration>) -> ConstrainedStream<S> {
        let look = patience.map(|patience| {
            let every = patience / u32::from(LOOKS);
            Look { every, timer: Box::pin(sleep(every)), waited: false }
        });
        let held = Held {
            constraints: Constraints::new(Instant::now()),
            inward: BytesMut::new(),
            outward: BytesMut::new(),
            given_up: Vec::new(),
            opening: Some(Vec::new()),
            look,
        };
        ConstrainedStream { stream, held: Some(Box::new(held)) }
    }

    /// Lets everything pass.
    pub(in crate::http) fn none(stream: S) -> ConstrainedStream<S> {
        ConstrainedStream { stream, held: None }
    }
}

impl Held {
    /// Gives up requests of which nothing moved for too long.
    fn look(&mut self, cx: &mut Context<'_>) -> Result<(), Violation> {
        let Some(look) = &mut self.look else { return Ok(()) };
        while look.timer.as_mut().poll(cx).is_ready() {
            look.timer.as_mut().reset(Instant::now() + look.every);
            if std::mem::take(&mut look.waited) {
                self.constraints.excuse();
            }
            // Between two looks every frame that is honestly sent comes to its end.
            if !self.inward.is_empty() {
                return Err(Violation::Stuck);
            }
            for id in self.constraints.take_still(LOOKS) {
                self.inward.extend_from_slice(&reset(id));
                self.given_up.push(id);
            }
        }
        Ok(())
    }

    /// Hands to the framework what the client did not send, where the place is right.
    fn deliver(&mut self, into: &mut ReadBuf<'_>) -> bool {
        if self.inward.is_empty() || !self.constraints.inbound.between() {
            return false;
        }
        // Nothing is read from the client before all of it is handed over.
        let now = self.inward.split_to(into.remaining().min(self.inward.len()));
        into.put_slice(&now);
        true
    }

    /// Writes what goes before anything else; pending while something is left.
    fn write<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.outward.is_empty() && self.constraints.outbound.between() {
            for id in self.given_up.drain(..) {
                self.outward.extend_from_slice(&reset(id));
            }
        }
        while !self.outward.is_empty() {
            let written = self.noting(Pin::new(&mut *stream).poll_write(cx, &self.outward));
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.outward.advance(written),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Notes that the client does not take what is sent.
    fn noting<T>(&mut self, said: Poll<T>) -> Poll<T> {
        if let Some(look) = &mut self.look {
            look.waited |= said.is_pending();
        }
        said
    }

    /// Takes a part of the first frame; once it is whole, it goes out with more in it.
    fn open(&mut self, bytes: &[u8]) -> Option<usize> {
        let opening = self.opening.as_mut()?;
        let length = |opening: &[u8]| HEAD + opening.first_chunk().map_or(0, |head| Head::of(*head).length);
        let mut taken = 0;
        while opening.len() < length(opening) && taken < bytes.len() {
            let wanted = length(opening) - opening.len();
            let part = &bytes[taken..][..wanted.min(bytes.len() - taken)];
            opening.extend_from_slice(part);
            taken += part.len();
        }
        if opening.len() == length(opening) {
            self.constraints.sent(opening);
            self.outward.extend_from_slice(&announced(opening));
            self.opening = None;
        }
        Some(taken)
    }
}

/// The first frame of a server, with our bounds in it.
fn announced(settings: &[u8]) -> Vec<u8> {
    let mut whole = settings.to_vec();
    for (number, value) in ANNOUNCED {
        whole.extend_from_slice(&number.to_be_bytes());
        whole.extend_from_slice(&value.to_be_bytes());
    }
    let [_, length @ ..] = ((whole.len() - HEAD) as u32).to_be_bytes();
    whole[..3].copy_from_slice(&length);
    whole
}

/// The end of a request that nobody waits for.
fn reset(id: u32) -> [u8; HEAD + 4] {
    let mut frame = [0; HEAD + 4];
    let head = Head { kind: RST_STREAM, flags: 0, stream: id, length: 4 };
    frame[..HEAD].copy_from_slice(&head.to_bytes());
    frame[HEAD..].copy_from_slice(&CANCEL.to_be_bytes());
    frame
}

/// What whoever went too far is told.
fn goaway(highest: u32) -> Vec<u8> {
    let head = Head { kind: GOAWAY, flags: 0, stream: 0, length: 8 };
    [&head.to_bytes()[..], &highest.to_be_bytes(), &ENHANCE_YOUR_CALM.to_be_bytes()].concat()
}

impl<S: AsyncWrite + Unpin> ConstrainedStream<S> {
    /// Ends the connection, and says why if that can be said at once: whoever goes too far is not waited for.
    fn end(&mut self, cx: &mut Context<'_>, violation: Violation) -> io::Error {
        tracing::debug!("a connection of HTTP/2 is ended: {violation}");
        if let Some(held) = &mut self.held {
            if held.constraints.outbound.between() {
                held.outward.extend_from_slice(&goaway(held.constraints.highest()));
            }
            if let Poll::Ready(Ok(())) = held.write(&mut self.stream, cx) {
                let _as_far_as_it_goes = Pin::new(&mut self.stream).poll_flush(cx);
            }
        }
        io::Error::new(io::ErrorKind::ConnectionAborted, violation)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for ConstrainedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let Some(held) = &mut this.held else { return Pin::new(&mut this.stream).poll_read(cx, into) };
        if let Err(violation) = held.look(cx) {
            return Poll::Ready(Err(this.end(cx, violation)));
        }
        if held.deliver(into) {
            return Poll::Ready(Ok(()));
        }
        if !held.given_up.is_empty() && held.write(&mut this.stream, cx)?.is_ready() {
            let _later = Pin::new(&mut this.stream).poll_flush(cx)?;
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, into))?;
        match held.constraints.received(&into.filled()[before..], Instant::now()) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(violation) => {
                into.set_filled(before);
                Poll::Ready(Err(this.end(cx, violation)))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ConstrainedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let Some(held) = &mut this.held else { return Pin::new(&mut this.stream).poll_write(cx, bytes) };
        if let Some(taken) = held.open(bytes) {
            return Poll::Ready(Ok(taken));
        }
        ready!(held.write(&mut this.stream, cx))?;
        let written = ready!(held.noting(Pin::new(&mut this.stream).poll_write(cx, bytes)))?;
        held.constraints.sent(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(held) = &mut this.held {
            ready!(held.write(&mut this.stream, cx))?;
        }
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::h2::frames::{DATA, END_HEADERS, END_STREAM, HEADERS, SETTINGS};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        [&Head { kind, flags, stream, length: payload.len() }.to_bytes()[..], payload].concat()
    }

    fn pair(patience: Option<Duration>) -> (ConstrainedStream<DuplexStream>, DuplexStream) {
        let (near, far) = tokio::io::duplex(1 << 16);
        (ConstrainedStream::new(near, patience), far)
    }

    #[tokio::test]
    async fn bounds_are_added_to_the_first_frame_however_it_is_written() {
        let ours = frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0]);
        let more = frame(DATA, END_STREAM, 1, b"data");
        let whole = [0, 4, 0, 1, 0, 0, 0, 3, 0, 0, 0, 128, 0, 6, 0, 0, 128, 0];
        let expected = [frame(SETTINGS, 0, 0, &whole), more.clone()].concat();
        let bytes = [ours, more].concat();
        for step in 1..=bytes.len() {
            let (mut near, mut far) = pair(None);
            for piece in bytes.chunks(step) {
                near.write_all(piece).await.unwrap();
            }
            near.flush().await.unwrap();
            drop(near);
            let mut said = Vec::new();
            far.read_to_end(&mut said).await.unwrap();
            assert_eq!(said, expected, "step {step}");
        }
    }

    #[tokio::test]
    async fn who_goes_too_far_is_told_so() {
        let (mut near, mut far) = pair(None);
        near.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        far.write_all(PREFACE).await.unwrap();
        far.write_all(&frame(HEADERS, 0, 5, &[0x82; 200])).await.unwrap();
        let error = near.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        drop(near);
        let mut said = Vec::new();
        far.read_to_end(&mut said).await.unwrap();
        assert!(said.ends_with(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 11]), "{said:?}");
    }

    #[tokio::test]
    async fn a_request_that_stands_still_is_given_up_on_both_sides() {
        let (mut near, mut far) = pair(Some(Duration::from_millis(200)));
        near.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        near.flush().await.unwrap();
        let mut announced = [0; HEAD + 12];
        far.read_exact(&mut announced).await.unwrap();
        let asked = [PREFACE, &frame(HEADERS, END_HEADERS, 1, &[0x82])].concat();
        far.write_all(&asked).await.unwrap();
        let mut came = vec![0; asked.len()];
        near.read_exact(&mut came).await.unwrap();
        assert_eq!(came, asked);
        let mut given_up = [0; HEAD + 4];
        // However little is read at once.
        for byte in &mut given_up {
            *byte = near.read_u8().await.unwrap();
        }
        assert_eq!(given_up, reset(1));
        near.flush().await.unwrap();
        let mut told = [0; HEAD + 4];
        far.read_exact(&mut told).await.unwrap();
        assert_eq!(told, reset(1));
        far.write_all(&frame(SETTINGS, 1, 0, &[])).await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), 0, "the connection goes on");
    }

    #[tokio::test]
    async fn half_a_frame_does_not_keep_a_request_that_stands_still() {
        let (mut near, mut far) = pair(Some(Duration::from_millis(200)));
        near.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        let asked = [PREFACE, &frame(HEADERS, END_HEADERS, 1, &[0x82]), &[0, 0]].concat();
        far.write_all(&asked).await.unwrap();
        let mut came = Vec::new();
        let error = near.read_to_end(&mut came).await.unwrap_err();
        assert_eq!((came, error.kind()), (asked, io::ErrorKind::ConnectionAborted));
    }
}
