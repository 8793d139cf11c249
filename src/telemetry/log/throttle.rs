//! Says the same thing seldom, however often it happens.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing more is said of the same.
const PAUSE: Duration = Duration::from_secs(60);
/// Different things that are remembered; beyond that, all are forgotten and said again.
const REMEMBERED: usize = 256;

/// What was said lately, and how often it has happened since.
#[derive(Debug)]
pub struct Throttle<K>(Mutex<HashMap<K, (Instant, u64)>>);

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Throttle(Mutex::default())
    }
}

impl<K: Eq + Hash> Throttle<K> {
    /// Whether something that has just happened is to be said; then how often it has happened, unsaid, since it was
    /// said before.
    pub fn news(&self, what: K, now: Instant) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() >= REMEMBERED && !said.contains_key(&what) {
            said.clear();
        }
        match said.get_mut(&what) {
            Some((at, unsaid)) if now.saturating_duration_since(*at) < PAUSE => {
                *unsaid += 1;
                None
            }
            Some((at, unsaid)) => {
                *at = now;
                Some(std::mem::take(unsaid))
            }
            None => {
                said.insert(what, (now, 0));
                Some(0)
            }
        }
    }
}

/// A text without its numbers: the same for what differs only in a time or a count.
pub fn without_numbers(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once_a_minute_and_then_counted() {
        let (throttle, began) = (Throttle::default(), Instant::now());
        let after = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(throttle.news("a", after(0)), Some(0));
        assert_eq!(throttle.news("a", after(1)), None);
        assert_eq!(throttle.news("b", after(2)), Some(0));
        assert_eq!(throttle.news("a", after(59)), None);
        assert_eq!(throttle.news("a", after(60)), Some(2));
        assert_eq!(throttle.news("a", after(61)), None);
    }

    #[test]
    fn another_time_is_nothing_else() {
        let expired = |at: u64| {
            let at = rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(at));
            let not_after = rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(5));
            rustls::CertificateError::ExpiredContext { time: at, not_after }.to_string()
        };
        assert_ne!(expired(8), expired(1009));
        assert_eq!(without_numbers(&expired(8)), without_numbers(&expired(1009)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert!((0..10_000).all(|what| throttle.news(what, now) == Some(0)));
        assert!(throttle.0.lock().unwrap().len() <= REMEMBERED);
    }
}
