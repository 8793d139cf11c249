//! Capacity units: what an operation costs on `DynamoDB`, or would have.

use std::fmt;
use std::ops::{Add, AddAssign};

use super::operation::Consistency;

/// Read and write capacity units. Reads are kept in halves, since an eventually consistent one costs half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// Half read capacity units.
    pub read_halves: u64,
    /// Write capacity units.
    pub writes: u64,
}

impl Charge {
    /// Nothing.
    pub const ZERO: Charge = Charge { read_halves: 0, writes: 0 };

    /// The same twice, as transactions cost.
    #[must_use]
    pub fn doubled(self) -> Charge {
        self + self
    }

    /// What is left of it when a part is taken away.
    #[must_use]
    pub fn without(self, part: Charge) -> Charge {
        Charge {
            read_halves: self.read_halves.saturating_sub(part.read_halves),
            writes: self.writes.saturating_sub(part.writes),
        }
    }

    /// Reads the value of a `Request-Charge` field.
    pub fn parse(text: &str) -> Option<Charge> {
        let (reads, writes) = text.strip_prefix("rcu=")?.split_once(", wcu=")?;
        let (whole, half) = match reads.strip_suffix(".5") {
            Some(whole) => (whole, 1),
            None => (reads, 0),
        };
        let read_halves = whole.parse::<u64>().ok()?.checked_mul(2)? + half;
        Some(Charge { read_halves, writes: writes.parse().ok()? })
    }
}

impl Add for Charge {
    type Output = Charge;
    fn add(self, other: Charge) -> Charge {
        Charge { read_halves: self.read_halves + other.read_halves, writes: self.writes + other.writes }
    }
}

impl AddAssign for Charge {
    fn add_assign(&mut self, other: Charge) {
        *self = *self + other;
    }
}

impl fmt::Display for Charge {
    /// The value of the `Request-Charge` field: `rcu=0.5, wcu=1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = if self.read_halves % 2 == 1 { ".5" } else { "" };
        write!(f, "rcu={}{half}, wcu={}", self.read_halves / 2, self.writes)
    }
}

/// The size of an item as `DynamoDB` counts it: attribute names and values, key included.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub fn item_bytes(collection: &str, key: &str, document: usize, expires: bool) -> usize {
    const NAMES: usize = "pk".len() + "sk".len() + "dvwec".len();
    // `#` and the shard; numbers take about a byte for two digits, and one more.
    const SHARD: usize = 2;
    const VERSION: usize = 9;
    const WRITE_ID: usize = 8;
    // When it ends, and when what was there before did: short numbers where that is never.
    const ENDS: usize = 2 + 2;
    // Longer then, and in seconds once more for the collection of rubbish.
    const EXPIRY: usize = 6 + "x".len() + 6;
    let expiry = if expires { EXPIRY } else { 0 };
    NAMES + SHARD + VERSION + WRITE_ID + ENDS + collection.len() + key.len() + document + expiry
}

/// The cost of reading that many bytes at once: a unit for each 4 KB begun, half of it if eventual.
/// Reading what is not there costs as much as the smallest item.
pub fn read_charge(bytes: usize, consistency: Consistency) -> Charge {
    let units = bytes.div_ceil(4096).max(1) as u64;
    let halves = match consistency {
        Consistency::Strong => units * 2,
        Consistency::Eventual => units,
    };
    Charge { read_halves: halves, writes: 0 }
}

/// Bytes that a read of this charge read at least. Those of its first unit do not count: it may have found nothing.
pub fn read_bytes(charge: Charge, consistency: Consistency) -> usize {
    let units = match consistency {
        Consistency::Strong => charge.read_halves / 2,
        Consistency::Eventual => charge.read_halves,
    };
    usize::try_from(units.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(4096)
}

/// The cost of a write: a unit for each KB begun of the larger of the item before and after.
/// A write that its condition forbids costs the same.
pub fn write_charge(bytes: usize) -> Charge {
    Charge { read_halves: 0, writes: bytes.div_ceil(1024).max(1) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_had_the_bytes_that_it_cost_but_for_a_unit() {
        for consistency in [Consistency::Strong, Consistency::Eventual] {
            for (bytes, known) in [(0, 0), (1, 0), (4096, 0), (4097, 4096), (400_000, 397_312)] {
                assert_eq!(read_bytes(read_charge(bytes, consistency), consistency), known, "{bytes} bytes");
            }
        }
    }

    #[test]
    fn a_charge_reads_back() {
        for read_halves in 0..6 {
            for writes in [0, 1, 100] {
                let charge = Charge { read_halves, writes };
                assert_eq!(Charge::parse(&charge.to_string()), Some(charge));
            }
        }
        for text in ["", "rcu=1", "rcu=a, wcu=1", "rcu=1.2, wcu=1"] {
            assert_eq!(Charge::parse(text), None, "{text}");
        }
    }
}
