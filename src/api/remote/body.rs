//! The body of a line's request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::line::{Closed, Line};

/// Sends what waits on a line, for as long as the line lives.
pub(super) struct LineBody(pub(super) Arc<Line>);

impl Body for LineBody {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        self.0.poll_outgoing(task).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

/// Whoever sends no more has lost the connection, or the line has ended.
impl Drop for LineBody {
    fn drop(&mut self) {
        self.0.end("the connection ended");
    }
}
