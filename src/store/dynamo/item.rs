//! Rows as items of the table, and back.

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;

use crate::domain::{
    Document, Error, Item, Key, Place, Result, Timestamp, Version, WriteId, canonical_number, item_bytes,
};
use crate::store::backend::{Address, Row};

use super::number;
use super::schema::{
    Attributes, BEFORE, DOCUMENT, END, NEVER, NUMBER, SORT, STAMP, WRITE, number as numeral, text,
};

/// The attributes of a list's entries without their documents.
pub(super) const WITHOUT_DOCUMENT: &str = "sk,v,w,e,c";

/// The row that an item is; none where it has no version, and so is none.
///
/// # Errors
/// Something else wrote to the table.
pub(super) fn row(mut item: Attributes) -> Result<Option<Row>> {
    // One emulator answers the key alone for an item that is not there.
    if !item.contains_key(STAMP) {
        return Ok(None);
    }
    let document = match (item.remove(DOCUMENT), item.remove(NUMBER)) {
        (Some(AttributeValue::S(text)), None) => Bytes::from(text.into_bytes()),
        (None, Some(AttributeValue::N(text))) => native(&text)?,
        (None, None) => Bytes::new(),
        _ => return Err(foreign(DOCUMENT)),
    };
    let version = version(&item)?;
    let before = millis(&item, BEFORE)?.unwrap_or(0);
    let item = Item { document: Document::trusted(document), version, expires: end(&item)? };
    Ok(Some(Row { item, created: before <= version.modified().millis() }))
}

/// The row of an item that may be none.
pub(super) fn maybe(item: Option<Attributes>) -> Result<Option<Row>> {
    item.map_or(Ok(None), row)
}

/// The key and the row of an entry of a partition.
pub(super) fn entry(mut item: Attributes) -> Result<(Key, Row)> {
    let Some(AttributeValue::S(sort)) = item.remove(SORT) else { return Err(foreign(SORT)) };
    let key = Key::parse(&sort, Place::Parameter("key".into())).map_err(|_| foreign(SORT))?;
    let row = row(item)?.ok_or_else(|| foreign(STAMP))?;
    Ok((key, row))
}

/// The version of an item.
pub(super) fn version(item: &Attributes) -> Result<Version> {
    let stamp = millis(item, STAMP)?.ok_or_else(|| foreign(STAMP))?;
    let Some(AttributeValue::B(write)) = item.get(WRITE) else { return Err(foreign(WRITE)) };
    let write = <[u8; 8]>::try_from(write.as_ref()).map_err(|_| foreign(WRITE))?;
    Ok(Version { stamp, write: WriteId::from_bits(u64::from_be_bytes(write)) })
}

/// When an item ends, if it does.
pub(super) fn end(item: &Attributes) -> Result<Option<Timestamp>> {
    let end = millis(item, END)?.filter(|end| *end != NEVER);
    end.map(|end| Timestamp::checked_from_millis(end).ok_or_else(|| foreign(END))).transpose()
}

/// A number of an item that is a whole one.
pub(super) fn millis(item: &Attributes, name: &str) -> Result<Option<u64>> {
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::N(text)) => whole(text).map(Some).ok_or_else(|| foreign(name)),
        Some(_) => Err(foreign(name)),
    }
}

fn whole(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| canonical_number(text)?.parse().ok())
}

/// The document that a native number is.
pub(super) fn native(text: &str) -> Result<Bytes> {
    Ok(canonical_number(text).ok_or_else(|| foreign(NUMBER))?.into_bytes().into())
}

/// The attribute that holds a document, and the one that then must not be there.
pub(super) fn document(document: &Document) -> Result<(&'static str, AttributeValue, &'static str)> {
    let bytes = document.bytes();
    let written = std::str::from_utf8(bytes).map_err(|error| {
        Error::internal("a document that is no text reached the backend").with_source(error)
    })?;
    Ok(if number::is_native(bytes) {
        (NUMBER, AttributeValue::N(written.to_owned()), DOCUMENT)
    } else {
        (DOCUMENT, text(written), NUMBER)
    })
}

/// What was there before, as a row keeps it that was judged over it: whether anything was.
pub(super) fn before(created: bool) -> AttributeValue {
    numeral(if created { 0 } else { NEVER })
}

/// The size of a row, by which it is charged.
pub(super) fn bytes(address: &Address, item: &Item) -> usize {
    let Address { collection, key, .. } = address;
    item_bytes(collection.as_str(), key.as_str(), item.document.bytes().len(), item.expires.is_some())
}

/// The error of an item that is not as we write them.
pub(super) fn foreign(attribute: &str) -> Error {
    Error::internal(format!(
        "an item of the table has no proper attribute `{attribute}`; something else writes to it"
    ))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    fn with(name: &str, value: AttributeValue) -> Attributes {
        let mut item = Attributes::from([
            (DOCUMENT.to_owned(), text("1")),
            (STAMP.to_owned(), numeral(1)),
            (WRITE.to_owned(), AttributeValue::B(Blob::new([0; 8]))),
            (END.to_owned(), numeral(5)),
        ]);
        item.insert(name.to_owned(), value);
        item
    }

    #[test]
    fn a_number_that_is_none_is_not_ours() {
        for text in ["", "x", "1-2", "--1", "1e", "NaN"] {
            assert!(native(text).is_err(), "{text}");
            let stamped = with(STAMP, AttributeValue::N(text.to_owned()));
            assert!(version(&stamped).is_err(), "{text}");
        }
        assert_eq!(native("1E+2").unwrap(), "100");
    }

    #[test]
    fn an_end_beyond_all_times_is_not_ours() {
        let end = |millis| row(with(END, numeral(millis))).map(|row| row.and_then(|row| row.item.expires));
        assert_eq!(end(7).unwrap(), Some(Timestamp::from_millis(7)));
        assert_eq!(end(NEVER).unwrap(), None);
        assert!(end(u64::MAX).is_err());
    }
}
