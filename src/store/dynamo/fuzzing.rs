//! Doors for the fuzz targets to what is read from the table.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{Collection, Document, Key, Timestamp, Token};
use crate::store::backend::Row;

use super::schema::{Attributes, DOCUMENT, NUMBER};
use super::{item, settings, token};

/// The value of an attribute, by its type in the table.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "they are DynamoDB's own names")]
pub enum Value {
    S(String),
    N(String),
    B(Vec<u8>),
    Bool(bool),
}

/// An item of the table, by the names of its attributes.
pub type Item = Vec<(String, Value)>;

fn attributes(item: &Item) -> Attributes {
    let value = |value: &Value| match value.clone() {
        Value::S(text) => AttributeValue::S(text),
        Value::N(text) => AttributeValue::N(text),
        Value::B(bytes) => AttributeValue::B(Blob::new(bytes)),
        Value::Bool(bool) => AttributeValue::Bool(bool),
    };
    item.iter().map(|(name, said)| (name.clone(), value(said))).collect()
}

/// The row that an item is.
pub fn row(item: &Item) -> Option<Row> {
    item::row(attributes(item)).ok().flatten()
}

/// The key and the row of an entry of a partition.
pub fn entry(item: &Item) -> Option<(Key, Row)> {
    item::entry(attributes(item)).ok()
}

/// A document as it is kept and read again; none where it is no text.
pub fn document_again(document: &Document) -> Option<Document> {
    let (name, value, _) = item::document(document).ok()?;
    let text = match (name, value) {
        (NUMBER, AttributeValue::N(text)) => item::native(&text).ok()?,
        (DOCUMENT, AttributeValue::S(text)) => text.into_bytes().into(),
        other => panic!("a document is not kept as {other:?}"),
    };
    Some(Document::trusted(text))
}

/// The settings that an item keeps, and those that they are when they were written once more.
pub fn collection_twice(item: &Item) -> Option<(Collection, Option<Collection>)> {
    let once = settings::decode(&attributes(item)).ok()?;
    let again = settings::decode(&settings::encode(&once)).ok();
    Some((once, again))
}

/// Whether an item of an idempotency key says an answer, and says the same when it was written once more.
pub fn token_agrees(item: &Item, now: Timestamp) -> Option<bool> {
    let key = Token { id: [0; 16], content: [7; 16] };
    let once = token::answered(&attributes(item), key, now).ok()??;
    let again = token::answered(&token::record(key, &once, now), key, now).ok()?;
    Some(again.as_ref() == Some(&once))
}
