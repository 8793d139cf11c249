//! The log of a pair of real processes: each line of a request names it, and its trace, in both roles.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::client::{Answer, Client, Connection};
use crate::support::faults::{Proxy, Way};
use crate::support::process::Process;
use crate::support::until::until;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
const ITEM: &str = "/v1/collections/things/items/a";

/// A store and an api in front of it.
struct Pair {
    api: Process,
    store: Process,
    _data: TempDir,
}

impl Pair {
    fn start(more: &[(&str, &str)]) -> Pair {
        let data = tempfile::tempdir().expect("a directory");
        let store = Process::start("store", data.path(), more);
        let url = store.url();
        let settings: Vec<_> = more.iter().copied().chain([("store.url", url.as_str())]).collect();
        Pair { api: Process::start("api", data.path(), &settings), store, _data: data }
    }

    async fn put(&self, id: &str, condition: &str) -> Answer {
        let put = Client::new(self.api.traffic).put(ITEM, "1").header("Content-Type", "application/json");
        let put = put.header("X-Request-Id", id).header("traceparent", PARENT);
        put.header("If-Match", condition).send().await
    }
}

async fn filter(admin: SocketAddr, directive: &str) -> u16 {
    Client::new(admin).put("/log-filter", directive.to_owned()).send().await.status
}

/// The next line of which this holds; a line takes a moment from the process to here.
async fn line(process: &mut Process, is_it: impl Fn(&Value) -> bool) -> Value {
    let mut said = Vec::new();
    for _ in 0..400 {
        for text in process.said() {
            let event: Value = serde_json::from_str(&text).expect("a line of JSON");
            if is_it(&event) {
                return event;
            }
            said.push(text);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no such line: {said:#?}");
}

fn names(event: &Value, id: &str) {
    assert_eq!(event["request_id"], id, "{event}");
    assert_eq!(event["trace_id"], PARENT[3..35], "{event}");
    assert_eq!(event["span_id"].as_str().map(str::len), Some(16), "{event}");
}

#[tokio::test]
async fn lines_of_both_roles_name_request_and_trace_and_the_filter_changes_at_once() {
    let mut pair = Pair::start(&[("shutdown.linger", "0s")]);
    assert_eq!(filter(pair.store.admin, "info,larder::store=debug").await, 204);
    let changed = line(&mut pair.store, |event| event["filter"] == "info,larder::store=debug").await;
    assert!(changed.get("request_id").is_none(), "{changed}");
    pair.put("mine-1", "*").await.expect_problem(412, "precondition-failed");
    let of_api = line(&mut pair.api, |event| event["target"] == "request").await;
    names(&of_api, "mine-1");
    assert_eq!((&of_api["status"], &of_api["error"]), (&412.into(), &"precondition-failed".into()));
    let of_store = line(&mut pair.store, |event| event["level"] == "debug").await;
    names(&of_store, "mine-1");
    assert_eq!(of_store["error"], "precondition-failed");

    assert_eq!(filter(pair.api.admin, "off").await, 204);
    pair.put("mine-2", "*").await.expect(412);
    assert_eq!(filter(pair.api.admin, "info").await, 204);
    pair.put("mine-3", "*").await.expect(412);
    let next = line(&mut pair.api, |event| event["target"] == "request").await;
    assert_eq!(next["request_id"], "mine-3", "the line before was filtered out");
}

#[tokio::test]
async fn what_fails_by_the_fault_of_the_store_is_an_error_in_its_log() {
    let mut pair = Pair::start(&[("shutdown.linger", "0s")]);
    // More than a restore reads before it begins.
    let document = format!("\"{}\"", "x".repeat(350_000));
    for n in 0..4 {
        let put = Client::new(pair.api.traffic).put(&format!("{ITEM}{n}"), document.clone());
        put.header("Content-Type", "application/json").send().await.expect(201);
    }
    let _restoring = restore_that_never_ends(pair.store.admin).await;
    let mut tries = 0;
    while pair.put(&format!("mine-{tries}"), "*").await.status != 503 {
        tries += 1;
        assert!(tries < 1000, "the restore does not begin");
    }
    let failed = line(&mut pair.store, |event| event["error"] == "store-unavailable").await;
    names(&failed, &format!("mine-{tries}"));
    assert_eq!(failed["level"], "error");
    assert!(failed["message"].as_str().is_some_and(|text| text.contains("restored")), "{failed}");
}

/// Sends a whole backup but for its end, and waits.
async fn restore_that_never_ends(admin: SocketAddr) -> Connection {
    let client = Client::new(admin);
    let backup = client.get("/backup").send().await.expect(200).body;
    let request = client.post("/restore?replace=true", backup).bytes();
    let mut connection = client.connect().await;
    connection.send(&request[..request.len() - 1]).await;
    connection
}

#[tokio::test]
async fn with_traces_each_request_has_an_id_of_its_own_even_where_it_is_not_recorded() {
    let settings = [
        ("shutdown.linger", "0s"),
        ("telemetry.otlp.endpoint", "http://127.0.0.1:1"),
        ("telemetry.otlp.sample", "0"),
        ("telemetry.xray_ids", "true"),
    ];
    let mut pair = Pair::start(&settings);
    assert_eq!(filter(pair.store.admin, "debug").await, 204);
    let put = Client::new(pair.api.traffic).put(ITEM, "1").header("Content-Type", "application/json");
    put.header("If-Match", "*").send().await.expect(412);
    let of_api = line(&mut pair.api, |event| event["target"] == "request").await;
    let of_store = line(&mut pair.store, |event| event["error"] == "precondition-failed").await;
    let (trace, span) = (of_api["trace_id"].as_str(), of_api["span_id"].as_str());
    assert_eq!((trace.map(str::len), span.map(str::len)), (Some(32), Some(16)));
    assert_eq!(of_store["trace_id"].as_str(), trace);
    assert_eq!(of_store["span_id"].as_str(), span, "nothing is recorded between the two");
}

#[tokio::test]
async fn a_request_whose_caller_leaves_has_a_line_too() {
    let data = tempfile::tempdir().expect("a directory");
    let store = Process::start("store", data.path(), &[]);
    let proxy = Proxy::start(store.traffic).await;
    let url = format!("http://{}", proxy.address);
    // One worker, whose line is up before anything is delayed: another one's might not be.
    let settings = [("store.url", url.as_str()), ("shutdown.linger", "0s"), ("http.workers", "1")];
    let mut api = Process::start("api", data.path(), &settings);
    let client = Client::new(api.traffic);
    let put = |id: &str| {
        let put = client.put(ITEM, "1").header("Content-Type", "application/json");
        put.header("X-Request-Id", id)
    };
    until("a line", async || put("before").send().await.status != 503).await;
    proxy.delay(Way::ToApi, Duration::from_millis(500));
    let mut stream = TcpStream::connect(api.traffic).await.expect("a connection");
    stream.write_all(&put("left").bytes()).await.expect("a request");
    tokio::time::sleep(Duration::from_millis(200)).await;
    stream.set_zero_linger().expect("a socket");
    drop(stream);
    let left = line(&mut api, |event| event["request_id"] == "left").await;
    assert_eq!(left["cut_short"], true, "{left}");
    assert!(left["status"].as_u64().is_some_and(|status| status < 300), "the write went well: {left}");
    assert_eq!(left["path"], ITEM, "{left}");
}

#[test]
fn fewer_files_than_connections_are_told_once_at_the_start() {
    for (connections, told) in [("100", 0), ("2000", 1)] {
        let data = tempfile::tempdir().unwrap();
        let settings = [("http.connections", connections), ("shutdown.linger", "0s")];
        let mut process = Process::start_with_files(1024, "all", data.path(), &settings);
        process.signal("TERM");
        assert_eq!(process.end(), Some(0));
        let lines = process.said();
        let lines: Vec<_> = lines.iter().filter(|line| line.contains("ulimit -n")).collect();
        assert_eq!(lines.len(), told, "{lines:?}");
        for line in lines {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["level"], &line["may_open"]), (&"warn".into(), &1024.into()), "{line}");
        }
    }
}
