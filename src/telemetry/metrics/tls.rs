//! Metrics of certificates.

use super::families::TLS_NOT_AFTER;
use super::recorder::gauge;

/// The settings that hold certificates: the values of the label `name`.
const NAMES: [&str; 5] = [
    "http.tls.certificate",
    "http.tls.client_ca",
    "admin.tls.certificate",
    "store.tls.certificate",
    "store.tls.ca",
];

/// The certificates of a setting hold until then, in seconds since 1970.
pub fn certificate_ends(name: &'static str, at: i64) {
    gauge(&TLS_NOT_AFTER, [name]).set(at as f64);
}

pub(super) fn register() {
    for name in NAMES {
        certificate_ends(name, 0);
    }
}
