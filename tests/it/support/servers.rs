//! Servers to talk to, in each of the ways in which the API is served.

use std::sync::Arc;

use super::client::Client;
use super::clock::TestClock;
use super::cluster::Cluster;

/// Where the roles run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roles {
    /// Both in one process.
    All,
    /// Each in its own, joined by the line.
    Pair,
}

/// The API, served.
pub struct Server {
    pub client: Client,
    pub clock: Arc<TestClock>,
    cluster: Cluster,
}

impl Server {
    /// Starts it, with nothing in it.
    pub async fn start(roles: Roles) -> Server {
        let cluster = match roles {
            Roles::All => Cluster::all().await,
            Roles::Pair => Cluster::pair().await,
        };
        Server { client: Client::new(cluster.front.traffic), clock: Arc::clone(&cluster.clock), cluster }
    }

    /// Stops it, and removes its data.
    pub async fn stop(self) {
        self.cluster.stop().await;
    }
}

/// Makes a test of each function `async fn(&Client, &TestClock)`, for each way in which the API is served.
macro_rules! on_all_roles {
    ($($name:ident,)*) => {
        mod all {
            $(#[tokio::test]
            async fn $name() {
                crate::support::servers::run(crate::support::servers::Roles::All, super::$name).await;
            })*
        }
        mod pair {
            $(#[tokio::test]
            async fn $name() {
                crate::support::servers::run(crate::support::servers::Roles::Pair, super::$name).await;
            })*
        }
    };
}
pub(crate) use on_all_roles;

/// Runs a test on a server of its own.
pub async fn run(roles: Roles, test: impl AsyncFnOnce(&Client, &TestClock)) {
    let server = Server::start(roles).await;
    test(&server.client, &server.clock).await;
    server.stop().await;
}
