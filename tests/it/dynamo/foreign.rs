//! Items of the table that no store has written.

use larder::domain::{Consistency, Kind, Read};
use serde_json::json;

use super::setting::{Setting, context};
use crate::conformance::ask::{NOTES, done, put, read_of, text_of};

#[tokio::test]
async fn what_is_not_ours_fails_alone() {
    let setting = Setting::new().await;
    let store = &*setting.store;
    for key in ["a", "c"] {
        done(store, put(key, "1")).await;
    }
    let item = json!({
        "pk": {"S": format!("{NOTES}#0")}, "sk": {"S": "b"}, "e": {"S": "no number"},
        "v": {"N": "1"}, "w": {"B": "AAAAAAAAAAE="}, "d": {"S": "1"},
    });
    let asked = reqwest::Client::new()
        .post(format!("http://{}/", setting.emulator.address))
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        // The emulator only wants to see one.
        .header("x-amz-date", "20261126T000000Z")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=local/20261126/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
        .body(json!({"TableName": setting.table(), "Item": item}).to_string());
    let answer = asked.send().await.expect("the emulator answers");
    assert_eq!(answer.status(), 200, "{}", answer.text().await.expect("a body"));
    let reads = ["a", "b", "c"].map(|key| Read { consistency: Consistency::Strong, ..read_of(key) });
    let found = store.read_many(&context(), reads.into()).await.expect("a read of many").value;
    let told = found.into_iter().map(|found| match found {
        Ok(item) => Ok(item.map(|item| text_of(&item.document))),
        Err(error) => Err(error.kind()),
    });
    let there = || Ok(Some("1".to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), [there(), Err(Kind::Internal), there()]);
    setting.emulator.stop();
}
