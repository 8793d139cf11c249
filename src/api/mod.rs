//! The public role: HTTP resources over a `domain::Store`.

pub mod docs_page;
pub mod openapi;
pub mod remote;
