//! Turns an event into a line.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::escape::{JsonText, json_string, json_text};
use super::scope;
use super::stamp;
use super::writer::Writer;

/// How lines look.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Json,
    Text { colour: bool },
}

/// Writes each event as a line.
///
/// A formatter of our own because the request line is paid by every request: this one writes a line into a
/// buffer that is used again, without building a value of it first.
pub(super) struct LineLayer {
    shape: Shape,
    writer: Writer,
}

impl LineLayer {
    pub(super) fn new(shape: Shape, writer: Writer) -> Self {
        LineLayer { shape, writer }
    }
}

thread_local! {
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

impl<S: Subscriber> Layer<S> for LineLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        LINE.with(|line| {
            // A value that logs while it is being formatted finds the buffer taken; its event is left out.
            let Ok(mut line) = line.try_borrow_mut() else { return };
            line.clear();
            match self.shape {
                Shape::Json => json(&mut line, event),
                Shape::Text { colour } => text(&mut line, event, colour),
            }
            self.writer.line(&line);
            line.shrink_to(16 * 1024);
        });
    }
}

fn json(line: &mut String, event: &Event<'_>) {
    let metadata = event.metadata();
    line.push_str("{\"timestamp\":\"");
    stamp::now(line);
    line.push_str("\",\"level\":\"");
    line.push_str(level(*metadata.level()));
    line.push_str("\",\"target\":");
    json_string(line, metadata.target());
    event.record(&mut JsonFields(line));
    scope::current(|ids| {
        line.push_str(",\"request_id\":");
        json_string(line, ids.request_id.as_str());
        if let Some(trace) = ids.trace {
            line.push_str(",\"trace_id\":\"");
            trace.write_trace_id(line);
            line.push_str("\",\"span_id\":\"");
            trace.write_span_id(line);
            line.push('"');
        }
    });
    line.push_str("}\n");
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// Appends each field as a member.
struct JsonFields<'a>(&'a mut String);

impl JsonFields<'_> {
    fn name(&mut self, field: &Field) -> &mut String {
        self.0.push_str(",\"");
        self.0.push_str(field.name());
        self.0.push_str("\":");
        self.0
    }

    fn plain(&mut self, field: &Field, value: impl std::fmt::Display) {
        // Writing to a string cannot fail; neither here nor below.
        let _infallible = write!(self.name(field), "{value}");
    }
}

impl Visit for JsonFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let line = self.name(field);
        line.push('"');
        let _infallible = write!(JsonText(line), "{value:?}");
        line.push('"');
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        json_string(self.name(field), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() { self.plain(field, value) } else { self.record_debug(field, &value) }
    }
}

fn text(line: &mut String, event: &Event<'_>, colour: bool) {
    let metadata = event.metadata();
    stamp::now(line);
    let (name, code) = match *metadata.level() {
        Level::ERROR => ("ERROR", 31),
        Level::WARN => (" WARN", 33),
        Level::INFO => (" INFO", 32),
        Level::DEBUG => ("DEBUG", 34),
        Level::TRACE => ("TRACE", 35),
    };
    let _infallible = match colour {
        true => write!(line, " \u{1b}[{code}m{name}\u{1b}[0m "),
        false => write!(line, " {name} "),
    };
    line.push_str(metadata.target());
    line.push(':');
    event.record(&mut TextFields(line));
    scope::current(|ids| {
        line.push_str(" request_id=");
        json_text(line, ids.request_id.as_str());
        if let Some(trace) = ids.trace {
            line.push_str(" trace_id=");
            trace.write_trace_id(line);
            line.push_str(" span_id=");
            trace.write_span_id(line);
        }
    });
    line.push('\n');
}

/// Appends the message as it is, and each other field as `name=value`.
struct TextFields<'a>(&'a mut String);

impl Visit for TextFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push(' ');
        if field.name() != "message" {
            self.0.push_str(field.name());
            self.0.push('=');
        }
        let _infallible = write!(JsonText(self.0), "{value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push(' ');
        self.0.push_str(field.name());
        self.0.push('=');
        let bare = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        match bare {
            true => json_text(self.0, value),
            false => json_string(self.0, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Output {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(shape: Shape) -> String {
        let output = Output::default();
        let writer = Writer::start(Box::new(output.clone()));
        let layer = LineLayer::new(shape, writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::warn!(target: "t", count = 3, path = "/a \"b\"\n", bare = "x", missing = None::<u64>, "two\nlines");
        });
        writer.flush();
        String::from_utf8(output.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_are_json_and_keep_types() {
        let line: serde_json::Value = serde_json::from_str(&logged(Shape::Json)).unwrap();
        assert_eq!(line["level"], "warn");
        assert_eq!(line["target"], "t");
        assert_eq!(line["message"], "two\nlines");
        assert_eq!(line["count"], 3);
        assert_eq!(line["path"], "/a \"b\"\n");
        assert!(line.get("missing").is_none());
    }

    #[test]
    fn text_lines_are_one_line_each() {
        let line = logged(Shape::Text { colour: false });
        let (_, rest) = line.split_once("Z ").unwrap();
        assert_eq!(rest, " WARN t: two\\nlines count=3 path=\"/a \\\"b\\\"\\n\" bare=x\n");
    }
}
