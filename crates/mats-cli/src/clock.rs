//! The wall clock: the only place that looks at it.

use mats_results::Timing;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Times one run.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    start: Instant,
    started_unix_s: u64,
}

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "timing.json says when a run began and how long it took")]
    pub fn start() -> Stopwatch {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Stopwatch { start: Instant::now(), started_unix_s: since_1970.map_or(0, |d| d.as_secs()) }
    }

    /// Returns when the stopwatch was started, and how long ago that is.
    pub fn timing(&self) -> Timing {
        Timing {
            started_unix_s: self.started_unix_s,
            duration_s: self.start.elapsed().as_secs_f64(),
            threads: rayon::current_num_threads(),
        }
    }
}
