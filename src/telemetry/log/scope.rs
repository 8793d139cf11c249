//! Which request a thread is working on, so that each line of the log that it writes can say so.
//!
//! Two words are exchanged at each poll of a request, and nothing else is paid: no span is made for it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;

use crate::domain::{RequestId, TraceContext};

/// Names a request in the log.
#[derive(Clone, Debug)]
pub struct Ids {
    /// Its id.
    pub request_id: RequestId,
    /// Its trace, and the span in it that the work is done under.
    pub trace: Option<TraceContext>,
}

thread_local! {
    static CURRENT: RefCell<Option<Ids>> = const { RefCell::new(None) };
}

/// A request, while nobody works on it.
#[derive(Debug)]
pub struct Scope(Option<Ids>);

impl Scope {
    /// Of a request.
    pub fn new(ids: Ids) -> Scope {
        Scope(Some(ids))
    }

    /// Lines of this thread belong to the request, until what this returns is dropped.
    pub fn enter(&mut self) -> Entered<'_> {
        exchange(&mut self.0);
        Entered(&mut self.0)
    }
}

/// While this lives, its thread works on a request; it keeps which it was before.
#[derive(Debug)]
#[must_use]
pub struct Entered<'a>(&'a mut Option<Ids>);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        exchange(self.0);
    }
}

fn exchange(other: &mut Option<Ids>) {
    // A thread that ends has no request.
    let _ended = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), other));
}

/// Does some work of a request.
pub async fn within<T>(ids: Ids, work: impl Future<Output = T>) -> T {
    let (mut scope, mut work) = (Scope::new(ids), pin!(work));
    poll_fn(move |task| {
        let _entered = scope.enter();
        work.as_mut().poll(task)
    })
    .await
}

/// Shows the request that this thread works on, if it does.
pub(super) fn current(show: impl FnOnce(&Ids)) {
    let _ended = CURRENT.try_with(|current| {
        if let Ok(current) = current.try_borrow()
            && let Some(ids) = &*current
        {
            show(ids);
        }
    });
}
