//! Every operation with every kind of scope, inside and outside of it.
//!
//! What a scope covers stands here in tables, key by key, so that nothing of the code that is tested decides what is
//! expected.

use serde_json::json;

use crate::support::client::{Answer, Client, Connection, Request};
use crate::support::cluster::Plan;
use crate::support::keys::Keys;

const KEYS: [&str; 8] = ["users", "users/1", "users/1/a", "users/10", "users2", "us", "other/1", "a"];
const PREFIXES: [&str; 7] = ["", "u", "users", "users/", "users/1", "users/1/", "other/"];

/// What can stand behind the collection of a scope, and what of the above it covers.
const FORMS: [(&str, &[&str], &[&str]); 8] = [
    ("", &KEYS, &PREFIXES),
    ("/", &KEYS, &PREFIXES),
    ("/users/", &["users/1", "users/1/a", "users/10"], &["users/", "users/1", "users/1/"]),
    ("/users/*", &["users/1", "users/1/a", "users/10"], &["users/", "users/1", "users/1/"]),
    ("/users", &["users", "users/1", "users/1/a", "users/10"], &["users/", "users/1", "users/1/"]),
    (
        "/us*",
        &["users", "users/1", "users/1/a", "users/10", "users2", "us"],
        &["users", "users/", "users/1", "users/1/"],
    ),
    ("/users/1", &["users/1", "users/1/a"], &["users/1/"]),
    ("/%6Fther/", &["other/1"], &["other/"]),
];

/// A scope, taken apart.
struct Scope {
    text: String,
    word: &'static str,
    /// Whether it reaches the collection that is asked for.
    here: bool,
    keys: &'static [&'static str],
    prefixes: &'static [&'static str],
}

fn scopes() -> Vec<Scope> {
    let mut scopes = Vec::new();
    for word in ["read", "write", "admin"] {
        for (collection, here) in [("*", true), ("notes", true), ("note", false), ("notes2", false)] {
            for (form, keys, prefixes) in FORMS {
                if word == "admin" && form.len() > 1 {
                    continue;
                }
                scopes.push(Scope { text: format!("{word}:{collection}{form}"), word, here, keys, prefixes });
            }
        }
    }
    scopes
}

/// A way to do something to a key: what it needs, the request, and how to see what became of it.
struct Way {
    name: &'static str,
    word: &'static str,
    request: fn(&Client, &str) -> Request,
    outcome: fn(&Answer) -> (u64, Option<String>),
}

/// Status and type of the problem of the whole.
fn whole(answer: &Answer) -> (u64, Option<String>) {
    let kind = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let kind = kind.and_then(|body| body["type"].as_str().map(String::from));
    (answer.status.into(), kind)
}

/// The same of the only operation of a batch, unless all is refused at once.
fn first(answer: &Answer) -> (u64, Option<String>) {
    if answer.status == 403 {
        return whole(answer);
    }
    assert_eq!(answer.status, 200, "nothing else is wrong with the whole");
    let result = &answer.json()["results"][0];
    (result["status"].as_u64().expect("a status"), result["problem"]["type"].as_str().map(String::from))
}

/// The same of the only line of an import.
fn line(answer: &Answer) -> (u64, Option<String>) {
    if answer.status == 403 {
        return whole(answer);
    }
    assert_eq!(answer.status, 200, "nothing else is wrong with the whole");
    let kind = answer.json()["errors"][0]["type"].as_str().map(String::from);
    let refused = kind.as_deref() == Some("/problems/insufficient-scope");
    (if refused { 403 } else { 200 }, kind)
}

/// The scope that is missing where all of a batch or an import is refused at once, before its body is read: nothing that
/// it could do is allowed anywhere in the collection.
fn refused_at_once(way: &Way, scope: &Scope) -> Option<&'static str> {
    let some = |words: &[&str]| scope.here && words.contains(&scope.word);
    match way.name.split(' ').next() {
        Some("batch") => (!some(&["read", "write"])).then_some("read:notes"),
        Some("import") => (!some(&["write"])).then_some("write:notes"),
        _ => None,
    }
}

fn item(key: &str) -> String {
    format!("/v1/collections/notes/items/{key}")
}

fn batch(client: &Client, operation: &serde_json::Value) -> Request {
    client.post("/v1/collections/notes/batch", json!({"ops": [operation]}).to_string())
}

fn transaction(client: &Client, mut operation: serde_json::Value) -> Request {
    operation["collection"] = "notes".into();
    client.post("/v1/transactions", json!({"ops": [operation]}).to_string())
}

fn import(client: &Client, operation: &serde_json::Value) -> Request {
    client
        .post("/v1/collections/notes/import", operation.to_string())
        .header("Content-Type", "application/x-ndjson")
}

macro_rules! ways {
    ($($name:literal $word:literal $outcome:ident: $request:expr;)*) => {
        &[$(Way { name: $name, word: $word, request: $request, outcome: $outcome }),*]
    };
}

const WAYS: &[Way] = ways! {
    "get" "read" whole: |to, key| to.get(&item(key));
    "head" "read" whole: |to, key| to.request("HEAD", &item(key));
    "put" "write" whole: |to, key| to.put(&item(key), "1");
    "merge" "write" whole: |to, key| to.patch(&item(key), "merge-patch", "{}");
    "json patch" "write" whole: |to, key| to.patch(&item(key), "json-patch", "[]");
    "increment" "write" whole: |to, key| to.patch(&item(key), "vnd.larder.increment", r#"{"":1}"#);
    "delete" "write" whole: |to, key| to.delete(&item(key));
    "batch get" "read" first: |to, key| batch(to, &json!({"op": "get", "key": key}));
    "batch check" "read" first: |to, key| batch(to, &json!({"op": "check", "key": key, "if_match": "*"}));
    "batch put" "write" first: |to, key| batch(to, &json!({"op": "put", "key": key, "value": 1}));
    "batch patch" "write" first: |to, key| batch(to, &json!({"op": "patch", "key": key, "merge": {}}));
    "batch increment" "write" first: |to, key| batch(to, &json!({"op": "increment", "key": key, "by": {"": 1}}));
    "batch delete" "write" first: |to, key| batch(to, &json!({"op": "delete", "key": key}));
    "transaction get" "read" whole: |to, key| transaction(to, json!({"op": "get", "key": key}));
    "transaction check" "read" whole: |to, key| transaction(to, json!({"op": "check", "key": key, "if_match": "*"}));
    "transaction put" "write" whole: |to, key| transaction(to, json!({"op": "put", "key": key, "value": 1}));
    "transaction increment" "write" whole: |to, key| transaction(to, json!({"op": "increment", "key": key, "by": {"": 1}}));
    "transaction delete" "write" whole: |to, key| transaction(to, json!({"op": "delete", "key": key}));
    "import put" "write" line: |to, key| import(to, &json!({"op": "put", "key": key, "value": 1}));
    "import delete" "write" line: |to, key| import(to, &json!({"op": "delete", "key": key}));
};

/// What is about all keys that begin so, and needs reading.
const WALKS: [(&str, &str); 4] = [
    ("list", "items?prefix="),
    ("keys", "items?fields=keys&delimiter=/&prefix="),
    ("list down", "items?reverse=true&consistency=eventual&prefix="),
    ("export", "export?prefix="),
];

struct Asking<'a> {
    client: Client,
    connection: Connection,
    key: &'a str,
    scope: &'a Scope,
    asked: usize,
    faults: String,
}

impl Asking<'_> {
    async fn send(&mut self, request: Request) -> Answer {
        let bytes = request.bearer(self.key).bytes();
        self.asked += 1;
        loop {
            self.connection.send(&bytes).await;
            let answer = match bytes.starts_with(b"HEAD") {
                true => self.connection.head_answer().await,
                false => self.connection.answer().await,
            };
            // Whoever is refused before their body was read has lost the connection.
            match answer {
                Some(answer) => return answer,
                None => self.connection = self.client.connect().await,
            }
        }
    }

    fn judge(
        &mut self,
        what: &str,
        answer: &Answer,
        (status, kind): (u64, Option<String>),
        allowed: bool,
        needed: &str,
    ) {
        let refused = status == 403;
        let head = answer.body.is_empty();
        let sound = match refused {
            true => {
                let told = answer.status == 200
                    || answer
                        .header("WWW-Authenticate")
                        .is_some_and(|said| said.contains(&format!("scope=\"{needed}\"")));
                told && (head || kind.as_deref() == Some("/problems/insufficient-scope"))
            }
            false => status < 500 && status != 401 && status != 400,
        };
        if refused == allowed || !sound {
            let Asking { scope, .. } = self;
            self.faults
                .push_str(&format!("{what} with {}: {status} {kind:?}, allowed: {allowed}\n", scope.text));
        }
    }

    async fn keys(&mut self) {
        for way in WAYS {
            for key in KEYS {
                let answer = self.send((way.request)(&self.client, key)).await;
                let allowed =
                    self.scope.here && self.scope.word == way.word && self.scope.keys.contains(&key);
                let at_once = refused_at_once(way, self.scope);
                let several = way.name.starts_with("batch") || way.name.starts_with("import");
                assert!(!several || (answer.status == 403) == at_once.is_some(), "{} {key}", way.name);
                let needed = at_once.map_or_else(|| format!("{}:notes/{key}", way.word), String::from);
                self.judge(&format!("{} {key}", way.name), &answer, (way.outcome)(&answer), allowed, &needed);
            }
        }
    }

    async fn prefixes(&mut self) {
        for (name, target) in WALKS {
            for prefix in PREFIXES {
                let answer =
                    self.send(self.client.get(&format!("/v1/collections/notes/{target}{prefix}"))).await;
                let allowed =
                    self.scope.here && self.scope.word == "read" && self.scope.prefixes.contains(&prefix);
                let end = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "*" };
                let slash = if prefix.is_empty() { "" } else { "/" };
                let needed = format!("read:notes{slash}{prefix}{end}");
                self.judge(&format!("{name} {prefix}"), &answer, whole(&answer), allowed, &needed);
            }
        }
    }

    async fn collection(&mut self) {
        let Scope { word, here, prefixes, .. } = *self.scope;
        let everything = prefixes.contains(&"");
        let path = "/v1/collections/notes";
        for (name, request, allowed, needed) in [
            (
                "post",
                self.client.post(&format!("{path}/items"), "1"),
                word == "write" && everything,
                "write:notes",
            ),
            ("settings", self.client.get(path), true, "read:notes"),
            ("put settings", self.client.put(path, "{}"), word == "admin", "admin:notes"),
            ("delete collection", self.client.delete(path), word == "admin", "admin:notes"),
        ] {
            let answer = self.send(request).await;
            self.judge(name, &answer, whole(&answer), here && allowed, needed);
        }
        let seen = self.send(self.client.get("/v1/collections")).await.expect(200).json();
        let names: Vec<_> =
            seen["collections"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect();
        let expected = match self.scope.text.split([':', '/']).nth(1) {
            Some("*") => vec![json!("note"), json!("notes"), json!("notes2")],
            Some(name) => vec![json!(name)],
            None => unreachable!("a scope names collections"),
        };
        if names != expected {
            self.faults.push_str(&format!("{} sees {names:?}\n", self.scope.text));
        }
    }
}

#[tokio::test]
async fn every_operation_is_allowed_inside_of_its_scope_and_nowhere_else() {
    let (scopes, mut keys) = (scopes(), Keys::default());
    let root = keys.add(&["read:*", "write:*", "admin:*"]);
    let texts: Vec<String> = scopes.iter().map(|scope| keys.add(&[&scope.text])).collect();
    let cluster = Plan::all().set("auth.keys", keys.toml()).start().await;
    let client = Client::new(cluster.front.traffic);
    for collection in ["note", "notes", "notes2"] {
        // A key that no scope but the widest covers keeps the collection from being removed.
        let kept = client.put(&format!("/v1/collections/{collection}/items/kept"), "1").bearer(&root);
        kept.send().await.expect(201);
    }
    let (mut asked, mut faults) = (0, String::new());
    for (scope, key) in scopes.iter().zip(&texts) {
        let connection = client.connect().await;
        let mut asking = Asking { client, connection, key, scope, asked: 0, faults: String::new() };
        asking.keys().await;
        asking.prefixes().await;
        asking.collection().await;
        asked += asking.asked;
        faults.push_str(&asking.faults);
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(asked > 10_000, "{asked} requests");
    cluster.stop().await;
}
