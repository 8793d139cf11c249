//! Web pages from elsewhere reach no port that asks nobody who he is, though a browser on the same machine would.

use reqwest::{Client, Method, StatusCode};

use crate::support::cluster::Plan;

const ITEM: &str = "/v1/collections/notes/items/a";

/// What a browser says of a page from elsewhere that sends a form, and one of a page that has its own name lead here.
const FORM: [(&str, &str); 3] =
    [("origin", "http://page.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
const REBOUND: [(&str, &str); 2] = [("host", "page.example"), ("sec-fetch-site", "same-origin")];

async fn status(method: Method, url: String, fields: &[(&str, &str)]) -> StatusCode {
    let request = Client::new().request(method, url).body("1");
    let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer").status()
}

#[tokio::test]
async fn a_page_from_elsewhere_can_neither_write_nor_read() {
    let cluster = Plan::all().start().await;
    let item = cluster.url() + ITEM;
    let restore = cluster.admin_url() + "/restore?replace=true";
    assert_eq!(status(Method::PUT, item.clone(), &[]).await, 201);
    for page in [&FORM[..], &REBOUND] {
        assert_eq!(status(Method::PUT, item.clone(), page).await, 400, "{page:?}");
        assert_eq!(status(Method::GET, item.clone(), page).await, 400, "{page:?}");
        assert_eq!(status(Method::POST, restore.clone(), page).await, 400, "{page:?}");
        for path in ["/backup", "/config", "/metrics"] {
            assert_eq!(status(Method::GET, cluster.admin_url() + path, page).await, 400, "{path} {page:?}");
        }
    }
    assert_eq!(status(Method::GET, item, &[("sec-fetch-site", "same-origin")]).await, 200, "our own page");
    cluster.stop().await;
}

#[tokio::test]
async fn who_says_that_everybody_may_means_pages_too() {
    let cluster = Plan::all().set("auth.allow_anonymous", "true").start().await;
    for page in [&FORM[..], &REBOUND] {
        assert!(status(Method::PUT, cluster.url() + ITEM, page).await.is_success(), "{page:?}");
    }
    cluster.stop().await;
}
