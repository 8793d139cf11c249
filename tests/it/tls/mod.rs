//! TLS: who is let in, what is refused, how certificates change while requests are served, and the tools for it.

mod callers;
mod clients;
mod files;
mod http2;
mod openssl;
mod pki;
mod refusals;
mod rotation;
mod servers;
