//! What calls to DynamoDB say of who makes them.

use std::sync::{Arc, Mutex};

use super::setting::Setting;
use crate::conformance::ask::{done, made, put, text};
use crate::support::mishaps::Mishap;

#[tokio::test]
async fn each_call_says_once_who_makes_it() {
    let setting = Setting::new().await;
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen_heads = Arc::clone(&heads);
    setting.proxy.decide(move |seen| {
        seen_heads.lock().unwrap().push(seen.head.to_ascii_lowercase());
        Mishap::None
    });
    made(&*setting.store).await;
    done(&*setting.store, put("a", "1")).await;
    assert_eq!(text(&*setting.store, "a").await.unwrap(), "1");
    let heads = heads.lock().unwrap();
    assert!(heads.len() >= 3, "{heads:?}");
    let ours = concat!("user-agent: larder/", env!("CARGO_PKG_VERSION"), " aws-sdk-rust");
    for head in heads.iter() {
        let said: Vec<&str> = head.lines().filter(|line| line.contains("user-agent:")).collect();
        assert_eq!(said, [ours], "{head}");
    }
}
