//! Tests that requests are judged in the order of the contract, by one that has everything wrong.

use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use async_trait::async_trait;

use super::{State, configure};
use crate::domain::{
    Charged, Clock, Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency,
    Context, Error, Item, Kind, ListQuery, OperationOutcome, Page, Place, PutCollection, Read, Reply, Result,
    Store, Timestamp, Transaction, Write, Written, limits,
};
use crate::http::problem;

/// A store that is never there; whoever gets this far has passed every stage.
struct Nowhere;

fn gone<T>() -> Result<T> {
    Err(Error::new(Kind::StoreUnavailable, "nowhere"))
}

#[async_trait]
impl Store for Nowhere {
    async fn read(&self, _: &Context, _: Read) -> Reply<(Option<Item>, Consistency)> {
        gone()
    }
    async fn read_many(&self, _: &Context, _: Vec<Read>) -> Reply<Vec<Result<Option<Item>>>> {
        gone()
    }
    async fn write(&self, _: &Context, _: Write) -> Reply<Written> {
        gone()
    }
    async fn list(&self, _: &Context, _: ListQuery) -> Reply<Page> {
        gone()
    }
    async fn transact(&self, _: &Context, _: Transaction) -> Reply<Vec<OperationOutcome>> {
        gone()
    }
    async fn collections(&self, _: &Context, _: CollectionQuery) -> Reply<CollectionPage> {
        gone()
    }
    async fn collection(&self, _: &Context, _: CollectionName) -> Reply<Collection> {
        gone()
    }
    async fn put_collection(&self, _: &Context, _: PutCollection) -> Result<Charged<Written>> {
        gone()
    }
    async fn delete_collection(&self, _: &Context, _: CollectionName, _: Condition) -> Reply<()> {
        gone()
    }
    async fn ready(&self, _: &Context) -> Result<()> {
        gone()
    }
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(0)
    }
}

/// A request, as far as it is right.
#[derive(Clone)]
struct Said {
    method: &'static str,
    path: &'static str,
    fields: Vec<(&'static str, &'static str)>,
    body: String,
}

/// The kind of the failure, and the places of its faults.
async fn judged(said: &Said) -> (Kind, Vec<String>) {
    let state = State::new(Arc::new(Nowhere), Arc::new(Stopped), b"secret");
    let state = state.with_timeouts(Duration::from_secs(1), Duration::from_secs(1));
    let app = init_service(App::new().configure(configure(state))).await;
    let mut request =
        TestRequest::with_uri(said.path).method(Method::from_bytes(said.method.as_bytes()).unwrap());
    for field in &said.fields {
        request = request.append_header(*field);
    }
    let answer = call_service(&app, request.set_payload(said.body.clone()).to_request()).await;
    let error = problem::error_of(answer.response()).unwrap();
    let name = |place: &Place| match place {
        Place::Pointer(name) | Place::Parameter(name) | Place::Header(name) => name.clone(),
    };
    (error.kind(), error.faults().iter().map(|fault| name(&fault.place)).collect())
}

#[actix_web::test]
async fn the_first_kind_that_is_wrong_answers() {
    let mut said = Said {
        method: "FOO",
        path: "/v2/collections/C/items/%zz?x=1&y=2",
        fields: vec![
            ("content-type", "text/plain"),
            ("if-match", "a"),
            ("item-ttl", "soon"),
            ("prefer", "return=representation"),
            ("accept", "text/html"),
        ],
        body: "{".repeat(limits::ITEM_BODY_BYTES + 1),
    };
    let mut stages: Vec<(Kind, Vec<String>)> = Vec::new();
    let corrections: [fn(&mut Said); 11] = [
        |_| {},
        |said| said.path = "/v1/collections/C/items/%zz?x=1&y=2",
        |said| said.method = "PUT",
        |said| said.path = "/v1/collections/c/items/%zz?x=1&y=2",
        |said| said.path = "/v1/collections/c/items/k?x=1&y=2",
        |said| said.path = "/v1/collections/c/items/k",
        |said| said.fields[0].1 = "application/json",
        |said| said.fields.drain(1..3).for_each(drop),
        |said| said.fields.truncate(2),
        |said| said.body.truncate(9),
        |said| said.body = "{}".into(),
    ];
    for correct in corrections {
        correct(&mut said);
        stages.push(judged(&said).await);
    }
    let expected: [(Kind, &[&str]); 11] = [
        (Kind::NoSuchPath, &[]),
        (Kind::MethodNotAllowed, &[]),
        (Kind::InvalidParameter, &["collection", "x", "y"]),
        (Kind::InvalidKey, &["key"]),
        (Kind::InvalidParameter, &["x", "y"]),
        (Kind::UnsupportedMediaType, &["Content-Type"]),
        (Kind::InvalidHeader, &["If-Match", "Item-TTL"]),
        (Kind::NotAcceptable, &["Accept"]),
        (Kind::TooLarge, &[]),
        (Kind::MalformedJson, &[""]),
        (Kind::StoreUnavailable, &[]),
    ];
    for ((kind, places), (expected, at)) in stages.iter().zip(expected) {
        assert_eq!(*kind, expected);
        if !at.contains(&"") {
            assert_eq!(places, at, "{kind:?}");
        }
    }
}

#[actix_web::test]
async fn the_same_order_holds_for_lists() {
    let mut said = Said {
        method: "GET",
        path: "/v1/collections/c/items?limit=0&cursor=x&fields=all",
        fields: vec![("content-encoding", "gzip"), ("if-none-match", "*"), ("accept", "text/html")],
        body: String::new(),
    };
    assert_eq!(judged(&said).await, (Kind::InvalidParameter, vec!["limit".into(), "fields".into()]));
    said.path = "/v1/collections/c/items?limit=1&cursor=x";
    assert_eq!(judged(&said).await.0, Kind::InvalidCursor);
    said.path = "/v1/collections/c/items?limit=1";
    assert_eq!(judged(&said).await.0, Kind::UnsupportedMediaType);
    said.fields.remove(0);
    assert_eq!(judged(&said).await, (Kind::InvalidHeader, vec!["If-None-Match".into()]));
    said.fields.remove(0);
    assert_eq!(judged(&said).await.0, Kind::NotAcceptable);
    said.fields.clear();
    assert_eq!(judged(&said).await.0, Kind::StoreUnavailable);
}
