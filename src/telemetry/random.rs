//! Numbers for ids, which must differ and need not be unguessable.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<u64> = Cell::new(seed());
}

/// Another number each time. Each thread asks the system for randomness only once, and goes on from there by
/// `SplitMix64`.
pub fn differing() -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let state = STATE.get().wrapping_add(STEP);
    STATE.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn seed() -> u64 {
    // Without randomness of the system, at least processes differ.
    getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()))
}
