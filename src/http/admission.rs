//! Bounds the work in flight, so that a process which is asked too much says so early instead of late.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::Role;
use crate::domain::{Error, Kind, Result};
use crate::telemetry::metrics::{self, Shed};

/// A bound on what is worked on at once.
#[derive(Debug)]
pub struct Admission {
    role: Role,
    most: usize,
    in_flight: AtomicUsize,
}

/// The right to be worked on; given back when it is dropped.
#[derive(Debug)]
pub struct Permit(Arc<Admission>);

impl Admission {
    /// Admits at most that many at once.
    pub fn new(role: Role, most: usize) -> Arc<Admission> {
        Arc::new(Admission { role, most, in_flight: AtomicUsize::new(0) })
    }

    /// Lets one in.
    ///
    /// # Errors
    /// `overloaded` where as many as are allowed are in already; it is counted.
    pub fn enter(self: &Arc<Self>) -> Result<Permit> {
        // A count that is over the bound for a moment admits nobody, and is what a bound needs.
        if self.in_flight.fetch_add(1, Ordering::Relaxed) < self.most {
            return Ok(Permit(Arc::clone(self)));
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        metrics::request_shed(self.role, Shed::InFlight);
        Err(Error::new(Kind::Overloaded, "too many requests are in flight here; try again")
            .with_retry_after(1))
    }

    /// How many are in.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_bound_is_refused_until_one_leaves() {
        let admission = Admission::new(Role::Api, 2);
        let permits = [admission.enter().unwrap(), admission.enter().unwrap()];
        let refused = admission.enter().unwrap_err();
        assert_eq!((refused.kind(), refused.retry_after()), (Kind::Overloaded, Some(1)));
        drop(permits);
        assert_eq!(admission.in_flight(), 0);
        assert!(admission.enter().is_ok());
    }
}
