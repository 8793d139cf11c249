//! What lies below an error, in words.

use std::error::Error;
use std::fmt;

/// An error, what caused it, and so on.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The chain of causes below an error, without itself, each said once; nothing where it has none.
#[derive(Debug)]
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source().map_or(Ok(()), |cause| f.write_str(&with_causes(cause)))
    }
}

/// An error and the chain of causes below it. Some libraries say their cause themselves; it is not said again.
pub fn with_causes(error: &dyn Error) -> String {
    let mut said = error.to_string();
    for cause in error.source().into_iter().flat_map(chain) {
        let text = cause.to_string();
        if !said.ends_with(&text) {
            said = format!("{said}: {text}");
        }
    }
    said
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

    #[test]
    fn what_an_error_says_of_its_cause_is_not_said_again() {
        let cause = Link("b: c", Some(Box::new(Link("c", None))));
        assert_eq!(with_causes(&cause), "b: c");
        let chain = Link("a", Some(Box::new(cause)));
        assert_eq!((Causes(&chain).to_string(), with_causes(&chain)), ("b: c".into(), "a: b: c".into()));
    }
}
