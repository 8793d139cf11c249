//! No sequence of operations reads or writes outside of its scope.
//!
//! Somebody with narrow scopes sends random requests, good and bad. What lies outside holds words that stand nowhere
//! else: no answer may show one, and nothing outside may ever change. `LARDER_SCOPE_SEED` draws others.

use serde_json::{Value, json};

use crate::model::Random;
use crate::support::client::{Answer, Client, Request};
use crate::support::cluster::{Cluster, Plan};
use crate::support::environment::number;
use crate::support::keys::Keys;

const SEED: u64 = 20_261_126;
const OPERATIONS: usize = 1500;

/// Keys in every collection: inside and outside of the scopes, and close to their edges.
const KEYS: [&str; 8] =
    ["users/42/a", "users/42/b", "users/42", "users/4", "users/420", "users/43/a", "z", "u"];
/// What both may be read and written.
const BOTH: &str = "users/42/";
/// What may only be written, in the collection `inbox`.
const INBOX: &str = "users/43/";
const COLLECTIONS: [&str; 3] = ["notes", "inbox", "other"];

fn may_read(collection: &str, key: &str) -> bool {
    collection == "notes" && key.starts_with(BOTH)
}

fn may_write(collection: &str, key: &str) -> bool {
    may_read(collection, key) || collection == "inbox" && key.starts_with(INBOX)
}

/// What stands in an item at the beginning: a word for those that may not be read.
fn planted(collection: &str, key: &str) -> Value {
    let word = if may_read(collection, key) { "open" } else { "hidden" };
    json!({"word": format!("{word}-{collection}-{}", key.replace('/', ".")), "n": 1})
}

struct Narrow<'a> {
    client: Client,
    key: &'a str,
    random: Random,
    /// Cursors and tags that somebody else has got, and may have lost.
    cursors: Vec<String>,
    tags: Vec<String>,
}

impl Narrow<'_> {
    fn path(&mut self) -> (String, &'static str) {
        let (collection, key) = (self.random.of(&COLLECTIONS), self.random.of(&KEYS));
        let raw = match self.random.below(6) {
            0 => key.replace('/', "%2F"),
            1 => key.replace("42", "%34%32"),
            2 => format!("users/42/../{key}"),
            3 => format!("{key}/"),
            _ => key.to_owned(),
        };
        (format!("/v1/collections/{collection}/items/{raw}"), key)
    }

    fn operation(&mut self) -> Value {
        let key = self.random.of(&KEYS);
        let mut operation = match self.random.below(6) {
            0 => json!({"op": "get"}),
            1 => json!({"op": "check", "if_match": self.random.of(&self.tags.clone())}),
            2 => json!({"op": "put", "value": {"n": 2}, "if_match": self.random.of(&self.tags.clone())}),
            3 => json!({"op": "increment", "by": {"/n": 1}}),
            4 => json!({"op": "put", "value": {"n": 3}}),
            _ => json!({"op": "delete"}),
        };
        operation["key"] = key.into();
        operation
    }

    fn operations(&mut self, of_transaction: bool) -> String {
        let mut operations = Vec::new();
        for _ in 0..=self.random.below(4) {
            let mut operation = self.operation();
            if of_transaction {
                operation["collection"] = self.random.of(&COLLECTIONS).into();
            }
            operations.push(operation);
        }
        json!({"ops": operations}).to_string()
    }

    fn walk(&mut self) -> String {
        let bounds = ["", "u", "users/", "users/4", "users/42", "users/42/", "users/43/"];
        let (prefix, start) = (self.random.of(&bounds), self.random.of(&bounds));
        let collection = self.random.of(&COLLECTIONS);
        let base = format!("/v1/collections/{collection}");
        match self.random.below(4) {
            0 => format!("{base}/export?prefix={prefix}&start={start}"),
            1 => format!("{base}/items?prefix={prefix}&cursor={}", self.random.of(&self.cursors.clone())),
            2 => format!("{base}/items?prefix={prefix}&delimiter=/&start={start}&limit=2"),
            _ => format!("{base}/items?prefix={prefix}&reverse=true&end={start}&fields=value"),
        }
    }

    fn write(&mut self) -> Request {
        let (path, _) = self.path();
        let request = match self.random.below(5) {
            0 => self.client.put(&path, r#"{"n":5}"#),
            1 => self.client.patch(&path, "merge-patch", r#"{"m":1}"#),
            2 => self.client.patch(&path, "json-patch", r#"[{"op":"copy","from":"/word","path":"/n"}]"#),
            3 => self.client.patch(&path, "vnd.larder.increment", r#"{"/n":1}"#),
            _ => self.client.delete(&path),
        };
        let request = match self.random.below(3) {
            0 => request.header("If-Match", &self.random.of(&self.tags.clone())),
            1 if !path.ends_with('/') => request.header("If-None-Match", "*"),
            _ => request,
        };
        request.header("Prefer", "return=representation")
    }

    fn request(&mut self) -> Request {
        let client = self.client;
        match self.random.below(12) {
            0 => client.get(&self.path().0),
            1 => client
                .get(&format!("{}?consistency=eventual", self.path().0))
                .header("If-None-Match", "\"x\""),
            2 | 3 => client.get(&self.walk()),
            4 => client.post(
                &format!("/v1/collections/{}/batch", self.random.of(&COLLECTIONS)),
                self.operations(false),
            ),
            5 => client.post("/v1/transactions", self.operations(true)),
            6 => client.post("/v1/transactions", self.operations(true)).header("Idempotency-Key", "one"),
            7 => {
                let line = json!({"op": "put", "key": self.random.of(&KEYS), "value": {"n": 9}});
                let target = format!("/v1/collections/{}/import", self.random.of(&COLLECTIONS));
                client.post(&target, format!("{line}\n")).header("Content-Type", "application/x-ndjson")
            }
            8 => {
                let path = format!("/v1/collections/{}", self.random.of(&COLLECTIONS));
                let method = self.random.of(&["GET", "PUT", "DELETE"]);
                client.request(method, &path).body("{}")
            }
            9 => client.get("/v1/collections?limit=1"),
            _ => self.write(),
        }
    }

    async fn step(&mut self) -> (Request, Answer) {
        let request = self.request().bearer(self.key);
        let answer = request.clone().send().await;
        if let Some(tag) = answer.header("ETag") {
            self.tags.push(tag);
        }
        (request, answer)
    }
}

/// Everything in a collection, as it is exported.
async fn everything(client: &Client, root: &str) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for collection in COLLECTIONS {
        let answer =
            client.get(&format!("/v1/collections/{collection}/export")).bearer(root).send().await.expect(200);
        all.push(answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect());
    }
    all
}

/// What of it must never change: all that may not be written, with its tag.
fn outside(all: &[Vec<Value>]) -> Vec<&Value> {
    let of = |collection: &'static str, items: &'_ [Value]| -> Vec<usize> {
        let key = |item: &Value| item["key"].as_str().unwrap_or_default().to_owned();
        (0..items.len()).filter(|at| !may_write(collection, &key(&items[*at]))).collect()
    };
    let pairs = COLLECTIONS.into_iter().zip(all);
    pairs.flat_map(|(collection, items)| of(collection, items).into_iter().map(|at| &items[at])).collect()
}

async fn furnish(client: &Client, root: &str) -> (Vec<String>, Vec<String>) {
    let mut tags = Vec::new();
    for collection in COLLECTIONS {
        for key in KEYS {
            let path = format!("/v1/collections/{collection}/items/{key}");
            let put = client.put(&path, planted(collection, key).to_string()).bearer(root);
            tags.push(put.send().await.expect(201).etag());
        }
    }
    let mut cursors = Vec::new();
    for collection in COLLECTIONS {
        let list = client.get(&format!("/v1/collections/{collection}/items?limit=2")).bearer(root);
        cursors.push(list.send().await.json()["next"].as_str().expect("more").to_owned());
    }
    (tags, cursors)
}

async fn start() -> (Cluster, Client, String, String) {
    let mut keys = Keys::default();
    let root = keys.add(&["read:*", "write:*", "admin:*"]);
    let narrow = keys.add(&["read:notes/users/42/", "write:notes/users/42/", "write:inbox/users/43/"]);
    let cluster = Plan::all().set("auth.keys", keys.toml()).start().await;
    let client = Client::new(cluster.front.traffic);
    (cluster, client, root, narrow)
}

#[tokio::test]
async fn nothing_outside_of_the_scope_is_shown_or_changed() {
    let seed = number("LARDER_SCOPE_SEED").unwrap_or(SEED);
    let (cluster, client, root, key) = start().await;
    let (tags, cursors) = furnish(&client, &root).await;
    let before = everything(&client, &root).await;
    let mut narrow = Narrow { client, key: &key, random: Random::new(seed), cursors, tags };
    let (mut let_in, mut refused) = (0, 0);
    for at in 0..OPERATIONS {
        let (request, answer) = narrow.step().await;
        let shown = format!(
            "LARDER_SCOPE_SEED={seed}: operation {at}: {:?}",
            String::from_utf8_lossy(&request.bytes())
        );
        let said = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(!said.contains("hidden-"), "{shown} was shown {said}");
        assert!(!said.contains("\"other\""), "{shown} was told of another collection: {said}");
        assert!(answer.status < 500, "{shown}: {said}");
        if answer.status < 300 {
            let_in += 1;
        } else if answer.status == 403 {
            refused += 1;
        }
        if at % 25 == 24 || at + 1 == OPERATIONS {
            let after = everything(&client, &root).await;
            assert_eq!(outside(&after), outside(&before), "{shown}, or one of the 24 before it");
        }
    }
    // A test that only ever knocks at closed doors shows little.
    assert!(let_in > OPERATIONS / 10 && refused > OPERATIONS / 4, "{let_in} let in, {refused} refused");
    cluster.stop().await;
}
