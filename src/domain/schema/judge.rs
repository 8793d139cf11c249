//! Judges documents by a schema, as far as that takes no longer than anybody should wait.

use jsonschema::Validator;

use super::told;
use super::weight::Weight;
use super::work::{self, Work};
use crate::domain::error::{Error, Fault, Place, Result};
use crate::domain::item::Document;
use crate::domain::json::Json;
use crate::domain::kind::Kind;
use crate::domain::limits;

/// Subschemas that judge all values of a document, at most: below a second.
const JUDGED: u64 = 50_000_000;

/// The same where each place that is wrong is looked for: each may be one, and takes memory until all are found.
const TOLD: u64 = 200_000;

/// Nanoseconds that matching a document against the regular expressions of a schema takes, at most and about; and so
/// many that dividing its numbers takes.
const MATCHED: u64 = 1 << 30;

/// Nanoseconds that a subschema takes for a value, about.
const EACH: u64 = 20;

/// Nanoseconds for which nobody who waits for something else is held up.
const QUICK: u64 = 250_000;

/// Bytes of pointers that there may be to whatever is wrong: the library keeps one with everything that it finds, also
/// of what is not told.
pub(super) const PLACES: u64 = 32 << 20;

const UNTOLD: &str = "the document does not satisfy the schema of its collection; it has too many values, or the schema \
                      refers too often to itself, to say where";

/// What judges, where a schema can be judged by.
#[derive(Debug)]
pub(super) struct Judge {
    validator: Validator,
    weight: Weight,
}

impl Judge {
    pub(super) fn new(validator: Validator, weight: Weight) -> Judge {
        Judge { validator, weight }
    }

    /// Judges a document. Pointers to what is wrong begin with `at`.
    pub(super) fn check(&self, document: &Document, at: &str) -> Result<()> {
        self.check_within(u64::MAX, document, at).unwrap_or(Ok(()))
    }

    /// Judges a document, unless that may take long.
    pub(super) fn check_quickly(&self, document: &Document, at: &str) -> Option<Result<()>> {
        self.check_within(QUICK, document, at)
    }

    fn check_within(&self, nanos: u64, document: &Document, at: &str) -> Option<Result<()>> {
        let violation = |detail| Err(Error::at(Kind::SchemaViolation, Place::Pointer(at.to_owned()), detail));
        let json = match Json::parse(document.bytes()) {
            Ok(json) => json,
            Err(error) => {
                return Some(Err(Error::internal("a stored document is no JSON").with_source(error)));
            }
        };
        let Some(work) = Work::of(&json) else { return Some(violation(work::TOO_MUCH)) };
        if let Some(detail) = self.too_much(&work, json.measure().nesting) {
            return Some(violation(detail));
        }
        (self.takes(&work) <= nanos).then(|| match self.violations(&json, &work, at)? {
            Violations::None => Ok(()),
            Violations::Untold => violation(UNTOLD),
            Violations::Told(faults) => {
                let detail = "the document does not satisfy the schema of its collection";
                Err(Error::new(Kind::SchemaViolation, detail).with_faults(faults))
            }
        })
    }

    /// Nanoseconds that judging takes, at most and about.
    fn takes(&self, work: &Work) -> u64 {
        let values = work.values.saturating_mul(self.weight.once).saturating_mul(EACH);
        let text = work.text.saturating_mul(self.weight.matching);
        values.saturating_add(text).saturating_add(work.digits.saturating_mul(self.weight.dividing))
    }

    fn violations(&self, json: &Json<'_>, work: &Work, at: &str) -> Result<Violations> {
        // Not by `serde_json` from the text: it takes some objects for numbers.
        let value = json.to_value()?;
        // The library remembers judgements only where it does not look for places.
        if self.validator.is_valid(&value) {
            return Ok(Violations::None);
        }
        let nesting = json.measure().nesting;
        let unfolded = self.weight.unfolded(nesting);
        if work.values.saturating_mul(unfolded) > TOLD
            || work::places(json).saturating_mul(unfolded) > PLACES
            || work.text.saturating_mul(self.weight.matching_unfolded(nesting)) > MATCHED
            || work.digits.saturating_mul(self.weight.dividing_unfolded(nesting)) > MATCHED
        {
            return Ok(Violations::Untold);
        }
        let faults = told::first(told::faults(&self.validator, &value, at));
        Ok(if faults.is_empty() { Violations::None } else { Violations::Told(faults) })
    }

    /// Why a document is refused before anybody looks whether it is as the schema says.
    fn too_much(&self, work: &Work, nesting: usize) -> Option<&'static str> {
        if work.values.saturating_mul(self.weight.once) > JUDGED {
            return Some("the document has too many values for a schema that makes so much of each");
        }
        if work.text.saturating_mul(self.weight.matching) > MATCHED {
            return Some(
                "the document has too much text for a schema whose regular expressions take so long to match",
            );
        }
        if work.digits.saturating_mul(self.weight.dividing) > MATCHED {
            return Some(
                "the document has too many digits for a schema that divides so many numbers by `multipleOf`",
            );
        }
        (self.weight.deep(nesting) > limits::SCHEMA_DEPTH)
            .then_some("the document is nested too deep for a schema that refers so often to others")
    }
}

/// What is wrong with a document.
enum Violations {
    None,
    /// Something, and to find out where would take too long.
    Untold,
    Told(Vec<Fault>),
}
