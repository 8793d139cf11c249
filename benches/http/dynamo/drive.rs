//! Drives calls in this process: so many at a time, for a while.

use std::time::{Duration, Instant};

use crate::figures::Figures;
use crate::process::Process;

/// Calls before it counts: connections are made, and caches are filled.
const WARMING: Duration = Duration::from_millis(500);

/// Calls what is `made` again and again from `concurrency` places at once, each time with the number of the call. CPU is
/// that of this process. Connections end with it.
pub fn calls<T, F, C>(concurrency: usize, time: Duration, made: impl Future<Output = T>, call: F) -> Figures
where
    T: Clone + 'static,
    F: Fn(T, usize) -> C + Copy + 'static,
    C: Future<Output = ()> + 'static,
{
    actix_web::rt::System::new().block_on(async move {
        let made = made.await;
        repeated(concurrency, WARMING, &made, call).await;
        let (before, began) = (Process::itself().cpu(), Instant::now());
        let micros = repeated(concurrency, time, &made, call).await;
        Figures::of(micros, began.elapsed(), Process::itself().cpu() - before)
    })
}

async fn repeated<T, F, C>(concurrency: usize, time: Duration, made: &T, call: F) -> Vec<u64>
where
    T: Clone + 'static,
    F: Fn(T, usize) -> C + Copy + 'static,
    C: Future<Output = ()> + 'static,
{
    let until = Instant::now() + time;
    let place = |place: usize| {
        let made = made.clone();
        actix_web::rt::spawn(async move {
            let (mut number, mut micros) = (place, Vec::new());
            while Instant::now() < until {
                let began = Instant::now();
                call(made.clone(), number).await;
                micros.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
                number += concurrency;
            }
            micros
        })
    };
    let places: Vec<_> = (0..concurrency).map(place).collect();
    let mut all = Vec::new();
    for place in places {
        all.append(&mut place.await.expect("no call fails"));
    }
    all
}
