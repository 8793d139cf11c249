//! Ends connections on which nothing moves for longer than anything here may wait.
//!
//! The wait for a head, for what is left of a body behind its answer, and between requests is bounded above this, and
//! handlers bound the bodies that they read. Nothing else bounds a caller who does not take the answer: that would keep a
//! connection, and what its request holds, for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream that fails when it has stood still for so long, or up to twice that.
pub(super) struct IdleTimeout<S> {
    stream: S,
    /// None where it may.
    bound: Option<Bound>,
}

struct Bound {
    limit: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whether anything went by since the timer was set: cheaper than to set it each time.
    moved: bool,
}

impl<S> IdleTimeout<S> {
    pub(super) fn new(stream: S, limit: Option<Duration>) -> IdleTimeout<S> {
        let bound = |limit| Bound { limit, timer: Box::pin(sleep(limit)), moved: false };
        IdleTimeout { stream, bound: limit.map(bound) }
    }

    /// Lets pass what the stream said; where it waits, it waits no longer than it may.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, said: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let Some(bound) = &mut self.bound else { return said };
        if said.is_ready() {
            bound.moved = true;
            return said;
        }
        while bound.timer.as_mut().poll(cx).is_ready() {
            if !std::mem::take(&mut bound.moved) {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "nothing moved for too long",
                )));
            }
            bound.timer.as_mut().reset(Instant::now() + bound.limit);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for IdleTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_read(cx, into);
        self.bounded(cx, said)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for IdleTimeout<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bounded(cx, said)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_flush(cx);
        // A flush of nothing is no news.
        if said.is_ready() { said } else { self.bounded(cx, said) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
