//! The future of an answer, which goes on when its caller goes away.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error as ActixError;
use actix_web::dev::ServiceResponse;

use crate::telemetry::log::Scope;

use super::observe::Facts;

/// What answers a request.
pub(super) enum Work<F> {
    Asked(F),
    Refused(Pin<Box<dyn Future<Output = ServiceResponse>>>),
}

/// A request that is worked on.
pub(super) struct Working<F> {
    pub(super) work: Work<F>,
    pub(super) scope: Scope,
    pub(super) facts: Facts,
}

/// The future of an answer.
///
/// The server drops it when its caller goes away. What the request has begun then goes on by itself: a store does not
/// stop half way, and what it does is to be noted, paid for, and bounded like everything else. That lasts no longer than
/// it would have, since everything a handler waits for has a deadline, and a body that no longer comes has ended.
pub struct Answering<F: Answers>(Option<Working<F>>);

impl<F: Answers> Answering<F> {
    pub(super) fn new(working: Working<F>) -> Answering<F> {
        Answering(Some(working))
    }
}

/// What a service makes of a request.
pub trait Answers: Future<Output = Result<ServiceResponse, ActixError>> + Unpin + 'static {}

impl<F> Answers for F where F: Future<Output = Result<ServiceResponse, ActixError>> + Unpin + 'static {}

impl<F: Answers> Working<F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<ServiceResponse, ActixError>> {
        match &mut self.work {
            Work::Asked(future) => {
                let _entered = self.scope.enter();
                Pin::new(future).poll(cx)
            }
            Work::Refused(answer) => answer.as_mut().poll(cx).map(Ok),
        }
    }
}

impl<F: Answers> Future for Answering<F> {
    type Output = Result<ServiceResponse, ActixError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let working = self.0.as_mut().expect("a future is not polled after its end");
        let answer = ready!(working.poll(cx));
        let working = self.0.take().expect("it was there");
        Poll::Ready(answer.map(|answer| working.facts.finish(answer)))
    }
}

impl<F: Answers> Drop for Answering<F> {
    fn drop(&mut self) {
        let Some(working) = self.0.take() else { return };
        if std::thread::panicking() {
            return;
        }
        let mut rest = Rest(Some(working));
        actix_web::rt::spawn(async move {
            let answer = poll_fn(|cx| rest.poll(cx)).await;
            if let (Some(working), Ok(answer)) = (rest.0.take(), answer) {
                working.facts.cut_short(answer);
            }
        });
    }
}

/// What goes on of a request whose caller is gone.
struct Rest<F: Answers>(Option<Working<F>>);

impl<F: Answers> Rest<F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<ServiceResponse, ActixError>> {
        self.0.as_mut().expect("it is there until its end").poll(cx)
    }
}

impl<F: Answers> Drop for Rest<F> {
    fn drop(&mut self) {
        let Some(mut working) = self.0.take() else { return };
        if std::thread::panicking() {
            return;
        }
        let _entered = working.scope.enter();
        let duration_ms = working.facts.started.elapsed().as_millis();
        tracing::warn!(%duration_ms, "a request was cut off, since the process ends; shutdown.drain is how long it waits");
    }
}
