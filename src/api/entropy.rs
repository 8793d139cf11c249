//! Random bytes from the operating system, fetched by the page so that most requests make no system call.

use std::cell::RefCell;

const PAGE: usize = 1024;

struct Pool {
    page: [u8; PAGE],
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { page: [0; PAGE], used: PAGE }) };
}

/// Bytes that nobody can guess, and that were never handed out before.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    const { assert!(N <= PAGE, "more than a page at once") };
    POOL.with_borrow_mut(|pool| {
        if PAGE - pool.used < N {
            getrandom::fill(&mut pool.page).expect("a running system has random bytes");
            pool.used = 0;
        }
        let mut bytes = [0; N];
        let taken = &mut pool.page[pool.used..pool.used + N];
        bytes.copy_from_slice(taken);
        taken.fill(0);
        pool.used += N;
        bytes
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_bytes_come_twice() {
        let ids: HashSet<[u8; 16]> = (0..1000).map(|_| bytes()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
