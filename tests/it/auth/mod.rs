//! Who may come in, and what they may do there.

mod corpus;
mod crowds;
mod issuer;
mod keys;
mod limits;
mod matrix;
mod secrets;
mod sequences;
mod settings;
mod tokens;
