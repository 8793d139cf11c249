//! Problem documents (RFC 9457) from `domain::Error`; the only place that knows what a kind means over HTTP.
//!
//! A handler fails with `domain::Error` and nothing else. The head of the answer and a body without `instance`
//! are made here at once; [`complete`], which the outermost middleware calls, adds what only the request knows.

mod answer;
mod body;
mod foreign;
mod pages;
mod table;

pub(super) use answer::under_v1;
pub use answer::{PRIVATE, complete, error_of};
pub use body::Problem;
pub(super) use foreign::target_too_long;
pub use foreign::{bad_payload, method_not_allowed, no_such_path};
pub use pages::{explain, index};
pub use table::{Explanation, explanation, status};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Error, Kind};

    #[test]
    fn every_kind_has_its_row() {
        for kind in Kind::ALL {
            assert_eq!(explanation(kind).kind, kind);
        }
    }

    #[test]
    fn an_error_may_have_a_status_of_its_own() {
        assert_eq!(status(&Error::new(Kind::InvalidKey, "x")), 400);
        assert_eq!(status(&Error::new(Kind::InvalidKey, "x").with_status(414)), 414);
    }
}
