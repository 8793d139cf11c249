//! `app healthcheck`: asks the process of the same configuration whether it is ready, where there is no curl.

mod own;

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use crate::config::Settings;

use super::say;

/// How long the whole may take; a probe of a container usually has more.
const DEADLINE: Duration = Duration::from_secs(2);

/// Asks, and prints the answer. Exit code 0 when it is ready, 1 when not.
pub fn run(settings: &Settings) -> ExitCode {
    let address = reachable(settings.admin_listen);
    match ask(address, settings.admin_tls.is_some()) {
        Ok((200, body)) => say(&body),
        Ok((_, body)) => {
            eprintln!("not ready: {body}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("no process answers at {address}: {error}");
            ExitCode::FAILURE
        }
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

fn ask(address: SocketAddr, secure: bool) -> io::Result<(u16, String)> {
    let stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    if secure { converse(own::through_tls(stream, address)?) } else { converse(stream) }
}

fn converse(mut stream: impl io::Read + io::Write) -> io::Result<(u16, String)> {
    stream.write_all(b"GET /readyz HTTP/1.0\r\nhost: localhost\r\n\r\n")?;
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
