//! `app healthcheck`: asks the process of the same configuration how it is, where there is no curl.

mod own;

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config::Settings;

use super::{Failure, say};

/// How long the whole may take; a probe of a container usually has more.
const DEADLINE: Duration = Duration::from_secs(2);

/// What to ask.
#[derive(Clone, Copy, Debug, Args)]
pub struct Options {
    /// What is asked; who restarts a process for an answer must not ask whether it is ready.
    #[arg(long, value_enum, default_value_t = Probe::Ready)]
    probe: Probe,
}

/// A question to a process.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Probe {
    /// Whether it can serve now: no longer when its store is lost, or when it was told to stop.
    Ready,
    /// Whether it has ever begun to serve: what is outside of it changes nothing in that.
    Started,
}

impl Probe {
    fn path(self) -> &'static str {
        match self {
            Probe::Ready => "/readyz",
            Probe::Started => "/startupz",
        }
    }
}

/// Asks, and prints the answer.
///
/// # Errors
/// That the answer is no, or that there is none.
pub fn run(options: Options, settings: &Settings) -> Result<(), Failure> {
    let address = reachable(settings.admin_listen);
    match ask(address, settings.admin_tls.is_some(), options.probe) {
        Ok((200, body)) => say(&body),
        Ok((_, body)) => Err(Failure::new(format!("{} says no: {body}", options.probe.path()))),
        Err(error) => Err(Failure::because(format!("no process answers at {address}"), &error)),
    }
}

/// Where a listener can be reached from the same machine: one that takes from everywhere takes from here too.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}

fn ask(address: SocketAddr, secure: bool, probe: Probe) -> io::Result<(u16, String)> {
    let stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    if secure { converse(own::through_tls(stream, address)?, probe) } else { converse(stream, probe) }
}

fn converse(mut stream: impl io::Read + io::Write, probe: Probe) -> io::Result<(u16, String)> {
    write!(stream, "GET {} HTTP/1.0\r\nhost: localhost\r\n\r\n", probe.path())?;
    let mut answer = BufReader::new(stream.take(64 * 1024));
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("this is no answer of HTTP"))?;
    let mut rest = String::new();
    answer.read_to_string(&mut rest)?;
    let body = rest.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}
