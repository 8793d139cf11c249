//! How much there is to do with a JSON text for whoever judges it by a schema.

use serde_json::Value;

use crate::domain::json::{Json, Number};

/// Bytes of text that count as one more value: expressions and lengths take time for each.
const TEXT: usize = 32;

/// Bytes of text that each text counts beside its own, since finding out that it does not match takes time, too.
const EACH_TEXT: usize = 8;

/// Places of decimals from which on a number is long: one like `1e9999` is worked out digit by digit, which takes
/// milliseconds, and a document has room for fifty thousand of them.
const LONG: u64 = 400;

/// Digits that each number counts beside its own where it is divided.
const EACH_NUMBER: u64 = 32;

/// Long numbers that are judged by a schema, at most.
const LONG_NUMBERS: u64 = 100;

pub(super) const TOO_MUCH: &str =
    "it has more than 100 numbers of over 400 places, which a schema can't judge";
const _: () = assert!(LONG == 400 && LONG_NUMBERS == 100, "TOO_MUCH says so");

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Values to be judged.
    pub(super) values: u64,
    /// Bytes of strings and names to be matched.
    pub(super) text: u64,
    /// Digits of numbers to be divided.
    pub(super) digits: u64,
    long_numbers: u64,
}

impl Work {
    /// All of it; none where it has more long numbers than can be judged.
    pub(super) fn of(json: &Json<'_>) -> Option<Work> {
        let mut work = Work::default();
        work.count(json);
        (work.long_numbers <= LONG_NUMBERS).then_some(work)
    }

    fn count(&mut self, json: &Json<'_>) {
        self.values += 1;
        match json {
            Json::String(text) => self.count_text(text.written()),
            Json::Number(text) => {
                let places = Number::of(text).places();
                self.long_numbers += u64::from(places > LONG);
                self.digits += places + EACH_NUMBER;
            }
            Json::Array(elements) => elements.iter().for_each(|value| self.count(value)),
            Json::Object(members) => members.iter().for_each(|(name, value)| {
                self.count_text(name.written());
                self.count(value);
            }),
            _ => {}
        }
    }

    fn count_text(&mut self, text: &str) {
        self.values += (text.len() / TEXT) as u64;
        self.text += (text.len() + EACH_TEXT) as u64;
    }
}

/// Nanoseconds that a digit of a number takes, about, where it must be a multiple of this. What is no integer is divided
/// exactly, by fractions of as many digits as both numbers have.
pub(super) fn dividing(multiple: &Value) -> u64 {
    const INTEGER: u64 = 4;
    const FRACTION: u64 = 64;
    let text = multiple.to_string();
    let integer = text.bytes().all(|byte| byte.is_ascii_digit());
    if integer { INTEGER } else { FRACTION + INTEGER * Number::of(&text).places() }
}

/// Bytes of the pointers to all that is in a text.
pub(super) fn places(json: &Json<'_>) -> u64 {
    fn behind(bytes: u64, json: &Json<'_>) -> u64 {
        let inside = match json {
            Json::Array(elements) => elements.iter().map(|value| behind(bytes + 2, value)).sum(),
            Json::Object(members) => members
                .iter()
                .map(|(name, value)| behind(bytes + 1 + name.written().len() as u64, value))
                .sum(),
            _ => 0,
        };
        bytes + inside
    }
    behind(0, json)
}
