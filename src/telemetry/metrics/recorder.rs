//! The recorder of this process, and the making of handles.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use ::metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, SharedString, with_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::families::{ALL, Family, SMOKE, Type};
use super::{auth, dynamodb, embedded, http, process, store, tls};

/// Whether this process is a smoke test, and so has other families than a role.
static SMOKES: AtomicBool = AtomicBool::new(false);
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
const METADATA: Metadata<'static> = Metadata::new("larder", Level::INFO, None);

/// Puts every family at zero. To be called before anything listens: who asks while another thread still does this would
/// see a part of them.
pub fn prepare() {
    recorder();
}

/// The metrics in the text format of Prometheus.
pub fn render() -> String {
    let recorder = recorder();
    process::collect();
    recorder.render()
}

/// Sorts samples into buckets. To be called every second or so: samples wait in memory until then.
pub fn upkeep() {
    recorder().run_upkeep();
}

/// Says, before anything is measured, that this process is a smoke test.
pub(super) fn smokes() {
    SMOKES.store(true, Ordering::Relaxed);
}

/// The recorder; installs it, with every family at zero, when it is first asked for.
fn recorder() -> &'static PrometheusHandle {
    let mut first = false;
    let handle = RECORDER.get_or_init(|| {
        first = true;
        install()
    });
    // Here and not within the initialisation, because making a handle asks for the recorder. For the same reason
    // none of these touches a handle that is itself made on first use.
    if first {
        process::register();
        if !SMOKES.load(Ordering::Relaxed) {
            process::register_role();
            auth::register();
            dynamodb::register();
            embedded::register();
            http::register();
            store::register();
            tls::register();
        }
    }
    handle
}

fn install() -> PrometheusHandle {
    let mut builder = PrometheusBuilder::new();
    for family in ALL.iter().chain(SMOKE) {
        if let Type::Histogram(buckets) = family.r#type {
            let matcher = Matcher::Full(family.name.to_owned());
            builder = builder.set_buckets_for_metric(matcher, buckets).expect("each histogram has buckets");
        }
    }
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // Where somebody embeds us with a recorder of theirs, metrics go there, and ours stays empty.
    if ::metrics::set_global_recorder(recorder).is_ok() {
        ALL.iter().chain(SMOKE).for_each(describe);
    }
    handle
}

fn describe(family: &Family) {
    with_recorder(|recorder| {
        let (name, meaning) = (family.name.into(), SharedString::from(family.meaning));
        match family.r#type {
            Type::Counter => recorder.describe_counter(name, None, meaning),
            Type::Gauge => recorder.describe_gauge(name, None, meaning),
            Type::Histogram(_) => recorder.describe_histogram(name, None, meaning),
        }
    });
}

fn key<const N: usize>(family: &Family, values: [&'static str; N]) -> Key {
    recorder();
    assert_eq!(family.labels.len(), N, "{} has the labels {:?}", family.name, family.labels);
    let labels = family.labels.iter().zip(values);
    Key::from_parts(family.name, labels.map(|(name, value)| Label::new(*name, value)).collect::<Vec<_>>())
}

/// A counter of a family, with a value for each of its labels.
pub(super) fn counter<const N: usize>(family: &Family, values: [&'static str; N]) -> Counter {
    let key = key(family, values);
    with_recorder(|recorder| recorder.register_counter(&key, &METADATA))
}

/// A gauge of a family, with a value for each of its labels.
pub(super) fn gauge<const N: usize>(family: &Family, values: [&'static str; N]) -> Gauge {
    let key = key(family, values);
    with_recorder(|recorder| recorder.register_gauge(&key, &METADATA))
}

/// A histogram of a family, with a value for each of its labels.
pub(super) fn histogram<const N: usize>(family: &Family, values: [&'static str; N]) -> Histogram {
    let key = key(family, values);
    with_recorder(|recorder| recorder.register_histogram(&key, &METADATA))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::PROCESS;

    #[test]
    fn every_family_is_there_from_the_start_and_no_other() {
        let text = render();
        let mut said: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        said.sort_unstable();
        let mut listed: Vec<&str> =
            ALL.iter().map(|family| family.name).chain(PROCESS.iter().copied()).collect();
        listed.sort_unstable();
        assert_eq!(said, listed);
        let histogram = "store_operation_duration_seconds_bucket{backend=\"embedded\",operation=\"put\",outcome=\"ok\",le=\"+Inf\"}";
        assert!(text.contains(histogram), "{text}");
    }
}
