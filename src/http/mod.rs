//! Serving HTTP: listeners, health, shutdown, request ids, problem documents. Knows no resource.

mod admin;
mod admission;
mod caller;
mod date;
mod ending;
mod framing;
mod health;
mod lifecycle;
mod observe;
pub mod problem;
mod refusal;
mod request_id;
mod request_line;
mod route;
mod serve;
mod signals;
mod silence;
pub mod tls;
mod turns;
pub mod unread;

pub use admin::{Admin, AdminRoutes, only_methods};
pub use admission::{Admission, Permit};
pub use caller::Caller;
pub use date::date_of;
pub use health::{Health, Probe, configure_traffic};
pub use lifecycle::{Lifecycle, Stage};
pub use observe::{Observe, ids_of};
pub use request_id::{X_REQUEST_ID, new as new_request_id};
pub use route::{Route, resource};
pub use serve::{Traffic, bind, serve_admin, serve_metrics};
pub use signals::{Hangups, Signals};
