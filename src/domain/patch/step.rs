//! The steps of a JSON Patch (RFC 6902), and what makes a text none.

use crate::domain::json::{Json, Pointer};
use crate::domain::{Error, Fault, Kind, Place, Result, limits};

/// Faults that are told at once.
const TOLD: usize = 20;

/// One step.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// Puts a value where there may be none.
    Add { path: Pointer, value: Json<'a> },
    /// Takes a value away.
    Remove { path: Pointer },
    /// Puts a value in the place of one.
    Replace { path: Pointer, value: Json<'a> },
    /// Takes a value from one place to another.
    Move { from: Pointer, path: Pointer },
    /// Puts what is in one place into another, too.
    Copy { from: Pointer, path: Pointer },
    /// Demands that there is this value.
    Test { path: Pointer, value: Json<'a> },
}

impl<'a> Step<'a> {
    /// Reads all steps of a patch.
    ///
    /// # Errors
    /// `malformed-json`, or `invalid-patch` with the faults and their pointers into the patch.
    pub(super) fn parse_all(text: &'a [u8]) -> Result<Vec<Step<'a>>> {
        // A value is nested as deep as it is in the document; the array and the steps around it don't count.
        let Json::Array(steps) = Json::parse_nested(text, limits::NESTING + 2)? else {
            return Err(invalid("a JSON Patch is an array of operations", Place::Pointer(String::new())));
        };
        if steps.len() > limits::PATCH_STEPS {
            let (actual, limit) = (steps.len(), limits::PATCH_STEPS);
            let detail = format!("the patch has {actual} operations, the limit is {limit}");
            let error = invalid(detail, Place::Pointer(String::new()));
            return Err(error.with_limit(limit as u64, actual as u64));
        }
        let mut faults = Vec::new();
        let mut parsed = Vec::with_capacity(steps.len());
        for (place, json) in steps.iter().enumerate() {
            let mut reading = Reading { json, place, faults: &mut faults };
            parsed.extend(reading.step());
        }
        if faults.is_empty() {
            return Ok(parsed);
        }
        faults.truncate(TOLD);
        Err(Error::new(Kind::InvalidPatch, "this is no JSON Patch").with_faults(faults))
    }

    /// What the step is called.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Step::Add { .. } => "add",
            Step::Remove { .. } => "remove",
            Step::Replace { .. } => "replace",
            Step::Move { .. } => "move",
            Step::Copy { .. } => "copy",
            Step::Test { .. } => "test",
        }
    }
}

fn invalid(detail: impl Into<String>, place: Place) -> Error {
    Error::at(Kind::InvalidPatch, place, detail)
}

/// One step that is being read.
struct Reading<'r, 'a> {
    json: &'r Json<'a>,
    place: usize,
    faults: &'r mut Vec<Fault>,
}

impl<'r, 'a> Reading<'r, 'a> {
    /// The step; none if it has faults, which are then noted.
    fn step(&mut self) -> Option<Step<'a>> {
        let Json::Object(_) = self.json else {
            self.fault("", format!("an operation is an object, not {}", self.json.kind()));
            return None;
        };
        let op = self.text("op");
        let path = self.pointer("path");
        match op?.as_str() {
            "add" => Some(Step::Add { value: self.value()?, path: path? }),
            "remove" => Some(Step::Remove { path: path? }),
            "replace" => Some(Step::Replace { value: self.value()?, path: path? }),
            "move" => Some(Step::Move { from: self.pointer("from")?, path: path? }),
            "copy" => Some(Step::Copy { from: self.pointer("from")?, path: path? }),
            "test" => Some(Step::Test { value: self.value()?, path: path? }),
            _ => {
                self.fault("/op", "`op` is one of add, remove, replace, move, copy and test");
                None
            }
        }
    }

    fn value(&mut self) -> Option<Json<'a>> {
        self.member("value").cloned()
    }

    fn pointer(&mut self, name: &str) -> Option<Pointer> {
        let text = self.text(name)?;
        Pointer::parse(&text).map_err(|detail| self.fault(&format!("/{name}"), detail)).ok()
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let json = self.member(name)?;
        let text = json.as_string().map(std::borrow::Cow::into_owned);
        if text.is_none() {
            self.fault(&format!("/{name}"), format!("`{name}` is a string, not {}", json.kind()));
        }
        text
    }

    /// Other members than those of the operation are ignored, as RFC 6902 §4 demands.
    fn member(&mut self, name: &str) -> Option<&'r Json<'a>> {
        let json = self.json;
        let member = json.child(name);
        if member.is_none() {
            self.fault(&format!("/{name}"), format!("`{name}` is missing"));
        }
        member
    }

    fn fault(&mut self, at: &str, detail: impl Into<String>) {
        let place = Place::Pointer(format!("/{}{at}", self.place));
        self.faults.push(Fault { place, detail: detail.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_with_their_places() {
        let text = br#"[{"op":"add","path":"a"},{"op":"jump","path":""},7,{"path":"/~2","from":1},
            {"op":"move","path":"/a","from":1},{"op":"remove","path":"/ok","more":true},{"op":3}]"#;
        let error = Step::parse_all(text).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidPatch);
        let places: Vec<_> = error.faults().iter().map(|fault| fault.place.clone()).collect();
        let expected =
            ["/0/path", "/0/value", "/1/op", "/2", "/3/op", "/3/path", "/4/from", "/6/op", "/6/path"];
        assert_eq!(places, expected.map(|place| Place::Pointer(place.into())));
    }

    #[test]
    fn what_is_no_array_of_a_thousand_steps_at_most_is_no_patch() {
        assert_eq!(Step::parse_all(b"{}").unwrap_err().kind(), Kind::InvalidPatch);
        assert_eq!(Step::parse_all(b"[").unwrap_err().kind(), Kind::MalformedJson);
        let patch = |steps: usize| format!("[{}]", vec![r#"{"op":"remove","path":"/a"}"#; steps].join(","));
        assert_eq!(Step::parse_all(patch(1000).as_bytes()).unwrap().len(), 1000);
        let error = Step::parse_all(patch(1001).as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.limit()), (Kind::InvalidPatch, Some((1000, 1001))));
    }
}
