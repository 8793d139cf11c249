//! Changes the files of a process that follows them, and waits until it has seen that.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::process::Process;

/// Writes a file that only its owner can read, as a careful operator does: nobody sees half of it.
pub fn replace(file: &Path, text: &str) {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, text).expect("a file");
    std::fs::set_permissions(&partial, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    std::fs::rename(&partial, file).expect("a file");
}

/// Waits until so many changes came out like this: `ok` or `refused`.
///
/// # Panics
/// If that does not happen within a minute.
pub async fn until_reloaded(process: &Process, outcome: &str, times: usize) {
    let line = format!("config_reloads_total{{outcome={outcome:?}}} {times}");
    let metrics = format!("http://{}/metrics", process.admin);
    for _ in 0..1200 {
        let text = reqwest::get(&metrics).await.expect("an answer").text().await.expect("a body");
        if text.lines().any(|said| said == line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{line} is never said");
}
