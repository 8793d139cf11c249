//! `POST /v1/collections/{c}/import`: a stream of lines, each written on its own, many at a time.

use std::cell::Cell;
use std::collections::HashSet;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage as _;
use actix_web::dev::Payload;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;

use crate::api::auth::{Access, KeySet};
use crate::api::body;
use crate::api::call::Call;
use crate::api::limit::{self, Counted};
use crate::domain::{
    Action, Attempt, Charge, CollectionName, Context, Error, Fault, Key, Kind, Place, Result, Target, Write,
    limits,
};

use super::import_line::{self, Asked};
use super::lines::{Line, Lines};

/// Lines that are being written at once.
const AT_ONCE: usize = 64;
/// The pause before a line is tried again that was refused for want of room.
const PAUSE: Duration = Duration::from_millis(100);

/// The answer.
#[derive(Default, Serialize)]
pub(super) struct Report {
    read: u64,
    written: u64,
    failed: u64,
    /// Lines of items that have ended; left out where there are none.
    #[serde(skip_serializing_if = "is_zero")]
    expired: u64,
    errors: Vec<Rejected>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Report {
    /// The body of the answer.
    pub(super) fn to_json(&self) -> Bytes {
        serde_json::to_vec(self).expect("numbers and text are always JSON").into()
    }
}

#[derive(Serialize)]
struct Rejected {
    line: u64,
    r#type: String,
    detail: String,
}

/// An import under way.
pub(super) struct Import<'a> {
    call: &'a Call<'a>,
    context: &'a Context,
    collection: &'a CollectionName,
    line: u64,
    report: Report,
    charge: Charge,
    writing: FuturesUnordered<futures_util::future::LocalBoxFuture<'a, Finished>>,
    keys: HashSet<Key>,
    /// Whether the store was away for as long as the last line may take: then no other line waits for it to come back.
    away: Rc<Cell<bool>>,
}

struct Finished {
    line: u64,
    key: Key,
    outcome: Result<Charge>,
}

impl<'a> Import<'a> {
    pub(super) fn new(call: &'a Call<'a>, context: &'a Context, collection: &'a CollectionName) -> Self {
        Import {
            call,
            context,
            collection,
            line: 0,
            report: Report::default(),
            charge: Charge::ZERO,
            writing: FuturesUnordered::new(),
            keys: HashSet::new(),
            away: Rc::default(),
        }
    }

    /// Reads the whole body, and says what became of its lines.
    ///
    /// # Errors
    /// Where the body does not arrive; what was read before is written nevertheless.
    pub(super) async fn run(mut self, mut payload: Payload) -> Result<(Report, Charge)> {
        let mut lines = Lines::default();
        // Each line has the time of a body: one that comes in the smallest pieces keeps no place for ever.
        let mut until = self.until();
        let arrived = loop {
            match self.next_chunk(&mut payload, until).await {
                Ok(Some(chunk)) => lines.push(&chunk),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
            let before = self.report.read;
            while let Some(line) = lines.next_line() {
                self.take(line).await;
            }
            if self.report.read > before {
                until = self.until();
            }
        };
        if let Some(line) = lines.last_line().filter(|_| arrived.is_ok()) {
            self.take(line).await;
        }
        let (report, charge) = self.finish().await;
        arrived.map(|()| (report, charge)).map_err(|error| error.with_charge(charge))
    }

    fn until(&self) -> Instant {
        Instant::now() + self.call.state.body_timeout
    }

    /// Waits for the next piece of the body, and goes on writing meanwhile.
    async fn next_chunk(&mut self, payload: &mut Payload, until: Instant) -> Result<Option<Bytes>> {
        let mut next = pin!(body::next_chunk(payload, until.into()));
        loop {
            tokio::select! {
                chunk = &mut next => return chunk,
                Some(finished) = self.writing.next() => self.finished(finished),
            }
        }
    }

    /// Takes the next line; waits where too many are being written, or one of the same key.
    async fn take(&mut self, line: Line) {
        self.line += 1;
        let now = self.call.state.clock.now();
        let asked = match line {
            Line::Text(text) if text.iter().all(u8::is_ascii_whitespace) => return,
            Line::Text(text) => import_line::read(&text, now),
            Line::TooLong(bytes) => Err(Error::too_large("the line", limits::ITEM_BODY_BYTES, bytes)),
        };
        self.report.read += 1;
        let permitted = asked.and_then(|asked| {
            self.call.may(Access::Write, self.collection, KeySet::Key(asked.key.as_str()))?;
            Ok(asked)
        });
        match permitted {
            // What has ended is absent, and does not take the place of what may have come after it.
            Ok(asked) if asked.has_ended(now) => self.report.expired += 1,
            Ok(asked) => self.begin(asked).await,
            Err(error) => self.reject(self.line, &error),
        }
    }

    /// Waits for the last lines, and says what became of all.
    async fn finish(mut self) -> (Report, Charge) {
        while let Some(finished) = self.writing.next().await {
            self.finished(finished);
        }
        // Lines end in any order; people read them from the top.
        self.report.errors.sort_by_key(|rejected| rejected.line);
        (self.report, self.charge)
    }

    async fn begin(&mut self, asked: Asked) {
        while self.writing.len() >= AT_ONCE || self.keys.contains(&asked.key) {
            match self.writing.next().await {
                Some(finished) => self.finished(finished),
                None => break,
            }
        }
        self.keys.insert(asked.key.clone());
        let (call, context, line) = (self.call, self.context, self.line);
        let away = Rc::clone(&self.away);
        let target = Target { collection: self.collection.clone(), key: asked.key.clone() };
        let key = asked.key.clone();
        self.writing.push(Box::pin(async move {
            let outcome = write(call, context, &away, target, asked).await;
            let charge = outcome.as_ref().map_or_else(Error::charge, |charge| *charge);
            // Now, so that the limit holds the lines to come.
            call.state.limits.spend_early(&call.http, charge, call.state.clock.now());
            Finished { line, key, outcome }
        }));
    }

    fn finished(&mut self, finished: Finished) {
        self.keys.remove(&finished.key);
        match finished.outcome {
            Ok(charge) => {
                self.charge += charge;
                self.report.written += 1;
            }
            Err(error) => {
                self.charge += error.charge();
                self.reject(finished.line, &error);
            }
        }
    }

    fn reject(&mut self, line: u64, error: &Error) {
        self.report.failed += 1;
        if self.report.errors.len() < limits::LINES_TOLD {
            let r#type = format!("/problems/{}", error.kind().name());
            self.report.errors.push(Rejected { line, r#type, detail: told(error) });
        }
    }
}

/// What is wrong with a line, and where: its first fault stands for all.
fn told(error: &Error) -> String {
    match error.faults().first() {
        Some(Fault { place: Place::Pointer(at), detail }) if !at.is_empty() && detail == error.detail() => {
            format!("{detail}: {at}")
        }
        Some(Fault { place: Place::Pointer(at), detail }) if detail != error.detail() => match at.as_str() {
            "" => format!("{}: {detail}", error.detail()),
            at => format!("{}: {at}: {detail}", error.detail()),
        },
        _ => error.detail().to_owned(),
    }
}

/// Waits until the caller may cause more costs, as long as the line may take.
async fn may_cost(call: &Call<'_>, deadline: Instant) -> Result<()> {
    let counted = call.http.extensions().get::<Counted>().cloned();
    let Some(counted) = counted else { return Ok(()) };
    loop {
        match call.state.limits.wait(&counted, call.state.clock.now()) {
            0 => return Ok(()),
            wait if Instant::now() + PAUSE >= deadline => return Err(limit::refused(wait)),
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Writes a line under a deadline of its own, trying again while there is no room for it.
async fn write(
    call: &Call<'_>,
    context: &Context,
    away: &Cell<bool>,
    target: Target,
    asked: Asked,
) -> Result<Charge> {
    let state = &*call.state;
    let deadline = Instant::now() + state.deadline;
    may_cost(call, deadline).await?;
    let context = Context { deadline, ..context.clone() };
    let write = Write {
        target,
        action: asked.action,
        condition: asked.condition,
        exempt: true,
        ttl: asked.ttl,
        write_id: state.random_write_id(),
        keyed: false,
        token: None,
        attempt: Attempt::First,
        want_document: false,
    };
    let deletes = matches!(write.action, Action::Delete);
    loop {
        let error = match state.store.write(&context, write.clone()).await {
            Ok(done) => {
                away.set(false);
                return Ok(done.charge);
            }
            Err(error) => error,
        };
        match error.kind() {
            // Deleting what is not there is what a repeated import does; the collection may be made by another line.
            Kind::NoSuchItem | Kind::NoSuchCollection if deletes => return Ok(error.charge()),
            Kind::StoreUnavailable if away.get() => return Err(error),
            _ if has_no_room(&error) && Instant::now() + PAUSE < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            kind => {
                away.set(kind == Kind::StoreUnavailable);
                return Err(error);
            }
        }
    }
}

fn has_no_room(error: &Error) -> bool {
    matches!(error.kind(), Kind::Overloaded | Kind::Throttled | Kind::StoreUnavailable)
}
