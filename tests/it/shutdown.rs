//! Stopping: SIGTERM under load loses no request, and the exit code says that all went well.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::process::Process;
use crate::support::until::{until, until_now};

const LINGER: &[(&str, &str)] = &[("shutdown.linger", "2s"), ("shutdown.drain", "10s")];

/// Callers behind a balancer: they begin no request once `/healthz` fails, and each that they begin must succeed.
struct Load {
    stopped: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    callers: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Load {
    fn on(url: &str, accept: fn(u16) -> bool) -> Load {
        let (stopped, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let callers = (0..8).map(|caller| {
            let (url, stopped, done) = (url.to_owned(), Arc::clone(&stopped), Arc::clone(&done));
            tokio::spawn(async move { call(&url, caller, &stopped, &done, accept).await })
        });
        let callers = callers.collect();
        Load { stopped, done, callers }
    }

    /// Waits until that many requests are done.
    async fn until(&self, requests: usize) {
        while self.done.load(Ordering::SeqCst) < requests {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Ends the load; the answer is everything that failed.
    async fn end(self) -> Vec<String> {
        self.stopped.store(true, Ordering::SeqCst);
        let mut failures = Vec::new();
        for caller in self.callers {
            failures.extend(caller.await.expect("a caller"));
        }
        failures
    }
}

async fn call(
    url: &str,
    caller: usize,
    stopped: &AtomicBool,
    done: &AtomicUsize,
    accept: fn(u16) -> bool,
) -> Vec<String> {
    let client = reqwest::Client::new();
    let mut failures = Vec::new();
    let mut number = 1;
    while !stopped.load(Ordering::SeqCst) {
        number += 1;
        let item = format!("{url}/v1/collections/load/items/{caller}/{}", number / 2 % 10);
        let request = if number % 2 == 0 { client.put(item).body("{}") } else { client.get(item) };
        match request.send().await {
            Ok(answer) if accept(answer.status().as_u16()) => {}
            Ok(answer) => {
                failures.push(format!("{}: {}", answer.status(), answer.text().await.unwrap_or_default()));
            }
            Err(error) => failures.push(format!("{error:?}")),
        }
        done.fetch_add(1, Ordering::SeqCst);
    }
    failures
}

/// What a balancer does: it asks until it is told to send nothing more.
async fn until_unhealthy(url: &str) {
    let healthz = format!("{url}/healthz");
    let healthy = async || reqwest::get(&healthz).await.is_ok_and(|answer| answer.status() == 200);
    until("the end of health", async || !healthy().await).await;
}

async fn until_healthy(url: &str) {
    let healthz = format!("{url}/healthz");
    until("health", async || reqwest::get(&healthz).await.is_ok_and(|answer| answer.status() == 200)).await;
}

fn exit_code(mut process: Process) -> Option<i32> {
    let code = process.end();
    if code != Some(0) {
        eprintln!("{}", process.said().join("\n"));
    }
    code
}

async fn stops_without_losing_a_request(front: Process) {
    let url = front.url();
    until_healthy(&url).await;
    let load = Load::on(&url, |status| matches!(status, 200 | 201 | 204));
    load.until(200).await;
    front.signal("TERM");
    until_unhealthy(&url).await;
    let failures = load.end().await;
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(exit_code(front), Some(0));
}

#[tokio::test]
async fn the_whole_in_one_process_stops_without_losing_a_request() {
    let data = tempfile::tempdir().unwrap();
    stops_without_losing_a_request(Process::start("all", data.path(), LINGER)).await;
}

/// An api role that goes to this store.
fn api_to(store: &Process, data: &Path) -> Process {
    let url = store.url();
    let settings = [LINGER, &[("store.url", url.as_str())]].concat();
    Process::start("api", data, &settings)
}

#[tokio::test]
async fn the_api_role_stops_without_losing_a_request() {
    let data = tempfile::tempdir().unwrap();
    let store = Process::start("store", data.path(), LINGER);
    stops_without_losing_a_request(api_to(&store, data.path())).await;
    store.signal("TERM");
    assert_eq!(exit_code(store), Some(0));
}

#[tokio::test]
async fn the_store_role_stops_without_losing_an_operation() {
    let data = tempfile::tempdir().unwrap();
    let store = Process::start("store", data.path(), LINGER);
    let api = api_to(&store, data.path());
    let url = api.url();
    until_healthy(&url).await;
    // Without another store, operations are refused from some moment on; none may be lost or in doubt.
    let load = Load::on(&url, |status| matches!(status, 200 | 201 | 204 | 503));
    load.until(200).await;
    store.signal("TERM");
    let ended = tokio::task::spawn_blocking(move || exit_code(store)).await.unwrap();
    assert_eq!(ended, Some(0));
    let failures = load.end().await;
    assert!(failures.is_empty(), "{failures:#?}");
    api.signal("TERM");
    assert_eq!(exit_code(api), Some(0));
}

#[tokio::test]
async fn an_api_role_without_a_store_starts_says_so_and_recovers() {
    let data = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let api = Process::start("api", data.path(), &[("store.url", &url), ("shutdown.linger", "0s")]);
    let readyz = format!("http://{}/readyz", api.admin);
    let answer = reqwest::get(&readyz).await.unwrap();
    assert_eq!(answer.status(), 503);
    let said = answer.text().await.unwrap();
    assert!(said.contains(&url) && said.contains("--role=store"), "{said}");
    // Another process in its place would have no store either.
    let probe = async |path: &str| reqwest::get(format!("{}{path}", api.url())).await.unwrap().status();
    assert_eq!(probe("/healthz").await, 503);
    assert_eq!(probe("/healthz?probe=self").await, 200);
    let once = format!("{readyz}?probe=once");
    assert_eq!(reqwest::get(&once).await.unwrap().status(), 503, "none has answered yet");
    let item = format!("{}/v1/collections/c/items/k", api.url());
    let refused = reqwest::get(&item).await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.text().await.unwrap().contains("store-unavailable"));
    let address = free.to_string();
    let store = Process::start("store", data.path(), &[("http.listen", &address)]);
    until_healthy(&api.url()).await;
    assert_eq!(reqwest::Client::new().put(&item).body("1").send().await.unwrap().status(), 201);
    drop(store);
    until("the store is missed", async || reqwest::get(&readyz).await.unwrap().status() == 503).await;
    assert_eq!(reqwest::get(&once).await.unwrap().status(), 200, "one has answered");
    api.signal("TERM");
    assert_eq!(exit_code(api), Some(0));
}

#[test]
fn a_request_whose_body_is_still_on_its_way_is_finished() {
    let data = tempfile::tempdir().unwrap();
    let process =
        Process::start("all", data.path(), &[("shutdown.linger", "500ms"), ("shutdown.drain", "10s")]);
    let mut stream = TcpStream::connect(process.traffic).unwrap();
    let head = "PUT /v1/collections/c/items/slow HTTP/1.1\r\nhost: x\r\ncontent-length: 11\r\n\r\n[1,2,";
    stream.write_all(head.as_bytes()).unwrap();
    // The stop must find the request begun; it is when its head has been read, of which nothing tells outside.
    std::thread::sleep(Duration::from_millis(300));
    process.signal("TERM");
    until_now("the end of the listener", || TcpStream::connect(process.traffic).is_err());
    stream.write_all(b"3,4,5]").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(exit_code(process), Some(0));
}

#[tokio::test]
async fn a_request_that_is_cut_off_at_the_end_is_told() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("shutdown.linger", "0s"), ("shutdown.drain", "1s")];
    let mut process = Process::start("all", data.path(), &settings);
    let mut stream = TcpStream::connect(process.traffic).unwrap();
    let head = "POST /v1/collections/c/import HTTP/1.1\r\nhost: x\r\nx-request-id: endless\r\n\
                transfer-encoding: chunked\r\n\r\n29\r\n{\"op\":\"put\",\"key\":\"a\",\"value\":\"came\"}   \n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let item = format!("{}/v1/collections/c/items/a", process.url());
    until("the first line", async || reqwest::get(&item).await.unwrap().status() == 200).await;
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
    let lines = process.said();
    let told = lines.iter().filter(|line| line.contains("was cut off") && line.contains("\"endless\""));
    assert_eq!(told.count(), 1, "{}", lines.join("\n"));
}

#[test]
fn a_second_signal_ends_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut process = Process::start("all", data.path(), &[("shutdown.linger", "1h")]);
    process.signal("TERM");
    until_now("the beginning of the end", || {
        process.said().iter().any(|line| line.contains("probes fail from now on"))
    });
    process.signal("INT");
    assert_eq!(process.end(), Some(130));
}

#[tokio::test]
async fn a_restore_that_is_on_its_way_is_finished() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("shutdown.linger", "0s"), ("shutdown.drain", "20s")];
    let mut process = Process::start("all", data.path(), &settings);
    let backup =
        reqwest::get(format!("http://{}/backup", process.admin)).await.unwrap().bytes().await.unwrap();
    let (first, rest) = backup.split_at(10);
    let mut restore = TcpStream::connect(process.admin).unwrap();
    let head = format!(
        "POST /restore?replace=true HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        backup.len()
    );
    restore.write_all(head.as_bytes()).unwrap();
    restore.write_all(first).unwrap();
    until_now("a restore", || process.said().iter().any(|line| line.contains("a restore begins")));
    process.signal("TERM");
    until_now("the end of the listener", || TcpStream::connect(process.traffic).is_err());
    // Longer than a server takes that has nothing to do.
    std::thread::sleep(Duration::from_millis(500));
    restore.write_all(rest).unwrap();
    let mut answer = String::new();
    restore.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}\n{}", process.said().join("\n"));
    assert_eq!(exit_code(process), Some(0));
}
