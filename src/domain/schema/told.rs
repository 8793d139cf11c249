//! Tells what is wrong with a value, and how much of it.

use jsonschema::Validator;
use serde_json::Value;

use crate::domain::error::{Fault, Place};
use crate::domain::limits;

/// Bytes of the pointers that are told of a document, but for the first: a batch has room for many answers.
const TOLD_PLACES: usize = 16 << 10;

/// Each place of a value that is wrong, with pointers that begin with `at`; the texts don't quote it.
pub(super) fn faults<'a>(
    validator: &'a Validator,
    value: &'a Value,
    at: &'a str,
) -> impl Iterator<Item = Fault> + 'a {
    validator.iter_errors(value).map(move |error| Fault {
        place: Place::Pointer(format!("{at}{}", error.instance_path())),
        detail: error.masked().to_string(),
    })
}

/// The first of what is wrong, as far as there is room to tell it.
pub(super) fn first(faults: impl Iterator<Item = Fault>) -> Vec<Fault> {
    let mut bytes = 0;
    let few = faults.take(limits::VIOLATIONS_TOLD).enumerate().take_while(|(number, fault)| {
        let Place::Pointer(pointer) = &fault.place else { return true };
        bytes += pointer.len();
        *number == 0 || bytes <= TOLD_PLACES
    });
    few.map(|(_, fault)| fault).collect()
}

/// The first of what is wrong, each once.
pub(super) fn different(faults: impl Iterator<Item = Fault>) -> Vec<Fault> {
    let mut told = Vec::new();
    for fault in faults {
        if told.len() == limits::VIOLATIONS_TOLD {
            break;
        }
        if !told.contains(&fault) {
            told.push(fault);
        }
    }
    told
}
