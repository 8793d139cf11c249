//! Brings each request to its handler, after judging path and method.

use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use crate::domain::{Charge, Error, Result};
use crate::http::{Route, discard, problem};

use super::answer::{self, Answer};
use super::call::{Call, Names};
use super::headers::media::PATCHES;
use super::query::Query;
use super::routes::{self, Found, Resource, Sends, Verb};
use super::state::State;
use super::{auth, bulk, collections, docs_page, headers, items, openapi};

/// Answers any request.
pub(super) async fn dispatch(state: &Rc<State>, http: HttpRequest, mut payload: Payload) -> HttpResponse {
    let mut response = match route(state, http.clone(), &mut payload).await {
        Ok(response) => response,
        Err(error) => {
            discard::body(&mut payload, http.headers()).await;
            HttpResponse::from_error(error)
        }
    };
    if state.limits.count() {
        state.limits.settle(&http, &mut response, state.clock.now());
    }
    response
}

async fn route(state: &Rc<State>, http: HttpRequest, payload: &mut Payload) -> Result<HttpResponse> {
    let found = match routes::find(http.uri().path()) {
        Some(found) => found,
        None => {
            auth::count(&http, state).await?;
            let of_the_server = http.uri().path() == "*" && http.method() == Method::OPTIONS;
            return if of_the_server { Ok(self::of_the_server()) } else { problem::no_such_path().await };
        }
    };
    http.extensions_mut().insert(Route(found.route.pattern));
    if http.method() == Method::OPTIONS {
        return options(state, &http, &found).await;
    }
    let Some(operation) = found.route.operation(http.method().as_str()) else {
        auth::count(&http, state).await?;
        return Err(problem::method_not_allowed(&found.route.allow()));
    };
    if !found.route.charges() {
        auth::count(&http, state).await?;
        let page = page(state, &found).await?;
        return Ok(answer::page(page, headers::read_plain(http.headers(), operation.sends)?));
    }
    let resource = found.route.resource;
    let names = Names::of(&found);
    let call = Call::new(state, http, payload, names, operation).await?;
    handle(resource, operation.verb, call).await
}

async fn handle(resource: Resource, verb: Verb, call: Call<'_>) -> Result<HttpResponse> {
    match (resource, verb) {
        (Resource::Item, Verb::Get) => items::get(call).await,
        (Resource::Item, Verb::Put) => items::put(call).await,
        (Resource::Item, Verb::Patch) => items::patch(call).await,
        (Resource::Item, Verb::Delete) => items::delete(call).await,
        (Resource::Items, Verb::Get) => items::list(call).await,
        (Resource::Items, Verb::Post) => items::post(call).await,
        (Resource::Collections, Verb::Get) => collections::list(call).await,
        (Resource::Collection, Verb::Get) => collections::get(call).await,
        (Resource::Collection, Verb::Put) => collections::put(call).await,
        (Resource::Collection, Verb::Delete) => collections::delete(call).await,
        // These hold more across their waits; on the heap they do not make every other request larger.
        (Resource::Batch, Verb::Post) => Box::pin(bulk::batch(call)).await,
        (Resource::Transactions, Verb::Post) => Box::pin(bulk::transact(call)).await,
        (Resource::Export, Verb::Get) => Box::pin(bulk::export(call)).await,
        (Resource::Import, Verb::Post) => Box::pin(bulk::import(call)).await,
        _ => Err(Error::internal("the table of routes has an operation that nobody handles")),
    }
}

/// The pages about the service, which take no parameters and keep no secrets.
async fn page(state: &State, found: &Found<'_>) -> Result<HttpResponse> {
    match found.route.resource {
        Resource::OpenApi => Ok(openapi::serve(state.gate.is_closed()).await),
        Resource::Docs => Ok(docs_page::serve().await),
        Resource::Problems => Ok(problem::index().await),
        _ => problem::explain(web::Path::from(found.rest.unwrap_or_default().to_owned())).await,
    }
}

/// Says what can be done here, whether there is something or not.
async fn options(state: &State, http: &HttpRequest, found: &Found<'_>) -> Result<HttpResponse> {
    if found.route.charges() {
        auth::authenticate(http, state).await?;
        let mut names = Names::of(found);
        Query::parse(http.uri().query(), &found.route.parameters(), &mut names.faults);
        names.faults.judge()?;
    } else {
        auth::count(http, state).await?;
    }
    // RFC 9110 §13.2.1: conditions are ignored, and so is what else has a meaning for other methods.
    headers::read_plain(http.headers(), Sends::Nothing)?;
    let mut response = match found.route.charges() {
        true => Answer::new(StatusCode::NO_CONTENT, Charge::ZERO).bare(),
        false => HttpResponse::new(StatusCode::NO_CONTENT),
    };
    let headers = response.headers_mut();
    if let Ok(allow) = HeaderValue::try_from(found.route.allow()) {
        headers.insert(ALLOW, allow);
    }
    if found.route.resource == Resource::Item {
        headers.insert(HeaderName::from_static("accept-patch"), HeaderValue::from_static(PATCHES));
    }
    Ok(response)
}

/// `OPTIONS *` asks whether the server is there.
fn of_the_server() -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
    let every = HeaderValue::from_static("GET, HEAD, PUT, PATCH, DELETE, POST, OPTIONS");
    response.headers_mut().insert(ALLOW, every);
    response
}
