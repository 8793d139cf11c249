//! The log: one line an event, as JSON or as text, through a bounded buffer.

mod audit;
mod causes;
mod escape;
mod line;
mod request;
mod scope;
mod stamp;
mod throttle;
mod writer;

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing_log::LogTracer;
use tracing_log::log::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Registry, reload};

use crate::config::{Log, LogFilter, LogFormat};

pub use audit::Audit;
pub use causes::{Causes, chain, with_causes};
pub use request::RequestEnd;
pub use scope::{Entered, Ids, Scope, within};
pub use throttle::{Throttle, without_numbers};

use line::{LineLayer, Shape};
use writer::Writer;

/// The log of this process; there is one, as there is one standard output.
struct Running {
    filter: reload::Handle<Targets, Registry>,
    writer: Writer,
}

static RUNNING: OnceLock<Running> = OnceLock::new();

/// Starts the log. Whatever is logged before this, or in a process that never calls it, goes nowhere.
pub fn start(settings: &Log) {
    let terminal = std::io::stdout().is_terminal();
    let shape = match settings.format {
        LogFormat::Auto if terminal => Shape::Text { colour: true },
        LogFormat::Text => Shape::Text { colour: terminal },
        LogFormat::Auto | LogFormat::Json => Shape::Json,
    };
    let writer = Writer::start(Box::new(std::io::stdout()));
    let (filter, handle) = reload::Layer::new(targets(&settings.filter));
    let subscriber = Registry::default().with(filter).with(LineLayer::new(shape, writer.clone()));
    if tracing::subscriber::set_global_default(subscriber).is_ok()
        && RUNNING.set(Running { filter: handle, writer }).is_ok()
    {
        log_panics();
        log_dependencies();
    }
}

/// Replaces the filter. False where the log was never started.
pub fn set_filter(filter: &LogFilter) -> bool {
    RUNNING.get().is_some_and(|running| running.filter.reload(targets(filter)).is_ok())
}

/// Waits until everything that was logged is written.
pub fn flush() {
    if let Some(running) = RUNNING.get() {
        running.writer.flush();
    }
}

fn targets(filter: &LogFilter) -> Targets {
    // The syntax of a checked filter is a part of the syntax of targets.
    filter.as_str().parse().unwrap_or_default()
}

/// What libraries say that write to `log`: the engine tells there why its own threads fail. No more than warnings, since
/// each line below that would be looked at on hot paths.
fn log_dependencies() {
    let bridge = LogTracer::builder().with_max_level(LevelFilter::Warn);
    // Somebody else's would take the lines, and that is as good.
    drop(bridge.init());
}

/// A panic is a line like any other, where the log is a stream of JSON.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let detail = panic.payload_as_str().unwrap_or("no message");
        let thread = std::thread::current();
        tracing::error!(place, thread = thread.name().unwrap_or_default(), "panic: {detail}");
    }));
}
