//! Finds the addresses at which stores are: all those that a name stands for.
//!
//! Where service records are to be looked up, that belongs here.

use std::net::{IpAddr, SocketAddr};

use super::options::Options;

/// Whether the addresses can change.
pub(super) fn is_fixed(options: &Options) -> bool {
    literal(options).is_some()
}

/// The addresses, sorted.
///
/// # Errors
/// A sentence about what is wrong.
pub(super) async fn resolve(options: &Options) -> Result<Vec<SocketAddr>, String> {
    if let Some(address) = literal(options) {
        return Ok(vec![SocketAddr::new(address, options.port)]);
    }
    let found = tokio::net::lookup_host((options.host.as_str(), options.port)).await;
    let mut addresses: Vec<SocketAddr> =
        found.map_err(|error| format!("its name can't be resolved: {error}"))?.collect();
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.is_empty() {
        return Err("its name stands for no address".into());
    }
    Ok(addresses)
}

fn literal(options: &Options) -> Option<IpAddr> {
    let host = options.host.as_str();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}
