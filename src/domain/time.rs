//! Points in time and lifetimes; the clock itself is given from outside.

use super::limits;

/// Microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// That many microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Timestamp(micros)
    }

    /// That many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Timestamp(millis * 1000)
    }

    /// The same of a number that came from outside; none where no time is that far away.
    pub fn checked_from_millis(millis: u64) -> Option<Self> {
        millis.checked_mul(1000).map(Timestamp)
    }

    /// That many seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Timestamp(secs * 1_000_000)
    }

    /// Microseconds after the epoch.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds after the epoch.
    pub const fn millis(self) -> u64 {
        self.0 / 1000
    }

    /// Whole seconds after the epoch.
    pub const fn secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The first whole second that is not before this.
    pub const fn secs_ceil(self) -> u64 {
        self.0.div_ceil(1_000_000)
    }

    /// When something written now with that lifetime is no longer there, to the millisecond.
    pub const fn expiry(self, seconds: u64) -> Timestamp {
        Timestamp::from_millis(self.millis() + seconds * 1000)
    }

    /// Whether that end has come by now, to the millisecond.
    pub const fn has_come(self, now: Timestamp) -> bool {
        self.millis() <= now.millis()
    }
}

/// A lifetime, as a caller says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// Stays until it is deleted, even where the collection has a default.
    Never,
    /// Seconds, from 1 to ten years.
    Seconds(u64),
    /// Until exactly then, as an export said it.
    Until(Timestamp),
}

impl Ttl {
    /// A lifetime in seconds, if it is one that is allowed.
    pub fn from_seconds(seconds: u64) -> Option<Ttl> {
        (1..=limits::TTL_SECONDS).contains(&seconds).then_some(Ttl::Seconds(seconds))
    }

    /// Reads the value of `Item-TTL`: digits without sign or leading zero, or `never`.
    pub fn parse(text: &str) -> Option<Ttl> {
        if text == "never" {
            return Some(Ttl::Never);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || text.starts_with('0') {
            return None;
        }
        text.parse().ok().and_then(Ttl::from_seconds)
    }

    /// When it ends, if it does.
    pub fn expiry(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Ttl::Never => None,
            Ttl::Seconds(seconds) => Some(now.expiry(seconds)),
            Ttl::Until(end) => Some(end),
        }
    }
}

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}
