//! Lines that break at any moment: nothing acknowledged is lost, nothing happens twice, and what can't be known is
//! said to be so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use larder::api::remote::Remote;
use larder::domain::{
    Action, Condition, Document, Error, Increments, Kind, Operation, Result, Store, Token, Transaction,
    Version, Write, WriteId,
};
use tokio::sync::watch;

use crate::support::faults::{End, Proxy, Way};
use crate::support::lines::{Kept, Node, embedded, put, read, remote, target, within, write};

/// How long a call may take. Much longer than any of the faults.
const DEADLINE: Duration = Duration::from_secs(3);
/// Lines that must have broken before the work may end.
const BREAKS: usize = 5;

/// Numbers from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Makes trouble until it is told that all is done.
async fn trouble(proxy: &Proxy, seed: u64, mut done: watch::Receiver<bool>) {
    let mut chance = Chance(seed);
    while !*done.borrow_and_update() {
        let way = if chance.below(2) == 0 { Way::ToStore } else { Way::ToApi };
        let end = if chance.below(2) == 0 { End::Cut } else { End::Reset };
        match chance.below(5) {
            0 => proxy.end(end),
            1 => proxy.end_after(way, chance.below(2000) as usize, end),
            2 => proxy.stall(way, true),
            3 => proxy.delay(way, Duration::from_millis(chance.below(10))),
            _ => {
                proxy.refuse(true);
                proxy.end(end);
            }
        }
        tokio::time::sleep(Duration::from_millis(5 + chance.below(25))).await;
        proxy.heal();
        // A stall alone would be no more than a delay.
        if chance.below(2) == 0 {
            proxy.end(end);
        }
        tokio::time::sleep(Duration::from_millis(chance.below(30))).await;
    }
    proxy.heal();
}

/// A store, a bad way to it, and what is seen at the end of that.
struct Bad {
    kept: Kept,
    _node: Node,
    proxy: Proxy,
    remote: Arc<Remote>,
}

impl Bad {
    async fn new() -> Bad {
        let kept = embedded();
        let node = Node::start(Arc::clone(&kept.store));
        let proxy = Proxy::start(node.address).await;
        let remote = remote(proxy.address);
        Bad { kept, _node: node, proxy, remote }
    }

    /// Does the work of all callers while there is trouble.
    async fn suffer<T>(
        &self,
        seed: u64,
        callers: impl IntoIterator<Item = impl Future<Output = T>>,
    ) -> Vec<T> {
        let (done, is_done) = watch::channel(false);
        let work = async {
            let all = join_all(callers).await;
            done.send_replace(true);
            all
        };
        let (all, ()) = tokio::join!(work, trouble(&self.proxy, seed, is_done));
        assert!(
            self.proxy.connections() > BREAKS,
            "there was no trouble: {} connections",
            self.proxy.connections()
        );
        all
    }

    /// Whether a caller goes on: until it has done that much, and on a fast machine until there was trouble enough.
    fn goes_on(&self, done: u64, least: u64) -> bool {
        done < least || self.proxy.connections() <= BREAKS
    }

    async fn text(&self, key: &str) -> String {
        let there = self.kept.store.read(&within(DEADLINE), read(key)).await.expect("it is there");
        String::from_utf8(there.value.0.expect("it is there").document.bytes().to_vec()).expect("text")
    }
}

/// What a caller learned of its writes.
#[derive(Default)]
struct Learned {
    acknowledged: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

/// Appends a word to the list under a key, by reading it and writing it back on condition, until it is told what
/// became of it.
async fn append(remote: &Remote, key: &str, word: &str, id: &mut u64, learned: &mut Learned) {
    loop {
        let before = match remote.read(&within(DEADLINE), read(key)).await {
            Ok(there) => there.value.0,
            Err(error) if error.kind() == Kind::NoSuchCollection => None,
            Err(error) => {
                wait_after(&error, &[Kind::StoreUnavailable, Kind::DeadlineExceeded]).await;
                continue;
            }
        };
        *id += 1;
        let append = match &before {
            Some(item) => appended(&item.document, word, item.version, key, *id),
            None => Write { condition: Condition::absent(), ..write(key, put(format!("[\"{word}\"]")), *id) },
        };
        match remote.write(&within(DEADLINE), append).await {
            Ok(_) => {
                learned.acknowledged.insert(word.to_owned());
                return;
            }
            Err(error) if error.kind() == Kind::OutcomeUnknown => {
                learned.unknown.insert(word.to_owned());
                return;
            }
            Err(error) => wait_after(&error, &[Kind::StoreUnavailable, Kind::PreconditionFailed]).await,
        }
    }
}

fn appended(list: &Document, word: &str, version: Version, key: &str, id: u64) -> Write {
    let text = std::str::from_utf8(list.bytes()).expect("text");
    let longer = format!("{},\"{word}\"]", text.trim_end_matches(']'));
    Write { condition: Condition::version(version), ..write(key, put(longer), id) }
}

async fn wait_after(error: &Error, allowed: &[Kind]) {
    assert!(allowed.contains(&error.kind()), "{error}");
    tokio::time::sleep(Duration::from_millis(2)).await;
}

#[tokio::test]
async fn conditional_writes_are_neither_lost_nor_done_twice() {
    let bad = Bad::new().await;
    let caller = async |caller: u64| {
        let (mut learned, mut id) = (Learned::default(), caller << 40);
        let mut number = 0;
        while bad.goes_on(number, 15) {
            let key = format!("list{}", (caller + number) % 4);
            append(&bad.remote, &key, &format!("{caller}.{number}"), &mut id, &mut learned).await;
            number += 1;
        }
        learned
    };
    let learned = bad.suffer(1, (1..=8).map(caller)).await;
    let mut there = BTreeMap::<String, usize>::new();
    for list in 0..4 {
        let text = bad.text(&format!("list{list}")).await;
        for word in serde_json::from_str::<Vec<String>>(&text).expect("a list") {
            *there.entry(word).or_default() += 1;
        }
    }
    let twice: Vec<_> = there.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "done twice: {twice:?}");
    for Learned { acknowledged, unknown } in &learned {
        let lost: Vec<_> = acknowledged.iter().filter(|word| !there.contains_key(*word)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        for word in acknowledged.iter().chain(unknown) {
            there.remove(word);
        }
    }
    assert!(there.is_empty(), "nobody wrote {there:?}");
}

/// Repeats something with a key until it is answered with success.
async fn until_done<T>(mut attempt: impl AsyncFnMut() -> Result<T>) -> T {
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(error) => {
                let passing = [
                    Kind::StoreUnavailable,
                    Kind::OutcomeUnknown,
                    Kind::DeadlineExceeded,
                    Kind::RequestInProgress,
                ];
                wait_after(&error, &passing).await;
            }
        }
    }
}

fn token(id: u64) -> Token {
    Token { id: u128::from(id).to_le_bytes(), content: [7; 16] }
}

fn one_more() -> Increments {
    Increments::parse(r#"{"/n":1}"#.into()).expect("increments")
}

#[tokio::test]
async fn keyed_increments_are_done_exactly_once() {
    let bad = Bad::new().await;
    bad.kept.store.write(&within(DEADLINE), write("count", put(r#"{"n":0}"#), 1)).await.unwrap();
    let caller = async |caller: u64| {
        let mut number = 0;
        while bad.goes_on(number, 40) {
            let id = (caller << 40) + (number << 24);
            let action = Action::Increment(one_more());
            let write = Write { keyed: true, token: Some(token(id)), ..write("count", action, id) };
            until_done(async || bad.remote.write(&within(DEADLINE), write.clone()).await).await;
            number += 1;
        }
        number
    };
    let done: u64 = bad.suffer(2, (1..=8).map(caller)).await.into_iter().sum();
    assert!(done >= 320, "{done}");
    assert_eq!(bad.text("count").await, format!(r#"{{"n":{done}}}"#));
}

#[tokio::test]
async fn keyed_transactions_are_done_exactly_once_and_whole() {
    let bad = Bad::new().await;
    for key in ["left", "right"] {
        bad.kept.store.write(&within(DEADLINE), write(key, put(r#"{"n":0}"#), 1)).await.unwrap();
    }
    let add = |key| Operation::Increment {
        target: target(key),
        increments: one_more(),
        condition: Condition::default(),
        ttl: None,
    };
    let caller = async |caller: u64| {
        let mut number = 0;
        while bad.goes_on(number, 25) {
            let id = (caller << 40) + (number << 24);
            let transaction = Transaction {
                operations: vec![add("left"), add("right")],
                write_id: WriteId::from_bits(id),
                token: Some(token(id)),
                attempt: larder::domain::Attempt::First,
            };
            until_done(async || bad.remote.transact(&within(DEADLINE), transaction.clone()).await).await;
            number += 1;
        }
        number
    };
    let done: u64 = bad.suffer(3, (1..=6).map(caller)).await.into_iter().sum();
    assert!(done >= 150, "{done}");
    let expected = format!(r#"{{"n":{done}}}"#);
    assert_eq!((bad.text("left").await, bad.text("right").await), (expected.clone(), expected));
}

#[tokio::test]
async fn increments_without_a_key_are_never_done_twice() {
    let bad = Bad::new().await;
    bad.kept.store.write(&within(DEADLINE), write("count", put(r#"{"n":0}"#), 1)).await.unwrap();
    let caller = async |caller: u64| {
        let (mut acknowledged, mut unknown) = (0, 0);
        let mut number = 0;
        while bad.goes_on(number, 40) {
            let write = write("count", Action::Increment(one_more()), (caller << 40) + (number << 24) + 5);
            match bad.remote.write(&within(DEADLINE), write).await {
                Ok(_) => acknowledged += 1,
                Err(error) if error.kind() == Kind::OutcomeUnknown => unknown += 1,
                Err(error) => wait_after(&error, &[Kind::StoreUnavailable]).await,
            }
            number += 1;
        }
        (acknowledged, unknown)
    };
    let sums = bad.suffer(4, (1..=8).map(caller)).await;
    let (acknowledged, unknown) = sums.iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    let text = bad.text("count").await;
    let there: u64 = text.trim_start_matches(r#"{"n":"#).trim_end_matches('}').parse().expect("a number");
    assert!((acknowledged..=acknowledged + unknown).contains(&there), "{acknowledged} + {unknown}: {there}");
}
