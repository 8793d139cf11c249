//! Lets the requests of an HTTP/1 connection through one at a time: the next one when the last has its answer.
//!
//! The framework reads ahead, and writes an answer in the version, and with or without a body, as the request asks that
//! it has read last. So a request that is sent without waiting for the answers before (RFC 9112 §9.3.2) could get
//! an answer framed for the one behind it: a GET before a HEAD came without its body. It is not shown a request before its
//! turn.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BytesMut};
use memchr::memchr;
use tokio::io::{AsyncRead, ReadBuf};

use super::framing::Framing;
use super::patience::{Patience, Wait};

/// Bytes that are taken from a caller ahead of their turn.
const AHEAD: usize = 64 * 1024;
/// Of these, those that are read at once.
const AT_ONCE: usize = 4096;

/// The end of a body in chunks.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The requests of one connection, and whose turn it is.
#[derive(Debug)]
pub(super) struct Pipeline {
    request: Framing,
    /// What came ahead of its turn.
    ahead: BytesMut,
    /// The caller sends no more.
    ended: bool,
    answer: Answer,
    /// The request has its answer, be it that it has not come whole.
    answered: bool,
    /// Whoever reads, and waits for a turn.
    reader: Option<Waker>,
    patience: Patience,
    /// For the rest of a head, or of a body behind its answer.
    wait: Wait,
}

/// How far the answer is written.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Not at all.
    None,
    /// In part, or whole.
    Sized,
    /// The same, in chunks; these were the last bytes.
    Chunked([u8; LAST_CHUNK.len()]),
}

impl Pipeline {
    pub(super) fn new(patience: Patience) -> Pipeline {
        Pipeline {
            request: Framing::new(),
            ahead: BytesMut::new(),
            ended: false,
            answer: Answer::None,
            answered: false,
            reader: None,
            patience,
            wait: Wait::default(),
        }
    }

    /// Whether the caller takes too long; where that may come, whoever asks is woken for it.
    pub(super) fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        self.wait.is_over(cx)
    }

    /// Reads no more, as if the caller had ended; tells whether it is a head that did not come.
    pub(super) fn give_up(&mut self) -> bool {
        self.wait.end();
        self.ahead = BytesMut::new();
        self.ended = true;
        self.request.is_in_head()
    }

    /// Reads of the request whose turn it is; nothing while that waits for its answer.
    pub(super) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.request.has_ended() {
            return self.read_ahead(stream, cx);
        }
        if !self.ahead.is_empty() {
            let some = self.ahead.len().min(into.remaining());
            let taken = self.request.follow(&mut self.ahead[..some]);
            into.put_slice(&self.ahead[..taken]);
            self.ahead.advance(taken);
            if self.ahead.is_empty() {
                // Connections that wait hold no memory for it.
                self.ahead = BytesMut::new();
            }
            self.bound_the_head();
        } else if !self.ended {
            let before = into.filled().len();
            ready!(Pin::new(stream).poll_read(cx, into))?;
            let came = &mut into.filled_mut()[before..];
            let taken = self.request.follow(came);
            self.ahead.extend_from_slice(&came[taken..]);
            into.set_filled(before + taken);
            if taken > 0 {
                self.bound_the_head();
            }
        }
        self.go_on_if_answered();
        Poll::Ready(Ok(()))
    }

    /// Sees to it that a head that has begun ends in time. What nobody can follow may be one.
    fn bound_the_head(&mut self) {
        if self.request.is_in_head() || self.request.is_unknown() {
            self.wait.begin(self.patience.head);
        } else if !self.answered {
            self.wait.end();
        }
    }

    /// Reads what is not to be shown yet, so that the end of a connection is seen while its caller waits.
    fn read_ahead<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.ended && self.ahead.len() < AHEAD {
            let mut bytes = [MaybeUninit::uninit(); AT_ONCE];
            let mut some = ReadBuf::uninit(&mut bytes);
            match Pin::new(&mut *stream).poll_read(cx, &mut some) {
                Poll::Ready(read) => read?,
                Poll::Pending => break,
            }
            self.ended = some.filled().is_empty();
            self.ahead.extend_from_slice(some.filled());
        }
        if !self.ahead.is_empty() {
            self.reader = Some(cx.waker().clone());
        } else if self.ended {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    }

    /// These bytes were written; those of an answer begin with its head.
    pub(super) fn wrote(&mut self, bytes: &[u8]) {
        if matches!(self.answer, Answer::None) {
            let chunked = is_chunked(bytes) && !self.request.is_head();
            self.answer = if chunked { Answer::Chunked([0; LAST_CHUNK.len()]) } else { Answer::Sized };
        }
        if let Answer::Chunked(last) = &mut self.answer {
            let some = &bytes[bytes.len().saturating_sub(last.len())..];
            last.rotate_left(some.len());
            let from = last.len() - some.len();
            last[from..].copy_from_slice(some);
        }
    }

    /// All that was written is on its way.
    pub(super) fn flushed(&mut self, cx: &mut Context<'_>) {
        match self.answer {
            Answer::Sized => {}
            Answer::Chunked(last) if last == LAST_CHUNK => {}
            Answer::None | Answer::Chunked(_) => return,
        }
        self.answer = Answer::None;
        self.answered = true;
        self.go_on_if_answered();
        if self.answered {
            self.wait.begin(self.patience.rest);
            if self.wait.is_over(cx) {
                cx.waker().wake_by_ref();
            }
        }
    }

    fn go_on_if_answered(&mut self) {
        if !(self.answered && self.request.has_ended()) {
            return;
        }
        self.answered = false;
        self.wait.end();
        self.request.begin();
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Whether what begins with the head of an answer has a body in chunks, which the framework says first.
fn is_chunked(answer: &[u8]) -> bool {
    let fields = memchr(b'\n', answer).map_or(&[][..], |end| &answer[end + 1..]);
    fields.starts_with(b"transfer-encoding: chunked\r\n")
}
