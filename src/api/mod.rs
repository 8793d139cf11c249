//! The public role: HTTP resources over a `domain::Store`.
//!
//! `routes` is the table of what there is, `dispatch` brings a request to its handler. A handler gets a `Call` and
//! judges it stage by stage; `items`, `collections` and `bulk` hold them. `headers`, `query`, `path` and `body` read
//! what came, `answer` writes what goes.

mod answer;
mod audit;
mod auth;
mod bodies;
mod body;
mod bulk;
mod call;
mod collections;
mod cursor;
mod dispatch;
pub mod docs_page;
mod entropy;
mod faults;
#[cfg(fuzzing)]
pub mod fuzzing;
mod headers;
mod items;
mod json;
#[cfg(test)]
mod judgement;
mod limit;
mod naming;
pub mod openapi;
mod params;
mod path;
mod query;
pub mod remote;
mod routes;
mod signer;
mod state;

use std::rc::Rc;

use actix_web::{HttpRequest, web};

pub use auth::Gate;
pub use limit::Limits;
pub use state::State;

/// Serves all public routes, and a problem document under every other path.
pub fn configure(state: State) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        // One handle a worker: counting references between cores costs more than the rest of the routing.
        let state = Rc::new(state);
        let answer = move |request: HttpRequest, payload: web::Payload| {
            let state = Rc::clone(&state);
            async move { dispatch::dispatch(&state, request, payload.into_inner()).await }
        };
        config.default_service(web::to(answer));
    }
}
