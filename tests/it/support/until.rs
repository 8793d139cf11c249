//! Waits for what comes soon, and says what did not come.

use std::time::Duration;

/// How often it is asked: fifteen seconds in all, and far more where an answer takes its time.
const TIMES: usize = 3000;
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until something is so, which it will be soon.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..TIMES {
        if is_so().await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("it never came to be: {what}");
}

/// The same where nothing is asynchronous.
pub fn until_now(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..TIMES {
        if is_so() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it never came to be: {what}");
}
