//! JSON Schema 2020-12: what a collection may demand of its documents.

use bytes::Bytes;
use jsonschema::draft202012::meta;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri};
use serde_json::Value;

use super::error::{Error, Place, Result};
use super::item::Document;
use super::json::Json;
use super::kind::Kind;
use super::limits;

mod dialect;
mod graph;
mod judge;
mod pattern;
mod told;
mod weight;
mod work;

use graph::Graph;
use judge::Judge;
use weight::Weight;
use work::Work;

/// A schema that is ready to judge documents.
///
/// `format` annotates only; regular expressions run in linear time; nothing is ever fetched.
#[derive(Debug)]
pub struct Schema(std::result::Result<Judge, String>);

/// Refuses every reference that leads out of the schema itself.
struct NoRetrieval;

impl Retrieve for NoRetrieval {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` lies outside of the schema, and nothing is fetched").into())
    }
}

impl Schema {
    /// Compiles a schema that is to be kept, and stands at `at` (a JSON Pointer) in the request. Those that were kept
    /// before there was a rule about `$schema` go on to be judged by.
    ///
    /// # Errors
    /// `too-large` over 64 KiB; `invalid-parameter` where it is no schema, or of another dialect, with pointers to
    /// what is wrong.
    pub fn accept(text: &Bytes, at: &str) -> Result<Schema> {
        let schema = Schema::parse(text, at);
        dialect::check(text, at).and(schema)
    }

    /// Compiles a schema that was taken before. One that would not be taken any more refuses every document.
    pub fn kept(text: &Bytes) -> Schema {
        Schema::parse(text, "").unwrap_or_else(|error| {
            let detail = "the schema of this collection was taken once and can't be judged by any more, so that its items \
                          can be read and deleted, but not written; set another one, or none, in the settings of the \
                          collection";
            Schema(Err(format!("{detail}: {}", error.detail())))
        })
    }

    fn parse(text: &Bytes, at: &str) -> Result<Schema> {
        if text.len() > limits::SCHEMA_BYTES {
            return Err(Error::too_large("the schema", limits::SCHEMA_BYTES, text.len()));
        }
        let no_schema = |pointer: String, detail: String| {
            let place = Place::Pointer(format!("{at}{pointer}"));
            Error::at(Kind::InvalidParameter, place, format!("this is no JSON Schema: {detail}"))
        };
        let json = Json::parse(text).map_err(|error| no_schema(String::new(), error.detail().to_owned()))?;
        if Work::of(&json).is_none() {
            return Err(no_schema(String::new(), work::TOO_MUCH.to_owned()));
        }
        let value = json.to_value()?;
        let graph = Graph::of(&value);
        let weight = Weight::of(&graph);
        if let Some(detail) = too_heavy(&weight) {
            return Err(no_schema(String::new(), detail));
        }
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(false)
            .with_retriever(NoRetrieval)
            .build(&value)
            .map(|validator| Schema(Ok(Judge { validator, weight, memory: memory(text, &graph) })))
            .map_err(|error| {
                let found = no_schema(error.instance_path().to_string(), error.to_string());
                let told = match work::places(&json) > judge::PLACES {
                    true => Vec::new(),
                    // Each vocabulary of the dialect finds the same thing wrong with what is no schema at all.
                    false => told::different(told::faults(&meta::validator(), &value, at)),
                };
                if told.len() > 1 { found.with_faults(told) } else { found }
            })
    }

    /// Bytes that it takes in memory, about.
    pub fn memory(&self) -> usize {
        match &self.0 {
            Ok(judge) => judge.memory,
            Err(detail) => detail.len(),
        }
    }

    /// Judges a document. Pointers to what is wrong begin with `at`.
    ///
    /// # Errors
    /// `schema-violation`, with each place that is wrong. The texts never quote the document, so that they
    /// may be logged.
    pub fn check(&self, document: &Document, at: &str) -> Result<()> {
        match &self.0 {
            Ok(judge) => judge.check(document, at),
            Err(detail) => Err(by_no_schema(detail, at)),
        }
    }

    /// The same where it takes a moment only; none where it may take up to some seconds, which is no work for a thread
    /// on which others wait.
    pub fn check_quickly(&self, document: &Document, at: &str) -> Option<Result<()>> {
        match &self.0 {
            Ok(judge) => judge.check_quickly(document, at),
            Err(detail) => Some(Err(by_no_schema(detail, at))),
        }
    }
}

/// What a schema takes when it has judged a few documents: measured with some of 3 to 40 KB, most of it is what expressions
/// remember of the texts that they were matched against.
fn memory(text: &Bytes, graph: &Graph) -> usize {
    16 * text.len() + 12 * 1024 * graph.patterns()
}

fn by_no_schema(detail: &str, at: &str) -> Error {
    Error::at(Kind::SchemaViolation, Place::Pointer(at.to_owned()), detail)
}

/// What is wrong with a schema that makes too much work.
fn too_heavy(weight: &Weight) -> Option<String> {
    if weight.once > limits::SCHEMA_WORK || weight.deep(0) > limits::SCHEMA_DEPTH {
        return Some(format!(
            "it leads to more than {} subschemas for one value, to more than {} within each other, or around in a \
             circle without going into the value; refer to the same subschema less often, or from fewer places",
            limits::SCHEMA_WORK,
            limits::SCHEMA_DEPTH
        ));
    }
    if weight.dividing > limits::SCHEMA_WORK {
        return Some(
            "it divides too many numbers of one value by `multipleOf`, or by one of too many places"
                .to_owned(),
        );
    }
    (weight.matching > limits::SCHEMA_WORK).then(|| {
        "its regular expressions take too long to match; repeat less in them, begin them with ^, and use fewer for the \
         same value"
            .to_owned()
    })
}

#[cfg(test)]
mod tests;
