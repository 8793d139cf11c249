//! Gathers everything of one kind that is wrong with a request, so that one answer names all of it.

use crate::domain::{Error, Fault, Kind, Place, Result};

/// What was found wrong so far, in the order in which it is judged.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Error>);

impl Faults {
    /// Notes a fault.
    pub(crate) fn add(&mut self, kind: Kind, place: Place, detail: impl Into<String>) {
        self.0.push(Error::at(kind, place, detail));
    }

    /// Notes what failed, or hands out the value.
    pub(crate) fn absorb<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }

    /// Ends a stage of judgement.
    ///
    /// # Errors
    /// The first kind that was noted, with every fault of that kind.
    pub(crate) fn judge(&mut self) -> Result<()> {
        let mut errors = std::mem::take(&mut self.0).into_iter();
        let Some(first) = errors.next() else { return Ok(()) };
        let same = errors.filter(|error| error.kind() == first.kind());
        let others: Vec<Fault> = same.flat_map(|error| error.faults().to_vec()).collect();
        Err(others.into_iter().fold(first, |error, fault| error.with_fault(fault.place, fault.detail)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_kind_answers_with_all_of_its_faults() {
        let mut faults = Faults::default();
        let parameter = |name: &str| Place::Parameter(name.into());
        faults.add(Kind::InvalidKey, parameter("key"), "a");
        faults.add(Kind::InvalidParameter, parameter("limit"), "b");
        faults.add(Kind::InvalidKey, parameter("other"), "c");
        let error = faults.judge().unwrap_err();
        assert_eq!((error.kind(), error.detail()), (Kind::InvalidKey, "a"));
        let places: Vec<_> = error.faults().iter().map(|fault| &fault.place).collect();
        assert_eq!(places, [&parameter("key"), &parameter("other")]);
        assert!(faults.judge().is_ok());
    }
}
