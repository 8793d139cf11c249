//! The rows of the table of routes, in the order of `Resource`.

use super::{Content, Keyed, Operation, Resource, Route, Sends, Verb};

const READ: Operation = Operation {
    verb: Verb::Get,
    parameters: &[],
    conditions: false,
    ttl: false,
    min_version: false,
    keyed: Keyed::Harmless,
    content: Content::None,
    sends: Sends::Json,
};
const WRITE: Operation = Operation {
    verb: Verb::Put,
    conditions: true,
    keyed: Keyed::Used,
    content: Content::Json,
    sends: Sends::Nothing,
    ..READ
};
const DELETE: Operation = Operation { verb: Verb::Delete, content: Content::None, ..WRITE };
const POST: Operation = Operation { verb: Verb::Post, conditions: false, sends: Sends::Json, ..WRITE };
const WRITE_ITEM: Operation = Operation { ttl: true, sends: Sends::JsonIfPreferred, ..WRITE };
const PAGE: Operation = Operation { sends: Sends::Page, ..READ };

const LIST: &[&str] =
    &["prefix", "start", "end", "reverse", "limit", "cursor", "fields", "delimiter", "consistency"];

pub(super) static ROUTES: [Route; 12] = [
    Route {
        resource: Resource::Collections,
        pattern: "/v1/collections",
        operations: &[Operation { parameters: &["limit", "cursor"], ..READ }],
    },
    Route {
        resource: Resource::Collection,
        pattern: "/v1/collections/{collection}",
        operations: &[Operation { conditions: true, ..READ }, WRITE, DELETE],
    },
    Route {
        resource: Resource::Items,
        pattern: "/v1/collections/{collection}/items",
        operations: &[
            Operation { parameters: LIST, ..READ },
            Operation { verb: Verb::Post, conditions: false, ..WRITE_ITEM },
        ],
    },
    Route {
        resource: Resource::Item,
        pattern: "/v1/collections/{collection}/items/{key}",
        operations: &[
            Operation { parameters: &["consistency"], conditions: true, min_version: true, ..READ },
            WRITE_ITEM,
            Operation { verb: Verb::Patch, content: Content::Patch, ..WRITE_ITEM },
            DELETE,
        ],
    },
    Route {
        resource: Resource::Batch,
        pattern: "/v1/collections/{collection}/batch",
        operations: &[Operation { keyed: Keyed::Refused, ..POST }],
    },
    Route {
        resource: Resource::Export,
        pattern: "/v1/collections/{collection}/export",
        operations: &[Operation {
            parameters: &["prefix", "start", "end", "consistency"],
            sends: Sends::Lines,
            ..READ
        }],
    },
    Route {
        resource: Resource::Import,
        pattern: "/v1/collections/{collection}/import",
        operations: &[Operation { keyed: Keyed::Refused, content: Content::Lines, ..POST }],
    },
    Route { resource: Resource::Transactions, pattern: "/v1/transactions", operations: &[POST] },
    Route { resource: Resource::OpenApi, pattern: "/openapi.json", operations: &[READ] },
    Route { resource: Resource::Docs, pattern: "/docs", operations: &[PAGE] },
    Route { resource: Resource::Problems, pattern: "/problems", operations: &[PAGE] },
    Route { resource: Resource::Problem, pattern: "/problems/{type}", operations: &[PAGE] },
];
