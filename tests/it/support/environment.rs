//! What a person may say to the tests.

/// The number that an environment variable holds, if it is set.
pub fn number(name: &str) -> Option<u64> {
    let text = text(name)?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, and `{text}` is none")))
}

/// What an environment variable says, if it is set.
#[expect(clippy::disallowed_methods, reason = "a test binary has no configuration file")]
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
