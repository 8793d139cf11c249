//! One request to the system under test.

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;

use crate::commands::client::{Client, transport};
use crate::domain::Kind;

use super::answer::{Answer, Broken};

/// A request that is being put together.
#[derive(Debug)]
#[must_use]
pub(super) struct Ask<'a> {
    client: &'a Client,
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Bytes>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(client: &'a Client, method: Method, target: String) -> Self {
        Ask { client, method, target, headers: Vec::new(), body: None }
    }

    /// Adds a header field.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets a JSON body, byte for byte.
    pub(super) fn json(self, text: impl Into<String>) -> Self {
        self.body("application/json", text.into())
    }

    /// Sets a body of some media type.
    pub(super) fn body(mut self, media: &str, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", media.to_owned()));
        self.body = Some(body.into());
        self
    }

    /// Sends it; the status must be this one.
    pub(super) async fn expect(self, status: u16) -> Result<Answer, Broken> {
        self.send().await?.status(status)
    }

    /// Sends it; the answer must be a problem document of this status and kind.
    pub(super) async fn refused(self, status: u16, kind: Kind) -> Result<Value, Broken> {
        self.send().await?.status(status)?.problem(kind)
    }

    /// Sends it.
    pub(super) async fn send(self) -> Result<Answer, Broken> {
        let request = format!("{} {}", self.method, self.target);
        let unanswered =
            |error| Broken { request: request.clone(), detail: transport(&error), unreachable: true };
        let mut sending = self.client.request(self.method, &self.target);
        for (name, value) in self.headers {
            sending = sending.header(name, value);
        }
        if let Some(body) = self.body {
            sending = sending.body(body);
        }
        let response = sending.send().await.map_err(unanswered)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(unanswered)?;
        Ok(Answer { request, status, headers, body })
    }
}
