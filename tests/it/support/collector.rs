//! A collector of traces that keeps what it gets: OTLP over HTTP, as protocol buffers.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::sync::watch;

/// How long spans may take to come on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// A collector.
pub struct Collector {
    address: SocketAddr,
    handle: ServerHandle,
    kept: watch::Receiver<Vec<Kept>>,
}

/// A span that came, and who sent it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub resource: Vec<KeyValue>,
    pub span: Span,
}

impl Collector {
    /// Starts it on a free port.
    pub fn start() -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, kept) = watch::channel(Vec::new());
        let sender = web::Data::new(sender);
        let app = move || App::new().app_data(sender.clone()).route("/v1/traces", web::post().to(take));
        let server =
            HttpServer::new(app).workers(1).disable_signals().listen(listener).expect("a listener").run();
        let handle = server.handle();
        tokio::spawn(server);
        Collector { address, handle, kept }
    }

    /// What `telemetry.otlp.endpoint` is to be.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that came, once it is that many spans.
    pub async fn spans(&mut self, wanted: usize) -> Vec<Kept> {
        let come = self.kept.wait_for(|kept| kept.len() >= wanted);
        let came = tokio::time::timeout(PATIENCE, come).await.is_ok();
        let kept = self.kept.borrow().clone();
        assert!(came, "not {wanted} spans came, but {kept:#?}");
        kept
    }

    /// Ends it; whatever comes later is lost.
    pub async fn stop(self) -> Vec<Kept> {
        self.handle.stop(true).await;
        self.kept.borrow().clone()
    }
}

async fn take(kept: web::Data<watch::Sender<Vec<Kept>>>, body: web::Bytes) -> HttpResponse {
    let request = ExportTraceServiceRequest::decode(body).expect("a request of OTLP");
    let came = request.resource_spans.into_iter().flat_map(|of_one| {
        let resource = of_one.resource.unwrap_or_default().attributes;
        let spans = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.map(move |span| Kept { resource: resource.clone(), span }).collect::<Vec<_>>()
    });
    kept.send_modify(|kept| kept.extend(came));
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

impl Kept {
    /// Who sent it.
    pub fn service(&self) -> String {
        text(&self.resource, "service.name").expect("a name of the service")
    }

    /// What it says under a key, as text.
    pub fn says(&self, key: &str) -> Option<String> {
        text(&self.span.attributes, key)
    }

    /// The `traceparent` that it would send.
    pub fn trace_id(&self) -> String {
        hex(&self.span.trace_id)
    }
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    Some(show(found.value.as_ref()?))
}

fn show(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(whether)) => whether.to_string(),
        Some(Value::ArrayValue(array)) => array.values.iter().map(show).collect::<Vec<_>>().join(","),
        other => format!("{other:?}"),
    }
}

/// Bytes as the digits of `traceparent`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
