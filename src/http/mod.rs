//! Serving HTTP: listeners, health, shutdown, request ids, problem documents. Knows no resource.

mod admin;
mod admission;
mod answering;
mod browser;
mod caller;
mod date;
pub mod discard;
mod ending;
mod h1;
pub mod h2;
mod health;
mod idle;
mod lifecycle;
pub mod names;
mod observe;
pub mod problem;
mod request_id;
mod route;
mod serve;
mod signals;
pub mod tls;

pub use admin::{Admin, AdminRoutes, only_methods};
pub use admission::{Admission, Permit};
pub use browser::refuse_foreign_pages;
pub use caller::Caller;
pub use date::date_of;
pub use health::{Health, Probe, configure_traffic};
pub use lifecycle::{Lifecycle, Stage};
pub use observe::{Observe, Watched, ids_of};
pub use request_id::{X_REQUEST_ID, new as new_request_id};
pub use route::{Route, resource};
pub use serve::{Traffic, bind, serve_admin, serve_metrics};
pub use signals::{Hangups, Signals};
