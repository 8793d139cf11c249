//! What the kernel says of a process: its CPU, and its memory.

use std::time::Duration;

/// Clock ticks a second in `/proc`: what Linux tells every program, whatever it counts by itself.
const TICKS: f64 = 100.0;

/// A running process.
pub struct Process(u32);

impl Process {
    /// The process of that id.
    pub fn of(id: u32) -> Process {
        Process(id)
    }

    /// This one.
    pub fn itself() -> Process {
        Process(std::process::id())
    }

    /// CPU that it has taken, in itself and for it in the kernel.
    pub fn cpu(&self) -> Duration {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).expect("Linux");
        // The name, in parentheses, may hold anything; the third field is the first behind it.
        let (_, rest) = text.rsplit_once(')').expect("the name is in parentheses");
        let ticks =
            rest.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().expect("ticks"));
        Duration::from_secs_f64(ticks.sum::<f64>() / TICKS)
    }

    /// Resident memory.
    pub fn resident_mib(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.0)).expect("Linux");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel says it");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }
}
