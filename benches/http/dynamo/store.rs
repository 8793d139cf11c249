//! The store over a table, as a process of the store role has it, driven as the trait `domain::Store`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use larder::domain::{
    Action, Attempt, Clock, CollectionName, Condition, Consistency, Context, Document, Key, Place, Read,
    Store, Target, Write, WriteId,
};
use larder::http::new_request_id;
use larder::run::SystemClock;
use larder::store::dynamo::{Billing, Dynamo, Options, Table};
use larder::store::engine::{self, Engine};
use larder::store::measured::Measured;

use super::{COLLECTION, DRIVEN, TABLE, TOGETHER, key, next_write};
use crate::load::document;

/// A store, and what is written to it.
#[derive(Clone)]
pub struct Ours {
    store: Arc<dyn Store>,
    collection: CollectionName,
    document: Document,
}

impl Ours {
    /// Over the table at that endpoint.
    pub async fn new(endpoint: &str) -> Ours {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let backend = Dynamo::new(options(endpoint), Arc::clone(&clock)).await;
        let engine = Engine::new(backend, engine::Options { auto_create: true }, clock);
        Ours {
            store: Arc::new(Measured::new(Arc::new(engine), "dynamodb")),
            collection: CollectionName::parse(COLLECTION).expect("it is one"),
            document: Document::parse(Bytes::from(document())).expect("it is one"),
        }
    }

    /// Makes the table, and every item.
    pub async fn fill(&self, endpoint: &str) {
        let made = Table::new(&options(endpoint)).await.create(Billing::OnDemand).await;
        made.unwrap_or_else(|error| panic!("{error}"));
        for number in 0..DRIVEN {
            self.clone().put(number).await;
        }
    }

    /// Reads an item.
    pub async fn get(self, number: usize) {
        let read = self.read(number);
        let found = self.store.read(&context(), read).await.expect("an answer");
        assert!(found.value.0.is_some(), "the item is there");
    }

    /// Reads several items that a caller asks for at once.
    pub async fn get_together(self, number: usize) {
        let reads = (0..TOGETHER).map(|next| self.read(number * TOGETHER + next)).collect();
        let found = self.store.read_many(&context(), reads).await.expect("an answer");
        let all = found.value.iter().all(|one| one.as_ref().is_ok_and(Option::is_some));
        assert!(all, "the items are there");
    }

    /// Stores an item.
    pub async fn put(self, number: usize) {
        let write = Write {
            target: self.target(number),
            action: Action::Put(self.document.clone()),
            condition: Condition::default(),
            exempt: false,
            ttl: None,
            write_id: WriteId::from_bits(next_write()),
            keyed: false,
            token: None,
            attempt: Attempt::First,
            want_document: false,
        };
        self.store.write(&context(), write).await.expect("it is stored");
    }

    fn read(&self, number: usize) -> Read {
        Read {
            target: self.target(number),
            consistency: Consistency::Strong,
            min_version: None,
            want_document: true,
        }
    }

    fn target(&self, number: usize) -> Target {
        let key = Key::parse(&key(number), Place::Parameter("key".into())).expect("it is one");
        Target { collection: self.collection.clone(), key }
    }
}

fn options(endpoint: &str) -> Options {
    Options { endpoint: Some(endpoint.into()), ..Options::new(TABLE) }
}

fn context() -> Context {
    Context::new(new_request_id(), Instant::now() + Duration::from_secs(5))
}
