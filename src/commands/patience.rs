//! How often and how long to wait for something that may pass.

use std::time::Duration;

use super::failure::Failure;
use super::progress::Progress;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a request did not do what it should.
#[derive(Debug)]
pub(super) enum Trouble {
    /// May pass: no connection, an answer that broke off, an overloaded system.
    Passing {
        /// What it is.
        what: String,
        /// How long the system asked to wait.
        pause: Option<Duration>,
    },
    /// Would be the same again.
    Lasting(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Lasting(failure)
    }
}

impl From<Trouble> for Failure {
    /// Whoever has no patience fails with whatever it is.
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Passing { what, .. } => Failure::new(what),
            Trouble::Lasting(failure) => failure,
        }
    }
}

/// Bears a number of troubles in a row.
#[derive(Debug)]
pub(super) struct Patience {
    retries: u32,
    used: u32,
}

impl Patience {
    /// Patience for that many repetitions without any progress between.
    pub(super) fn new(retries: u32) -> Self {
        Patience { retries, used: 0 }
    }

    /// Something went well: all patience is back.
    pub(super) fn restore(&mut self) {
        self.used = 0;
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The trouble, if it lasts or patience is at its end.
    pub(super) async fn bear(&mut self, trouble: Trouble, progress: &Progress) -> Result<(), Failure> {
        let (what, asked) = match trouble {
            Trouble::Passing { what, pause } => (what, pause),
            Trouble::Lasting(failure) => return Err(failure),
        };
        if self.used == self.retries {
            return Err(Failure::new(what));
        }
        let pause = asked.unwrap_or_else(|| (FIRST_PAUSE * (1 << self.used.min(10))).min(LONGEST_PAUSE));
        self.used += 1;
        progress.note(&format!("{what}; again in {:.1} s", pause.as_secs_f64()));
        tokio::time::sleep(pause).await;
        Ok(())
    }
}
