//! Makes the parser overlook that a request asks for another protocol, as RFC 9110 §7.8 allows.
//!
//! The parser takes all that follows a request with `Upgrade: websocket` for its body, whatever length it gives, and ends
//! the connection behind every request with the option `upgrade`, which common clients send to find out about HTTP/2.
//! Values are changed in place, a byte for a byte, so it does not matter how they are cut.

/// Changes what is there of a line of a header: `begun` came before it.
pub(super) fn overlook(begun: &[u8], part: &mut [u8]) {
    // Most are about something else.
    let letter = match begun.first().or(part.first()) {
        Some(b'c' | b'C') => b'u',
        Some(b'u' | b'U') => b'w',
        _ => return,
    };
    let name: &[u8] = if letter == b'u' { b"connection:" } else { b"upgrade:" };
    let before = begun.len().min(name.len());
    let (behind, rest) = name.split_at(before);
    let is_it = begun[..before].eq_ignore_ascii_case(behind)
        && part.get(..rest.len()).is_some_and(|part| part.eq_ignore_ascii_case(rest));
    if is_it {
        // Neither `close` nor `keep-alive` has that letter.
        let value = &mut part[rest.len()..];
        value.iter_mut().filter(|byte| byte.eq_ignore_ascii_case(&letter)).for_each(|byte| *byte = b'-');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_wish_for_another_protocol_is_overlooked() {
        for (line, expected) in [
            ("Connection: Upgrade, HTTP2-Settings\r", "Connection: -pgrade, HTTP2-Settings\r"),
            ("connection:close,upgrade", "connection:close,-pgrade"),
            ("CONNECTION: keep-alive, Close", "CONNECTION: keep-alive, Close"),
            ("Upgrade: WebSocket\r", "Upgrade: -ebSocket\r"),
            ("upgrade:websocket", "upgrade:-ebsocket"),
            ("Upgrade: h2c", "Upgrade: h2c"),
            ("Upgrade-Insecure-Requests: w", "Upgrade-Insecure-Requests: w"),
            ("Connections: upgrade", "Connections: upgrade"),
            ("Content-Type: u/w", "Content-Type: u/w"),
            ("User-Agent: uw", "User-Agent: uw"),
            ("x: upgrade: websocket", "x: upgrade: websocket"),
            ("upgrade", "upgrade"),
            ("", ""),
        ] {
            for cut in 0..=line.len() {
                let mut bytes = line.as_bytes().to_vec();
                let (begun, part) = bytes.split_at_mut(cut);
                overlook(&[], begun);
                overlook(&line.as_bytes()[..cut], part);
                assert_eq!(str::from_utf8(&bytes).unwrap(), expected, "{cut}");
            }
        }
    }
}
