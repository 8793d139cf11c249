//! Carries a call through the loss of lines: what may be sent again, with which words, and when to give up.
//!
//! What had not left is sent again freely. What had left when its line was lost may have been done: reads are
//! sent again; writes too, but they say so, and the store finds out what became of the first. Each within the
//! call's deadline, and within a budget, so that a store in trouble does not get more work for it.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::domain::{Attempt, Context, Error, Kind, Reply, TraceContext};
use crate::telemetry::metrics;
use crate::wire::message::{Reply as ReplyMessage, Request};
use crate::wire::{Answer, Call, Effect, Incoming};

use super::calls::Outcome;
use super::worker::Worker;

/// To whom a call has gone of which nobody knows what became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// To nobody.
    Never,
    /// To this store process.
    To(u64),
    /// To several.
    ToSeveral,
}

impl Sent {
    fn and(self, instance: u64) -> Sent {
        match self {
            Sent::Never => Sent::To(instance),
            Sent::To(before) if before == instance => self,
            Sent::To(_) | Sent::ToSeveral => Sent::ToSeveral,
        }
    }

    /// What a store process is to be told about the tries before.
    fn attempt(self, instance: u64) -> Option<Attempt> {
        match self {
            Sent::Never => None,
            Sent::To(before) if before == instance => Some(Attempt::RepeatHere),
            Sent::To(_) | Sent::ToSeveral => Some(Attempt::RepeatElsewhere),
        }
    }

    fn preferred(self) -> u64 {
        if let Sent::To(instance) = self { instance } else { 0 }
    }
}

/// Does a call on one of the worker's lines, for the span `trace`.
pub(super) async fn call(
    worker: &Worker,
    context: &Context,
    trace: Option<TraceContext>,
    call: &Call,
) -> Reply<Answer> {
    let mut request = Request::new(&context.request_id, trace, call);
    let (effect, deadline) = (call.effect(), context.deadline);
    let mut sent = Sent::Never;
    worker.budget().earn();
    loop {
        let line = match worker.line(sent.preferred(), sent != Sent::Never, deadline).await {
            Ok(line) => line,
            Err(error) if sent == Sent::Never => return Err(error),
            Err(error) => return Err(given_up(effect, sent).with_source(error)),
        };
        if let Some(attempt) = sent.attempt(line.instance()) {
            request.meta.set_attempt(attempt);
        }
        match line.exchange(&request, deadline).await {
            Outcome::Answered(message) => {
                let reply = understand(message, effect);
                line.outlier().note(!reply.as_ref().is_err_and(|error| is_of_the_store(error.kind())));
                return read(reply, effect, sent);
            }
            Outcome::Unsent => metrics::retry(false),
            Outcome::Full if sent == Sent::Never => return Err(full()),
            Outcome::Full => return Err(given_up(effect, sent)),
            Outcome::Expired { left } => {
                // One that had not left says nothing of the store: those before it do.
                if left {
                    line.outlier().note(false);
                }
                let sent = if left { sent.and(line.instance()) } else { sent };
                return Err(given_up(effect, sent));
            }
            Outcome::Lost => {
                sent = sent.and(line.instance());
                if effect == Effect::Once || !worker.budget().spend() {
                    return Err(given_up(effect, sent));
                }
                metrics::retry(true);
            }
        }
    }
}

fn understand(message: Incoming, effect: Effect) -> Reply<Answer> {
    ReplyMessage::read(message.meta, message.body).unwrap_or_else(|error| {
        let detail = format!(
            "the answer of the store was not understood ({error}); are both roles of the same version?"
        );
        // Of a write, that it was answered does not say that it was refused.
        let kind = if effect == Effect::None { Kind::Internal } else { Kind::OutcomeUnknown };
        Err(Error::new(kind, detail).with_source(error))
    })
}

/// Whether an error may be of this store process alone, so that another one is worth a try.
fn is_of_the_store(kind: Kind) -> bool {
    matches!(kind, Kind::DeadlineExceeded | Kind::Internal | Kind::StoreUnavailable)
}

fn read(reply: Reply<Answer>, effect: Effect, sent: Sent) -> Reply<Answer> {
    match reply {
        // The repetition was not done. That says nothing about the try before.
        Err(error) if sent != Sent::Never && effect != Effect::None && tells_nothing(error.kind()) => {
            Err(given_up(effect, sent).with_source(error))
        }
        reply => reply,
    }
}

/// Whether an error means that the store did not come to look at what is there.
fn tells_nothing(kind: Kind) -> bool {
    use Kind::{DeadlineExceeded, Internal, Overloaded, StoreUnavailable, Throttled};
    matches!(kind, DeadlineExceeded | Internal | Overloaded | StoreUnavailable | Throttled)
}

fn full() -> Error {
    let detail = "too many operations wait for the store; try again";
    Error::new(Kind::Overloaded, detail).with_retry_after(1)
}

fn given_up(effect: Effect, sent: Sent) -> Error {
    match (effect, sent) {
        (Effect::None, _) | (_, Sent::Never) => {
            Error::new(Kind::DeadlineExceeded, "the store did not answer before the deadline; try again")
        }
        (Effect::Repeatable, _) => Error::new(
            Kind::OutcomeUnknown,
            "the write was sent and the store's answer did not come, so it may have been done; repeat with the same \
             Idempotency-Key, or read the item",
        ),
        (Effect::Once, _) => Error::new(
            Kind::OutcomeUnknown,
            "the deletion was sent and the store's answer did not come, so it may have been done; read the collection",
        ),
    }
}

/// How many calls may be sent again: what one line can lose at once, and then a tenth of the calls.
#[derive(Debug)]
pub(super) struct Budget(Mutex<Account>);

#[derive(Debug)]
struct Account {
    tokens: f64,
    counted: Instant,
}

impl Budget {
    const MOST: f64 = crate::wire::line::CALLS as f64;
    const A_CALL: f64 = 0.1;
    const A_SECOND: f64 = 10.0;

    /// A call was made.
    fn earn(&self) {
        let mut account = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        account.tokens = (account.tokens + Self::A_CALL).min(Self::MOST);
    }

    /// A call is to be sent again, if that is still allowed.
    fn spend(&self) -> bool {
        let mut account = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = now.duration_since(account.counted).as_secs_f64();
        account.counted = now;
        account.tokens = (account.tokens + passed * Self::A_SECOND).min(Self::MOST);
        let allowed = account.tokens >= 1.0;
        if allowed {
            account.tokens -= 1.0;
        }
        allowed
    }
}

impl Default for Budget {
    fn default() -> Self {
        Budget(Mutex::new(Account { tokens: Self::MOST, counted: Instant::now() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_told_what_is_known_of_the_tries_before() {
        assert_eq!(Sent::Never.attempt(1), None);
        let once = Sent::Never.and(1);
        assert_eq!(once.attempt(1), Some(Attempt::RepeatHere));
        assert_eq!(once.attempt(2), Some(Attempt::RepeatElsewhere));
        assert_eq!(once.and(1).attempt(1), Some(Attempt::RepeatHere));
        assert_eq!(once.and(2).attempt(1), Some(Attempt::RepeatElsewhere), "the second may have done it");
    }

    #[test]
    fn the_budget_stands_the_loss_of_a_full_line_and_then_runs_out() {
        let budget = Budget::default();
        let allowed = (0..6000).filter(|_| budget.spend()).count();
        assert!((4096..4200).contains(&allowed), "{allowed}");
        (0..20).for_each(|_| budget.earn());
        assert!(budget.spend());
    }
}
