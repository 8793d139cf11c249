//! Both directions of a line in one body: polled for answers, it reads and begins the operations itself.
//!
//! One task for both, so nothing is handed over between them: operations that can be answered at once are answered
//! while the chunk that brought them is read, and leave together.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::domain::{Context, Error, Kind, Reply};
use crate::http::Stage;
use crate::wire::frame::Kind as FrameKind;
use crate::wire::line::{CALLS, CHUNK_BYTES};
use crate::wire::message::{Reply as ReplyMessage, Request};
use crate::wire::{Answer, Effect, Event, Incoming, Malformed, Queue, Reader};

use super::Lines;
use super::work::{Done, Operation, Running, too_late};

/// Operations with large answers that are done at once on one line; the others wait.
const HEAVY: usize = 16;

/// Bytes of large answers that wait to leave, over which no operation with a large answer is begun.
const HEAVY_BYTES: usize = 4 * 1024 * 1024;

/// The same, over which nothing at all is begun or read: other answers, too, can be nearly as large as a page. Far
/// above the bound before, so that pages alone never keep small operations from being read.
const LARGE_BYTES: usize = 32 * 1024 * 1024;

/// A line.
pub(super) struct Duplex {
    lines: Lines,
    /// None behind its end.
    payload: Option<web::Payload>,
    reader: Reader,
    queue: Queue,
    running: FuturesUnordered<Running>,
    heavy_running: usize,
    heavy_waiting: VecDeque<Operation>,
    /// None once it has come.
    stopping: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Duplex {
    pub(super) fn new(lines: &Lines, payload: web::Payload) -> Duplex {
        let mut queue = Queue::default();
        queue.push_control(FrameKind::Hello, &lines.0.hello);
        Duplex {
            lines: lines.clone(),
            payload: Some(payload),
            reader: Reader::default(),
            queue,
            running: FuturesUnordered::new(),
            heavy_running: 0,
            heavy_waiting: VecDeque::new(),
            stopping: Some(Box::pin(lines.0.lifecycle.reached(Stage::Stopping))),
        }
    }

    fn answer(&mut self, id: u64, reply: &Reply<Answer>) {
        self.queue.push(FrameKind::Reply, id, 0, &ReplyMessage::new(reply));
    }

    /// Tells the other side to end, once.
    fn watch_lifecycle(&mut self, task: &mut Task<'_>) {
        if let Some(stopping) = &mut self.stopping
            && stopping.as_mut().poll(task).is_ready()
        {
            self.stopping = None;
            self.queue.push_control(FrameKind::GoAway, &[]);
        }
    }

    /// Reads operations and begins them, as long as their answers have room.
    fn receive(&mut self, task: &mut Task<'_>) -> Result<(), Malformed> {
        let now = Instant::now();
        while self.queue.small_bytes() < CHUNK_BYTES && self.queue.large_bytes() < LARGE_BYTES {
            let Some(payload) = &mut self.payload else { return Ok(()) };
            match payload.poll_next_unpin(task) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Some(Ok(chunk))) => self.reader.push(chunk),
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!("a line broke: {error}");
                    self.payload = None;
                }
                Poll::Ready(None) => self.payload = None,
            }
            while let Some(event) = self.reader.event()? {
                match event {
                    Event::Request(message) => self.begin(message, now, task),
                    Event::Reply(_) | Event::Hello(_) | Event::GoAway => {
                        return Err(Malformed::new("a frame that only a store sends"));
                    }
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, message: Incoming, now: Instant, task: &mut Task<'_>) {
        let id = message.id;
        match self.admit(message, now) {
            Ok(operation) if operation.call.is_heavy() => self.heavy_waiting.push_back(operation),
            Ok(operation) => self.start(operation, task),
            Err(error) => self.answer(id, &Err(error)),
        }
    }

    fn admit(&self, message: Incoming, now: Instant) -> Result<Operation, Error> {
        if message.deadline_ms == 0 {
            return Err(too_late());
        }
        if self.running.len() + self.heavy_waiting.len() >= CALLS {
            let detail = "too many operations are in flight on this line; try again";
            return Err(Error::new(Kind::Overloaded, detail).with_retry_after(1));
        }
        let permit = self.lines.0.admission.enter()?;
        let asked = Request::read(message.meta, message.body).map_err(not_understood)?;
        let deadline = now + Duration::from_millis(u64::from(message.deadline_ms));
        let context = Context::new(asked.request_id, deadline).with_trace(asked.trace);
        Ok(Operation { id: message.id, context, call: asked.call, permit })
    }

    /// Begins an operation; one that can be answered at once is.
    fn start(&mut self, operation: Operation, task: &mut Task<'_>) {
        let at_once = operation.call.effect() == Effect::None;
        let heavy = operation.call.is_heavy();
        let mut running = operation.run(Arc::clone(&self.lines.0.store), &self.lines.0.tracer);
        if at_once && let Poll::Ready(done) = running.as_mut().poll(task) {
            return self.answer(done.id, &done.reply);
        }
        self.heavy_running += usize::from(heavy);
        self.running.push(running);
    }

    /// Begins operations with large answers: one at once that can be answered at once, since small ones may have
    /// come behind it.
    fn start_heavy(&mut self, task: &mut Task<'_>) {
        while self.heavy_running < HEAVY && self.queue.large_bytes() < HEAVY_BYTES {
            let Some(operation) = self.heavy_waiting.pop_front() else { return };
            let before = self.heavy_running;
            self.start(operation, task);
            if self.heavy_running == before {
                return;
            }
        }
    }

    /// Answers what has ended.
    fn finish(&mut self, task: &mut Task<'_>) {
        while let Poll::Ready(Some(Done { id, heavy, reply })) = self.running.poll_next_unpin(task) {
            self.heavy_running -= usize::from(heavy);
            self.answer(id, &reply);
        }
    }

    fn has_ended(&self) -> bool {
        self.payload.is_none() && self.running.is_empty() && self.heavy_waiting.is_empty()
    }
}

fn not_understood(error: Malformed) -> Error {
    let detail = format!("the store did not understand the operation ({error}); it may need an update");
    Error::internal(detail).with_source(error)
}

impl MessageBody for Duplex {
    type Error = Malformed;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, Malformed>>> {
        let this = self.get_mut();
        this.watch_lifecycle(task);
        if let Err(error) = this.receive(task) {
            tracing::error!("a line is closed, because its api role sent what is no frame: {error}");
            this.payload = None;
            return Poll::Ready(Some(Err(error)));
        }
        this.start_heavy(task);
        this.finish(task);
        match this.queue.take() {
            Some(chunk) => Poll::Ready(Some(Ok(chunk))),
            None if this.has_ended() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// A line that breaks leaves operations that nobody waits for, but of which nobody may say that they did not happen:
/// they go on to their end.
impl Drop for Duplex {
    fn drop(&mut self) {
        let mut running = std::mem::take(&mut self.running);
        if !running.is_empty()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { while running.next().await.is_some() {} });
        }
    }
}
