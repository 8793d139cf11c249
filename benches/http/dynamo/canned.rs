//! An endpoint that answers as `DynamoDB` does, always the same, at once or after a while.

use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{COLLECTION, NEVER, PARTITION, TABLE};
use crate::load::document;
use crate::servers;

/// The head of a call that names it.
const TARGET: &str = "x-amz-target";
/// What a call that is about the settings of a collection has in its body.
const SETTINGS: &str = "\"#collections\"";

/// Answers that never change.
#[derive(Clone)]
struct Answers {
    item: web::Bytes,
    settings: web::Bytes,
    updated: web::Bytes,
}

/// Serves them on that port, each after so many milliseconds.
pub fn serve(port: &str, after_millis: &str) {
    let after = Duration::from_millis(after_millis.parse().expect("milliseconds"));
    let answers = Answers::new();
    servers::serve(port, move || {
        let answers = answers.clone();
        App::new().app_data(web::PayloadConfig::new(1 << 24)).route(
            "/",
            web::post().to(move |request: HttpRequest, body: web::Bytes| {
                let answer = answers.to(&request, &body);
                async move {
                    if !after.is_zero() {
                        actix_web::rt::time::sleep(after).await;
                    }
                    answer
                }
            }),
        )
    });
}

impl Answers {
    fn new() -> Answers {
        let one = |value: Value| web::Bytes::from(value.to_string());
        let settings = json!({
            "pk": {"S": "#collections"}, "sk": {"S": COLLECTION}, "v": {"N": "1795399761000000"},
            "w": {"B": "AAAAAAAAAAE="}, "h": {"N": "1"}, "p": {"BOOL": false},
        });
        // The call asks for what was there before.
        let mut before = item("");
        for name in ["pk", "sk"] {
            before.as_object_mut().expect("it is one").remove(name);
        }
        Answers {
            item: one(json!({"Item": item("key-0001"), "ConsumedCapacity": consumed(1)})),
            settings: one(json!({"Item": settings, "ConsumedCapacity": consumed(1)})),
            updated: one(json!({"Attributes": before, "ConsumedCapacity": consumed(2)})),
        }
    }

    fn to(&self, request: &HttpRequest, body: &[u8]) -> HttpResponse {
        let target =
            request.headers().get(TARGET).and_then(|target| target.to_str().ok()).unwrap_or_default();
        let settings = || body.windows(SETTINGS.len()).any(|some| some == SETTINGS.as_bytes());
        let answer = match target.rsplit_once('.').map(|(_, call)| call) {
            Some("GetItem") if settings() => self.settings.clone(),
            Some("GetItem") => self.item.clone(),
            Some("UpdateItem") => self.updated.clone(),
            Some("BatchGetItem") => batch(body),
            _ => return HttpResponse::NotImplemented().finish(),
        };
        HttpResponse::Ok()
            .content_type("application/x-amz-json-1.0")
            .insert_header(("x-amzn-requestid", "CANNED0000000000000000000000000000000000000000000000"))
            .body(answer)
    }
}

/// The items of the keys that are asked for: whoever asks tells them apart by these.
fn batch(body: &[u8]) -> web::Bytes {
    let asked: Value = serde_json::from_slice(body).expect("the call is JSON");
    let keys = asked["RequestItems"][TABLE]["Keys"].as_array().expect("it has keys");
    let items: Vec<Value> = keys.iter().map(|key| item(key["sk"]["S"].as_str().expect("a text"))).collect();
    let answer = json!({
        "Responses": {TABLE: items}, "UnprocessedKeys": {}, "ConsumedCapacity": [consumed(keys.len())],
    });
    web::Bytes::from(answer.to_string())
}

/// An item as the store keeps it.
fn item(key: &str) -> Value {
    let text = String::from_utf8(document()).expect("it is text");
    json!({
        "pk": {"S": PARTITION}, "sk": {"S": key}, "d": {"S": text}, "v": {"N": "1795399761000000"},
        "w": {"B": "AAAAAAAAAAE="}, "e": {"N": NEVER}, "c": {"N": "0"},
    })
}

fn consumed(units: usize) -> Value {
    json!({"TableName": TABLE, "CapacityUnits": units as f64})
}
