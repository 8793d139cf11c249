//! The way out of spans: a bounded queue, and a thread that sends what is in it in batches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use crate::telemetry::metrics;

/// Spans that may wait. One takes about a kilobyte.
const WAITING: usize = 4096;

/// Spans that leave together.
const BATCH: usize = 512;

/// How long spans gather before they leave.
const GATHER: Duration = Duration::from_secs(1);

/// How often to look meanwhile whether a batch is full: less time than the queue takes to fill.
const LOOK: Duration = Duration::from_millis(50);

/// The end of the queue at which spans come in.
#[derive(Debug)]
pub(super) struct Queue {
    sender: Sender<SpanData>,
    close: Mutex<Option<oneshot::Sender<Closing>>>,
    scope: InstrumentationScope,
}

/// Asks for the end.
#[derive(Debug)]
struct Closing {
    deadline: Instant,
    /// Dropped at the end.
    _done: oneshot::Sender<()>,
}

/// What asks for the end; a failure where the queue is gone.
type Asked = Result<Closing, oneshot::error::RecvError>;

impl Queue {
    /// A queue, and the work that empties it.
    pub(super) fn new<E: SpanExporter>(exporter: E) -> (Arc<Queue>, Sending<E>) {
        let (sender, spans) = channel(WAITING);
        let (close, asked) = oneshot::channel();
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
        let scope = scope.with_version(env!("CARGO_PKG_VERSION")).build();
        let queue = Queue { sender, close: Mutex::new(Some(close)), scope };
        (Arc::new(queue), Sending { spans, asked, closing: None, exporter, failing: false })
    }

    /// Who made the spans.
    pub(super) fn scope(&self) -> InstrumentationScope {
        self.scope.clone()
    }

    /// Adds a span, if there is room: the request that it belongs to must not wait.
    pub(super) fn push(&self, span: SpanData) {
        if self.sender.try_send(span).is_err() {
            metrics::trace_spans_dropped(1);
        }
    }

    /// Sends what waits, for so long at most. No span is taken afterwards.
    pub(super) async fn close(&self, patience: Duration) {
        let Some(close) = self.close.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let (done, ended) = oneshot::channel();
        if close.send(Closing { deadline: Instant::now() + patience, _done: done }).is_ok() {
            // That the other side is dropped is what is waited for.
            drop(ended.await);
        }
    }
}

/// Empties the queue.
pub(super) struct Sending<E> {
    spans: Receiver<SpanData>,
    asked: oneshot::Receiver<Closing>,
    closing: Option<Closing>,
    exporter: E,
    /// Whether the last batch was lost.
    failing: bool,
}

impl<E: SpanExporter> Sending<E> {
    /// Works until it is told to end, or nobody can add a span any more.
    pub(super) async fn run(mut self) {
        loop {
            let mut batch = Vec::new();
            let goes_on = self.gather(&mut batch).await;
            if !batch.is_empty() {
                self.send(batch).await;
            } else if !goes_on {
                return;
            }
        }
    }

    /// Waits for spans, and a while for more. False when no more will come.
    async fn gather(&mut self, batch: &mut Vec<SpanData>) -> bool {
        if self.closing.is_none() && !self.first(batch).await {
            return false;
        }
        let until = Instant::now() + GATHER;
        loop {
            while batch.len() < BATCH
                && let Ok(span) = self.spans.try_recv()
            {
                batch.push(span);
            }
            if batch.len() == BATCH || self.closing.is_some() || Instant::now() >= until {
                return self.closing.is_none();
            }
            // Nobody waits at the queue now, so no request pays for waking this thread.
            tokio::select! {
                asked = &mut self.asked => self.end(asked),
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Waits for the first span of a batch, or for what ends the wait. False when there will be none.
    async fn first(&mut self, batch: &mut Vec<SpanData>) -> bool {
        tokio::select! {
            span = self.spans.recv() => {
                batch.extend(span);
                return !batch.is_empty();
            }
            asked = &mut self.asked => self.end(asked),
        }
        true
    }

    fn end(&mut self, asked: Asked) {
        self.spans.close();
        // Where nobody asked, nobody waits: the queue is gone.
        self.closing =
            asked.ok().or_else(|| Some(Closing { deadline: Instant::now(), _done: oneshot::channel().0 }));
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let count = batch.len();
        let (sent, asked) = self.export(batch).await;
        if let Some(asked) = asked {
            self.end(asked);
        }
        let failed = match sent {
            Some(Ok(())) => None,
            Some(Err(error)) => Some(error.to_string()),
            None => Some("the process ends".to_owned()),
        };
        self.note(count, failed.as_deref());
    }

    /// Hands a batch to the exporter. If the end is asked for meanwhile, says so, and waits no longer than that allows.
    async fn export(&mut self, batch: Vec<SpanData>) -> (Option<OTelSdkResult>, Option<Asked>) {
        let mut export = std::pin::pin!(self.exporter.export(batch));
        if let Some(Closing { deadline, .. }) = self.closing {
            return (timeout_at(deadline, export).await.ok(), None);
        }
        tokio::select! {
            sent = &mut export => (Some(sent), None),
            asked = &mut self.asked => {
                let deadline = asked.as_ref().map_or_else(|_| Instant::now(), |closing| closing.deadline);
                (timeout_at(deadline, export).await.ok(), Some(asked))
            }
        }
    }

    /// Counts what was lost; says so once, until it goes well again.
    fn note(&mut self, count: usize, failed: Option<&str>) {
        if let Some(error) = failed {
            metrics::trace_spans_dropped(count);
            if !self.failing {
                tracing::warn!(
                    error,
                    "spans are lost: the collector at telemetry.otlp.endpoint did not take them"
                );
            }
        } else if self.failing {
            tracing::info!("the collector takes spans again");
        }
        self.failing = failed.is_some();
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::SpanKind;

    use crate::domain::TraceContext;
    use crate::telemetry::trace::Span;

    use super::*;

    /// Keeps the sizes of batches; hangs where it has nobody to tell them.
    #[derive(Debug)]
    struct Exporter(Option<std::sync::mpsc::Sender<usize>>);

    impl SpanExporter for Exporter {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            match &self.0 {
                Some(sizes) => drop(sizes.send(batch.len())),
                None => std::future::pending().await,
            }
            Ok(())
        }
    }

    fn push(queue: &Arc<Queue>, spans: usize) {
        let context = TraceContext::new(1, 1, true).unwrap();
        (0..spans).for_each(|_| drop(Span::begin(queue, context, None, SpanKind::Internal, "test")));
    }

    /// Other tests may add to it.
    fn dropped() -> usize {
        let text = metrics::render();
        let line = text.lines().find_map(|line| line.strip_prefix("trace_spans_dropped_total "));
        line.unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn what_waits_leaves_in_batches_before_the_end_and_nothing_behind_it() {
        let (sizes, batches) = std::sync::mpsc::channel();
        let (queue, sending) = Queue::new(Exporter(Some(sizes)));
        push(&queue, BATCH + 7);
        let work = tokio::spawn(sending.run());
        queue.close(Duration::from_secs(30)).await;
        work.await.unwrap();
        assert_eq!(batches.iter().collect::<Vec<_>>(), [BATCH, 7]);
        let before = dropped();
        push(&queue, 3);
        assert!(dropped() >= before + 3);
    }

    #[tokio::test]
    async fn what_has_no_room_or_does_not_leave_in_time_is_dropped_and_counted() {
        let (queue, sending) = Queue::new(Exporter(None));
        let before = dropped();
        push(&queue, WAITING + 5);
        assert!(dropped() >= before + 5);
        let work = tokio::spawn(sending.run());
        queue.close(Duration::from_millis(20)).await;
        work.await.unwrap();
        assert!(dropped() >= before + WAITING + 5, "what waited is lost, and counted too");
    }
}
