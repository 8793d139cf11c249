//! What a write leaves behind, as the update that `DynamoDB` is told.
//!
//! Updates and not puts: they cost the same, and can keep when what was there before would have ended. That tells
//! a later repetition whether the write had found something.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{Item, Result, Timestamp, WriteId};
use crate::store::backend::Lifetime;

use super::item;
use super::schema::{Attributes, NEVER, end, number, write};

/// An update, and the values that it names.
#[derive(Clone, Debug)]
pub(super) struct Update {
    pub(super) text: String,
    pub(super) values: Attributes,
}

impl Update {
    /// One that begins so. There is room for what an update and its condition mostly name.
    fn new(text: String) -> Update {
        Update { text, values: Attributes::with_capacity(7) }
    }

    fn value(&mut self, name: &str, value: AttributeValue) {
        self.values.insert(name.to_owned(), value);
    }
}

/// Stores an item. `created` says whether anything was there, where that is known.
pub(super) fn put(stored: &Item, created: Option<bool>) -> Result<Update> {
    let (attribute, document, other) = item::document(&stored.document)?;
    let mut update = Update::new(format!("SET {attribute} = :d"));
    update.value(":d", document);
    version(&mut update, stored.version.stamp, stored.version.write);
    update.text.push_str(", e = :e");
    update.value(":e", number(end(stored.expires)));
    before(&mut update, created);
    collection(&mut update, stored.expires, other);
    Ok(update)
}

/// Adds to a native number. `there` says whether one is known to be there.
pub(super) fn add(
    by: &str,
    stamp: u64,
    id: WriteId,
    (lifetime, now): (Lifetime, Timestamp),
    there: bool,
) -> Update {
    let mut update = Update::new("ADD n :by SET v = :v, w = :w".to_owned());
    update.value(":by", AttributeValue::N(by.to_owned()));
    update.value(":v", number(stamp));
    update.value(":w", write(id));
    before(&mut update, there.then_some(false));
    let expires = lifetime.expires(now, None);
    match lifetime {
        Lifetime::Keep { .. } if there => {}
        Lifetime::Keep { .. } => {
            update.text.push_str(", e = if_not_exists(e, :e)");
            update.value(":e", number(end(expires)));
            if let Some(expires) = expires {
                update.text.push_str(", x = if_not_exists(x, :x)");
                update.value(":x", number(expires.secs_ceil()));
            }
        }
        Lifetime::From(_) | Lifetime::At(_) => {
            update.text.push_str(", e = :e");
            update.value(":e", number(end(expires)));
            match expires {
                Some(expires) => {
                    update.text.push_str(", x = :x");
                    update.value(":x", number(expires.secs_ceil()));
                }
                None => update.text.push_str(" REMOVE x"),
            }
        }
    }
    update
}

fn version(update: &mut Update, stamp: u64, id: WriteId) {
    update.text.push_str(", v = :v, w = :w");
    update.value(":v", number(stamp));
    update.value(":w", write(id));
}

fn before(update: &mut Update, created: Option<bool>) {
    match created {
        Some(created) => {
            update.text.push_str(", c = :c");
            update.value(":c", item::before(created));
        }
        None => {
            update.text.push_str(", c = if_not_exists(e, :c)");
            update.value(":c", number(0));
        }
    }
}

/// When it may be collected, and what must not be there.
fn collection(update: &mut Update, expires: Option<Timestamp>, other: &str) {
    match expires {
        Some(expires) => {
            update.text.push_str(", x = :x REMOVE ");
            update.value(":x", number(expires.secs_ceil()));
            update.text.push_str(other);
        }
        None => {
            update.text.push_str(" REMOVE x, ");
            update.text.push_str(other);
        }
    }
}

/// Whether an item that was there before a write, as it is told by when it ended, was there.
pub(super) fn was_there(before: Option<u64>, now: Timestamp) -> bool {
    before.is_some_and(|end| end == NEVER || end > now.millis())
}
