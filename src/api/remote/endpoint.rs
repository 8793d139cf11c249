//! One store address, and the line that is kept to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::telemetry::metrics;

use super::backoff::Backoff;
use super::balance::Rank;
use super::connect::{self, NoLine};
use super::line::Line;
use super::probe;
use super::worker::Worker;

/// How long a call waits for a line that has just been lost, or was never there, to come up.
pub(super) const GRACE: Duration = Duration::from_millis(250);

/// A line that lived shorter did not go well.
const SHORT_LIFE: Duration = Duration::from_secs(1);

/// An address of a store.
#[derive(Debug)]
pub(super) struct Endpoint {
    address: SocketAddr,
    state: Mutex<State>,
    /// Told when the address is none of a store any more.
    retired: Notify,
}

#[derive(Debug)]
struct State {
    rank: Rank,
    /// The line for new calls.
    current: Option<Arc<Line>>,
    /// Lines that end once they have answered what they have.
    ending: Vec<Arc<Line>>,
    /// Until then it is not known whether a line can be had.
    unsure_until: Option<Instant>,
    /// Whether that was ever known.
    tried: bool,
    /// Why there is none.
    none: NoLine,
    retired: bool,
}

impl Endpoint {
    pub(super) fn new(address: SocketAddr, rank: Rank) -> Arc<Endpoint> {
        let state = State {
            rank,
            current: None,
            ending: Vec::new(),
            unsure_until: Some(Instant::now() + GRACE),
            tried: false,
            none: NoLine::away("it has not answered yet"),
            retired: false,
        };
        metrics::endpoints(0, 1);
        Arc::new(Endpoint { address, state: Mutex::new(state), retired: Notify::new() })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// When it is wanted.
    pub(super) fn rank(&self) -> Rank {
        self.lock().rank
    }

    /// Is wanted so from now on.
    pub(super) fn set_rank(&self, rank: Rank) {
        self.lock().rank = rank;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line, if it takes calls.
    pub(super) fn line(&self) -> Option<Arc<Line>> {
        self.lock().current.as_ref().filter(|line| line.load().is_some()).cloned()
    }

    /// Until when it is not known whether a line can be had; none where it is known.
    pub(super) fn unsure_until(&self) -> Option<Instant> {
        self.lock().unsure_until
    }

    /// Whether there is no line, and there was one or none could be had.
    pub(super) fn is_missed(&self) -> bool {
        let tried = self.lock().tried;
        tried && self.line().is_none()
    }

    /// Why there is no line.
    pub(super) fn reason(&self) -> String {
        self.lock().none.reason.clone()
    }

    /// Whether somebody is there who gives us no line.
    pub(super) fn refused(&self) -> bool {
        self.lock().none.refused
    }

    /// Ends the calls whose deadline has passed, on every line. Says whether calls are in flight.
    pub(super) fn sweep(&self, now: Instant) -> bool {
        let mut state = self.lock();
        state.ending.retain(|line| !line.is_closed());
        let lines: Vec<Arc<Line>> = state.ending.iter().chain(&state.current).cloned().collect();
        drop(state);
        let mut busy = false;
        for line in lines {
            busy |= line.sweep(now);
        }
        busy
    }

    /// Whether it has ended, and all its lines.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.retired && state.current.is_none() && state.ending.is_empty()
    }

    /// The address is none of a store any more.
    pub(super) fn retire(&self) {
        self.lock().retired = true;
        self.retired.notify_one();
    }

    /// Keeps a line to the address, until it is retired or the worker ends.
    pub(super) async fn keep(self: Arc<Self>, worker: Arc<Worker>) {
        let mut backoff = Backoff::new();
        while !self.lock().retired {
            match connect::open(&worker.client(), worker.options().scheme(), self.address).await {
                Ok(line) => {
                    self.up(&line, &worker);
                    if self.attend(&line, &worker).await {
                        backoff.reset();
                        continue;
                    }
                }
                Err(none) => {
                    backoff.patient(none.refused);
                    self.failed(&none, &worker);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(backoff.next(worker.random())) => {}
                () = self.retired.notified() => {}
            }
        }
        self.cease(&worker);
    }

    /// Stays with a line until another is needed. Says whether it went well.
    async fn attend(&self, line: &Arc<Line>, worker: &Worker) -> bool {
        let began = Instant::now();
        let age = worker.options().line_age;
        tokio::select! {
            () = line.is_over() => self.lost(line, worker),
            () = tokio::time::sleep(age + worker.random().up_to(age)) => {}
            () = self.retired.notified() => {}
            () = probe::watch(line, self.address, worker) => {}
        }
        began.elapsed() > SHORT_LIFE
    }

    fn up(&self, line: &Arc<Line>, worker: &Worker) {
        let mut state = self.lock();
        let before = state.current.replace(Arc::clone(line));
        (state.unsure_until, state.tried) = (None, true);
        state.ending.extend(before.clone());
        drop(state);
        match before {
            Some(old) => old.end("it was replaced at its age"),
            None => metrics::endpoints(1, -1),
        }
        worker.notices().up(self.address);
        worker.changed();
    }

    fn lost(&self, line: &Arc<Line>, worker: &Worker) {
        let mut state = self.lock();
        state.none = NoLine::away(line.reason());
        state.unsure_until = Some(Instant::now() + GRACE);
        let over = state.current.take();
        state.ending.extend(over);
        drop(state);
        metrics::endpoints(-1, 1);
        worker.changed();
    }

    fn failed(&self, none: &NoLine, worker: &Worker) {
        let mut state = self.lock();
        // The line that was to be replaced may have been lost meanwhile.
        let over = state.current.take_if(|line| line.load().is_none());
        if over.is_some() {
            metrics::endpoints(-1, 1);
        }
        state.ending.extend(over);
        if state.current.is_some() {
            return;
        }
        (state.unsure_until, state.tried) = (None, true);
        state.none = none.clone();
        drop(state);
        worker.notices().down(self.address, none);
        worker.changed();
    }

    fn cease(&self, worker: &Worker) {
        let current = self.lock().current.take();
        match current {
            Some(line) => {
                line.end("its address is none of a store any more");
                self.lock().ending.push(line);
                metrics::endpoints(-1, 0);
            }
            None => metrics::endpoints(0, -1),
        }
        worker.notices().forget(self.address);
        worker.changed();
    }
}
