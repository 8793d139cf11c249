//! Many operations in one request: batches, transactions, export and import.

use actix_web::HttpResponse;

use crate::domain::{Error, Result};

use super::call::Call;

fn later() -> Error {
    Error::internal("this is not served yet")
}

/// Operations side by side, each with its own outcome.
pub(super) async fn batch(_call: Call) -> Result<HttpResponse> {
    Err(later())
}

/// Operations that happen together, or not at all.
pub(super) async fn transact(_call: Call) -> Result<HttpResponse> {
    Err(later())
}

/// A collection as lines of JSON.
pub(super) async fn export(_call: Call) -> Result<HttpResponse> {
    Err(later())
}

/// Lines of JSON into a collection.
pub(super) async fn import(_call: Call) -> Result<HttpResponse> {
    Err(later())
}
