//! Judges documents by a schema, as far as that takes no longer than anybody should wait.

use jsonschema::Validator;

use super::told;
use super::weight::Weight;
use super::work::{self, Work};
use crate::domain::error::{Error, Place, Result};
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
    pub(super) validator: Validator,
    pub(super) weight: Weight,
    /// Bytes that it takes, about.
    pub(super) memory: usize,
}

impl Judge {
    /// Judges a document. Pointers to what is wrong begin with `at`.
    pub(super) fn check(&self, document: &Document, at: &str) -> Result<()> {
        let (json, work) = self.measured(document, at)?;
        self.judge(&json, &work, at)
    }

    /// Judges a document, unless that may take long.
    pub(super) fn check_quickly(&self, document: &Document, at: &str) -> Option<Result<()>> {
        match self.measured(document, at) {
            Ok((json, work)) => (self.takes(&work) <= QUICK).then(|| self.judge(&json, &work, at)),
            Err(error) => Some(Err(error)),
        }
    }

    /// A document, and what there is to do, if that is not too much.
    fn measured<'a>(&self, document: &'a Document, at: &str) -> Result<(Json<'a>, Work)> {
        let json = Json::parse(document.bytes())
            .map_err(|error| Error::internal("a stored document is no JSON").with_source(error))?;
        let work = Work::of(&json).ok_or_else(|| violation(at, work::TOO_MUCH))?;
        match self.too_much(&work, json.measure().nesting) {
            Some(detail) => Err(violation(at, detail)),
            None => Ok((json, work)),
        }
    }

    /// Nanoseconds that judging takes, at most and about.
    fn takes(&self, work: &Work) -> u64 {
        let values = work.values.saturating_mul(self.weight.once).saturating_mul(EACH);
        let text = work.text.saturating_mul(self.weight.matching);
        values.saturating_add(text).saturating_add(work.digits.saturating_mul(self.weight.dividing))
    }

    fn judge(&self, json: &Json<'_>, work: &Work, at: &str) -> Result<()> {
        // Not by `serde_json` from the text: it takes some objects for numbers.
        let value = json.to_value()?;
        // The library remembers judgements only where it does not look for places.
        if self.validator.is_valid(&value) {
            return Ok(());
        }
        let nesting = json.measure().nesting;
        let unfolded = self.weight.unfolded(nesting);
        if work.values.saturating_mul(unfolded) > TOLD
            || work::places(json).saturating_mul(unfolded) > PLACES
            || work.text.saturating_mul(self.weight.matching_unfolded(nesting)) > MATCHED
            || work.digits.saturating_mul(self.weight.dividing_unfolded(nesting)) > MATCHED
        {
            return Err(violation(at, UNTOLD));
        }
        let faults = told::first(told::faults(&self.validator, &value, at));
        if faults.is_empty() {
            return Ok(());
        }
        let detail = "the document does not satisfy the schema of its collection";
        Err(Error::new(Kind::SchemaViolation, detail).with_faults(faults))
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

/// What is wrong with a document as a whole.
fn violation(at: &str, detail: &'static str) -> Error {
    Error::at(Kind::SchemaViolation, Place::Pointer(at.to_owned()), detail)
}
