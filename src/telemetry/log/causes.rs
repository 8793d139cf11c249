//! What lies below an error, in words.

use std::error::Error;
use std::fmt;

/// An error, what caused it, and so on.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The chain of causes below an error, without itself; nothing where it has none.
#[derive(Debug)]
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = self.0.source().into_iter().flat_map(chain);
        causes.enumerate().try_for_each(|(place, cause)| match place {
            0 => write!(f, "{cause}"),
            _ => write!(f, ": {cause}"),
        })
    }
}

/// An error and the chain of causes below it.
pub fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(_) => format!("{error}: {}", Causes(error)),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Link(&'static str, #[source] Option<Box<Link>>);

    #[test]
    fn each_cause_stands_behind_what_it_caused() {
        let alone = Link("a", None);
        assert_eq!((Causes(&alone).to_string(), with_causes(&alone)), (String::new(), "a".into()));
        let chain = Link("a", Some(Box::new(Link("b", Some(Box::new(Link("c", None)))))));
        assert_eq!((Causes(&chain).to_string(), with_causes(&chain)), ("b: c".into(), "a: b: c".into()));
    }
}
