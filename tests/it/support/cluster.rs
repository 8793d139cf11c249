//! Starts roles inside the test's process: real servers on port 0, data in a directory of their own, one clock.

use std::net::SocketAddr;
use std::sync::Arc;

use larder::config::{self, Sources};
use larder::run::{self, Running};
use tempfile::TempDir;

use super::clock::TestClock;
use super::process::until_ready;
use super::stores::directory;

/// What a cluster is made of, before it is started.
#[derive(Default)]
pub struct Plan {
    settings: Vec<(String, String)>,
    pair: bool,
    store_url: Option<Box<dyn FnOnce(SocketAddr) -> SocketAddr>>,
}

impl Plan {
    /// Everything in one process.
    pub fn all() -> Plan {
        Plan::default()
    }

    /// An api role and a store role, joined by the line.
    pub fn pair() -> Plan {
        Plan { pair: true, ..Plan::default() }
    }

    /// With a setting of its own, in every role.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Plan {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With something between the roles: it gets the address of the store, and answers where the api is to go.
    #[must_use]
    pub fn through(mut self, proxy: impl FnOnce(SocketAddr) -> SocketAddr + 'static) -> Plan {
        self.store_url = Some(Box::new(proxy));
        self
    }

    /// Starts it. The test must run in a tokio runtime.
    pub async fn start(self) -> Cluster {
        let clock = Arc::new(TestClock::new());
        let data = directory();
        let node = |role: &'static str, more: Vec<(String, String)>| {
            start(role, &data, self.settings.iter().cloned().chain(more).collect(), Arc::clone(&clock))
        };
        let (front, store) = if self.pair {
            let store = node("store", Vec::new()).await;
            let direct = self.store_url.is_none();
            let address = match self.store_url {
                Some(proxy) => proxy(store.traffic),
                None => store.traffic,
            };
            let url = ("store.url".to_owned(), format!("http://{address}"));
            let front = node("api", vec![url]).await;
            if direct {
                until_ready(front.admin).await;
            }
            (front, Some(store))
        } else {
            (node("all", Vec::new()).await, None)
        };
        Cluster { front, store, clock, data }
    }
}

/// A store role by itself.
pub struct StoreRole {
    running: Running,
    settings: Vec<(String, String)>,
    data: TempDir,
}

impl StoreRole {
    /// Starts it with these settings.
    pub async fn start(settings: Vec<(String, String)>) -> StoreRole {
        let data = directory();
        let running = start("store", &data, settings.clone(), Arc::new(TestClock::new())).await;
        StoreRole { running, settings, data }
    }

    /// Where it takes lines.
    pub fn address(&self) -> SocketAddr {
        self.running.traffic
    }

    /// Lets it read its configuration again, and the files that belong to it. Says whether that was good.
    pub fn reload(&self) -> bool {
        self.running.reload(&sources("store", &self.data, &self.settings))
    }

    /// Stops it.
    pub async fn stop(self) {
        self.running.stop().await.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

async fn start(
    role: &str,
    data: &TempDir,
    settings: Vec<(String, String)>,
    clock: Arc<TestClock>,
) -> Running {
    let loaded =
        config::load(&sources(role, data, &settings)).unwrap_or_else(|problems| panic!("{problems}"));
    run::start(loaded, clock).await.unwrap_or_else(|failure| panic!("{role} did not start: {failure}"))
}

fn sources(role: &str, data: &TempDir, settings: &[(String, String)]) -> Sources {
    let mut sources = Sources::default()
        .with("role", role)
        .with("http.listen", "127.0.0.1:0")
        .with("http.workers", "1")
        .with("admin.listen", "127.0.0.1:0")
        .with("shutdown.linger", "0s")
        .with("store.embedded.path", data.path().to_str().expect("a path of text"));
    for (key, value) in settings {
        sources = sources.with(key, value);
    }
    sources
}

/// Roles that run.
pub struct Cluster {
    /// The role that serves the API.
    pub front: Running,
    /// The store role, where it is a process of its own.
    pub store: Option<Running>,
    /// The clock of all of them.
    pub clock: Arc<TestClock>,
    data: TempDir,
}

impl Cluster {
    /// Everything in one process.
    pub async fn all() -> Cluster {
        Plan::all().start().await
    }

    /// An api role and a store role, joined by the line.
    pub async fn pair() -> Cluster {
        Plan::pair().start().await
    }

    /// Where the API is.
    pub fn url(&self) -> String {
        format!("http://{}", self.front.traffic)
    }

    /// Where the probes and metrics of the role that serves the API are.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.front.admin)
    }

    /// Stops the roles, the one in front first, and removes the data.
    pub async fn stop(self) {
        self.front.stop().await.unwrap_or_else(|failure| panic!("{failure}"));
        if let Some(store) = self.store {
            store.stop().await.unwrap_or_else(|failure| panic!("{failure}"));
        }
        drop(self.data);
    }
}
