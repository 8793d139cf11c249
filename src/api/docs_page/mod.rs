//! The page `/docs`: renders `/openapi.json` in the browser, and loads nothing else from anywhere.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use bytes::Bytes;

/// The browser may run what is in the page, and ask its own origin. Whatever the description says is put in as
/// text, never as markup.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves the page.
pub async fn serve() -> HttpResponse {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| {
        include_str!("page.html")
            .replace("/* style */", include_str!("page.css"))
            .replace("/* script */", include_str!("page.js"))
            .into()
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE.clone())
}
