//! A line: calls go out on the body of one long request, their answers come back on the body of its response.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context as Task, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::wire::frame::Kind;
use crate::wire::line::{CALLS, WAITING_BYTES};
use crate::wire::message::Request;
use crate::wire::{Event, Malformed, Outgoing, Queue, Reader};

use super::calls::{CallId, Calls, Outcome};
use super::exchange::Exchange;
use super::outlier::OutlierDetector;

/// How long a line that is to end may take to do so.
const ENDING: Duration = Duration::from_secs(30);

/// What a line is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It takes calls.
    Open,
    /// It takes none, and ends when those that it has are answered.
    Ending(Instant),
    /// It has ended.
    Closed,
}

/// A line to a store.
#[derive(Debug)]
pub(super) struct Line {
    state: Mutex<State>,
    /// The store process at the other end, once it has said so.
    instance: OnceLock<u64>,
    /// Told when the line takes no more calls. One waits for it: whoever keeps the line.
    over: Notify,
    /// Told when the line is to be closed, whatever is still to come. Its reader waits for it.
    cut: Notify,
    outlier: OutlierDetector,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    queue: Queue,
    calls: Calls,
    /// Of the request's body, while it waits for something to send.
    body: Option<Waker>,
    /// Why the line ended.
    reason: Option<String>,
}

impl Line {
    pub(super) fn new() -> Arc<Line> {
        let (queue, calls) = (Queue::default(), Calls::default());
        let state = State { phase: Phase::Open, queue, calls, body: None, reason: None };
        Arc::new(Line {
            state: Mutex::new(state),
            instance: OnceLock::new(),
            over: Notify::new(),
            cut: Notify::new(),
            outlier: OutlierDetector::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store process at the other end; 0 before it has said so.
    pub(super) fn instance(&self) -> u64 {
        self.instance.get().copied().unwrap_or(0)
    }

    /// Whether the store has said who it is.
    pub(super) fn is_up(&self) -> bool {
        self.instance.get().is_some()
    }

    /// How its calls went.
    pub(super) fn outlier(&self) -> &OutlierDetector {
        &self.outlier
    }

    /// Calls in flight; none where it takes no calls.
    pub(super) fn load(&self) -> Option<usize> {
        let state = self.lock();
        (state.phase == Phase::Open).then(|| state.calls.waiting())
    }

    /// Sends a call, and waits for what becomes of it.
    pub(super) async fn exchange(&self, request: &Outgoing<Request>, deadline: Instant) -> Outcome {
        match self.send(request, deadline) {
            Ok(id) => Exchange::new(self, id).await,
            Err(outcome) => outcome,
        }
    }

    fn send(&self, request: &Outgoing<Request>, deadline: Instant) -> Result<CallId, Outcome> {
        let left = deadline.saturating_duration_since(Instant::now()).as_millis();
        if left == 0 {
            return Err(Outcome::Expired { left: false });
        }
        let deadline_ms = u32::try_from(left).unwrap_or(u32::MAX);
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Err(Outcome::Unsent);
        }
        let waiting = state.queue.small_bytes() + state.queue.large_bytes();
        if state.calls.waiting() >= CALLS || waiting > WAITING_BYTES {
            return Err(Outcome::Full);
        }
        let id = state.calls.next_id();
        let ticket = state.queue.push(Kind::Request, id.0, deadline_ms, request);
        state.calls.insert(id, deadline, ticket);
        let body = state.body.take();
        drop(state);
        wake(body);
        Ok(id)
    }

    /// Takes what the request's body is to send next; its end once the line has one.
    pub(super) fn poll_outgoing(&self, task: &Task<'_>) -> Poll<Option<Result<Bytes, Closed>>> {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return Poll::Ready(Some(Err(Closed)));
        }
        if let Some(chunk) = state.queue.take() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        // The body must end before the store's answer does, or HTTP/2 resets the stream.
        if matches!(state.phase, Phase::Ending(_)) && state.calls.waiting() == 0 {
            return Poll::Ready(None);
        }
        if !state.body.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            state.body = Some(task.waker().clone());
        }
        Poll::Pending
    }

    /// Takes over a chunk of the response.
    ///
    /// # Errors
    /// Where it is not what a store sends. The line must be closed.
    pub(super) fn receive(&self, reader: &mut Reader, chunk: Bytes) -> Result<(), Malformed> {
        reader.push(chunk);
        let mut wakers = Vec::new();
        let mut state = self.lock();
        let understood = self.take_over(&mut state, reader, &mut wakers);
        wakers.extend(state.body_at_end());
        drop(state);
        // Those too that were answered before what is malformed: closing the line does not know them any more.
        wakers.into_iter().for_each(Waker::wake);
        understood
    }

    fn take_over(
        &self,
        state: &mut State,
        reader: &mut Reader,
        wakers: &mut Vec<Waker>,
    ) -> Result<(), Malformed> {
        while let Some(event) = reader.event()? {
            match event {
                Event::Reply(message) => {
                    let id = CallId(message.id);
                    wakers.extend(state.calls.end(id, Outcome::Answered(message)));
                }
                // A second one would be of the same process.
                Event::Hello(hello) => drop(self.instance.set(hello.instance)),
                Event::GoAway => {
                    state.begin_end("the store is stopping");
                    self.over.notify_one();
                }
                Event::Request(_) => return Err(Malformed::new("a request, which a store does not send")),
            }
        }
        Ok(())
    }

    /// Takes no more calls, and ends when those in flight are answered.
    pub(super) fn end(&self, reason: &str) {
        let mut state = self.lock();
        state.begin_end(reason);
        let body = state.body_at_end();
        drop(state);
        self.over.notify_one();
        wake(body);
    }

    /// Ends at once: what has not left is unsent, what has left is lost.
    pub(super) fn close(&self, reason: &str) {
        let mut state = self.lock();
        state.phase = Phase::Closed;
        state.reason.get_or_insert_with(|| reason.to_owned());
        let mut wakers = Vec::from_iter(state.body.take());
        for (id, ticket) in state.calls.select(|_| true) {
            let revoked = state.queue.revoke(id.0, ticket);
            wakers.extend(state.calls.end(id, if revoked { Outcome::Unsent } else { Outcome::Lost }));
        }
        drop(state);
        self.over.notify_one();
        self.cut.notify_one();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Ends the calls whose deadline has passed. Says whether calls are still in flight.
    pub(super) fn sweep(&self, now: Instant) -> bool {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Ending(since) if now.duration_since(since) > ENDING) {
            drop(state);
            self.close("it did not end in time");
            return false;
        }
        if state.calls.waiting() == 0 {
            return false;
        }
        let mut wakers = Vec::new();
        for (id, ticket) in state.calls.select(|deadline| deadline <= now) {
            let left = !state.queue.revoke(id.0, ticket);
            wakers.extend(state.calls.end(id, Outcome::Expired { left }));
        }
        wakers.extend(state.body_at_end());
        let busy = state.calls.waiting() > 0;
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        busy
    }

    /// Waits until the line takes no more calls. For one task.
    pub(super) async fn is_over(&self) {
        while self.load().is_some() {
            self.over.notified().await;
        }
    }

    /// Waits until the line is closed. For one task.
    pub(super) async fn is_cut(&self) {
        while self.lock().phase != Phase::Closed {
            self.cut.notified().await;
        }
    }

    /// Whether nothing more will come of it.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().phase == Phase::Closed
    }

    /// Why the line takes no more calls.
    pub(super) fn reason(&self) -> String {
        self.lock().reason.clone().unwrap_or_default()
    }

    /// The outcome of a call, or a promise to wake its task then.
    pub(super) fn poll_call(&self, id: CallId, task: &Waker) -> Option<Outcome> {
        self.lock().calls.poll(id, task)
    }

    /// Nobody waits for a call any more: it is called back if it has not left.
    pub(super) fn abandon(&self, id: CallId) {
        let mut state = self.lock();
        if let Some(ticket) = state.calls.abandon(id) {
            state.queue.revoke(id.0, ticket);
        }
        let body = state.body_at_end();
        drop(state);
        wake(body);
    }
}

impl State {
    fn begin_end(&mut self, reason: &str) {
        if self.phase == Phase::Open {
            self.phase = Phase::Ending(Instant::now());
            self.reason.get_or_insert_with(|| reason.to_owned());
        }
    }

    /// The waker of the body, where it has something to send or its end has come.
    fn body_at_end(&mut self) -> Option<Waker> {
        let over = matches!(self.phase, Phase::Ending(_)) && self.calls.waiting() == 0;
        if over || !self.queue.is_empty() { self.body.take() } else { None }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The line was closed.
#[derive(Debug, thiserror::Error)]
#[error("the line was closed")]
pub(super) struct Closed;

#[cfg(test)]
mod tests;
