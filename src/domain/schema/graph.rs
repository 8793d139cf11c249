//! The subschemas of a schema, and which of them lead to which others.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::pattern::Patterns;
use super::work;

/// What a reference to one of the specification's own schemas counts, which are not in the document.
const FOREIGN: u64 = 100;

/// Subschemas; the first is the whole.
pub(super) struct Graph {
    nodes: Vec<Node>,
    patterns: usize,
}

/// A subschema.
#[derive(Default)]
pub(super) struct Node {
    /// Those that judge the same value.
    pub(super) here: Vec<usize>,
    /// Those that judge members of an object.
    pub(super) members: Branches,
    /// Those that judge elements of an array.
    pub(super) elements: Branches,
    /// What it costs itself.
    pub(super) own: u64,
    /// What a byte of text costs that is matched against its expressions.
    pub(super) matching: u64,
    /// What a digit of a number costs that is divided by its `multipleOf`.
    pub(super) dividing: u64,
    /// How often those in the same place are followed.
    pub(super) times: u64,
}

/// Those that judge what is inside of a value.
#[derive(Default)]
pub(super) struct Branches {
    /// Each judges others of the parts.
    pub(super) one: Vec<usize>,
    /// All may judge the same part.
    pub(super) all: Vec<usize>,
}

impl Node {
    /// All to which it leads.
    pub(super) fn everything(&self) -> std::vec::IntoIter<&usize> {
        let inside = [&self.members, &self.elements];
        let inside = inside.into_iter().flat_map(|branches| branches.one.iter().chain(&branches.all));
        self.here.iter().chain(inside).collect::<Vec<_>>().into_iter()
    }
}

impl Graph {
    /// Reads a schema. What is none is left to the library to refuse.
    pub(super) fn of(schema: &Value) -> Graph {
        let mut reading = Reading::default();
        reading.index(schema);
        if !reading.resources.iter().any(|resource| std::ptr::eq(*resource, schema)) {
            reading.resources.push(schema);
        }
        reading.node(schema);
        let mut nodes = Vec::new();
        while let Some(schema) = reading.found.get(nodes.len()).copied() {
            nodes.push(reading.read(schema));
        }
        Graph { nodes, patterns: reading.patterns.count() }
    }

    /// How many different expressions there are.
    pub(super) fn patterns(&self) -> usize {
        self.patterns
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

#[derive(Default)]
struct Reading<'a> {
    /// Subschemas that were come upon, and the place of each.
    found: Vec<&'a Value>,
    places: HashMap<*const Value, usize>,
    /// What pointers may count from: the whole, and what has an `$id`.
    resources: Vec<&'a Value>,
    anchors: HashMap<&'a str, Vec<&'a Value>>,
    patterns: Patterns<'a>,
}

impl<'a> Reading<'a> {
    fn index(&mut self, value: &'a Value) {
        match value {
            Value::Object(members) => {
                if members.contains_key("$id") {
                    self.resources.push(value);
                }
                for name in ["$anchor", "$dynamicAnchor"] {
                    if let Some(anchor) = members.get(name).and_then(Value::as_str) {
                        self.anchors.entry(anchor).or_default().push(value);
                    }
                }
                members.values().for_each(|member| self.index(member));
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.index(element)),
            _ => {}
        }
    }

    fn node(&mut self, schema: &'a Value) -> usize {
        let place = *self.places.entry(std::ptr::from_ref(schema)).or_insert(self.found.len());
        if place == self.found.len() {
            self.found.push(schema);
        }
        place
    }

    fn read(&mut self, schema: &'a Value) -> Node {
        let mut node = Node { own: 1, times: 1, ..Node::default() };
        let Value::Object(keywords) = schema else { return node };
        for (keyword, value) in keywords {
            self.keyword(&mut node, keyword, value);
        }
        node
    }

    fn keyword(&mut self, node: &mut Node, keyword: &str, value: &'a Value) {
        match keyword {
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                let reference = value.as_str().unwrap_or_default();
                if reference.contains("//json-schema.org/") {
                    node.own = FOREIGN;
                } else {
                    node.here.extend(self.targets(reference));
                }
            }
            "allOf" | "anyOf" | "oneOf" => node.here.extend(self.list(value)),
            "enum" => {
                // Each is compared with each value; simple ones are looked up.
                let large = |value: &&Value| value.is_object() || value.is_array();
                node.own += value.as_array().map_or(0, |values| values.iter().filter(large).count() as u64);
            }
            "not" | "if" | "then" | "else" => node.here.push(self.node(value)),
            "dependentSchemas" | "dependencies" => node.here.extend(self.map(value.as_object())),
            "properties" => node.members.one.extend(self.map(value.as_object())),
            "additionalProperties" => node.members.one.push(self.node(value)),
            "multipleOf" => node.dividing = work::dividing(value),
            "pattern" => self.matched(node, value.as_str()),
            "patternProperties" => {
                self.matched(node, value.as_object().into_iter().flat_map(Map::keys).map(String::as_str));
                node.members.all.extend(self.map(value.as_object()));
            }
            "propertyNames" => node.members.all.push(self.node(value)),
            "prefixItems" => node.elements.one.extend(self.list(value)),
            "items" if value.is_array() => node.elements.one.extend(self.list(value)),
            "items" | "additionalItems" => node.elements.one.push(self.node(value)),
            "contains" => node.elements.all.push(self.node(value)),
            "unevaluatedProperties" => {
                // To find out what is left over, all in the same place are judged again, and theirs once more.
                node.times = 3;
                node.members.one.push(self.node(value));
            }
            "unevaluatedItems" => {
                node.times = 3;
                node.elements.one.push(self.node(value));
            }
            _ => {}
        }
    }

    fn matched(&mut self, node: &mut Node, patterns: impl IntoIterator<Item = &'a str>) {
        for pattern in patterns {
            node.matching = node.matching.saturating_add(self.patterns.weigh(pattern));
        }
    }

    fn list(&mut self, value: &'a Value) -> Vec<usize> {
        value.as_array().into_iter().flatten().map(|schema| self.node(schema)).collect()
    }

    fn map(&mut self, members: Option<&'a Map<String, Value>>) -> Vec<usize> {
        members.into_iter().flat_map(Map::values).map(|schema| self.node(schema)).collect()
    }

    /// The resources that a reference may mean: those of which the last part of the name is the same, else all that
    /// have a name. One without can't be meant by a name.
    fn resources(&self, base: &str) -> Vec<&'a Value> {
        let Some(name) = last_part(base) else { return self.resources.clone() };
        let id = |resource: &Value| resource.get("$id").and_then(Value::as_str).map(str::to_owned);
        let named: Vec<_> = self.resources.iter().filter_map(|one| Some((*one, id(one)?))).collect();
        let same = |id: &str| last_part(id.trim_end_matches('#')).is_none_or(|own| own == name);
        let some = named.iter().any(|(_, id)| same(id));
        named.into_iter().filter(|(_, id)| !some || same(id)).map(|(resource, _)| resource).collect()
    }

    /// What a reference may mean. Where a schema has several resources of its own, a pointer is looked up in each:
    /// rather too much is counted than too little.
    fn targets(&mut self, reference: &str) -> Vec<usize> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        let resources = self.resources(base);
        let meant: Vec<&'a Value> = match &*fragment {
            "" => resources,
            pointer if pointer.starts_with('/') => {
                resources.iter().filter_map(|resource| resource.pointer(pointer)).collect()
            }
            anchor => self.anchors.get(anchor).cloned().unwrap_or_default(),
        };
        meant.into_iter().map(|schema| self.node(schema)).collect()
    }
}

/// The last part of the name of a resource, where it can be told without resolving it.
fn last_part(name: &str) -> Option<&str> {
    let last = name.rsplit('/').next().unwrap_or_default();
    let plain = !last.is_empty() && !matches!(last, "." | "..") && !last.contains(['%', '?']);
    plain.then_some(last)
}
