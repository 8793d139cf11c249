//! Limits of rate: who is held back, and what they are told.

use std::time::Duration;

use crate::support::client::{Answer, Client};
use crate::support::cluster::Plan;
use crate::support::faults::{Proxy, Way};
use crate::support::keys::Keys;
use crate::support::until::until;

const ITEM: &str = "/v1/collections/notes/items/a";

fn limit(answer: &Answer) -> (String, String) {
    let field = |name| answer.header(name).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
    (field("RateLimit"), field("RateLimit-Policy"))
}

#[tokio::test]
async fn a_principal_that_asks_too_often_waits_and_no_other() {
    let mut keys = Keys::default();
    let (one, other) = (keys.add(&["read:*", "write:*"]), keys.add(&["read:*"]));
    let plan = Plan::all().set("auth.keys", keys.toml());
    let cluster = plan.set("limit.principal.rate", "0.5").set("limit.principal.burst", "3").start().await;
    let client = Client::new(cluster.front.traffic);
    let first = client.put(ITEM, "1").bearer(&one).send().await.expect(201);
    assert_eq!(limit(&first), ("\"principal\";r=2;t=2".into(), "\"principal\";q=3;w=6".into()));
    // What is refused for another reason counts too.
    let second = client.put("/v1/collections/notes/items/b", "{").bearer(&one).send().await.expect(400);
    assert_eq!(limit(&second).0, "\"principal\";r=1;t=4");
    client.get(ITEM).bearer(&one).send().await.expect(200);
    let refused = client.get(ITEM).bearer(&one).send().await.expect_problem(429, "rate-limited");
    assert_eq!(refused.header("Retry-After").as_deref(), Some("2"));
    assert_eq!(limit(&refused).0, "\"principal\";r=0;t=6");
    client.get(ITEM).bearer(&other).send().await.expect(200);
    cluster.clock.advance(Duration::from_secs(2));
    client.get(ITEM).bearer(&one).send().await.expect(200);
    client.get(ITEM).bearer(&one).send().await.expect(429);
    // Nobody has to say who they are to be told that they are not known.
    let nobody = client.get(ITEM).send().await.expect(401);
    assert_eq!(nobody.header("RateLimit"), None);
    cluster.stop().await;
}

#[tokio::test]
async fn a_principal_may_be_limited_by_what_it_costs() {
    let mut keys = Keys::default();
    let key = keys.add(&["read:*", "write:*"]);
    let plan = Plan::all().set("auth.keys", keys.toml()).set("limit.principal.unit", "charge");
    let cluster = plan.set("limit.principal.rate", "10").set("limit.principal.burst", "20").start().await;
    let client = Client::new(cluster.front.traffic);
    let large = format!("\"{}\"", "x".repeat(40 * 1024));
    let put = client.put(ITEM, large).bearer(&key).send().await.expect(201);
    assert_eq!(put.header("Request-Charge").as_deref(), Some("rcu=0, wcu=41"));
    let policy = "\"principal\";q=20;w=2;qu=\"capacity-units\"".to_owned();
    assert_eq!(limit(&put), ("\"principal\";r=0;t=5".into(), policy));
    // 21 units are owed: they are back behind three seconds.
    let refused = client.get(ITEM).bearer(&key).send().await.expect_problem(429, "rate-limited");
    assert_eq!(refused.header("Retry-After").as_deref(), Some("3"));
    cluster.clock.advance(Duration::from_secs(3));
    client.get(ITEM).bearer(&key).send().await.expect(200);
    cluster.stop().await;
}

#[tokio::test]
async fn an_address_without_a_good_key_waits_and_a_good_key_does_not() {
    let mut keys = Keys::default();
    let key = keys.add(&["read:*"]);
    let plan = Plan::all().set("auth.keys", keys.toml());
    let cluster = plan.set("limit.address.rate", "1").set("limit.address.burst", "2").start().await;
    let client = Client::new(cluster.front.traffic);
    let first = client.get(ITEM).bearer("lrd_nonsense").send().await.expect(401);
    assert_eq!(limit(&first), ("\"address\";r=1;t=1".into(), "\"address\";q=2;w=2".into()));
    client.get("/docs").send().await.expect(200);
    client.get(ITEM).send().await.expect_problem(429, "rate-limited");
    client.get("/docs").send().await.expect_problem(429, "rate-limited");
    client.get(ITEM).bearer(&key).send().await.expect(404);
    client.get("/healthz").send().await.expect(200);
    cluster.stop().await;
}

#[tokio::test]
async fn where_everybody_may_come_in_addresses_are_limited() {
    let cluster = Plan::all().set("limit.address.rate", "1").start().await;
    let client = Client::new(cluster.front.traffic);
    client.put(ITEM, "1").send().await.expect(201);
    client.get(ITEM).send().await.expect_problem(429, "rate-limited");
    let pages = cluster.admin_url() + "/metrics";
    let metrics = reqwest::get(&pages).await.expect("an answer").text().await.expect("a body");
    let counted = metrics.lines().find_map(|line| line.strip_prefix("rate_limited_requests_total "));
    assert!(counted.expect("the family is there").parse::<u64>().expect("a number") >= 1);
    cluster.stop().await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_of_its_callers_is_limited_alone() {
    let mut keys = Keys::default();
    keys.add(&["read:*"]);
    let plan = Plan::all().set("auth.keys", keys.toml()).set("limit.address.rate", "1");
    let cluster = plan.set("http.trusted_proxies", "10.0.0.0/8,127.0.0.1").start().await;
    let client = Client::new(cluster.front.traffic);
    let ask = |forwarded: &str| client.get(ITEM).header("X-Forwarded-For", forwarded).send();
    ask("198.51.100.1").await.expect(401);
    ask("198.51.100.1").await.expect(429);
    ask("198.51.100.2").await.expect(401);
    // What a caller writes in front of what the proxy adds changes nothing.
    ask("203.0.113.7, 198.51.100.2").await.expect(429);
    cluster.stop().await;
}

#[tokio::test]
async fn without_trusted_proxies_nobody_is_believed() {
    let mut keys = Keys::default();
    keys.add(&["read:*"]);
    let cluster = Plan::all().set("auth.keys", keys.toml()).set("limit.address.rate", "1").start().await;
    let client = Client::new(cluster.front.traffic);
    client.get(ITEM).header("X-Forwarded-For", "198.51.100.1").send().await.expect(401);
    client.get(ITEM).header("X-Forwarded-For", "198.51.100.2").send().await.expect(429);
    cluster.stop().await;
}

#[tokio::test]
async fn a_write_whose_caller_leaves_is_paid_for() {
    let mut keys = Keys::default();
    let key = keys.add(&["read:*", "write:*"]);
    let proxy = Proxy::start(([127, 0, 0, 1], 1).into()).await;
    let between = proxy.clone();
    let plan = Plan::pair().set("auth.keys", keys.toml()).set("limit.principal.unit", "charge");
    let plan = plan.set("limit.principal.rate", "1").set("limit.principal.burst", "100");
    let plan = plan.through(move |store| {
        between.retarget(store);
        between.address
    });
    let cluster = plan.start().await;
    let client = Client::new(cluster.front.traffic);
    until("a line", async || client.put(ITEM, "1").bearer(&key).send().await.status != 503).await;
    proxy.delay(Way::ToApi, Duration::from_millis(500));
    let document = format!("\"{}\"", "x".repeat(40 * 1024));
    let put = client.put("/v1/collections/notes/items/left", document).bearer(&key).bytes();
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    let mut stream = socket.connect(cluster.front.traffic).await.expect("a connection");
    tokio::io::AsyncWriteExt::write_all(&mut stream, &put).await.expect("a request");
    tokio::time::sleep(Duration::from_millis(200)).await;
    stream.set_zero_linger().expect("a socket");
    drop(stream);
    tokio::time::sleep(Duration::from_millis(600)).await;
    proxy.heal();
    let read = client.get("/v1/collections/notes/items/left").bearer(&key).send().await.expect(200);
    let left = limit(&read).0;
    let left: u64 = left.split(['=', ';']).nth(2).and_then(|left| left.parse().ok()).expect("a number");
    assert!(left < 60, "{left} units are left after a write of 41");
    cluster.stop().await;
}

#[tokio::test]
async fn an_import_is_held_to_the_limit_while_it_runs() {
    let mut keys = Keys::default();
    let key = keys.add(&["read:*", "write:*"]);
    let plan = Plan::all().set("auth.keys", keys.toml()).set("limit.principal.unit", "charge");
    let plan = plan.set("http.deadline", "500ms");
    let cluster = plan.set("limit.principal.rate", "1").set("limit.principal.burst", "100").start().await;
    let client = Client::new(cluster.front.traffic);
    let document = "x".repeat(900);
    let lines: String =
        (0..1000).map(|n| format!("{{\"op\":\"put\",\"key\":\"{n}\",\"value\":\"{document}\"}}\n")).collect();
    let import =
        client.post("/v1/collections/notes/import", lines).header("Content-Type", "application/x-ndjson");
    let answer = import.bearer(&key).send().await.expect(200);
    let report = answer.json();
    let written = report["written"].as_u64().expect("a number");
    assert!((100..=200).contains(&written), "{written} lines are written");
    assert_eq!(report["read"], 1000);
    assert_eq!(report["failed"].as_u64(), Some(1000 - written));
    assert_eq!(report["errors"][0]["type"], "/problems/rate-limited");
    assert_eq!(answer.header("Request-Charge"), Some(format!("rcu=0, wcu={written}")));
    // Each line is paid for once.
    let owed = written - 100;
    assert_eq!(limit(&answer).0, format!("\"principal\";r=0;t={}", owed + 100));
    client.get(ITEM).bearer(&key).send().await.expect_problem(429, "rate-limited");
    cluster.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_limited_by_address_too() {
    let mut keys = Keys::default();
    let key = keys.add(&["read:*"]);
    for (method, target, status) in [
        ("GET", "/nope", 404),
        ("GET", "/v1/nope", 404),
        ("POST", ITEM, 405),
        ("DELETE", "/docs", 405),
        ("OPTIONS", "/docs", 204),
        ("OPTIONS", ITEM, 401),
    ] {
        let plan = Plan::all().set("auth.keys", keys.toml());
        let cluster = plan.set("limit.address.rate", "1").set("limit.address.burst", "2").start().await;
        let client = Client::new(cluster.front.traffic);
        let ask = || client.request(method, target);
        ask().send().await.expect(status);
        // A good key is not counted with its address.
        for _ in 0..3 {
            assert_ne!(ask().bearer(&key).send().await.status, 429, "{method} {target}");
        }
        ask().bearer("lrd_nonsense").send().await.expect(status);
        ask().send().await.expect_problem(429, "rate-limited");
        cluster.stop().await;
    }
}
