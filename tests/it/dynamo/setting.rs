//! A store whose way to its table goes through a proxy, and the mishaps that happen there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use larder::domain::{Context, RequestId, Store};
use larder::store::dynamo::Options;
use larder::store::engine;

use crate::support::clock::TestClock;
use crate::support::dynamo::{self, Emulator};
use crate::support::mishaps::{Mishap, Proxy, Seen};

/// A store, the proxy before its table, and what must stay alive for them.
pub struct Setting {
    pub store: Arc<dyn Store>,
    pub proxy: Proxy,
    pub clock: Arc<TestClock>,
    pub emulator: Emulator,
    table: Options,
}

impl Setting {
    /// One whose table is empty, and whose proxy does no harm yet.
    ///
    /// A call is given up after longer than any takes that does not stall: one that is done after it was given up, and
    /// after somebody removed what there was, brings back what it was to make. That is known, and not looked for here.
    pub async fn new() -> Setting {
        Setting::patient(Duration::from_millis(1500)).await
    }

    /// The same, where a call to DynamoDB may take so long.
    pub async fn patient(attempt_timeout: Duration) -> Setting {
        Setting::told(|options| options.attempt_timeout = attempt_timeout).await
    }

    /// The same, where the store is told something else.
    pub async fn told(what: impl FnOnce(&mut Options)) -> Setting {
        let emulator = Emulator::start().await;
        let proxy = Proxy::start(emulator.address).await;
        let table = emulator.table().await;
        let mut options = Options { endpoint: Some(format!("http://{}", proxy.address)), ..table.clone() };
        what(&mut options);
        let clock = Arc::new(TestClock::new());
        let store = dynamo::store(options, &clock, engine::Options { auto_create: true }).await;
        Setting { store, proxy, clock, emulator, table }
    }

    /// The name of the table.
    pub fn table(&self) -> &str {
        &self.table.table
    }

    /// Another store on the same table, which no mishap happens to.
    pub async fn another(&self, clock: &Arc<TestClock>) -> Arc<dyn Store> {
        dynamo::store(self.table.clone(), clock, engine::Options { auto_create: true }).await
    }

    /// Lets one mishap happen to the next request of that operation.
    pub fn once(&self, operation: &'static str, mishap: Mishap) {
        let left = AtomicBool::new(true);
        self.proxy.decide(move |seen| {
            let now = seen.operation == operation && left.swap(false, Ordering::SeqCst);
            if now { mishap.clone() } else { Mishap::None }
        });
    }
}

/// The context of a request that waits as long as requests do.
pub fn context() -> Context {
    let request_id = RequestId::parse("mishaps").expect("visible characters");
    Context::new(request_id, Instant::now() + Duration::from_secs(5))
}

/// Each kind of mishap in turn, at about a third of the writes; the same at each run.
pub fn mishaps(seed: u64) -> impl Fn(&Seen<'_>) -> Mishap + Send + Sync + 'static {
    let state = AtomicU64::new(seed);
    move |seen| {
        let writes = matches!(seen.operation, "UpdateItem" | "DeleteItem" | "TransactWriteItems");
        let step = state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let drawn = (step ^ (step >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
        match (writes, drawn % 21) {
            (true, 0) => Mishap::ResetBefore,
            (true, 1) => Mishap::ResetAfter,
            (true, 2) => Mishap::CloseAfter,
            (true, 3) => Mishap::StallAfter,
            (true, 4) => Mishap::BrokenBefore,
            (true, 5) => Mishap::BrokenAfter,
            (true, 6) => Mishap::Refused(super::throttling::refusal("TableWriteKeyRangeThroughputExceeded")),
            _ => Mishap::None,
        }
    }
}
