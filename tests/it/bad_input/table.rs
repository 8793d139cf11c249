//! Reads the tables of bad requests.
//!
//! A case is a line `=== what is wrong`, a request as it would be sent, a line `--- <status> <type>`, and what else is
//! expected: members of the problem document in lower case, header fields capitalised. What is not written by hand
//! is added: `Host`, `Content-Length`; `type`, `title`, `status`, `instance`. In `{{…}}`: `repeat <n> <text>`, `count <n> <text with #>`, `hex
//! <bytes>`,
//! `etag <collection>/<key>` without quotes, `cursor <query>`.

use serde_json::{Map, Value, json};

use crate::support::client::{Answer, Client};

/// A bad request, and the answer that it must get.
#[derive(Debug)]
pub struct Case {
    /// As it stands in the table.
    pub text: String,
    pub name: String,
    pub request: String,
    pub status: u16,
    pub kind: String,
    /// Members and header fields.
    pub expected: Vec<(String, String)>,
}

/// Reads a table.
pub fn read(text: &str) -> Vec<Case> {
    text.split("\n=== ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let (name, rest) = text.split_once('\n').expect("a request below the name");
    let (request, expected) = rest.split_once("\n--- ").unwrap_or((rest, "0 unknown"));
    let mut lines = expected.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let outcome = lines.next().expect("a status");
    let (status, kind) = outcome.split_once(' ').unwrap_or((outcome, ""));
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    Case {
        text: text.to_owned(),
        name: name.to_owned(),
        request: request.to_owned(),
        status: status.parse().unwrap_or_else(|_| panic!("{name}: `{status}` is no status")),
        kind: kind.to_owned(),
        expected: lines.map(|line| pair(line).unwrap_or_else(|| panic!("{name}: `{line}`"))).collect(),
    }
}

impl Case {
    fn method(&self) -> &str {
        self.request.split(' ').next().unwrap_or_default()
    }

    /// The path as it was sent, without the query.
    fn instance(&self) -> String {
        let line = self.request.lines().next().unwrap_or_default();
        let target = line.split_once(' ').map_or("", |(_, target)| target);
        target.split('?').next().unwrap_or_default().to_owned()
    }

    /// The bytes of the request.
    pub async fn bytes(&self, client: &Client) -> Vec<u8> {
        let (head, body) = self.request.split_once("\n\n").unwrap_or((&self.request, ""));
        let body = fill(body, client).await;
        let (line, fields) = head.split_once('\n').unwrap_or((head, ""));
        let mut text = format!("{line} HTTP/1.1\r\n");
        for field in fields.lines() {
            text.push_str(&format!("{field}\r\n"));
        }
        let fields = fields.to_ascii_lowercase();
        let framed = fields.contains("content-length:") || fields.contains("transfer-encoding:");
        text.push_str("Host: localhost\r\n");
        if !framed && (!body.is_empty() || matches!(self.method(), "PUT" | "POST" | "PATCH")) {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = fill(&text, client).await;
        bytes.extend(body);
        bytes
    }

    /// What the problem document must be, but for its `request_id`.
    pub async fn document(&self, client: &Client) -> Value {
        let mut members = Map::new();
        members.insert("type".into(), json!(format!("/problems/{}", self.kind)));
        members.insert("title".into(), json!(super::titles::title(&self.kind)));
        members.insert("status".into(), json!(self.status));
        members.insert("instance".into(), json!(self.filled(&self.instance(), client).await));
        for (name, text) in self.expected.iter().filter(|(name, _)| name.starts_with(char::is_lowercase)) {
            let text = String::from_utf8(fill(text, client).await).expect("text");
            let is_json = text.starts_with(['[', '{']) || text.parse::<u64>().is_ok();
            let value = if is_json { serde_json::from_str(&text).expect("JSON") } else { json!(text) };
            members.insert(name.clone(), value);
        }
        // A batch and a list of what is wrong with one thing say the same sentence twice.
        if let Some(Value::Array(errors)) = members.get_mut("errors")
            && let [Value::Object(only)] = &mut errors[..]
            && !only.contains_key("detail")
        {
            let detail =
                self.expected.iter().find(|(name, _)| name == "detail").map(|(_, text)| text.as_str());
            only.insert("detail".into(), json!(detail));
        }
        Value::Object(members)
    }

    /// A text of the table with what stands in `{{…}}` replaced.
    pub async fn filled(&self, text: &str, client: &Client) -> String {
        String::from_utf8(fill(text, client).await).expect("text")
    }

    /// Header fields that are expected.
    pub fn headers(&self) -> impl Iterator<Item = &(String, String)> {
        self.expected.iter().filter(|(name, _)| name.starts_with(char::is_uppercase))
    }

    /// The case as it should be written, going by the answer. What a person wrote stays as it is.
    pub fn rewritten(&self, answer: &Answer) -> String {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let kind = body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/");
        let mut text = format!("{}\n{}\n--- {} {kind}\n", self.name, self.request, answer.status);
        for (name, value) in self.expected.iter().filter(|(name, _)| name != "errors") {
            text.push_str(&format!("{name}: {value}\n"));
        }
        let detail = body["detail"].as_str().unwrap_or_default();
        for (name, value) in body.as_object().into_iter().flatten() {
            let written = self.expected.iter().any(|(expected, _)| expected == name && name != "errors");
            match (name.as_str(), value) {
                ("type" | "title" | "status" | "instance" | "request_id", _) => {}
                _ if written => {}
                ("errors", Value::Array(errors)) if errors.len() == 1 && errors[0]["detail"] == detail => {
                    let kept = self.expected.iter().find(|(name, _)| name == "errors");
                    let mut only = errors[0].clone();
                    only.as_object_mut().expect("an object").remove("detail");
                    let shown = kept.map_or(format!("[{only}]"), |(_, text)| text.clone());
                    text.push_str(&format!("errors: {shown}\n"));
                }
                (_, Value::String(plain)) => text.push_str(&format!("{name}: {plain}\n")),
                (_, value) => text.push_str(&format!("{name}: {value}\n")),
            }
        }
        text
    }
}

/// Replaces what stands in `{{…}}`.
async fn fill(text: &str, client: &Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (word, after) = after.split_once("}}").expect("a closing }}");
        bytes.extend_from_slice(before.as_bytes());
        bytes.extend(word_bytes(word, client).await);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

async fn word_bytes(word: &str, client: &Client) -> Vec<u8> {
    let (verb, argument) = word.split_once(' ').unwrap_or((word, ""));
    match verb {
        "repeat" => {
            let (count, text) = argument.split_once(' ').expect("a number and a text");
            text.repeat(count.parse().expect("a number")).into_bytes()
        }
        "count" => {
            let (count, text) = argument.split_once(' ').expect("a number and a text");
            let count: usize = count.parse().expect("a number");
            let texts: Vec<String> = (0..count).map(|n| text.replace('#', &n.to_string())).collect();
            texts.join(",").into_bytes()
        }
        "hex" => {
            let byte = |text: &str| u8::from_str_radix(text, 16).expect("two hexadecimal digits");
            argument.split(' ').map(byte).collect()
        }
        "etag" => {
            let (collection, key) = argument.split_once('/').expect("a collection and a key");
            let answer = client.get(&format!("/v1/collections/{collection}/items/{key}")).send().await;
            answer.etag().trim_matches('"').as_bytes().to_vec()
        }
        "settings-etag" => {
            client.get(&format!("/v1/collections/{argument}")).send().await.etag().trim_matches('"').into()
        }
        "cursor" => {
            let answer =
                client.get(&format!("/v1/collections/notes/items?{argument}")).send().await.expect(200);
            answer.json()["next"].as_str().expect("a cursor").as_bytes().to_vec()
        }
        other => panic!("`{{{{{other}}}}}` means nothing"),
    }
}
