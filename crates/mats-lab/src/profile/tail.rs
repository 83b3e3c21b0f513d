//! A positive quantity whose largest values matter: quantiles, tail index and shares from a histogram whose bins grow
//! by a constant factor. Memory is fixed, and two histograms add up, whatever the order.

/// Bins per doubling: a quantile is off by a third of a per cent at most.
const PER_OCTAVE: f64 = 128.0;
/// Doublings covered, from [`LEAST`] on: microseconds to weeks, a byte to terabytes.
const OCTAVES: usize = 64;
/// The smallest value that is told from nothing.
const LEAST: f64 = 1e-6;

/// Values seen so far.
#[derive(Debug, Clone)]
pub struct Tail {
    counts: Vec<u64>,
    sums: Vec<f64>,
    zeros: u64,
    n: u64,
    sum: f64,
    squares: f64,
}

impl Default for Tail {
    fn default() -> Tail {
        let bins = OCTAVES * PER_OCTAVE as usize;
        Tail { counts: vec![0; bins], sums: vec![0.0; bins], zeros: 0, n: 0, sum: 0.0, squares: 0.0 }
    }
}

impl Tail {
    /// Counts one more value.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        if value < LEAST {
            self.zeros += 1;
            return;
        }
        let bin = ((libm::log2(value / LEAST) * PER_OCTAVE) as usize).min(self.counts.len() - 1);
        self.counts[bin] += 1;
        self.sums[bin] += value;
        self.sum += value;
        self.squares += value * value;
    }

    /// All values of another one.
    pub fn merge(&mut self, other: &Tail) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
        self.zeros += other.zeros;
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// The value that a share `p` of all values does not exceed. `None` where there are none.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let mark = (p * self.n as f64).ceil().max(1.0) as u64;
        let mut below = self.zeros;
        if self.n == 0 || below >= mark {
            return (self.n > 0).then_some(0.0);
        }
        let bin = self.counts.iter().position(|&count| {
            below += count;
            below >= mark
        })?;
        Some(self.mean_of(bin))
    }

    /// Share of all values that are below `value`.
    pub fn share_below(&self, value: f64) -> Option<f64> {
        let bins = (libm::log2(value / LEAST) * PER_OCTAVE) as usize;
        let below = self.zeros + self.counts[..bins].iter().sum::<u64>();
        (self.n > 0).then(|| below as f64 / self.n as f64)
    }

    /// The 99th percentile over the median.
    pub fn spread(&self) -> Option<f64> {
        ratio(self.quantile(0.99)?, self.quantile(0.5)?)
    }

    /// Standard deviation over mean.
    pub fn variation(&self) -> Option<f64> {
        let mean = self.sum / self.n.max(1) as f64;
        let variance = self.squares / self.n.max(1) as f64 - mean * mean;
        ratio(variance.max(0.0).sqrt(), mean)
    }

    /// The index of a Pareto tail, by Hill's estimator (Hill 1975) over the largest 1 % of the values.
    pub fn hill(&self) -> Option<f64> {
        let count = self.one_per_cent();
        let (top, _) = self.top(count + 1);
        let threshold = self.mean_of(top.last()?.0);
        let excess = |&(bin, n): &(usize, u64)| n as f64 * libm::log(self.mean_of(bin) / threshold);
        ratio(count as f64, top.iter().map(excess).sum())
    }

    /// Share of the sum that the largest 1 % of the values hold.
    pub fn top_share(&self) -> Option<f64> {
        ratio(self.top(self.one_per_cent()).1, self.sum)
    }

    fn one_per_cent(&self) -> u64 {
        self.n.div_ceil(100)
    }

    /// Bins of the so many largest values, from the largest down, with how many of each belong to them; and the sum
    /// of those values.
    fn top(&self, mut left: u64) -> (Vec<(usize, u64)>, f64) {
        let (mut bins, mut sum) = (Vec::new(), 0.0);
        for bin in (0..self.counts.len()).rev() {
            let count = self.counts[bin].min(left);
            if count > 0 {
                bins.push((bin, count));
                sum += self.mean_of(bin) * count as f64;
                left -= count;
            }
            if left == 0 {
                break;
            }
        }
        (bins, sum)
    }

    fn mean_of(&self, bin: usize) -> f64 {
        self.sums[bin] / self.counts[bin].max(1) as f64
    }
}

/// A quotient, where it means something.
pub fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below).filter(|r| r.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_pareto_law_is_found() {
        for alpha in [0.8, 1.2, 2.0] {
            let mut tail = Tail::default();
            let n = 200_000;
            (0..n).for_each(|i| tail.add(libm::pow((f64::from(i) + 0.5) / f64::from(n), -1.0 / alpha)));
            let (hill, median) = (tail.hill().unwrap(), tail.quantile(0.5).unwrap());
            assert!((hill / alpha - 1.0).abs() < 0.02, "{hill} for {alpha}");
            assert!((median / libm::pow(2.0, 1.0 / alpha) - 1.0).abs() < 0.01, "{median} for {alpha}");
        }
    }

    #[test]
    fn shares_and_spreads_are_those_of_the_values() {
        let mut tail = Tail::default();
        (0..99).for_each(|_| tail.add(1.0));
        tail.add(901.0);
        let close = |found: Option<f64>, wanted: f64| (found.unwrap() / wanted - 1.0).abs() < 0.01;
        assert!(close(tail.top_share(), 0.901));
        assert!(close(tail.spread(), 1.0));
        assert!(close(tail.share_below(2.0), 0.99));
        assert!(close(tail.variation(), 8.955));
        let mut twice = tail.clone();
        twice.merge(&tail);
        assert!(close(twice.top_share(), 0.901));
    }

    #[test]
    fn nothing_has_no_statistics() {
        let none = Tail::default();
        assert_eq!(
            (none.hill(), none.spread(), none.variation(), none.top_share()),
            (None, None, None, None)
        );
    }
}
