//! The client of a collector, by OTLP over gRPC or HTTP, on a thread of its own.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, ResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::SpanExporter as _;

use crate::config::{Otlp, OtlpProtocol, Role};
use crate::telemetry::differing;

use super::export::Queue;

/// How long a batch may take, its repetitions included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why spans can't be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gives no thread, or no runtime for it.
    #[error("a thread for spans can't be had")]
    Thread(#[source] std::io::Error),
    /// The library refuses its settings.
    #[error("a client of the collector can't be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Starts the thread. Its runtime is its own, so that a busy process sends its spans late, and a busy collector
/// keeps nobody waiting.
pub(super) fn start(settings: &Otlp, role: Role) -> Result<Arc<Queue>, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(StartError::Thread)?;
    let (settings, (ready, started)) = (settings.clone(), mpsc::channel());
    let work = async move {
        match exporter(&settings, role) {
            Ok(exporter) => {
                let (queue, sending) = Queue::new(exporter);
                drop(ready.send(Ok(queue)));
                sending.run().await;
            }
            Err(error) => drop(ready.send(Err(error))),
        }
    };
    let thread = std::thread::Builder::new().name("traces".into()).spawn(move || runtime.block_on(work));
    thread.map_err(StartError::Thread)?;
    started.recv().map_err(|error| StartError::Client(error.into()))?
}

fn exporter(settings: &Otlp, role: Role) -> Result<SpanExporter, StartError> {
    let built = match settings.protocol {
        OtlpProtocol::Grpc => {
            let client = SpanExporter::builder().with_tonic().with_endpoint(settings.endpoint.grpc());
            let client = client.with_timeout(PATIENCE);
            match settings.endpoint.is_encrypted() {
                true => client.with_tls_config(ClientTlsConfig::new().with_enabled_roots()).build(),
                false => client.build(),
            }
        }
        OtlpProtocol::Http => {
            let client = SpanExporter::builder().with_http().with_endpoint(settings.endpoint.http());
            client.with_protocol(Protocol::HttpBinary).with_timeout(PATIENCE).build()
        }
    };
    let mut exporter = built.map_err(|error| StartError::Client(error.into()))?;
    exporter.set_resource(&resource(role));
    Ok(exporter)
}

/// What the process is. `OTEL_RESOURCE_ATTRIBUTES` adds to it and goes before it, as everywhere.
fn resource(role: Role) -> Resource {
    let name = match role {
        Role::All => "larder",
        Role::Api => "larder-api",
        Role::Store => "larder-store",
    };
    let mut random = [0; 16];
    random[..8].copy_from_slice(&differing().to_le_bytes());
    random[8..].copy_from_slice(&differing().to_le_bytes());
    let instance = uuid::Builder::from_random_bytes(random).into_uuid().to_string();
    let ours = [
        KeyValue::new("service.name", name),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    let others: [Box<dyn ResourceDetector>; 2] =
        [Box::new(TelemetryResourceDetector), Box::new(EnvResourceDetector::new())];
    Resource::builder_empty().with_attributes(ours).with_detectors(&others).build()
}
