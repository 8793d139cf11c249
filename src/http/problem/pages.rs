//! The pages that explain problems to people: one for each kind, and the list of them.

use std::fmt::Write;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpResponse, web};

use crate::domain::{Error, Kind};

use super::table::{Explanation, explanation};

const STYLE: &str = include_str!("pages.css");
/// Nothing but the style within the page: no script, no picture, no other origin.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Lists all problems.
pub async fn index() -> HttpResponse {
    page("Problems", &Kind::ALL.into_iter().map(explanation).fold(String::from(INDEX), list_entry))
}

/// Explains one problem.
///
/// # Errors
/// `no-such-path` where there is no problem of that name.
pub async fn explain(name: web::Path<String>) -> Result<HttpResponse, Error> {
    let kind = Kind::from_name(&name).ok_or_else(|| {
        Error::new(Kind::NoSuchPath, "there is no problem of this name; /problems lists those that there are")
    })?;
    let Explanation { status, title, meaning, remedy, .. } = explanation(kind);
    let article = format!(
        "<p class=\"status\">{status}</p><h1>{title}</h1><p><code>/problems/{}</code></p>\
         <h2>What it means</h2><p>{}</p><h2>What to do</h2><p>{}</p>\
         <p class=\"more\"><a href=\"/problems\">All problems</a> · <a href=\"/docs\">API</a></p>",
        kind.name(),
        escape(meaning),
        escape(remedy),
    );
    Ok(page(title, &article))
}

const INDEX: &str = "<h1>Problems</h1><p>Every failure is answered with a document of the type \
    <code>application/problem+json</code>, whose <code>type</code> is one of these.</p>";

fn list_entry(mut list: String, row: &Explanation) -> String {
    let Explanation { kind, status, title, meaning, .. } = row;
    let (name, meaning) = (kind.name(), escape(meaning));
    let written = write!(
        list,
        "<section><h2><a href=\"/problems/{name}\">{title}</a> \
         <span>{status}</span></h2><p>{meaning}</p></section>"
    );
    debug_assert!(written.is_ok(), "writing to a string can't fail");
    list
}

fn page(title: &str, article: &str) -> HttpResponse {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} – Larder</title>\
         <style>{STYLE}</style></head><body><main>{article}</main></body></html>"
    );
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(html)
}

/// The texts of the table are ours, but hold characters that mean something in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
