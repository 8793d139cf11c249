//! Schemas of collections, and documents that they judge: both end in time, whatever the schema says, and what is told
//! of a document is a place in it.
//!
//! The schema comes first, then a zero, then the document.

#![no_main]

use bytes::Bytes;
use larder::domain::{Document, Json, Kind, Place, Pointer, Schema};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let (schema, document) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(schema) = Schema::accept(&Bytes::copy_from_slice(schema), "") else { return };
    let Ok(document) = Document::parse(Bytes::copy_from_slice(document)) else { return };
    let Err(error) = schema.check(&document, "") else { return };
    assert_eq!(error.kind(), Kind::SchemaViolation);
    let json = Json::parse(document.bytes()).expect("a document is JSON");
    assert!(!error.faults().is_empty(), "{error}");
    for fault in error.faults() {
        let Place::Pointer(pointer) = &fault.place else { panic!("{:?}", fault.place) };
        let pointer = Pointer::parse(pointer).expect("a pointer");
        assert!(pointer.resolve(&json).is_some(), "{fault:?}");
    }
});
