//! Finds the addresses at which stores are: all those that a name stands for, or those that service records name.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::SRV;

use super::balance::Rank;
use super::options::Options;

/// How long a DNS server has to answer, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: usize = 2;

/// Records are asked for again at the earliest, and at the latest, after this, whatever time they are given to live.
pub(super) const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(300);

/// The address of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) address: SocketAddr,
    pub(super) rank: Rank,
}

/// What was found, and for how long that holds.
#[derive(Debug)]
pub(super) struct Answer {
    /// Sorted, each address once.
    pub(super) found: Vec<Found>,
    /// None where it can't change.
    pub(super) holds: Option<Duration>,
}

/// Looks for stores.
pub(super) struct Discovery<'a> {
    options: &'a Options,
    /// None where the system's own look-up does.
    resolver: Option<TokioResolver>,
}

impl<'a> Discovery<'a> {
    /// For these options, on the runtime of this thread.
    ///
    /// # Errors
    /// A sentence about what is wrong with the system's configuration.
    pub(super) fn new(options: &'a Options) -> Result<Discovery<'a>, String> {
        let resolver = match options.resolver {
            None if !options.service => None,
            server => Some(resolver(server).map_err(|error| format!("DNS can't be asked: {error}"))?),
        };
        Ok(Discovery { options, resolver })
    }

    /// Looks for them now.
    ///
    /// # Errors
    /// A sentence about why none were found.
    pub(super) async fn look(&self) -> Result<Answer, String> {
        let (host, port) = (&self.options.host, self.options.port);
        if let Some(address) = literal(host).filter(|_| !self.options.service) {
            let found = vec![Found { address: SocketAddr::new(address, port), rank: Rank::default() }];
            return Ok(Answer { found, holds: None });
        }
        let (mut found, holds) = match &self.resolver {
            Some(resolver) if self.options.service => services(resolver, host).await?,
            Some(resolver) => hosts(resolver, host, port, Rank::default()).await?,
            None => (by_the_system(host, port).await?, self.options.resolve_every),
        };
        found.sort_unstable_by_key(|found| (found.address, found.rank.priority));
        found.dedup_by_key(|found| found.address);
        if found.is_empty() {
            return Err("its name stands for no address".into());
        }
        Ok(Answer { found, holds: Some(holds) })
    }
}

fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        Some(server) => {
            let ports = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
            let mut config = NameServerConfig::udp_and_tcp(server.ip());
            config.connections = ports.to_vec();
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![config]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio()?,
    };
    let options: &mut ResolverOpts = builder.options_mut();
    (options.timeout, options.attempts) = (PATIENCE, TRIES);
    // What holds, and for how long, is kept here.
    options.cache_size = 0;
    builder.build()
}

/// The address, where the host is one.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

async fn by_the_system(host: &str, port: u16) -> Result<Vec<Found>, String> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| format!("its name can't be resolved: {error}"))?;
    Ok(found.map(|address| Found { address, rank: Rank::default() }).collect())
}

async fn hosts(
    resolver: &TokioResolver,
    host: &str,
    port: u16,
    rank: Rank,
) -> Result<(Vec<Found>, Duration), String> {
    let found = resolver.lookup_ip(host).await.map_err(|error| unresolved(host, &error))?;
    let holds = until(found.valid_until());
    Ok((found.iter().map(|ip| Found { address: SocketAddr::new(ip, port), rank }).collect(), holds))
}

/// What the service records of a name lead to. Those whose host can't be resolved are left out, unless none can.
async fn services(resolver: &TokioResolver, name: &str) -> Result<(Vec<Found>, Duration), String> {
    let answer = resolver.srv_lookup(name).await.map_err(|error| unresolved(name, &error))?;
    let mut holds = until(answer.valid_until());
    let (mut all, mut trouble) = (Vec::new(), None);
    let records = answer.answers().iter().filter_map(|record| match &record.data {
        RData::SRV(service) => Some(service),
        _ => None,
    });
    // One dot alone says that there is no such service.
    for SRV { priority, weight, port, target, .. } in records.filter(|service| !service.target.is_root()) {
        let rank = Rank { priority: *priority, weight: *weight };
        match hosts(resolver, &target.to_utf8(), *port, rank).await {
            Ok((found, until)) => {
                all.extend(found);
                holds = holds.min(until);
            }
            Err(reason) => {
                trouble = Some(reason);
                holds = SOONEST;
            }
        }
    }
    match trouble {
        Some(reason) if all.is_empty() => Err(reason),
        _ => Ok((all, holds)),
    }
}

fn until(then: Instant) -> Duration {
    then.saturating_duration_since(Instant::now()).clamp(SOONEST, LATEST)
}

fn unresolved(name: &str, error: &NetError) -> String {
    if error.is_no_records_found() {
        return format!("DNS has no records of {name}");
    }
    format!("{name} can't be resolved: {error}")
}
