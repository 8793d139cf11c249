//! The stream below the framework's HTTP/1: completes its bare refusals, and lets requests through one at a time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::patience::Patience;
use super::pipeline::Pipeline;
use super::refusal::Refusals;
use super::request_line::RequestLine;

/// What the framework sends where a body is waited for; it may come together with an answer.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What no parser takes for a part of a head.
const SPOILED: &[u8] = b"\0";

/// What is done to a connection of HTTP/1.
#[derive(Clone)]
pub(in crate::http) struct Guard {
    /// How long its caller may take.
    pub(in crate::http) patience: Patience,
    /// Completes bare refusals; none where nobody minds.
    pub(in crate::http) refusals: Option<Refusals>,
}

/// A connection whose bare refusals are completed, and whose requests come one at a time.
pub(in crate::http) struct H1Stream<S> {
    stream: S,
    refusals: Option<Refusals>,
    line: RequestLine,
    /// None where it does not carry HTTP/1.
    pipeline: Option<Pipeline>,
    /// A head did not come in time.
    late: bool,
    /// What is written instead of what was given, and how much of it is out.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S: AsyncWrite + Unpin> H1Stream<S> {
    /// Without a guard, all passes as it is.
    pub(in crate::http) fn new(stream: S, guard: Option<Guard>) -> H1Stream<S> {
        let pipeline = guard.as_ref().map(|guard| Pipeline::new(guard.patience));
        let refusals = guard.and_then(|guard| guard.refusals);
        H1Stream { stream, refusals, line: RequestLine::default(), pipeline, late: false, instead: None }
    }

    fn write_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((whole, out)) = &mut self.instead {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &whole[*out..]))?;
            *out += written;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            if *out == whole.len() {
                self.instead = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for H1Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let Some(pipeline) = &mut this.pipeline else {
            return Pin::new(&mut this.stream).poll_read(cx, into);
        };
        if pipeline.is_late(cx) {
            // A head that is spoiled is refused, and the refusal then says why. All else just ends.
            this.late = pipeline.give_up() && this.refusals.is_some();
            into.put_slice(if this.late { SPOILED } else { &[] });
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        ready!(pipeline.poll_read(&mut this.stream, cx, into))?;
        if this.refusals.is_some() {
            this.line.follow(&mut into.filled_mut()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for H1Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.instead.is_none() {
            let (line, late) = (&mut this.line, this.late);
            match this.refusals.as_ref().and_then(|refusals| refusals.complete(bytes, line, late)) {
                None => {
                    // An answer goes out; what only asks for the body is none yet.
                    if bytes != CONTINUE {
                        line.forget();
                    }
                    let written = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes))?;
                    if let Some(pipeline) = &mut this.pipeline
                        && bytes != CONTINUE
                    {
                        pipeline.wrote(&bytes[..written]);
                    }
                    return Poll::Ready(Ok(written));
                }
                Some(whole) => this.instead = Some((whole, 0)),
            }
        }
        // A refusal is the last that is written, so until it is out the same bytes are given again.
        ready!(self.write_instead(cx))?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.flushed(cx);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
