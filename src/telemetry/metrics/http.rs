//! Metrics of the traffic port.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use ::metrics::{Gauge, Histogram};

use crate::config::Role;

use super::families::{HTTP_ACTIVE_REQUESTS, HTTP_REQUEST_DURATION, REQUESTS_SHED};
use super::recorder::{counter, gauge, histogram};

/// Labels of a request; the route's text is compared by its address first, which is enough for a literal.
type Labels = (&'static str, &'static str, &'static str, u16);

thread_local! {
    static DURATIONS: RefCell<HashMap<Labels, Histogram>> = RefCell::new(HashMap::new());
}

/// A request has been answered. `method` and `route` come from small fixed sets.
pub fn request_end(role: Role, method: &'static str, route: &'static str, status: u16, duration: Duration) {
    DURATIONS.with_borrow_mut(|durations| {
        let labels = (role.name(), method, route, status);
        durations.entry(labels).or_insert_with(|| duration_of(labels)).record(duration);
    });
}

fn duration_of((role, method, route, status): Labels) -> Histogram {
    histogram(&HTTP_REQUEST_DURATION, [role, method, route, digits(status)])
}

/// The text of a status, without allocating one each time.
fn digits(status: u16) -> &'static str {
    static TEXTS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    let texts = TEXTS.get_or_init(|| (100..600).map(|status: u16| status.to_string()).collect());
    texts.get(usize::from(status).wrapping_sub(100)).map_or("other", String::as_str)
}

/// The gauge of the requests that a role works on now.
pub fn active_requests(role: Role) -> Gauge {
    gauge(&HTTP_ACTIVE_REQUESTS, [role.name()])
}

/// Of what there was too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shed {
    /// Requests in flight.
    InFlight,
    /// Bytes of large bodies.
    Bodies,
}

impl Shed {
    const ALL: [Shed; 2] = [Shed::InFlight, Shed::Bodies];

    fn reason(self) -> &'static str {
        match self {
            Shed::InFlight => "in-flight",
            Shed::Bodies => "bodies",
        }
    }
}

/// A request was refused to protect the process.
pub fn request_shed(role: Role, why: Shed) {
    counter(&REQUESTS_SHED, [role.name(), why.reason()]).increment(1);
}

pub(super) fn register() {
    for role in Role::EVERY {
        active_requests(role).set(0.0);
        Shed::ALL.iter().for_each(|why| counter(&REQUESTS_SHED, [role.name(), why.reason()]).increment(0));
        drop(duration_of((role.name(), "GET", "/healthz", 200)));
    }
}
