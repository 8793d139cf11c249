//! Looks after an endpoint that is set aside, until its store answers well again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::http::new_request_id;
use crate::telemetry::metrics;
use crate::wire::Call;
use crate::wire::message::{Reply as ReplyMessage, Request};

use super::calls::Outcome;
use super::line::Line;
use super::worker::Worker;

/// How long a store has to say that it is well.
const PATIENCE: Duration = Duration::from_secs(1);

/// The first wait between two questions, and the longest.
const SOON: Duration = Duration::from_millis(250);
const LATE: Duration = Duration::from_secs(8);

/// Asks, whenever a line is in trouble, until it is not. Never ends.
pub(super) async fn watch(line: &Line, address: SocketAddr, worker: &Worker) {
    loop {
        line.outlier().detected().await;
        let aside = Aside::new(address);
        let mut wait = SOON;
        while line.outlier().is_outlier() {
            tokio::time::sleep(wait / 2 + worker.random().up_to(wait / 2)).await;
            wait = LATE.min(wait * 2);
            if is_well(line).await {
                line.outlier().note(true);
            }
        }
        drop(aside);
        tracing::info!(store = %address, "a store answers well again");
    }
}

async fn is_well(line: &Line) -> bool {
    let question = Request::new(&new_request_id(), None, &Call::Ready);
    match line.exchange(&question, Instant::now() + PATIENCE).await {
        Outcome::Answered(answer) => {
            matches!(ReplyMessage::read(answer.meta, answer.body), Ok(Ok(_)))
        }
        _ => false,
    }
}

/// An endpoint that is set aside; as a value, so that it is counted back however the watching ends.
struct Aside;

impl Aside {
    fn new(address: SocketAddr) -> Aside {
        tracing::warn!(store = %address, "a store does not answer well, and is set aside where there are others");
        metrics::endpoint_aside(true);
        Aside
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        metrics::endpoint_aside(false);
    }
}
