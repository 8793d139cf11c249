//! Token buckets by name, as many as fit and no more.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use crate::config::Rate;
use crate::domain::Timestamp;

/// Parts of the whole, so that threads seldom wait for each other.
const SHARDS: usize = 64;
/// Buckets of a part: 65,536 in all, some megabytes.
const BUCKETS: usize = 1024;

/// Buckets by name.
pub(super) struct Buckets {
    shards: Vec<Mutex<HashMap<Box<str>, Bucket>>>,
    hasher: RandomState,
}

/// A bucket: units come back all the time, up to the burst.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// What is left; below zero where something has cost more than was there.
    left: f64,
    at: Timestamp,
}

/// How a bucket stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    /// Whole units that are left.
    pub(super) left: u64,
    /// Seconds until it is full.
    pub(super) full_in: u64,
    /// Seconds until it has what was asked for; 0 where it had.
    pub(super) wait: u64,
}

impl Buckets {
    pub(super) fn new() -> Buckets {
        Buckets { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// Takes units out of a bucket if it has at least `needed` of them.
    pub(super) fn take(&self, name: &str, rate: Rate, needed: f64, cost: f64, now: Timestamp) -> Level {
        self.with(name, rate, now, |bucket| {
            let wait = needed - bucket.left;
            if wait <= 0.0 {
                bucket.left -= cost;
                return bucket.level(rate, 0);
            }
            bucket.level(rate, seconds(wait, rate).max(1))
        })
    }

    /// Takes units out of a bucket, whether it has them or not, and says how it stands.
    pub(super) fn spend(&self, name: &str, rate: Rate, cost: f64, now: Timestamp) -> Level {
        self.with(name, rate, now, |bucket| {
            bucket.left -= cost;
            bucket.level(rate, 0)
        })
    }

    fn with(&self, name: &str, rate: Rate, now: Timestamp, act: impl FnOnce(&mut Bucket) -> Level) -> Level {
        let place = usize::try_from(self.hasher.hash_one(name) % SHARDS as u64).unwrap_or_default();
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = shard.get_mut(name) {
            bucket.refill(rate, now);
            return act(bucket);
        }
        if shard.len() >= BUCKETS {
            make_room(&mut shard, rate, now);
        }
        let bucket = shard.entry(name.into()).or_insert(Bucket { left: burst(rate), at: now });
        act(bucket)
    }
}

/// Drops buckets that are full, since a new one is the same; without any, that which is fullest.
fn make_room(shard: &mut HashMap<Box<str>, Bucket>, rate: Rate, now: Timestamp) {
    shard.values_mut().for_each(|bucket| bucket.refill(rate, now));
    shard.retain(|_, bucket| bucket.left < burst(rate));
    if shard.len() >= BUCKETS {
        let fullest = shard.iter().max_by(|one, other| one.1.left.total_cmp(&other.1.left));
        if let Some(name) = fullest.map(|(name, _)| name.clone()) {
            shard.remove(&name);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a burst is below 2^53")]
fn burst(rate: Rate) -> f64 {
    rate.burst as f64
}

#[expect(clippy::cast_precision_loss, reason = "a rate is below 2^53")]
fn per_second(rate: Rate) -> f64 {
    rate.milli_per_second as f64 / 1000.0
}

/// Whole seconds in which that many units come back.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn seconds(units: f64, rate: Rate) -> u64 {
    (units / per_second(rate)).ceil().clamp(0.0, 1e9) as u64
}

impl Bucket {
    fn refill(&mut self, rate: Rate, now: Timestamp) {
        // A clock that was set back gives nothing, and takes nothing away.
        let passed = now.micros().saturating_sub(self.at.micros());
        self.at = now;
        #[expect(clippy::cast_precision_loss, reason = "what is lost is less than a microsecond")]
        let back = passed as f64 / 1e6 * per_second(rate);
        self.left = (self.left + back).min(burst(rate));
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not below zero")]
    fn level(&self, rate: Rate, wait: u64) -> Level {
        Level { left: self.left.max(0.0) as u64, full_in: seconds(burst(rate) - self.left, rate), wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { milli_per_second: 2000, burst: 4 };

    fn take(buckets: &Buckets, name: &str, secs: u64) -> Level {
        buckets.take(name, RATE, 1.0, 1.0, Timestamp::from_secs(secs))
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new();
        let levels: Vec<_> = (0..5).map(|_| take(&buckets, "a", 100)).collect();
        assert_eq!(levels.iter().map(|level| level.left).collect::<Vec<_>>(), [3, 2, 1, 0, 0]);
        assert_eq!(levels.iter().map(|level| level.wait).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
        assert_eq!(levels[4].full_in, 2);
        assert_eq!(take(&buckets, "b", 100).wait, 0, "another has a bucket of its own");
        assert_eq!(take(&buckets, "a", 101).left, 1);
        assert_eq!(take(&buckets, "a", 1000).left, 3, "no more than the burst");
        assert_eq!(take(&buckets, "a", 500).left, 2, "a clock that goes back gives nothing");
    }

    #[test]
    fn what_cost_more_than_was_there_is_waited_for() {
        let buckets = Buckets::new();
        let now = Timestamp::from_secs(100);
        assert_eq!(buckets.spend("a", RATE, 10.0, now), Level { left: 0, full_in: 5, wait: 0 });
        assert_eq!(buckets.take("a", RATE, 0.5, 0.0, now).wait, 4);
        assert_eq!(buckets.take("a", RATE, 0.5, 0.0, Timestamp::from_secs(104)).wait, 0);
    }

    #[test]
    fn there_are_never_too_many() {
        let buckets = Buckets::new();
        for name in 0..2 * SHARDS * BUCKETS {
            take(&buckets, &name.to_string(), 100);
        }
        let sizes = || buckets.shards.iter().map(|shard| shard.lock().unwrap().len()).max().unwrap();
        assert_eq!(sizes(), BUCKETS);
        for name in 0..SHARDS * 64 {
            take(&buckets, &format!("later {name}"), 200);
        }
        assert!(sizes() < BUCKETS / 2, "those that are full again are dropped");
    }
}
