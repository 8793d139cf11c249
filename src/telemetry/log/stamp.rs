//! Writes the time of a line; the part down to the second is made once a second and thread.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Default)]
struct Second {
    second: u64,
    text: String,
}

thread_local! {
    static LAST: RefCell<Second> = const { RefCell::new(Second { second: u64::MAX, text: String::new() }) };
}

/// Appends the time now, such as `2026-11-23T02:09:21.000123Z`.
pub(super) fn now(into: &mut String) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    LAST.with_borrow_mut(|last| {
        if last.second != since.as_secs() {
            last.second = since.as_secs();
            last.text = calendar(since.as_secs());
        }
        into.push_str(&last.text);
    });
    let mut micros = since.subsec_micros();
    let mut digits = *b".000000Z";
    for digit in digits[1..7].iter_mut().rev() {
        *digit = b'0' + (micros % 10) as u8;
        micros /= 10;
    }
    into.push_str(str::from_utf8(&digits).unwrap_or_default());
}

fn calendar(second: u64) -> String {
    let second = i64::try_from(second).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_that_of_rfc_3339_in_microseconds() {
        assert_eq!(calendar(1_795_399_761), "2026-11-23T02:09:21");
        let mut text = String::new();
        now(&mut text);
        assert_eq!(text.len(), "2026-11-23T02:09:21.000123Z".len());
        assert!(text.parse::<jiff::Timestamp>().is_ok(), "{text}");
    }
}
