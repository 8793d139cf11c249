//! The one line that a request leaves at its end.

use std::error::Error as _;
use std::time::Duration;

use crate::config::Role;
use crate::domain::Error;

use super::causes::Causes;
use super::scope::{Ids, Scope};

/// What is known of a request when its answer has been made. Never holds a document, a secret or a token.
#[derive(Debug)]
pub struct RequestEnd<'a> {
    /// The role that answered.
    pub role: Role,
    /// The method.
    pub method: &'static str,
    /// The pattern of the route.
    pub route: &'static str,
    /// The path as it was sent, without the query.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// From the head's arrival to the end of the answer.
    pub duration: Duration,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// Its ids.
    pub ids: &'a Ids,
    /// Why it failed.
    pub error: Option<&'a Error>,
    /// Whether its streamed body ended before it was complete: the caller left, or the source failed.
    pub cut_short: bool,
}

macro_rules! line {
    ($level:ident, $end:ident $(, $field:ident = $value:expr)*) => {
        tracing::$level!(
            target: "request",
            role = $end.role.name(),
            method = $end.method,
            route = $end.route,
            path = $end.path,
            status = $end.status,
            duration_us = u64::try_from($end.duration.as_micros()).unwrap_or(u64::MAX),
            bytes = $end.bytes,
            cut_short = $end.cut_short.then_some(true)
            $(, $field = $value)*
        )
    };
}

impl RequestEnd<'_> {
    /// Writes the line: at error where it is our fault, else at info.
    pub fn log(&self) {
        let mut scope = Scope::new(self.ids.clone());
        let _entered = scope.enter();
        match self.error {
            None if self.status < 500 => line!(info, self),
            None => line!(error, self),
            Some(error) => {
                let (kind, detail) = (error.kind().name(), error.detail());
                let cause = error.source().map(|_| tracing::field::display(Causes(error)));
                if self.status < 500 {
                    line!(info, self, error = kind, detail = detail, cause = cause);
                } else {
                    line!(error, self, error = kind, detail = detail, cause = cause);
                }
            }
        }
    }
}
