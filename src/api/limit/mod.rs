//! Limits of rate: a bucket for each principal, and one for each address of those who say not, or not rightly, who
//! they are.
//!
//! Answers tell how a bucket stands in `RateLimit` and `RateLimit-Policy`, as the draft of the IETF has them
//! (draft-ietf-httpapi-ratelimit-headers). Each process counts for itself.

mod bucket;

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use arc_swap::ArcSwap;

use crate::config::{self, Rate, Unit};
use crate::domain::{Charge, Clock, Error, Kind, Result, Timestamp};
use crate::http::names::REQUEST_CHARGE;
use crate::http::{Caller, problem};
use crate::telemetry::metrics;

use super::auth::Principal;

use bucket::{Buckets, Level};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Bounds how much callers may ask for.
pub struct Limits {
    rates: ArcSwap<config::Limits>,
    principals: Buckets,
    addresses: Buckets,
}

/// The bucket that a request is counted in.
#[derive(Clone, Debug)]
pub(crate) enum Counted {
    /// That of a principal.
    Principal(Box<str>),
    /// That of an address.
    Address(Box<str>),
}

/// What of the costs of a request has been counted already.
struct Spent(Charge);

impl Default for Limits {
    /// No limits.
    fn default() -> Limits {
        let none = Rate { milli_per_second: 0, burst: 0 };
        Limits::new(&config::Limits { principal: none, unit: Unit::Requests, address: none })
    }
}

impl Limits {
    /// These limits.
    pub fn new(rates: &config::Limits) -> Limits {
        let rates = ArcSwap::from_pointee(*rates);
        Limits { rates, principals: Buckets::new(), addresses: Buckets::new() }
    }

    /// Takes over changed limits; what was used before counts on.
    pub fn reload(&self, rates: &config::Limits) {
        self.rates.store((*rates).into());
    }

    /// Whether anything is limited.
    pub(crate) fn count(&self) -> bool {
        let rates = self.rates.load();
        rates.principal.milli_per_second > 0 || rates.address.milli_per_second > 0
    }

    /// Lets a request in, if not too many came before it; none is nobody that we know.
    ///
    /// # Errors
    /// `rate-limited`.
    pub(crate) fn admit(&self, http: &HttpRequest, who: Option<&Principal>, clock: &dyn Clock) -> Result<()> {
        let rates = **self.rates.load();
        let known = who.filter(|who| matches!(who, Principal::Known(_)));
        let rate = if known.is_some() { rates.principal } else { rates.address };
        // Before anything is named, and the clock is read: most requests are not limited, and each comes here.
        if rate.milli_per_second == 0 {
            return Ok(());
        }
        let now = clock.now();
        let counted = match known {
            Some(who) => Counted::Principal(who.name().into()),
            None => match Caller::of(http) {
                Some(caller) => Counted::Address(network(caller.address).into()),
                None => return Ok(()),
            },
        };
        let level = match (&counted, rates.unit) {
            // What it costs is known afterwards: until then anything that is left is enough.
            (Counted::Principal(name), Unit::Charge) => self.principals.take(name, rate, 0.5, 0.0, now),
            (Counted::Principal(name), Unit::Requests) => self.principals.take(name, rate, 1.0, 1.0, now),
            (Counted::Address(name), _) => self.addresses.take(name, rate, 1.0, 1.0, now),
        };
        http.extensions_mut().insert(counted);
        if level.wait == 0 {
            return Ok(());
        }
        Err(refused(u32::try_from(level.wait).unwrap_or(u32::MAX)))
    }

    /// Seconds until the principal of a request may cause more costs; 0 where that is now.
    pub(crate) fn wait(&self, counted: &Counted, now: Timestamp) -> u32 {
        let rates = **self.rates.load();
        match (counted, rates.unit) {
            (Counted::Principal(name), Unit::Charge) if rates.principal.milli_per_second > 0 => {
                let level = self.principals.take(name, rates.principal, 0.5, 0.0, now);
                u32::try_from(level.wait).unwrap_or(u32::MAX)
            }
            _ => 0,
        }
    }

    /// Counts what the answer to a request has cost, and writes how its bucket stands.
    pub(crate) fn settle(&self, http: &HttpRequest, response: &mut HttpResponse, now: Timestamp) {
        let extensions = http.extensions();
        let Some(counted) = extensions.get::<Counted>() else { return };
        let charge = problem::error_of(response).map_or_else(|| told(response.headers()), Error::charge);
        let spent = extensions.get::<Spent>().map_or(Charge::ZERO, |spent| spent.0);
        let charge = charge.without(spent);
        let (level, rate, unit) = self.take_out(counted, charge, now);
        put_fields(response.headers_mut(), counted, rate, unit, level);
    }

    /// Counts a part of what a request costs, before its answer tells the whole.
    pub(crate) fn spend_early(&self, http: &HttpRequest, charge: Charge, now: Timestamp) {
        let mut extensions = http.extensions_mut();
        let Some(counted) = extensions.get::<Counted>() else { return };
        self.take_out(counted, charge, now);
        let before = extensions.get::<Spent>().map_or(Charge::ZERO, |spent| spent.0);
        extensions.insert(Spent(before + charge));
    }

    /// Counts what a request has cost.
    pub(crate) fn spend(&self, counted: &Counted, charge: Charge, now: Timestamp) {
        self.take_out(counted, charge, now);
    }

    fn take_out(&self, counted: &Counted, charge: Charge, now: Timestamp) -> (Level, Rate, Unit) {
        let rates = **self.rates.load();
        match (counted, rates.unit) {
            (Counted::Principal(name), Unit::Charge) => (
                self.principals.spend(name, rates.principal, units(charge), now),
                rates.principal,
                Unit::Charge,
            ),
            (Counted::Principal(name), Unit::Requests) => {
                (self.principals.spend(name, rates.principal, 0.0, now), rates.principal, Unit::Requests)
            }
            (Counted::Address(name), _) => {
                (self.addresses.spend(name, rates.address, 0.0, now), rates.address, Unit::Requests)
            }
        }
    }
}

/// The refusal of what comes too early by that many seconds; it is counted.
pub(crate) fn refused(wait: u32) -> Error {
    metrics::rate_limited();
    let detail = format!("more was asked for than is allowed; the next request is let in after {wait} s");
    Error::new(Kind::RateLimited, detail).with_retry_after(wait)
}

#[expect(clippy::cast_precision_loss, reason = "nothing costs that much")]
fn units(charge: Charge) -> f64 {
    charge.read_halves as f64 / 2.0 + charge.writes as f64
}

/// What the answer itself says that it has cost.
fn told(headers: &HeaderMap) -> Charge {
    let text = headers.get(REQUEST_CHARGE).and_then(|value| value.to_str().ok());
    text.and_then(Charge::parse).unwrap_or(Charge::ZERO)
}

/// Whoever has an address of version 6 has a whole network of them.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

fn put_fields(headers: &mut HeaderMap, counted: &Counted, rate: Rate, unit: Unit, level: Level) {
    let name = match counted {
        Counted::Principal(_) => "principal",
        Counted::Address(_) => "address",
    };
    let window = (rate.burst * 1000).div_ceil(rate.milli_per_second.max(1));
    let unit = if unit == Unit::Charge { ";qu=\"capacity-units\"" } else { "" };
    let policy = format!("\"{name}\";q={};w={window}{unit}", rate.burst);
    let Level { left, full_in, .. } = level;
    for (name, text) in
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, format!("\"{name}\";r={left};t={full_in}"))]
    {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_share_a_bucket() {
        let shared = |text: &str| network(text.parse().unwrap());
        assert_eq!(shared("2001:db8:1:2:3::4"), shared("2001:db8:1:2:ffff::9"));
        assert_ne!(shared("2001:db8:1:2::4"), shared("2001:db8:1:3::4"));
        assert_eq!(shared("::ffff:192.0.2.1"), shared("192.0.2.1"));
        assert_ne!(shared("192.0.2.1"), shared("192.0.2.2"));
    }
}
