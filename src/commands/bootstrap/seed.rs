//! First items from a file: each line is stored if nothing lies under its key.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use bytes::Bytes;

use crate::commands::Failure;
use crate::domain::{
    Action, Attempt, CollectionName, Condition, Context, Document, Key, Kind, Place, RawJson, Store, Target,
    Ttl, Write, WriteId,
};

/// What became of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) stored: u64,
    pub(super) there: u64,
}

/// A line: `{"collection":…,"key":…,"value":…}`, and maybe `"ttl"`: seconds.
struct Item {
    target: Target,
    document: Document,
    ttl: Option<Ttl>,
}

/// Loads a file.
///
/// # Errors
/// The first line that is none, or that can't be stored.
pub(super) async fn load(
    file: &Path,
    store: &dyn Store,
    context: impl Fn() -> Context,
) -> Result<Loaded, Failure> {
    let unreadable = |error: std::io::Error| Failure::because(format!("read {}", file.display()), &error);
    let mut loaded = Loaded::default();
    for (number, line) in BufReader::new(File::open(file).map_err(unreadable)?).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let at = |why: &str| Failure::new(format!("{}, line {}: {why}", file.display(), number + 1));
        let Item { target, document, ttl } = item(&Bytes::from(line)).map_err(|why| at(&why))?;
        let write = Write {
            target,
            action: Action::Put(document),
            condition: Condition::absent(),
            exempt: false,
            ttl,
            write_id: write_id().map_err(|why| at(&why))?,
            keyed: false,
            token: None,
            attempt: Attempt::First,
            want_document: false,
        };
        match store.write(&context(), write).await {
            Ok(_) => loaded.stored += 1,
            Err(error) if error.kind() == Kind::PreconditionFailed => loaded.there += 1,
            Err(error) => return Err(Failure::because(at("not stored"), &error)),
        }
    }
    Ok(loaded)
}

fn item(line: &Bytes) -> Result<Item, String> {
    let raw = RawJson::envelope(line).map_err(|error| error.to_string())?;
    let members = raw.members().ok_or("a line is an object")?;
    let (mut collection, mut key, mut value, mut ttl) = (None, None, None, None);
    for (name, member) in members {
        match name.as_ref() {
            "collection" => collection = member.string(),
            "key" => key = member.string(),
            "value" => value = Some(member.document("/value").map_err(|error| error.to_string())?),
            "ttl" => ttl = Some(member.unsigned().and_then(Ttl::from_seconds).ok_or("a ttl is seconds")?),
            "op" if member.string().as_deref() == Some("put") => {}
            name => return Err(format!("`{name}` is no member of a seed item")),
        }
    }
    let collection = collection.ok_or("`collection` is missing")?;
    let collection = CollectionName::parse(&collection).map_err(|error| error.to_string())?;
    let key = key.ok_or("`key` is missing")?;
    let key = Key::parse(&key, Place::Pointer("/key".into())).map_err(|error| error.to_string())?;
    let document = value.ok_or("`value` is missing")?;
    Ok(Item { target: Target { collection, key }, document, ttl })
}

fn write_id() -> Result<WriteId, String> {
    let mut bits = [0; 8];
    getrandom::fill(&mut bits).map_err(|error| error.to_string())?;
    Ok(WriteId::from_bits(u64::from_be_bytes(bits)))
}
