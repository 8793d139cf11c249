//! Metrics of those who were not let in.

use super::families::{AUTHENTICATION_FAILURES, RATE_LIMITED_REQUESTS};
use super::recorder::counter;

/// Why a request named nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It has no credentials.
    Missing,
    /// What it has is neither a key nor a token.
    Malformed,
    /// There is no such key.
    Key,
    /// The key or the token has expired, or does not hold yet.
    Time,
    /// The signature of the token is not good, or not of a kind that is allowed.
    Signature,
    /// The issuer has no such key, or its keys could not be fetched.
    Issuer,
    /// The token is for somebody else, or says something that it must not.
    Claims,
}

impl Unknown {
    const ALL: [Unknown; 7] = [
        Unknown::Missing,
        Unknown::Malformed,
        Unknown::Key,
        Unknown::Time,
        Unknown::Signature,
        Unknown::Issuer,
        Unknown::Claims,
    ];

    const fn label(self) -> &'static str {
        match self {
            Unknown::Missing => "missing",
            Unknown::Malformed => "malformed",
            Unknown::Key => "unknown-key",
            Unknown::Time => "time",
            Unknown::Signature => "signature",
            Unknown::Issuer => "issuer-key",
            Unknown::Claims => "claims",
        }
    }
}

/// A request named nobody that may come in.
pub fn authentication_failure(reason: Unknown) {
    counter(&AUTHENTICATION_FAILURES, [reason.label()]).increment(1);
}

/// A request was refused because its sender had sent too many.
pub fn rate_limited() {
    counter(&RATE_LIMITED_REQUESTS, []).increment(1);
}

pub(super) fn register() {
    for reason in Unknown::ALL {
        counter(&AUTHENTICATION_FAILURES, [reason.label()]).increment(0);
    }
    counter(&RATE_LIMITED_REQUESTS, []).increment(0);
}
