//! A sliding-window limiter shared by all tasks and all processes on one state folder.
//!
//! Its file holds the last [`RING`] times at which a request was or will be sent, and a time before
//! which nothing may be sent at all. It is locked only while it is read and written, never while
//! somebody waits. The file always keeps [`RING`] times whatever the capacity is, so that a changed
//! setting forgets nothing.

use super::Forecast;
use crate::private;
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The largest capacity, and the number of times kept.
pub const RING: usize = 600;
/// Nothing is ever blocked for longer, in milliseconds.
const LONGEST_BLOCK: i64 = 10 * 60 * 1000;
const MAGIC: [u8; 8] = *b"BINDLIM1";
const LENGTH: usize = MAGIC.len() + 8 * (1 + RING);

/// An answer of [`Limiter::reserve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A slot is taken; send at this time, which may lie up to one period ahead.
    Granted(Timestamp),
    /// Nothing is taken; ask again at this time.
    NotBefore {
        /// When to ask again.
        until: Timestamp,
        /// Whether the service asked for the wait, rather than our own limit.
        blocked: bool,
    },
}

/// At most `capacity` requests in any `period`, counted over everybody who uses the same file.
#[derive(Debug, Clone)]
pub struct Limiter {
    store: Arc<Mutex<Store>>,
    capacity: usize,
    period: i64,
}

#[derive(Debug)]
enum Store {
    File(File),
    Memory(Box<Ring>),
}

impl Limiter {
    /// Opens or creates the file (mode 0600). The capacity is taken as 1 to [`RING`].
    ///
    /// # Errors
    /// When the file can't be opened for reading and writing.
    pub fn open(path: &Path, capacity: usize, period: Duration) -> io::Result<Self> {
        let mut options = private::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Self::new(Store::File(file), capacity, period))
    }

    /// A limiter for this process alone, for when there is no state folder.
    pub fn in_memory(capacity: usize, period: Duration) -> Self {
        Self::new(Store::Memory(Box::new(Ring::fresh())), capacity, period)
    }

    fn new(store: Store, capacity: usize, period: Duration) -> Self {
        let period = i64::try_from(period.as_millis()).unwrap_or(LONGEST_BLOCK);
        Self {
            store: Arc::new(Mutex::new(store)),
            capacity: capacity.clamp(1, RING),
            period: period.clamp(1, LONGEST_BLOCK),
        }
    }

    /// How many requests the period holds.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Takes the next free slot, if it begins within one period. The clock is read under the lock:
    /// a time read before it could be older than what others have written meanwhile, and make that
    /// look impossible.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn reserve(&self, clock: impl FnOnce() -> Timestamp) -> io::Result<Turn> {
        self.with_ring(clock, |ring, now| {
            if ring.blocked > now {
                return Turn::NotBefore { until: at(ring.blocked), blocked: true };
            }
            // Of the newest `capacity` requests the oldest: the next one must keep a period's distance.
            let bar = ring.times[RING - self.capacity]; // capacity is 1..=RING
            if bar > now {
                // Nobody reserves further ahead than a period, so later times can't be genuine.
                return Turn::NotBefore { until: at(bar), blocked: false };
            }
            let slot = now.max(bar.saturating_add(self.period));
            ring.insert(slot);
            Turn::Granted(at(slot))
        })
    }

    /// Waits for a slot. `waiting` hears of each wait before it begins; `clock` tells the time.
    /// `Ok(false)` when cancelled; a slot taken by then stays taken.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub async fn acquire(
        &self,
        cancel: &CancellationToken,
        clock: fn() -> Timestamp,
        waiting: impl Fn(Timestamp, bool),
    ) -> io::Result<bool> {
        loop {
            let turn = self.reserve(clock)?;
            let now = clock();
            let (until, blocked, granted) = match turn {
                Turn::Granted(at) if at <= now => return Ok(!cancel.is_cancelled()),
                Turn::Granted(at) => (at, false, true),
                Turn::NotBefore { until, blocked } => (until, blocked, false),
            };
            waiting(until, blocked);
            if !sleep_until(until, now, cancel).await {
                return Ok(false);
            }
            // The service may have asked everybody to wait while we slept.
            if granted && !self.is_blocked(clock)? {
                return Ok(true);
            }
        }
    }

    /// Lets nobody send before this time; at most ten minutes from now. Never shortens a wait.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn block_until(
        &self,
        clock: impl FnOnce() -> Timestamp,
        until: Timestamp,
    ) -> io::Result<()> {
        self.with_ring(clock, |ring, now| {
            let until = until.as_millisecond().min(now + LONGEST_BLOCK);
            ring.blocked = ring.blocked.max(until);
        })
    }

    /// How many slots of the period that ends now are used, those taken for later included.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn used(&self, clock: impl FnOnce() -> Timestamp) -> io::Result<usize> {
        self.with_ring(clock, |ring, now| {
            ring.times.iter().filter(|time| **time > now - self.period).count()
        })
    }

    /// How many requests could be sent right now, by our own limit.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn left(&self, clock: impl FnOnce() -> Timestamp) -> io::Result<usize> {
        Ok(self.capacity.saturating_sub(self.used(clock)?))
    }

    /// What the limiter holds now, to tell when further requests will be granted.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn forecast(&self, clock: impl FnOnce() -> Timestamp) -> io::Result<Forecast> {
        self.with_ring(clock, |ring, now| Forecast {
            capacity: self.capacity,
            period: self.period,
            blocked: ring.blocked,
            times: ring.times.iter().skip(RING - self.capacity).copied().collect(),
            used: ring.times.iter().filter(|time| **time > now - self.period).count(),
        })
    }

    fn is_blocked(&self, clock: impl FnOnce() -> Timestamp) -> io::Result<bool> {
        self.with_ring(clock, |ring, now| ring.blocked > now)
    }

    fn with_ring<T>(
        &self,
        clock: impl FnOnce() -> Timestamp,
        act: impl FnOnce(&mut Ring, i64) -> T,
    ) -> io::Result<T> {
        // The ring is whole after every call, so a panic elsewhere leaves nothing half done.
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *store {
            Store::Memory(ring) => {
                let now = clock().as_millisecond();
                ring.heal(now, self.period);
                Ok(act(ring, now))
            }
            Store::File(file) => {
                let locked = Locked::new(file)?;
                let now = clock().as_millisecond();
                let before = locked.read(now)?;
                let mut ring = before.clone();
                ring.heal(now, self.period);
                let answer = act(&mut ring, now);
                if ring != before {
                    locked.write(&ring)?;
                }
                Ok(answer)
            }
        }
    }
}

/// Sleeps; `false` when cancelled first.
async fn sleep_until(until: Timestamp, now: Timestamp, cancel: &CancellationToken) -> bool {
    let millis = u64::try_from(until.as_millisecond() - now.as_millisecond()).unwrap_or(0);
    tokio::select! {
        biased;
        () = cancel.cancelled() => false,
        () = tokio::time::sleep(Duration::from_millis(millis)) => true,
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Times in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ring {
    blocked: i64,
    /// Ascending.
    times: [i64; RING],
}

impl Ring {
    fn fresh() -> Self {
        Self { blocked: 0, times: [0; RING] }
    }

    /// What a damaged file is taken for: everything used just now, which costs one period at most.
    fn spent(now: i64) -> Self {
        Self { blocked: 0, times: [now; RING] }
    }

    /// Times that can't be genuine, because the clock was set back or the file was damaged, count as
    /// just now; an impossible block counts as none.
    fn heal(&mut self, now: i64, period: i64) {
        for time in self.times.iter_mut().filter(|time| **time > now + period) {
            *time = now;
        }
        self.times.sort_unstable();
        if self.blocked > now + LONGEST_BLOCK {
            self.blocked = 0;
        }
    }

    fn insert(&mut self, time: i64) {
        self.times[0] = time; // the oldest goes
        self.times.sort_unstable();
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(MAGIC);
        bytes.extend(self.blocked.to_le_bytes());
        bytes.extend(self.times.iter().flat_map(|time| time.to_le_bytes()));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.strip_prefix(&MAGIC)?.as_chunks::<8>();
        let mut words = words.iter().map(|word| i64::from_le_bytes(*word));
        let blocked = words.next()?;
        let times: Vec<i64> = words.collect();
        rest.is_empty().then_some(Self { blocked, times: times.try_into().ok()? })
    }
}

/// The file, locked against other processes until dropped.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    fn new(file: &'a File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }

    fn read(&self, now: i64) -> io::Result<Ring> {
        let mut file = self.0;
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::with_capacity(LENGTH);
        file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
        Ok(match bytes.as_slice() {
            [] => Ring::fresh(),
            bytes => Ring::from_bytes(bytes).unwrap_or_else(|| Ring::spent(now)),
        })
    }

    fn write(&self, ring: &Ring) -> io::Result<()> {
        let mut file = self.0;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&ring.to_bytes())?;
        file.set_len(LENGTH as u64)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // Closing the file would free it as well.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    const MINUTE: Duration = Duration::from_secs(60);
    const START: i64 = 1_800_000_000_000;

    fn slot(limiter: &Limiter, now: i64) -> Option<i64> {
        slot_by(limiter, || at(now))
    }

    fn slot_by(limiter: &Limiter, clock: impl FnOnce() -> Timestamp) -> Option<i64> {
        match limiter.reserve(clock).unwrap() {
            Turn::Granted(time) => Some(time.as_millisecond()),
            Turn::NotBefore { .. } => None,
        }
    }

    fn file() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limiter");
        (folder, path)
    }

    /// No window that ends with a request holds more than `capacity`.
    fn assert_within(mut times: Vec<i64>, capacity: usize, period: i64) {
        times.sort_unstable();
        for (first, last) in times.iter().zip(times.iter().skip(capacity)) {
            assert!(last - first >= period, "{} within {} ms", capacity + 1, last - first);
        }
    }

    #[test]
    fn a_full_period_pushes_the_next_request_out_of_it() {
        let limiter = Limiter::in_memory(2, MINUTE);
        assert_eq!(slot(&limiter, START), Some(START));
        assert_eq!(slot(&limiter, START + 1000), Some(START + 1000));
        assert_eq!(slot(&limiter, START + 2000), Some(START + 60_000));
        assert_eq!(limiter.used(|| at(START + 2000)).unwrap(), 3);
        assert_eq!(limiter.left(|| at(START + 2000)).unwrap(), 0);
        assert_eq!(limiter.left(|| at(START + 200_000)).unwrap(), 2);
    }

    #[test]
    fn several_instances_and_threads_keep_one_limit() {
        let (_folder, path) = file();
        let clock = AtomicI64::new(START);
        let times: Vec<i64> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let own = Limiter::open(&path, 7, Duration::from_secs(1)).unwrap();
                        (0..60)
                            .filter_map(|_| {
                                slot_by(&own, || at(clock.fetch_add(37, Ordering::Relaxed)))
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        assert!(times.len() > 20);
        assert_within(times, 7, 1000);
    }

    #[test]
    fn a_changed_setting_never_allows_more() {
        let (_folder, path) = file();
        let wide = Limiter::open(&path, 600, MINUTE).unwrap();
        let mut times: Vec<i64> = (0..50).filter_map(|i| slot(&wide, START + i)).collect();
        let narrow = Limiter::open(&path, 10, MINUTE).unwrap();
        assert_eq!(narrow.left(|| at(START + 100)).unwrap(), 0);
        let first = slot(&narrow, START + 100).unwrap();
        assert_eq!(first, times[40] + 60_000);
        let again = Limiter::open(&path, 55, MINUTE).unwrap();
        times.push(first);
        times.extend((0..20).filter_map(|i| slot(&again, START + 200 + i)));
        assert_within(times, 55, 60_000);
    }

    #[test]
    fn a_clock_set_back_costs_one_period_at_most() {
        let (_folder, path) = file();
        let limiter = Limiter::open(&path, 3, MINUTE).unwrap();
        for _ in 0..3 {
            slot(&limiter, START);
        }
        limiter.block_until(|| at(START), at(START + 300_000)).unwrap();
        let before = START - 86_400_000;
        assert_eq!(slot(&limiter, before), Some(before + 60_000));
    }

    #[test]
    fn a_damaged_file_is_taken_as_used_up_and_repaired() {
        for bytes in [vec![7; 13], vec![0xff; LENGTH], vec![0; LENGTH + 50]] {
            let (_folder, path) = file();
            std::fs::write(&path, bytes).unwrap();
            let limiter = Limiter::open(&path, 3, MINUTE).unwrap();
            assert_eq!(slot(&limiter, START), Some(START + 60_000));
            assert_eq!(std::fs::metadata(&path).unwrap().len(), LENGTH as u64);
            assert_eq!(slot(&limiter, START + 60_000), Some(START + 60_000));
        }
    }

    #[test]
    fn nobody_reserves_further_ahead_than_a_period() {
        let limiter = Limiter::in_memory(1, MINUTE);
        assert_eq!(slot(&limiter, START), Some(START));
        assert_eq!(slot(&limiter, START + 1), Some(START + 60_000));
        assert_eq!(
            limiter.reserve(|| at(START + 2)).unwrap(),
            Turn::NotBefore { until: at(START + 60_000), blocked: false }
        );
    }

    #[test]
    fn a_block_holds_for_all_and_for_ten_minutes_at_most() {
        let (_folder, path) = file();
        let one = Limiter::open(&path, 5, MINUTE).unwrap();
        let two = Limiter::open(&path, 5, MINUTE).unwrap();
        one.block_until(|| at(START), at(START + 86_400_000)).unwrap();
        one.block_until(|| at(START), at(START + 5)).unwrap();
        assert_eq!(
            two.reserve(|| at(START)).unwrap(),
            Turn::NotBefore { until: at(START + 600_000), blocked: true }
        );
        assert_eq!(slot(&two, START + 600_000), Some(START + 600_000));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = file();
        Limiter::open(&path, 5, MINUTE).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_wait_is_told_and_cut_short_by_cancelling() {
        let limiter = Limiter::in_memory(1, MINUTE);
        let cancel = CancellationToken::new();
        assert!(limiter.acquire(&cancel, Timestamp::now, |_, _| panic!("no wait")).await.unwrap());
        let waits = Mutex::new(0);
        let got = limiter
            .acquire(&cancel, Timestamp::now, |_, blocked| {
                assert!(!blocked);
                *waits.lock().unwrap() += 1;
                cancel.cancel();
            })
            .await
            .unwrap();
        assert!(!got);
        assert_eq!(*waits.lock().unwrap(), 1);
    }
}
