//! How long items live.

use std::time::{Duration, Instant};

use reqwest::Method;

use crate::commands::smoke::answer::{Answer, Broken};
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

/// How long after its end an item may still be seen from here, with all delays on the way.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) const STEPS: [Step; 2] = [
    step!("ttl", "Item-TTL says how long an item lives, and Sunset until when", ttl),
    step!("expiry", "an item whose time has come is absent", expiry),
];

async fn ttl(system: &System) -> Result<(), Broken> {
    let put = |ttl: &str| system.item(Method::PUT, "lifetime/ttl").json("1").header("Item-TTL", ttl);
    lives(&put("60").expect(201).await?, 60)?;
    lives(&put("86400").expect(204).await?, 86_400)?;
    lives(&system.item(Method::PUT, "lifetime/ttl").json("2").expect(204).await?, 3600)?;
    lives(&system.item(Method::GET, "lifetime/ttl").expect(200).await?, 3600)?;
    put("never").expect(204).await?.lacks("sunset")?;
    system.item(Method::GET, "lifetime/ttl").expect(200).await?.lacks("sunset")?;
    put("0").refused(400, Kind::InvalidHeader).await.map(|_| ())
}

/// `Sunset` must be so many seconds behind the answer's date, but for rounding and a slow way.
fn lives(answer: &Answer, seconds: u64) -> Result<(), Broken> {
    let parse = |name: &'static str| {
        let text = answer.header(name)?;
        httpdate::parse_http_date(text).map_err(|_| answer.broken(&format!("expected a date as {name}")))
    };
    let (date, sunset) = (parse("date")?, parse("sunset")?);
    let left = sunset.duration_since(date).map_or(0, |left| left.as_secs());
    let fits = left <= seconds + 2 && left + PATIENCE.as_secs() >= seconds;
    answer.check(fits, format!("a Sunset {seconds} s behind Date, but it was {left} s"))
}

async fn expiry(system: &System) -> Result<(), Broken> {
    let item = |method| system.item(method, "lifetime/expiry");
    let tag = item(Method::PUT).json("1").header("Item-TTL", "1").expect(201).await?.etag()?;
    let began = Instant::now();
    let gone = loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let answer = item(Method::GET).send().await?;
        if answer.status != 200 || began.elapsed() > PATIENCE {
            break answer.status(404)?;
        }
    };
    gone.problem(Kind::NoSuchItem)?;
    item(Method::PUT).json("2").header("If-Match", tag).refused(412, Kind::PreconditionFailed).await?;
    item(Method::PUT).json("2").header("If-None-Match", "*").expect(201).await.map(|_| ())
}
