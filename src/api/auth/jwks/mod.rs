//! The keys of the issuer: kept, looked up by their id, and fetched again when a token names one that is not there.
//!
//! Nobody waits for a key that is known. For an unknown one a request waits a little while, and the issuer is asked at
//! most once a minute, however many such tokens come. When the issuer can't be asked, or answers with what is
//! no set of keys, the keys that are there stay; a set without any of use takes them away.

mod fetch;
mod set;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::config::Jwt;
use crate::domain::{Clock, Timestamp};

use fetch::Fetcher;
pub(super) use set::IssuerKey;
use set::KeySet;

/// The issuer is not asked again before that.
const PAUSE: Duration = Duration::from_secs(60);
/// Keys older than this are fetched again, so that one that was withdrawn does not count for ever.
const AGE: Duration = Duration::from_secs(600);
/// The longest that a request waits for a key.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pauses before the issuer is asked again that has never answered.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The keys of an issuer.
pub(super) struct Jwks {
    set: ArcSwap<KeySet>,
    fetcher: Fetcher,
    /// When the issuer was last asked, in microseconds.
    asked: AtomicU64,
    /// When it last answered.
    answered: AtomicU64,
    asking: AtomicBool,
    ask: Notify,
    /// Counts the times that it was asked.
    rounds: watch::Sender<u64>,
}

impl Jwks {
    /// No keys yet; [`Jwks::keep`] fetches them.
    ///
    /// # Errors
    /// Where no client can be made, in words.
    pub(super) fn new(settings: &Jwt) -> Result<Arc<Jwks>, String> {
        Ok(Arc::new(Jwks {
            set: ArcSwap::default(),
            fetcher: Fetcher::new(settings)?,
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            asking: AtomicBool::new(true),
            ask: Notify::new(),
            rounds: watch::Sender::new(0),
        }))
    }

    /// The key for a token, waited for where it may be a new one.
    pub(super) async fn find(
        &self,
        kid: Option<&str>,
        algorithm: &str,
        clock: &dyn Clock,
        patience: Duration,
    ) -> Option<Arc<IssuerKey>> {
        let mut rounds = self.rounds.subscribe();
        if let Some(key) = self.set.load().find(kid, algorithm) {
            if since(&self.answered, clock.now()) >= AGE {
                // The issuer did not answer last time. Nobody waits for this.
                self.may_ask(clock.now());
            }
            return Some(key);
        }
        if self.may_ask(clock.now()) || self.asking.load(Ordering::SeqCst) {
            // Keys are there, or they are not: both is seen below.
            let _in_time = timeout(patience.min(PATIENCE), rounds.changed()).await;
        }
        self.set.load().find(kid, algorithm)
    }

    /// Asks the issuer, unless that was done a short while ago.
    fn may_ask(&self, now: Timestamp) -> bool {
        let asked = self.asked.load(Ordering::SeqCst);
        if since(&self.asked, now) < PAUSE {
            return false;
        }
        let first =
            self.asked.compare_exchange(asked, now.micros(), Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if first {
            self.asking.store(true, Ordering::SeqCst);
            self.ask.notify_one();
        }
        first
    }

    /// Fetches keys now, whenever they are asked for, and when they are old; for ever.
    pub(super) async fn keep(&self, clock: &dyn Clock) {
        let mut pause = FIRST_PAUSE;
        loop {
            self.asked.store(clock.now().micros(), Ordering::SeqCst);
            self.round(clock).await;
            self.asking.store(false, Ordering::SeqCst);
            self.rounds.send_modify(|round| *round += 1);
            if self.set.load().is_empty() {
                // Without any key nobody comes in, so this does not wait to be asked.
                let _asked = timeout(pause, self.ask.notified()).await;
                pause = (pause * 2).min(PAUSE);
            } else {
                let _asked = timeout(AGE, self.ask.notified()).await;
            }
        }
    }

    async fn round(&self, clock: &dyn Clock) {
        match self.fetcher.fetch().await {
            Ok(set) => {
                let before = self.set.load();
                if set.is_empty() {
                    // It may be a mistake of the issuer, but just as well it says that its keys are no longer safe.
                    tracing::warn!(
                        withdrawn = ?before.ids(),
                        "the issuer has no key for an algorithm that is allowed; nobody comes in with a token"
                    );
                } else if *before.ids() != *set.ids() {
                    tracing::info!(keys = ?set.ids(), "took over the keys of the issuer");
                }
                self.answered.store(clock.now().micros(), Ordering::SeqCst);
                self.set.store(Arc::new(set));
            }
            Err(error) => {
                let kept = self.set.load().ids().len();
                tracing::warn!(
                    error,
                    kept,
                    "the keys of the issuer could not be fetched; those before are kept"
                );
            }
        }
    }
}

/// The key that a token would be verified with, if this were the set of its issuer.
#[cfg(fuzzing)]
pub(super) fn key_of(set: &[u8], kid: Option<&str>, algorithm: &'static str) -> Option<Arc<IssuerKey>> {
    KeySet::parse(set, &[algorithm]).ok()?.find(kid, algorithm)
}

/// How long ago that was. A clock that was set back makes it long ago.
fn since(then: &AtomicU64, now: Timestamp) -> Duration {
    now.micros().checked_sub(then.load(Ordering::SeqCst)).map_or(Duration::MAX, Duration::from_micros)
}
