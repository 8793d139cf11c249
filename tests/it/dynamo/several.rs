//! Several store processes over one table: what one of them knows, another may not know yet.

use std::net::SocketAddr;

use futures_util::future::join_all;

use super::bootstrap::{app, bootstrap};
use crate::support::dns::{Dns, SERVICE};
use crate::support::dynamo::Emulator;
use crate::support::process::{Process, until_ready};

/// Enough that some call of some run finds a store that goes by settings of before.
const RUNS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_smoke_test_expects_no_more_of_two_stores_than_is_promised() {
    let emulator = Emulator::start().await;
    bootstrap(emulator.address, "shared", &[]).await.good();
    let data = tempfile::tempdir().expect("a directory");
    let endpoint = format!("http://{}", emulator.address);
    let settings = [
        ("store.backend", "dynamodb"),
        ("store.dynamodb.endpoint", &endpoint),
        ("store.dynamodb.table", "shared"),
        ("store.dynamodb.attempt_timeout", "10s"),
    ];
    let stores = [(); 2].map(|()| Process::start("store", data.path(), &settings));
    for store in &stores {
        until_ready(store.admin).await;
    }
    let found =
        stores.each_ref().map(|store| (SocketAddr::from(([127, 0, 0, 1], store.traffic.port())), 0, 0));
    let dns = Dns::start(&found).await;
    let (url, resolver) = (format!("srv+http://{SERVICE}"), dns.address.to_string());
    let api = Process::start("api", data.path(), &[("store.url", &url), ("store.resolver", &resolver)]);
    until_ready(api.admin).await;
    let arguments = ["smoke", "--url", &api.url()];
    for run in join_all((0..RUNS).map(|_| app(&arguments))).await {
        run.good();
    }
    emulator.stop();
}
