//! Says in few words what a test asks of a store, and what came of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use larder::domain::{
    Action, Attempt, Charge, Charged, CollectionName, Condition, Consistency, Context, Document, Error,
    Increments, Item, Key, KeyPrefix, KeyRange, ListQuery, Patch, PatchFormat, Place, PutCollection, Read,
    RequestId, Store, Tag, Tags, Target, Timestamp, Token, Ttl, Version, Write, WriteId, Written,
};

/// The collection that a test uses when it does not say.
pub const NOTES: &str = "notes";

/// A context with time enough.
pub fn context() -> Context {
    let request_id = RequestId::parse("conformance").expect("visible characters");
    Context::new(request_id, Instant::now() + Duration::from_secs(20))
}

pub fn collection(text: &str) -> CollectionName {
    CollectionName::parse(text).expect("a good name")
}

pub fn key(text: &str) -> Key {
    Key::parse(text, Place::Parameter("key".into())).expect("a good key")
}

pub fn bound(text: &str) -> KeyPrefix {
    KeyPrefix::parse(text, "prefix").expect("a good bound")
}

pub fn target(name: &str, text: &str) -> Target {
    Target { collection: collection(name), key: key(text) }
}

pub fn document(text: &str) -> Document {
    Document::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a good document")
}

pub fn increments(text: &str) -> Increments {
    Increments::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a good increment")
}

/// A JSON string of that many bytes, quotes included.
pub fn string_of(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

/// A name of a write that no other write of this process has.
pub fn fresh_id() -> WriteId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    WriteId::keyed(NEXT.fetch_add(1, Ordering::Relaxed) << 24, 0)
}

/// A token that no other request of this process has.
pub fn fresh_token() -> Token {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&fresh_id().bits().to_be_bytes());
    Token { id, content: [1; 16] }
}

fn write(text: &str, action: Action) -> Write {
    Write {
        target: target(NOTES, text),
        action,
        condition: Condition::default(),
        exempt: false,
        ttl: None,
        write_id: fresh_id(),
        keyed: false,
        token: None,
        attempt: Attempt::First,
        want_document: false,
    }
}

pub fn put(key: &str, text: &str) -> Write {
    write(key, Action::Put(document(text)))
}

fn patch(key: &str, format: PatchFormat, text: &str) -> Write {
    let patch = Patch::parse(format, Bytes::copy_from_slice(text.as_bytes())).expect("a good patch");
    write(key, Action::Patch(patch))
}

pub fn merge(key: &str, text: &str) -> Write {
    patch(key, PatchFormat::Merge, text)
}

pub fn json_patch(key: &str, text: &str) -> Write {
    patch(key, PatchFormat::Json, text)
}

pub fn increment(key: &str, text: &str) -> Write {
    write(key, Action::Increment(increments(text)))
}

pub fn delete(key: &str) -> Write {
    write(key, Action::Delete)
}

/// What a test may add to a write.
pub trait Said {
    fn within(self, name: &str) -> Self;
    fn under(self, condition: Condition) -> Self;
    fn ttl(self, seconds: u64) -> Self;
    fn forever(self) -> Self;
    /// The name of the write, as a random one is.
    fn named(self, id: WriteId) -> Self;
    /// The name of the write, as an `Idempotency-Key` makes it.
    fn keyed(self, key: u64, content: u64) -> Self;
    fn token(self, token: Token) -> Self;
    fn attempt(self, attempt: Attempt) -> Self;
    fn wanting_document(self) -> Self;
}

impl Said for Write {
    fn within(self, name: &str) -> Self {
        let target = Target { collection: collection(name), ..self.target };
        Write { target, ..self }
    }
    fn under(self, condition: Condition) -> Self {
        Write { condition, ..self }
    }
    fn ttl(self, seconds: u64) -> Self {
        Write { ttl: Some(Ttl::Seconds(seconds)), ..self }
    }
    fn forever(self) -> Self {
        Write { ttl: Some(Ttl::Never), ..self }
    }
    fn named(self, write_id: WriteId) -> Self {
        Write { write_id, ..self }
    }
    fn keyed(self, key: u64, content: u64) -> Self {
        Write { write_id: WriteId::keyed(key << 24, content), keyed: true, ..self }
    }
    fn token(self, token: Token) -> Self {
        Write { token: Some(token), ..self }
    }
    fn attempt(self, attempt: Attempt) -> Self {
        Write { attempt, ..self }
    }
    fn wanting_document(self) -> Self {
        Write { want_document: true, ..self }
    }
}

fn listed(versions: &[Version], weak: bool) -> Option<Tags> {
    Some(Tags::List(versions.iter().map(|version| Tag { version: Some(*version), weak }).collect()))
}

pub fn if_match(version: Version) -> Condition {
    Condition::version(version)
}

pub fn if_match_any() -> Condition {
    Condition { if_match: Some(Tags::Any), ..Condition::default() }
}

pub fn if_match_weak(version: Version) -> Condition {
    Condition { if_match: listed(&[version], true), ..Condition::default() }
}

pub fn if_match_one_of(versions: &[Version]) -> Condition {
    Condition { if_match: listed(versions, false), ..Condition::default() }
}

pub fn if_none_match(version: Version) -> Condition {
    Condition { if_none_match: listed(&[version], false), ..Condition::default() }
}

pub fn if_none_match_weak(version: Version) -> Condition {
    Condition { if_none_match: listed(&[version], true), ..Condition::default() }
}

pub fn if_absent() -> Condition {
    Condition::absent()
}

pub fn if_unmodified_since(limit: Timestamp) -> Condition {
    Condition { if_unmodified_since: Some(limit), ..Condition::default() }
}

/// A tag that this server never made.
pub fn if_match_foreign() -> Condition {
    let tag = Tag { version: None, weak: false };
    Condition { if_match: Some(Tags::List(vec![tag])), ..Condition::default() }
}

pub fn read_of(text: &str) -> Read {
    read_in(target(NOTES, text))
}

pub fn read_in(target: Target) -> Read {
    Read { target, consistency: Consistency::Strong, min_version: None, want_document: true }
}

/// Strongly reads an item of a collection that is there.
pub async fn item_in(store: &dyn Store, name: &str, text: &str) -> Option<Item> {
    let read = Read { target: target(name, text), ..read_of(text) };
    let (item, consistency) = store.read(&context(), read).await.expect("a read").value;
    assert_eq!(consistency, Consistency::Strong, "a strong read is one");
    item
}

/// Strongly reads an item.
pub async fn item(store: &dyn Store, text: &str) -> Option<Item> {
    item_in(store, NOTES, text).await
}

/// The text of an item's document.
pub async fn text(store: &dyn Store, key: &str) -> Option<String> {
    item(store, key).await.map(|item| text_of(&item.document))
}

pub fn text_of(document: &Document) -> String {
    String::from_utf8(document.bytes().to_vec()).expect("documents are UTF-8")
}

/// Does a write that must succeed.
pub async fn done(store: &dyn Store, write: Write) -> Written {
    charged(store, write).await.value
}

/// Does a write that must succeed, and tells its cost too.
pub async fn charged(store: &dyn Store, write: Write) -> Charged<Written> {
    let target = write.target.clone();
    match store.write(&context(), write).await {
        Ok(reply) => reply,
        Err(error) => panic!("a write of {}/{}: {error}", target.collection, target.key),
    }
}

/// The version that a write made, which must succeed.
pub async fn version(store: &dyn Store, write: Write) -> Version {
    done(store, write).await.version.expect("this write leaves an item")
}

/// Does a write that must fail.
pub async fn refused(store: &dyn Store, write: Write) -> Error {
    let target = write.target.clone();
    match store.write(&context(), write).await {
        Ok(reply) => panic!("a write of {}/{} should have failed: {reply:?}", target.collection, target.key),
        Err(error) => error,
    }
}

/// Asks for default settings of a collection.
pub fn settings(name: &str) -> PutCollection {
    PutCollection {
        name: collection(name),
        default_ttl: None,
        schema: None,
        require_preconditions: false,
        shards: None,
        condition: Condition::default(),
        write_id: fresh_id(),
        attempt: Attempt::First,
    }
}

/// Makes a collection, or replaces its settings.
pub async fn settle(store: &dyn Store, put: PutCollection) -> Written {
    store.put_collection(&context(), put).await.expect("good settings").value
}

/// Makes the usual collection, so that what a test measures begins after that.
pub async fn made(store: &dyn Store) {
    settle(store, settings(NOTES)).await;
}

/// Asks for everything of a collection, in one page if it fits.
pub fn everything(name: &str) -> ListQuery {
    ListQuery {
        collection: collection(name),
        range: KeyRange::default(),
        reverse: false,
        limit: 1000,
        after: None,
        delimiter: None,
        values: true,
        consistency: Consistency::Strong,
    }
}

/// Half read units and write units.
pub const fn cost(read_halves: u64, writes: u64) -> Charge {
    Charge { read_halves, writes }
}
