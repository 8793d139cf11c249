//! Traces: one tree from the caller to the disk, who decides whether it is recorded, and what a lost collector costs.

use std::sync::Arc;
use std::time::Duration;

use larder::config::{Otlp, OtlpEndpoint, OtlpProtocol, Role};
use larder::domain::{Condition, Tags, TraceContext, Write};
use larder::store::dynamo::Options;
use larder::store::engine;
use larder::telemetry::trace::Tracer;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::cluster::{Cluster, Plan};
use crate::support::collector::{Collector, Kept, hex};
use crate::support::dynamo::{self, Emulator};
use crate::support::lines;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ITEM: &str = "/v1/collections/things/items/a";

/// Sends traces there, all that begin here with `sample`.
async fn traced(plan: Plan, endpoint: &str, sample: &str) -> (Cluster, Client) {
    let plan = plan.set("telemetry.otlp.endpoint", endpoint).set("telemetry.otlp.protocol", "http");
    let cluster = plan.set("telemetry.otlp.sample", sample).start().await;
    let client = Client::new(cluster.front.traffic);
    (cluster, client)
}

/// The one span of that name.
fn named<'a>(spans: &'a [Kept], service: &str, name: &str, kind: SpanKind) -> &'a Kept {
    let is_it =
        |kept: &&Kept| kept.service() == service && kept.span.name == name && kept.span.kind == kind as i32;
    let found: Vec<_> = spans.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{service} {name} {kind:?} in {spans:#?}");
    found[0]
}

/// Where nobody but the test asks, there is no other span.
fn is_below(child: &Kept, parent: &Kept) {
    assert_eq!(child.span.trace_id, parent.span.trace_id);
    assert_eq!(
        child.span.parent_span_id, parent.span.span_id,
        "{} is not below {}",
        child.span.name, parent.span.name
    );
    assert!(child.span.start_time_unix_nano >= parent.span.start_time_unix_nano);
    assert!(child.span.end_time_unix_nano >= child.span.start_time_unix_nano);
}

#[tokio::test]
async fn a_put_is_one_tree_from_the_caller_to_the_disk() {
    let mut collector = Collector::start();
    let (cluster, client) = traced(Plan::pair(), &collector.endpoint(), "0").await;
    let put = client.put(ITEM, r#"{"a":1}"#).header("traceparent", PARENT).header("X-Request-Id", "r-1");
    let put = put.header("User-Agent", "tests").header("Content-Type", "application/json");
    assert_eq!(put.send().await.status, 201);
    let spans = collector.spans(4).await;
    cluster.stop().await;
    assert_eq!(collector.stop().await.len(), 4, "{spans:#?}");

    const RPC: &str = "larder.Store/put";
    let request =
        named(&spans, "larder-api", "PUT /v1/collections/{collection}/items/{key}", SpanKind::Server);
    let call = named(&spans, "larder-api", RPC, SpanKind::Client);
    let operation = named(&spans, "larder-store", RPC, SpanKind::Server);
    let commit = named(&spans, "larder-store", "commit", SpanKind::Internal);
    assert_eq!(
        (request.trace_id().as_str(), hex(&request.span.parent_span_id).as_str()),
        (&PARENT[3..35], &PARENT[36..52])
    );
    is_below(call, request);
    is_below(operation, call);
    is_below(commit, operation);

    let port = client.address.port().to_string();
    for (key, value) in [
        ("http.request.method", "PUT"),
        ("http.route", "/v1/collections/{collection}/items/{key}"),
        ("http.response.status_code", "201"),
        ("url.path", ITEM),
        ("url.scheme", "http"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("network.protocol.version", "1.1"),
        ("user_agent.original", "tests"),
        ("larder.request_id", "r-1"),
    ] {
        assert_eq!(request.says(key).as_deref(), Some(value), "{key}");
    }
    for kept in [call, operation] {
        assert_eq!(kept.says("rpc.system.name").as_deref(), Some("larder"));
        assert_eq!(kept.says("rpc.method").as_deref(), Some(RPC));
    }
    assert!(call.says("server.port").is_some());
    assert_eq!(commit.says("db.system.name").as_deref(), Some("larder.embedded"));
    assert_eq!(commit.says("db.operation.name").as_deref(), Some("commit"));
    for kept in &spans {
        let status = kept.span.status.clone().unwrap_or_default();
        assert_eq!((status.code, kept.says("error.type")), (StatusCode::Unset as i32, None), "{kept:?}");
    }
}

#[tokio::test]
async fn in_one_process_the_commit_is_below_the_request() {
    let mut collector = Collector::start();
    let (cluster, client) = traced(Plan::all(), &collector.endpoint(), "1").await;
    assert_eq!(client.put(ITEM, "1").header("Content-Type", "application/json").send().await.status, 201);
    let spans = collector.spans(2).await;
    let request = named(&spans, "larder", "PUT /v1/collections/{collection}/items/{key}", SpanKind::Server);
    is_below(named(&spans, "larder", "commit", SpanKind::Internal), request);
    assert!(request.span.parent_span_id.is_empty(), "a new trace has a root");
    cluster.stop().await;
}

#[tokio::test]
async fn the_caller_decides_and_what_is_no_traceparent_decides_nothing() {
    let mut collector = Collector::start();
    let (cluster, client) = traced(Plan::all(), &collector.endpoint(), "1").await;
    let get = |id: &str| client.get("/v1/collections").header("X-Request-Id", id);
    let unsampled = PARENT.replace("-01", "-00");
    get("not").header("traceparent", &unsampled).send().await;
    get("bad").header("traceparent", &PARENT.to_uppercase()).send().await;
    get("two").header("traceparent", PARENT).header("traceparent", PARENT).send().await;
    get("new").send().await;
    client.get("/healthz").send().await;
    let spans = collector.spans(3).await;
    cluster.stop().await;
    assert_eq!(collector.stop().await.len(), 3);
    let mut ids: Vec<_> = spans.iter().filter_map(|kept| kept.says("larder.request_id")).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["bad", "new", "two"]);
    assert!(spans.iter().all(|kept| kept.trace_id() != PARENT[3..35] && kept.span.parent_span_id.is_empty()));
}

#[tokio::test]
async fn failures_are_seen_in_the_trace_and_answers_that_say_no_are_none() {
    let mut collector = Collector::start();
    let lost = |_| "127.0.0.1:1".parse().expect("an address where nobody is");
    let (cluster, client) = traced(Plan::pair().through(lost), &collector.endpoint(), "1").await;
    assert_eq!(client.get(ITEM).send().await.status, 503);
    assert_eq!(client.get("/nowhere").send().await.status, 404);
    let spans = collector.spans(3).await;
    let failed =
        named(&spans, "larder-api", "GET /v1/collections/{collection}/items/{key}", SpanKind::Server);
    let call = named(&spans, "larder-api", "larder.Store/read", SpanKind::Client);
    let refused = named(&spans, "larder-api", "GET", SpanKind::Server);
    for kept in [failed, call] {
        assert_eq!(kept.says("error.type").as_deref(), Some("store-unavailable"));
        assert_eq!(kept.span.status.as_ref().map(|status| status.code), Some(StatusCode::Error as i32));
    }
    assert_eq!(refused.says("http.response.status_code").as_deref(), Some("404"));
    assert_eq!((refused.says("error.type"), refused.says("http.route")), (None, None));
    cluster.stop().await;
}

#[tokio::test]
async fn a_collector_that_is_not_there_costs_spans_and_nothing_else() {
    let (cluster, client) = traced(Plan::pair(), "http://127.0.0.1:1", "1").await;
    let before = dropped(&cluster).await;
    for n in 0..20 {
        let put = client.put(&format!("{ITEM}{n}"), "1").header("Content-Type", "application/json");
        assert_eq!(put.send().await.status, 201);
    }
    let until = tokio::time::Instant::now() + Duration::from_secs(30);
    while dropped(&cluster).await < before + 80 {
        assert!(tokio::time::Instant::now() < until, "the loss is not counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    cluster.stop().await;
}

async fn dropped(cluster: &Cluster) -> u64 {
    let metrics = Client::new(cluster.front.admin).get("/metrics").send().await;
    let text = String::from_utf8(metrics.body.to_vec()).expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix("trace_spans_dropped_total "));
    line.expect("the family is there from the start").parse().expect("a number")
}

#[tokio::test]
async fn each_call_to_dynamodb_is_below_the_operation_that_made_it() {
    let mut collector = Collector::start();
    let endpoint = OtlpEndpoint::parse(&collector.endpoint()).expect("an endpoint");
    let settings = Otlp { endpoint, protocol: OtlpProtocol::Http, sample: 0.0, xray_ids: false };
    let tracer = Tracer::start(&settings, Role::Store).expect("a way to the collector");
    let emulator = Emulator::start().await;
    let options = Options { tracer: tracer.clone(), ..emulator.table().await };
    let table = options.table.clone();
    let clock = Arc::new(TestClock::new());
    let store = dynamo::store(options, &clock, engine::Options { auto_create: true }).await;
    let context = lines::within(Duration::from_secs(20)).with_trace(TraceContext::parse(PARENT));
    store.write(&context, lines::write("a", lines::put("1"), 1)).await.expect("a first write");
    store.read(&context, lines::read("a")).await.expect("a read");
    let absent = Condition { if_none_match: Some(Tags::Any), ..Condition::default() };
    let refused = Write { condition: absent, ..lines::write("a", lines::put("2"), 2) };
    store.write(&context, refused).await.expect_err("a condition that does not hold");
    tracer.close(Duration::from_secs(20)).await;
    drop(store);
    emulator.stop();
    let spans = collector.spans(4).await;
    for kept in &spans {
        let call = kept.says("db.operation.name").expect("a call");
        assert_eq!(kept.span.name, format!("DynamoDB.{call}"));
        assert_eq!((kept.span.kind, kept.service().as_str()), (SpanKind::Client as i32, "larder-store"));
        assert_eq!(
            (kept.trace_id().as_str(), hex(&kept.span.parent_span_id).as_str()),
            (&PARENT[3..35], &PARENT[36..52])
        );
        assert_eq!(kept.says("db.system.name").as_deref(), Some("aws.dynamodb"));
        assert_eq!(kept.says("aws.dynamodb.table_names"), Some(table.clone()));
        let status = kept.span.status.as_ref().map_or(0, |status| status.code);
        assert_eq!(
            status,
            StatusCode::Unset as i32,
            "a condition that does not hold is no failure: {kept:?}"
        );
    }
    let read = |kept: &Kept| kept.span.name == "DynamoDB.GetItem" && kept.says("error.type").is_none();
    assert!(spans.iter().any(read), "{spans:#?}");
    let types: Vec<_> = spans.iter().filter_map(|kept| kept.says("error.type")).collect();
    let no = ["ConditionalCheckFailedException", "TransactionCanceledException"];
    assert!(!types.is_empty() && types.iter().all(|r#type| no.contains(&r#type.as_str())), "{types:?}");
}
