//! When an answer was made, where the server's own word for that will not do.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds that the server's `Date` may lie behind, since it looks at the clock only now and then; and a store's clock
/// ahead of this one.
const LAG: u64 = 2;

/// The `Date`, in seconds, of an answer about what was changed in that second, which it must not precede (RFC 9110
/// §8.8.2.1). None where that was long ago.
pub fn date_of(modified: u64) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    (modified.abs_diff(now) <= LAG).then(|| modified.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_older_than_what_it_is_about() {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let began = now();
        assert!(date_of(began).is_some_and(|date| (began..=now()).contains(&date)));
        assert_eq!(date_of(began + 2), Some(began + 2));
        for long in [0, began - 60, began + 3600] {
            assert_eq!(date_of(long), None);
        }
    }
}
