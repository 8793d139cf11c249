//! What the service says about itself.

use serde_json::json;

use crate::domain::Kind;
use crate::http::names::JSON;

use super::operation::{Operation, operation};
use super::problems;

const HTML: &str = "text/html";

pub(super) fn all() -> Vec<Operation> {
    let names: Vec<_> = Kind::ALL.into_iter().map(Kind::name).collect();
    let page = || Some((HTML, json!({"type": "string"})));
    let policy = ["Content-Security-Policy!", "X-Request-Id!"];
    vec![
        operation("get", "/openapi.json", "Service", "getOpenapi", "This description")
            .answers(
                200,
                "OpenAPI 3.1.",
                &["X-Request-Id!"],
                Some((JSON, json!({"type": "object"}))),
            )
            .fails_with(problems::OF_PAGES)
            .done(),
        operation("get", "/docs", "Service", "getDocs", "This description, for people")
            .answers(200, "A page that loads nothing from elsewhere.", &policy, page())
            .fails_with(problems::OF_PAGES)
            .done(),
        operation("get", "/problems", "Service", "listProblems", "All problems")
            .answers(200, "A page.", &policy, page())
            .fails_with(problems::OF_PAGES)
            .done(),
        operation("get", "/problems/{type}", "Service", "getProblem", "What a problem means, and what to do")
            .takes_in_path(
                "type",
                "The last part of a problem's type.",
                json!({"type": "string", "enum": names}),
            )
            .answers(200, "A page.", &policy, page())
            .fails_with(problems::OF_PAGES)
            .fails(&[Kind::NoSuchPath])
            .done(),
        operation(
            "get",
            "/healthz",
            "Service",
            "getHealth",
            "Whether to send requests here\n\nFor load balancers that reach nothing else. `?probe=self` leaves the store \
             out: for one whose word gets the process replaced, which would not mend a store.",
        )
        .answers(200, "Yes.", &[], None)
        .answers(503, "No: it is stopping, or no store answers.", &[], None)
        .done(),
    ]
}
