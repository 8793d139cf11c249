//! Tells callers of HTTP/2 that a process is stopping.
//!
//! The framework leaves connections of HTTP/2 as they are when it stops, and waits for them. So the stream below it
//! follows the frames that go out, and puts a GOAWAY between two of them once the process was told to stop: callers
//! finish what they have asked for and go elsewhere.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::http::lifecycle::{Lifecycle, Stage};

use super::frames::Frames;

/// A GOAWAY that refuses nothing: the highest stream there can be, and no error.
const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// A stream into which a GOAWAY is put when the process stops.
pub(in crate::http) struct GoawayStream<S> {
    stream: S,
    leaving: Option<Leaving>,
}

struct Leaving {
    told: Pin<Box<dyn Future<Output = ()>>>,
    frames: Frames,
    /// How much of the GOAWAY is out; none until it is time.
    out: Option<usize>,
}

impl<S: AsyncWrite + Unpin> GoawayStream<S> {
    /// Sends it when the lifecycle says that it is time; never where there is none.
    pub(in crate::http) fn new(stream: S, lifecycle: Option<&Lifecycle>) -> GoawayStream<S> {
        let leaving = lifecycle.map(|lifecycle| Leaving {
            told: Box::pin(lifecycle.reached(Stage::Lingering)),
            frames: Frames::of_server(),
            out: None,
        });
        GoawayStream { stream, leaving }
    }

    /// Sends it, if it is time; pending while it is half out.
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(leaving) = &mut self.leaving else { return Poll::Ready(Ok(())) };
        if leaving.out.is_none() {
            if !leaving.frames.between() || leaving.told.as_mut().poll(cx).is_pending() {
                return Poll::Ready(Ok(()));
            }
            leaving.out = Some(0);
        }
        while let Some(out) = leaving.out.filter(|out| *out < GOAWAY.len()) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &GOAWAY[out..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            leaving.out = Some(out + written);
        }
        self.leaving = None;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for GoawayStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let waited = self.leaving.is_some();
        // What could not be written yet is written before anything else, later.
        if self.send(cx)?.is_ready() && waited && self.leaving.is_none() {
            let _later = Pin::new(&mut self.stream).poll_flush(cx)?;
        }
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for GoawayStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.send(cx))?;
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        if let Some(leaving) = &mut self.leaving {
            leaving.frames.follow(&bytes[..written]);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_said_once_between_two_frames() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (near, mut far) = tokio::io::duplex(1024);
        let lifecycle = Lifecycle::default();
        let mut stream = GoawayStream::new(near, Some(&lifecycle));
        let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        let data = [0, 0, 2, 0, 1, 0, 0, 0, 1, 7, 7];
        stream.write_all(&settings).await.unwrap();
        stream.write_all(&data[..10]).await.unwrap();
        lifecycle.enter(Stage::Lingering);
        stream.write_all(&data[10..]).await.unwrap();
        stream.write_all(&data).await.unwrap();
        drop(stream);
        let mut said = Vec::new();
        far.read_to_end(&mut said).await.unwrap();
        assert_eq!(said, [&settings[..], &data, &GOAWAY, &data].concat());
    }
}
