//! The table of public routes: from it come dispatch, `Allow`, known parameters and header fields, and metric labels.

mod table;

use std::borrow::Cow;

use super::path;

use table::ROUTES;

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Collections,
    Collection,
    Items,
    Item,
    Batch,
    Export,
    Import,
    Transactions,
    OpenApi,
    Docs,
    Problems,
    Problem,
}

/// A method that some route has; HEAD comes with GET, and OPTIONS with everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Patch,
    Delete,
    Post,
}

/// What the body of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// There is none; whatever comes is not looked at.
    None,
    /// One JSON value.
    Json,
    /// One of the three patch types.
    Patch,
    /// Lines of JSON.
    Lines,
}

/// What the body of a success is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sends {
    /// There is none.
    Nothing,
    /// JSON.
    Json,
    /// JSON, under `Prefer: return=representation`.
    JsonIfPreferred,
    /// Lines of JSON.
    Lines,
    /// A page for people.
    Page,
}

/// What becomes of an `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyed {
    /// It names the write.
    Used,
    /// It changes nothing.
    Harmless,
    /// It would promise something that can't be kept.
    Refused,
}

/// One method of a route, and which parts of a request mean something to it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    /// Query parameters.
    pub(crate) parameters: &'static [&'static str],
    /// Whether `If-*` fields are judged.
    pub(crate) conditions: bool,
    /// Whether `Item-TTL` has a meaning.
    pub(crate) ttl: bool,
    /// Whether `Min-Version` has a meaning.
    pub(crate) min_version: bool,
    pub(crate) keyed: Keyed,
    pub(crate) content: Content,
    pub(crate) sends: Sends,
}

/// A path with its operations.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) resource: Resource,
    /// As OpenAPI and metrics write it.
    pub(crate) pattern: &'static str,
    pub(crate) operations: &'static [Operation],
}

/// Every route, for the description of them.
pub(crate) fn all() -> &'static [Route] {
    &ROUTES
}

/// A route with the parts of the path that vary, as they were sent.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) route: &'static Route,
    /// The name of the collection.
    pub(crate) collection: Option<&'a str>,
    /// The key of the item, or the name of the problem.
    pub(crate) rest: Option<&'a str>,
}

/// Finds what a path names.
pub(crate) fn find(path: &str) -> Option<Found<'_>> {
    let mut segments = path.strip_prefix('/')?.splitn(5, '/');
    let first = segments.next()?;
    let parts = [segments.next(), segments.next(), segments.next(), segments.next()];
    if !is(first, "v1") {
        return outside_v1(first, parts);
    }
    let (resource, collection, rest) = match parts {
        [Some(kind), None, ..] if is(kind, "transactions") => (Resource::Transactions, None, None),
        [Some(kind), ..] if !is(kind, "collections") => return None,
        [Some(_), None, ..] => (Resource::Collections, None, None),
        // A trailing slash is no name.
        [_, Some(""), None, _] => return None,
        [_, Some(name), None, _] => (Resource::Collection, Some(name), None),
        [_, Some(name), Some(kind), Some(key)] if is(kind, "items") => {
            (Resource::Item, Some(name), Some(key))
        }
        [_, Some(name), Some(kind), None] => (within_collection(kind)?, Some(name), None),
        _ => return None,
    };
    Some(Found { route: &ROUTES[resource as usize], collection, rest })
}

fn within_collection(kind: &str) -> Option<Resource> {
    let kinds = [
        ("items", Resource::Items),
        ("batch", Resource::Batch),
        ("export", Resource::Export),
        ("import", Resource::Import),
    ];
    kinds.into_iter().find(|(name, _)| is(kind, name)).map(|(_, resource)| resource)
}

fn outside_v1<'a>(first: &str, parts: [Option<&'a str>; 4]) -> Option<Found<'a>> {
    let (resource, rest) = match parts {
        [None, ..] if is(first, "openapi.json") => (Resource::OpenApi, None),
        [None, ..] if is(first, "docs") => (Resource::Docs, None),
        [None, ..] if is(first, "problems") => (Resource::Problems, None),
        [Some(name), None, ..] if !name.is_empty() && is(first, "problems") => {
            (Resource::Problem, Some(name))
        }
        _ => return None,
    };
    Some(Found { route: &ROUTES[resource as usize], collection: None, rest })
}

/// Percent-encoding a character that needs none makes no other path (RFC 3986 §6.2.2.2).
fn is(segment: &str, name: &str) -> bool {
    segment == name || segment.contains('%') && path::decode(segment) == Ok(Cow::Borrowed(name))
}

/// The pattern of the route that serves a path.
#[cfg(test)]
fn pattern(path: &str) -> Option<&'static str> {
    find(path).map(|found| found.route.pattern)
}

impl Verb {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
            Verb::Post => "POST",
        }
    }
}

impl Route {
    /// The operation of a method; that of GET for HEAD.
    pub(crate) fn operation(&self, method: &str) -> Option<&'static Operation> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.operations.iter().find(|operation| operation.verb.name() == method)
    }

    /// The value of `Allow`.
    pub(crate) fn allow(&self) -> String {
        let mut allow = String::new();
        for operation in self.operations {
            allow.push_str(operation.verb.name());
            allow.push_str(if operation.verb == Verb::Get { ", HEAD, " } else { ", " });
        }
        allow + "OPTIONS"
    }

    /// The query parameters of any operation.
    pub(crate) fn parameters(&self) -> Vec<&'static str> {
        self.operations.iter().flat_map(|operation| operation.parameters).copied().collect()
    }

    /// Whether its answers say what they cost.
    pub(crate) fn charges(&self) -> bool {
        self.pattern.starts_with("/v1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_stands_at_its_resource() {
        for route in &ROUTES {
            assert_eq!(ROUTES[route.resource as usize].pattern, route.pattern);
            let path = route.pattern.replace("{key}", "a/b").replace(['{', '}'], "");
            assert_eq!(pattern(&path), Some(route.pattern));
            assert_eq!(pattern(&path.replace('o', "%6F")), Some(route.pattern));
        }
    }

    #[test]
    fn nothing_else_is_a_path() {
        let slashes = ROUTES.iter().filter(|route| route.resource != Resource::Item);
        let slashes =
            slashes.map(|route| format!("{}/", route.pattern)).filter(|path| !path.contains("/items/"));
        let others =
            ["", "/", "*", "/v1", "/v2/collections", "//v1/collections", "/V1/collections", "/v1/items"];
        let deeper = ["/v1/transactions/a", "/v1/collections/c/batch/a", "/docs/a", "/problems/a/b"];
        for path in slashes.chain(others.into_iter().chain(deeper).map(String::from)) {
            assert_eq!(pattern(&path), None, "{path}");
        }
    }

    #[test]
    fn the_key_is_the_rest_of_the_path() {
        let found = find("/v1/collections/c/items/a%2Fb//c/").unwrap();
        assert_eq!((found.collection, found.rest), (Some("c"), Some("a%2Fb//c/")));
        assert_eq!(find("/v1/collections/c/items/").unwrap().rest, Some(""));
        assert_eq!(find("/v1/collections//items").unwrap().collection, Some(""));
    }

    #[test]
    fn allow_names_every_method() {
        let allow = |path| find(path).unwrap().route.allow();
        assert_eq!(allow("/v1/collections/c/items/k"), "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
        assert_eq!(allow("/v1/transactions"), "POST, OPTIONS");
    }
}
