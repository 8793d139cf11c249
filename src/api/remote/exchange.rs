//! The wait of one call for its answer.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use super::calls::{CallId, Outcome};
use super::line::Line;

/// A call on its way. Dropped, it is called back where that is still possible.
pub(super) struct Exchange<'a> {
    line: &'a Line,
    /// None behind the end.
    id: Option<CallId>,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(line: &'a Line, id: CallId) -> Exchange<'a> {
        Exchange { line, id: Some(id) }
    }
}

impl Future for Exchange<'_> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Outcome> {
        let Some(id) = self.id else { return Poll::Pending };
        match self.line.poll_call(id, task.waker()) {
            Some(outcome) => {
                self.id = None;
                Poll::Ready(outcome)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.line.abandon(id);
        }
    }
}
