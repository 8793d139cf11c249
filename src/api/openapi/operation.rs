//! Builds the description of one operation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::Kind;

use super::{parameters, problems};

/// One operation, described.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: &'static str,
    pub(super) description: Value,
}

/// An operation whose description is not complete yet.
pub(super) struct Draft {
    path: &'static str,
    method: &'static str,
    description: Value,
    failures: BTreeMap<u16, Vec<Kind>>,
}

/// The body of an answer: its media type and its schema.
pub(super) type Content = Option<(&'static str, Value)>;

/// Begins the description of an operation. `text` is a summary, and behind an empty line what else is to say.
pub(super) fn operation(
    method: &'static str,
    path: &'static str,
    tag: &str,
    id: &str,
    text: &'static str,
) -> Draft {
    let (summary, more) = text.split_once("\n\n").unwrap_or((text, ""));
    let names = parameters::of(path, method);
    let refs = names.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    let parameters: Value = refs.collect();
    let mut description = json!({
        "operationId": id, "tags": [tag], "summary": summary, "parameters": parameters, "responses": {}
    });
    if !more.is_empty() {
        description["description"] = more.into();
    }
    Draft { path, method, description, failures: BTreeMap::new() }
}

impl Draft {
    /// Adds a path parameter.
    pub(super) fn takes_in_path(mut self, name: &str, text: &str, schema: Value) -> Self {
        let parameter =
            json!({"name": name, "in": "path", "required": true, "description": text, "schema": schema});
        self.description["parameters"] = json!([parameter]);
        self
    }

    /// Describes the request body: each media type with its schema and an example.
    pub(super) fn body(mut self, text: &str, content: Vec<(&str, Value, Value)>) -> Self {
        let content: serde_json::Map<_, _> = content
            .into_iter()
            .map(|(media, schema, example)| (media.to_owned(), json!({"schema": schema, "example": example})))
            .collect();
        self.description["requestBody"] = json!({"required": true, "description": text, "content": content});
        self
    }

    /// Says that there may also be no body.
    pub(super) fn body_is_optional(mut self) -> Self {
        self.description["requestBody"]["required"] = false.into();
        self
    }

    /// Describes an answer that is no failure. Header names are those of components; `!` behind one means that
    /// it is always there.
    pub(super) fn answers(mut self, status: u16, text: &str, headers: &[&str], content: Content) -> Self {
        let mut answer = json!({"description": text, "headers": refer(headers)});
        if let Some((media, schema)) = content {
            answer["content"] = json!({media: {"schema": schema}});
        }
        self.description["responses"][status.to_string()] = answer;
        self
    }

    /// Names kinds of failure, each under its usual status.
    pub(super) fn fails(mut self, kinds: &[Kind]) -> Self {
        for kind in kinds {
            self.failures.entry(problems::status(*kind)).or_default().push(*kind);
        }
        self
    }

    /// Names kinds of failure, each with the status that it has there.
    pub(super) fn fails_with(mut self, failures: &[(u16, Kind)]) -> Self {
        for (status, kind) in failures {
            self.failures.entry(*status).or_default().push(*kind);
        }
        self
    }

    /// Adds what every operation under `/v1` can fail with.
    pub(super) fn fails_as_all(mut self) -> Self {
        self = self.fails_with(problems::EVERYWHERE);
        // Here each operation or line has a scope of its own, and what nobody may see is not shown.
        let as_a_whole = self.path != "/v1/collections" && !self.path.ends_with("/batch");
        if as_a_whole && !self.path.ends_with("/import") {
            self = self.fails(&[Kind::InsufficientScope]);
        }
        self
    }

    /// The whole description.
    pub(super) fn done(mut self) -> Operation {
        let charged = self.path.starts_with("/v1");
        for (status, kinds) in &self.failures {
            self.description["responses"][status.to_string()] = problems::answer(*status, kinds, charged);
        }
        if !charged {
            self.description["security"] = json!([]);
        }
        Operation { path: self.path, method: self.method, description: self.description }
    }
}

/// References to components, as the `headers` of an answer. The description of one that is always there says so
/// in a component of its own.
pub(super) fn refer(names: &[&str]) -> Value {
    let refs = names.iter().map(|name| {
        let field = name.trim_end_matches('!');
        let component = if name.ends_with('!') { format!("{field}Always") } else { field.to_owned() };
        (field.to_owned(), json!({"$ref": format!("#/components/headers/{component}")}))
    });
    Value::Object(refs.collect())
}

/// A reference to a schema among the components.
pub(super) fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
