//! The end of a line in the store role: takes operations as they come, and answers them as they finish.

mod duplex;
mod work;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use prost::Message;

use crate::domain::{Error, Kind, Store};
use crate::http::{Admission, Lifecycle, Stage, resource};
use crate::telemetry::trace::Tracer;
use crate::wire::{Hello, line};

use duplex::Duplex;

/// What all lines of a process share.
#[derive(Clone)]
pub struct Lines(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    admission: Arc<Admission>,
    lifecycle: Lifecycle,
    tracer: Tracer,
    hello: Bytes,
}

impl Lines {
    /// Lines to that store. Operations pass `admission`, and `tracer` makes their spans; when `lifecycle` comes to
    /// its stopping, each line is told to end.
    ///
    /// # Errors
    /// When the system gives no random numbers, of which the name of this process is made.
    pub fn new(
        store: Arc<dyn Store>,
        admission: Arc<Admission>,
        lifecycle: Lifecycle,
        tracer: Tracer,
    ) -> Result<Lines, getrandom::Error> {
        let instance = getrandom::u64()?;
        let hello = Hello { instance, version: env!("CARGO_PKG_VERSION").into() };
        let hello = hello.encode_to_vec().into();
        Ok(Lines(Arc::new(Inner { store, admission, lifecycle, tracer, hello })))
    }

    /// Mounts the endpoint of lines.
    pub fn configure(&self, config: &mut web::ServiceConfig) {
        let lines = web::Data::new(self.clone());
        config.service(resource(line::PATH, line::PATH).app_data(lines).route(web::post().to(open)));
    }
}

/// Opens a line: answers at once, with a body that goes on for as long as the request's.
async fn open(lines: web::Data<Lines>, payload: web::Payload) -> Result<HttpResponse<Duplex>, Error> {
    if lines.0.lifecycle.stage() >= Stage::Stopping {
        let error = Error::new(Kind::StoreUnavailable, "this store is stopping").with_retry_after(1);
        return Err(error);
    }
    let mut response = HttpResponse::with_body(StatusCode::OK, Duplex::new(&lines, payload));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(line::MEDIA_TYPE));
    Ok(response)
}
