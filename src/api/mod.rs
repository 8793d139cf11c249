//! The public role: HTTP resources over a `domain::Store`.

pub mod remote;
