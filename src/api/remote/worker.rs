//! What a thread keeps of a remote store: its lines, and the tasks that look after them.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use reqwest::Client;
use tokio::sync::{Notify, watch};

use crate::config::ClientTls;
use crate::domain::{Error, Kind, Result};

use super::backoff::Backoff;
use super::balance::Random;
use super::connect;
use super::discovery::{Discovery, SOONEST};
use super::line::Line;
use super::members::Members;
use super::notices::Notices;
use super::options::Options;
use super::retry::Budget;

/// How often deadlines are looked at while calls are in flight, and while none are.
const TICK: Duration = Duration::from_millis(20);
const IDLE_TICK: Duration = Duration::from_millis(100);

/// How long to wait at least before DNS is asked again that did not answer, while the last answer still serves.
const RELAXED: Duration = Duration::from_secs(1);

/// What the workers of one remote store share.
#[derive(Debug)]
pub(super) struct Shared {
    id: u64,
    options: Options,
    /// Makes lines from now on. It has no connections of its own, so the threads can share it.
    client: ArcSwap<Client>,
    notices: Notices,
    stopped: watch::Sender<bool>,
}

impl Shared {
    /// What they were told.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn new(id: u64, options: Options) -> Result<Arc<Shared>> {
        let client = ArcSwap::from_pointee(connect::client(options.tls.as_ref())?);
        let (notices, stopped) = (Notices::default(), watch::Sender::new(false));
        Ok(Arc::new(Shared { id, options, client, notices, stopped }))
    }

    /// Makes lines with other certificates from now on; those that are open stay until their age.
    pub(super) fn secure(&self, tls: &ClientTls) -> Result<()> {
        if self.options.tls.is_some() {
            self.client.store(Arc::new(connect::client(Some(tls))?));
        }
        Ok(())
    }

    /// Ends all workers.
    pub(super) fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

/// The lines of a thread.
#[derive(Debug)]
pub(super) struct Worker {
    shared: Arc<Shared>,
    members: Mutex<Members>,
    changed: Notify,
    random: Random,
    budget: Budget,
}

thread_local! {
    static WORKERS: RefCell<Vec<(u64, Weak<Worker>)>> = const { RefCell::new(Vec::new()) };
}

/// The worker that was started on this thread.
pub(super) fn of_this_thread(shared: &Shared) -> Option<Arc<Worker>> {
    WORKERS.with_borrow(|workers| workers.iter().find(|(id, _)| *id == shared.id)?.1.upgrade())
}

/// Starts a worker on this thread and its runtime.
pub(super) fn start_here(shared: &Arc<Shared>) {
    if of_this_thread(shared).is_some() {
        return;
    }
    match Worker::new(shared) {
        Ok(worker) => {
            let entry = (shared.id, Arc::downgrade(&worker));
            WORKERS.with_borrow_mut(|workers| {
                workers.retain(|(_, worker)| worker.strong_count() > 0);
                workers.push(entry);
            });
            tokio::spawn(worker.run());
        }
        Err(error) => tracing::error!("this thread has no lines of its own: {error}"),
    }
}

/// Starts a worker on a thread of its own.
pub(super) fn start_thread(shared: &Arc<Shared>) -> Result<Arc<Worker>> {
    let failed =
        |error| Error::internal("a thread for the lines to the store can't be had").with_source(error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let worker = Worker::new(shared)?;
    let running = Arc::clone(&worker).run();
    std::thread::Builder::new()
        .name("line".into())
        .spawn(move || runtime.block_on(running))
        .map_err(failed)?;
    Ok(worker)
}

impl Worker {
    fn new(shared: &Arc<Shared>) -> Result<Arc<Worker>> {
        let seed =
            getrandom::u64().map_err(|error| Error::internal("no random numbers").with_source(error))?;
        Ok(Arc::new(Worker {
            shared: Arc::clone(shared),
            members: Mutex::default(),
            changed: Notify::new(),
            random: Random::new(seed),
            budget: Budget::default(),
        }))
    }

    /// Looks after the lines until the store is dropped.
    async fn run(self: Arc<Self>) {
        let mut stopped = self.shared.stopped.subscribe();
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => {}
            () = self.discover() => {}
            () = self.tick() => {}
        }
        // The tasks of the endpoints hold the worker; they end now, and their lines with them.
        self.lock().end();
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn options(&self) -> &Options {
        &self.shared.options
    }

    pub(super) fn client(&self) -> Arc<Client> {
        self.shared.client.load_full()
    }

    pub(super) fn notices(&self) -> &Notices {
        &self.shared.notices
    }

    pub(super) fn random(&self) -> &Random {
        &self.random
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// A line came up or went down.
    pub(super) fn changed(&self) {
        self.changed.notify_waiters();
    }

    /// A line for a call: where there is a choice, to the store process `preferred`.
    ///
    /// # Errors
    /// `store-unavailable` where none is up. That is said at once, unless `patient`, or where it is not known yet;
    /// then the call waits, but not beyond its deadline.
    pub(super) async fn line(&self, preferred: u64, patient: bool, deadline: Instant) -> Result<Arc<Line>> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = Instant::now();
            // Not held while the match below looks for words.
            let picked = self.lock().pick(preferred, &self.random);
            let until = match picked {
                Ok(line) => return Ok(line),
                Err(_) if patient => deadline,
                Err(Some(unsure)) => unsure.min(deadline),
                Err(None) => return Err(self.unavailable()),
            };
            if until <= now {
                return Err(self.unavailable());
            }
            // The outcome is looked at above, whichever it was.
            drop(tokio::time::timeout_at(until.into(), changed).await);
        }
    }

    /// The error that says where no store answers, why, and what to do.
    fn unavailable(&self) -> Error {
        let url = self.options().url();
        let members = self.lock();
        let (reasons, refused) = (members.reasons(), members.refused());
        drop(members);
        let detail = if refused {
            format!("the store at {url} refuses our connection ({reasons})")
        } else {
            format!(
                "no store answers at {url} ({reasons}); start one with `app --role=store`, or set store.url"
            )
        };
        Error::new(Kind::StoreUnavailable, detail).with_retry_after(1)
    }

    /// Finds the endpoints, again and again where they can change. What was found last holds until something else is.
    async fn discover(self: &Arc<Self>) {
        let options = self.options();
        let mut wait = Backoff::new();
        loop {
            let looked = match Discovery::new(options) {
                Ok(discovery) => self.look(&discovery, &mut wait).await,
                Err(reason) => reason,
            };
            let known = !self.lock().is_empty();
            self.notices().not_found(&options.url(), &looked, known);
            self.lock().not_found(looked);
            self.changed();
            let least = if known { RELAXED } else { Duration::ZERO };
            tokio::time::sleep(wait.next(&self.random).max(least)).await;
        }
    }

    /// Looks for endpoints as long as they are found; says why they were not.
    async fn look(self: &Arc<Self>, discovery: &Discovery<'_>, wait: &mut Backoff) -> String {
        let mut early = Instant::now();
        loop {
            let answer = match discovery.look().await {
                Ok(answer) => answer,
                Err(reason) => return reason,
            };
            wait.reset();
            self.notices().found(&self.options().url());
            let new = self.lock().update(&answer.found);
            for endpoint in new {
                tokio::spawn(endpoint.keep(Arc::clone(self)));
            }
            match answer.holds {
                Some(holds) => self.until_old(holds + self.random.up_to(holds / 10), &mut early).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Waits until what was found is old. That is `early` where a store is missed, which may be elsewhere by now.
    async fn until_old(&self, holds: Duration, early: &mut Instant) {
        let missed = async {
            tokio::time::sleep_until((*early).into()).await;
            self.misses_one().await;
        };
        tokio::select! {
            () = tokio::time::sleep(holds) => return,
            () = missed => {}
        }
        // A store that stays away is no reason to ask all the time.
        *early = Instant::now() + SOONEST + self.random.up_to(SOONEST);
        self.lock().look_again();
    }

    async fn misses_one(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.lock().misses_one() {
                return;
            }
            changed.await;
        }
    }

    /// Ends calls at their deadlines.
    async fn tick(&self) {
        let mut busy = false;
        loop {
            tokio::time::sleep(if busy { TICK } else { IDLE_TICK }).await;
            busy = self.lock().sweep(Instant::now());
        }
    }
}
