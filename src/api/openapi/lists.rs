//! Lists of items.

use crate::domain::Kind;
use crate::http::names::JSON;

use super::operation::{Operation, operation, schema};

pub(super) fn all() -> Vec<Operation> {
    vec![list()]
}

fn list() -> Operation {
    let text = "List items\n\nIn the order of their keys' bytes. A page may be short, or empty, and still \
                have a next one; no next is the only end. A walk is not a snapshot, but what stays \
                throughout is seen once.";
    operation("get", "/v1/collections/{collection}/items", "Lists", "listItems", text)
        .answers(
            200,
            "A page.",
            &["Link", "Consistency!", "Cache-Control!", "Vary", "Request-Charge!", "X-Request-Id!"],
            Some((JSON, schema("Page"))),
        )
        .fails(&[Kind::InvalidCursor, Kind::NoSuchCollection])
        .fails_as_all()
        .done()
}
