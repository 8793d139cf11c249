//! Bounds the bytes of large bodies that are held at once: work in flight is bounded by number, and each may be large.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Role;
use crate::domain::{Error, Kind, Result};
use crate::telemetry::metrics::{self, Shed};

/// Smaller bodies are not counted: so many of them as may be in flight have room beside.
const SMALL: usize = 64 * 1024;
/// Bytes that are counted at once.
const UNIT: usize = 1024;

/// A bound on the bytes of all large bodies.
#[derive(Debug)]
pub(crate) struct Bodies {
    role: Role,
    all: usize,
    units: Arc<Semaphore>,
}

/// What is held of the bound for one body, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Held(Option<OwnedSemaphorePermit>);

impl Bodies {
    /// Holds at most so many bytes, in a process of that role.
    pub(crate) fn new(role: Role, bytes: u64) -> Bodies {
        let all = usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Bodies { role, all, units: Arc::new(Semaphore::new(all)) }
    }

    /// Makes room for so many bytes of a body in all.
    ///
    /// # Errors
    /// `overloaded` where there is none; it is counted.
    pub(crate) fn hold(&self, held: &mut Held, bytes: usize) -> Result<()> {
        let has = held.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        // One that is larger than all the room may have all of it.
        let left = self.all - has;
        let more = bytes.div_ceil(UNIT).saturating_sub(has).min(left);
        if bytes <= SMALL || more == 0 {
            return Ok(());
        }
        // Not by each small piece in which a body arrives.
        let more = u32::try_from(more.max(SMALL / UNIT).min(left)).unwrap_or(u32::MAX);
        let Ok(permit) = Arc::clone(&self.units).try_acquire_many_owned(more) else {
            metrics::request_shed(self.role, Shed::Bodies);
            let detail =
                "large bodies of other requests fill the room that there is for them here; try again";
            return Err(Error::new(Kind::Overloaded, detail).with_retry_after(1));
        };
        match &mut held.0 {
            Some(held) => held.merge(permit),
            None => held.0 = Some(permit),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_have_the_room_that_there_is() {
        let bodies = Bodies::new(Role::Api, 1024 * 1024);
        let (mut one, mut other, mut small) = (Held::default(), Held::default(), Held::default());
        bodies.hold(&mut one, 600 * 1024).unwrap();
        bodies.hold(&mut other, 300 * 1024).unwrap();
        bodies.hold(&mut other, 350 * 1024).unwrap();
        let refused = bodies.hold(&mut other, 500 * 1024).unwrap_err();
        assert_eq!((refused.kind(), refused.retry_after()), (Kind::Overloaded, Some(1)));
        bodies.hold(&mut small, SMALL).unwrap();
        drop(one);
        bodies.hold(&mut other, 8 * 1024 * 1024).unwrap();
    }
}
