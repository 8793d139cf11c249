//! What an API key costs.

use crate::figures::compare;
use crate::load::Verb::Get;
use crate::table::Table;
use crate::{client, systems};

/// With a key that each request is checked for, against nobody being asked.
pub fn measure(table: &mut Table) {
    let anonymous = systems::all(&[]);
    client::fill(&anonymous);
    let (key, keys) = new_key();
    let closed = systems::all(&[("APP__AUTH__KEYS", keys.as_str())]);
    assert_eq!(client::status(closed.port(), "/v1/collections"), Some(401), "nobody comes in without a key");
    let known = closed.with_token(&key);
    client::fill(&known);
    compare(table, "GET with an API key / anonymous, one process", 0.95, (&known, Get), (&anonymous, Get));
}

/// A key, and the configuration that lets it in, as `app key new` prints them.
fn new_key() -> (String, String) {
    let mut command = systems::program();
    command.args(["key", "new", "--scope", "read:*", "--scope", "write:*", "--name", "bench"]);
    let said = command.output().expect("the program runs");
    let text = String::from_utf8(said.stdout).expect("it prints text");
    let (key, keys) = text.split_once('\n').expect("a key, and what lets it in");
    (key.into(), keys.into())
}
