//! Load at a rate that does not yield to slow answers, and that tells what was done from what was refused.
//!
//! Each connection has its own timetable. A request whose time has come while the one before is still unanswered leaves
//! late, and its latency counts from when it should have left: whoever waits in the queue waits. What only the timer
//! was late with does not count. It runs in this process, on one thread: on a machine with few cores it takes from the
//! service what it needs itself, about as much for a refusal as for an answer.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::figures::Figures;
use crate::load::{KEYS, Verb, document};
use crate::system::System;

/// What is offered.
#[derive(Clone, Copy)]
pub struct Offer {
    /// What each request does.
    pub verb: Verb,
    /// Connections.
    pub connections: usize,
    /// Requests a second, all together; none means: as fast as answers come.
    pub rate: Option<f64>,
    /// For how long.
    pub time: Duration,
}

/// What became of it.
pub struct Outcome {
    /// Of those that were done.
    pub done: Figures,
    /// How many were refused with 503, and after which time each, in microseconds and sorted.
    pub refused: Vec<u64>,
    /// Requests a second that were sent, whatever became of them.
    pub offered: f64,
}

/// One answer: its status, and its latency.
type Answer = (u16, u64);

/// Offers that to a system. Ends the program if an answer is neither a success nor 503.
pub fn run(system: &System, offer: Offer) -> Outcome {
    let (port, before) = (system.port(), system.cpu());
    let (answers, took) = actix_web::rt::System::new().block_on(async move {
        let began = Instant::now();
        let spawned: Vec<_> = (0..offer.connections)
            .map(|place| actix_web::rt::spawn(connection(port, offer, place, began)))
            .collect();
        let mut answers: Vec<Answer> = Vec::new();
        for connection in spawned {
            answers.append(&mut connection.await.expect("the connection stays"));
        }
        (answers, began.elapsed())
    });
    let cpu = system.cpu() - before;
    let offered = answers.len() as f64 / took.as_secs_f64();
    let (done, other): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|(status, _)| (200..300).contains(status));
    let wrong = other.iter().find(|(status, _)| *status != 503);
    assert!(wrong.is_none(), "{} answered {wrong:?}", system.name());
    let micros = |answers: Vec<Answer>| answers.into_iter().map(|(_, micros)| micros).collect::<Vec<_>>();
    let mut refused = micros(other);
    refused.sort_unstable();
    Outcome { done: Figures::of(micros(done), took, cpu), refused, offered }
}

async fn connection(port: u16, offer: Offer, place: usize, began: Instant) -> Vec<Answer> {
    let mut stream = connected(port).await;
    let step = offer.rate.map(|rate| offer.connections as f64 / rate);
    let first = step.map_or(0.0, |step| step * place as f64 / offer.connections as f64);
    let (mut answers, mut buffer, mut sent) = (Vec::new(), Vec::with_capacity(4096), 0_u32);
    loop {
        let due = step.map(|step| began + Duration::from_secs_f64(first + step * f64::from(sent)));
        let now = Instant::now();
        let from = match due {
            Some(due) if due > now => {
                tokio::time::sleep_until(due.into()).await;
                Instant::now()
            }
            Some(due) => due,
            None => now,
        };
        if from.max(now) >= began + offer.time {
            return answers;
        }
        let request = request(offer.verb, place + offer.connections * sent as usize);
        let mut answer = exchanged(&mut stream, &request, &mut buffer).await;
        if answer.is_none() {
            // A body that was refused unread ends its connection, as it may. A new one must do.
            stream = connected(port).await;
            answer = exchanged(&mut stream, &request, &mut buffer).await;
        }
        let status = answer.expect("a new connection answers");
        answers.push((status, u64::try_from(from.elapsed().as_micros()).unwrap_or(u64::MAX)));
        sent += 1;
    }
}

async fn connected(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}

/// Sends one request, and reads its answer: the status; none where the connection has ended.
async fn exchanged(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    let mut whole: Option<(u16, usize)> = None;
    while whole.is_none_or(|(_, length)| buffer.len() < length) {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        if whole.is_none() {
            whole = head(buffer);
        }
    }
    whole.map(|(status, _)| status)
}

fn request(verb: Verb, number: usize) -> Vec<u8> {
    let path = format!("/v1/collections/bench/items/key-{:04}", number % KEYS + 1);
    match verb {
        Verb::Get => format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes(),
        Verb::Put => {
            let body = document();
            let length = body.len();
            let head = format!("PUT {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n");
            [head.into_bytes(), body].concat()
        }
        Verb::EtcdPut => unreachable!("etcd is not asked at a rate"),
    }
}

/// The status of an answer whose head is there, and the length of the whole.
fn head(buffer: &[u8]) -> Option<(u16, usize)> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&buffer[..end]).expect("a head is text");
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((status, end + length.unwrap_or(0)))
}
