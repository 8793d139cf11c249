//! The store on `DynamoDB` against the bare AWS SDK: the same calls, the same settings, as many at once.
//!
//! The endpoint with canned answers shows what our own work costs, since it costs next to nothing itself; `DynamoDB`
//! Local shows a run whose answers are true. Both loops run in this program on one thread, and drive the store as the
//! trait `domain::Store`: what is compared is the backend, without our HTTP.

use std::time::Duration;

use crate::dynamo::drive::calls;
use crate::dynamo::local::Local;
use crate::dynamo::sdk::Bare;
use crate::dynamo::store::Ours;
use crate::dynamo::{CONCURRENCY, TOGETHER};
use crate::figures::{Figures, TIME, alternate, judge};
use crate::load::{self, Verb};
use crate::table::Table;
use crate::{client, systems};

/// The greatest time that a lone read may take beyond the SDK's call, in milliseconds.
const ADDED: f64 = 0.3;

/// Over both endpoints.
pub fn measure(table: &mut Table) {
    let canned = systems::canned_dynamodb(Duration::ZERO);
    loops(table, "canned DynamoDB", &canned.url());
    lone(table, &canned.url());
    match Local::start() {
        Ok(local) => {
            let endpoint = local.endpoint.clone();
            let filled = async move { Ours::new(&endpoint).await.fill(&endpoint).await };
            actix_web::rt::System::new().block_on(filled);
            loops(table, "DynamoDB Local", &local.endpoint);
        }
        Err(why) => table.note(&format!("the store on DynamoDB Local / bare SDK: {why}")),
    }
}

/// Throughput at the same concurrency.
fn loops(table: &mut Table, over: &str, endpoint: &str) {
    let gets = || calls(CONCURRENCY, TIME, Bare::new(endpoint, false), Bare::get);
    let ours = || calls(CONCURRENCY, TIME, Ours::new(endpoint), Ours::get);
    let name = format!("reads, the store's trait / bare SDK's GetItem, 64 at once, {over}");
    judge(table, &name, 0.95, alternate(ours, gets));
    let puts = || calls(CONCURRENCY, TIME, Bare::new(endpoint, true), Bare::put);
    let ours = || calls(CONCURRENCY, TIME, Ours::new(endpoint), Ours::put);
    let name = format!("writes, the store's trait / bare SDK's UpdateItem, 64 at once, {over}");
    judge(table, &name, 0.95, alternate(ours, puts));
    let ours = || each(calls(CONCURRENCY / TOGETHER, TIME, Ours::new(endpoint), Ours::get_together));
    let name = format!(
        "reads that a caller asks for {TOGETHER} at once (a BatchGetItem) / bare SDK's GetItems, 64 reads at once, {over}"
    );
    judge(table, &name, 1.2, alternate(ours, gets));
}

/// What several reads took together, for each of them.
fn each(together: Figures) -> Figures {
    let number = TOGETHER as f64;
    Figures {
        requests_per_second: together.requests_per_second * number,
        cpu_micros: together.cpu_micros / number,
        ..together
    }
}

/// The time of one read when nothing else happens.
fn lone(table: &mut Table, endpoint: &str) {
    let bare = || calls(1, TIME, Bare::new(endpoint, false), Bare::get);
    let ours = || calls(1, TIME, Ours::new(endpoint), Ours::get);
    let added = |table: &mut Table, name: &str, (ours, bare): (Figures, Figures)| {
        let detail = format!("{:.0} µs − {:.0} µs", ours.p50_micros, bare.p50_micros);
        table.at_most(name, (ours.p50_micros - bare.p50_micros) / 1e3, ADDED, &detail);
    };
    let name = "p50 that the store's trait adds to the bare SDK's lone GetItem, canned DynamoDB, ms";
    added(table, name, alternate(ours, bare));
    let all = systems::all_on_dynamodb(endpoint, &[]);
    assert_eq!(client::status(all.port(), "/v1/collections/bench/items/key-0001"), Some(200));
    let by_http = || load::run(&all, Verb::Get, 1, TIME);
    let name =
        "p50 of a lone GET by HTTP to one process less the bare SDK's lone GetItem, canned DynamoDB, ms";
    added(table, name, alternate(by_http, bare));
}
