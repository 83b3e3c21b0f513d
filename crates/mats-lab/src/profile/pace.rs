//! How evenly something happens: gaps between occurrences, and counts by the minute.

use super::tail::ratio;

const MINUTE: u64 = 60_000_000;

/// Occurrences on one machine, in order of time.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Number, sum and sum of squares of the gaps, seconds.
    gaps: (u64, f64, f64),
    /// Sum and sum of squares of the counts of the minutes that are over.
    minutes: (f64, f64),
    occurrences: u64,
    /// The last occurrence, and the stretch of time that it belongs to.
    last: Option<(u64, u64)>,
    /// The minute that is going on, and its count.
    going: (u64, u64),
}

impl Pace {
    /// Counts one more, at a time in microseconds. Gaps are only counted within a stretch.
    pub fn add(&mut self, time: u64, stretch: u64) {
        if let Some((last, _)) = self.last.filter(|&(_, s)| s == stretch) {
            let gap = time.saturating_sub(last) as f64 / 1e6;
            self.gaps = (self.gaps.0 + 1, self.gaps.1 + gap, self.gaps.2 + gap * gap);
        }
        self.last = Some((time, stretch));
        self.occurrences += 1;
        if self.going.0 != time / MINUTE {
            self.end_minute();
            self.going.0 = time / MINUTE;
        }
        self.going.1 += 1;
    }

    /// Ends an episode.
    pub fn end(&mut self) {
        self.end_minute();
        self.last = None;
    }

    fn end_minute(&mut self) {
        let count = self.going.1 as f64;
        self.minutes = (self.minutes.0 + count, self.minutes.1 + count * count);
        self.going.1 = 0;
    }

    /// Adds the same machine in another episode; both are over.
    pub fn merge(&mut self, other: &Pace) {
        self.gaps = (self.gaps.0 + other.gaps.0, self.gaps.1 + other.gaps.1, self.gaps.2 + other.gaps.2);
        self.minutes = (self.minutes.0 + other.minutes.0, self.minutes.1 + other.minutes.1);
        self.occurrences += other.occurrences;
    }

    /// Returns the number of occurrences.
    pub fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// (σ − μ) / (σ + μ) of the gaps: −1 for a clock, 0 for a Poisson process, towards 1 for bursts (Goh and Barabási
    /// 2008).
    pub fn burstiness(&self) -> Option<f64> {
        let n = self.gaps.0 as f64;
        let mean = ratio(self.gaps.1, n)?;
        let deviation = (self.gaps.2 / n - mean * mean).max(0.0).sqrt();
        ratio(deviation - mean, deviation + mean)
    }

    /// Variance over mean of the counts by the minute, in so many minutes: 1 for a Poisson process (Fano 1947).
    pub fn dispersion(&self, minutes: f64) -> Option<f64> {
        let mean = ratio(self.minutes.0, minutes)?;
        ratio(self.minutes.1 / minutes - mean * mean, mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::random::Stream;

    /// Occurrences with gaps of a mean of 20 s, over so many.
    fn pace(gap: impl Fn(u64) -> f64) -> (Pace, f64) {
        let (mut pace, mut time) = (Pace::default(), 0);
        for i in 0..20_000 {
            time += (gap(i) * 20e6) as u64;
            pace.add(time, 0);
        }
        pace.end();
        (pace, time as f64 / MINUTE as f64)
    }

    #[test]
    fn a_clock_a_poisson_process_and_bursts_are_told_apart() {
        let rng = Stream::new(1, 2, 3);
        let check = |(pace, minutes): (Pace, f64), burstiness: (f64, f64), dispersion: (f64, f64)| {
            let found = (pace.burstiness().unwrap(), pace.dispersion(minutes).unwrap());
            assert!((burstiness.0..=burstiness.1).contains(&found.0), "{found:?}");
            assert!((dispersion.0..=dispersion.1).contains(&found.1), "{found:?}");
        };
        check(pace(|_| 1.0), (-1.0, -0.99), (-0.01, 0.01));
        check(pace(|i| -libm::log(1.0 - rng.unit(i))), (-0.02, 0.02), (0.95, 1.05));
        check(pace(|i| if rng.unit(i) < 0.05 { 20.0 } else { 0.0 }), (0.5, 0.7), (20.0, 60.0));
    }

    #[test]
    fn gaps_across_stretches_do_not_count() {
        let mut pace = Pace::default();
        for (time, stretch) in [(0, 0), (10_000_000, 0), (900_000_000, 1), (910_000_000, 1)] {
            pace.add(time, stretch);
        }
        assert_eq!(pace.gaps, (2, 20.0, 200.0));
    }
}
