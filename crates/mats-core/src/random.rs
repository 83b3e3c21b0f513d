//! Keyed randomness. Every draw is addressed by *(seed, purpose, entity, index)* and never by the order of
//! calls, so what one entity does cannot shift the draws of another: two defenders on the same seed meet the
//! same users and the same attacker (common random numbers).

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// The generator behind every draw: small, fast, the same on every platform.
pub type Generator = Xoshiro256PlusPlus;

/// A stream of independent generators, one for each logical index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream(u64);

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): a bijection that scatters nearby keys.
const fn scatter(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of one entity for one purpose. `purpose` is any number unique to the call site's meaning.
    pub const fn new(seed: u64, purpose: u32, entity: u64) -> Stream {
        Stream(scatter(scatter(scatter(seed) ^ purpose as u64) ^ entity))
    }

    /// The generator at a logical index.
    pub fn at(self, index: u64) -> Generator {
        Generator::seed_from_u64(scatter(self.0 ^ scatter(index)))
    }

    /// A single 64-bit word at a logical index: cheaper than a generator when one draw is enough.
    pub const fn word(self, index: u64) -> u64 {
        scatter(self.0 ^ scatter(index))
    }

    /// A single uniform number in `[0, 1)` at a logical index.
    pub fn unit(self, index: u64) -> f64 {
        unit(self.word(index))
    }
}

/// The hash FNV-1a (Fowler, Noll, Vo) of some bytes: the same everywhere, and no defence against whoever contrives two
/// texts of one hash.
pub const fn fnv1a(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// A 64-bit word as a uniform number in `[0, 1)` with 53 bits.
pub fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Cells of a quantile table.
const CELLS: usize = 1024;

/// A positive distribution compiled to its quantiles: a draw is one multiplication and one interpolation.
/// The last cell, where heavy tails live, is kept by an explicit Pareto continuation.
#[derive(Debug, Clone)]
pub struct Quantiles {
    table: Box<[f32]>,
    /// Pareto index of the tail beyond the last cell; infinite for light tails.
    tail: f32,
    cap: f32,
}

impl Quantiles {
    /// Creates the table from an inverse distribution function on (0, 1), cut at `cap`.
    pub fn from_inverse(inverse: impl Fn(f64) -> f64, tail: f32, cap: f32) -> Quantiles {
        let table = (0..CELLS).map(|i| (inverse(i as f64 / CELLS as f64) as f32).min(cap)).collect();
        Quantiles { table, tail, cap }
    }

    /// Log-normal with the given median and log-standard deviation.
    pub fn log_normal(median: f64, sigma: f64, cap: f64) -> Quantiles {
        let quantile = |p: f64| median * libm::exp(sigma * normal_quantile(p.max(0.5 / CELLS as f64)));
        Quantiles::from_inverse(quantile, (2.5 / sigma.max(0.1)) as f32, cap as f32)
    }

    /// Exponential with the given mean.
    pub fn exponential(mean: f64, cap: f64) -> Quantiles {
        Quantiles::from_inverse(|p| -mean * libm::log1p(-p), 8.0, cap as f32)
    }

    /// One draw from a uniform 64-bit word.
    pub fn sample(&self, word: u64) -> f32 {
        let cell = (word >> 54) as usize;
        let part = ((word >> 30) & 0xff_ffff) as f32 * (1.0 / 16_777_216.0);
        let low = self.table[cell];
        if cell + 1 < CELLS {
            low + (self.table[cell + 1] - low) * part
        } else {
            let stretch = libm::powf(1.0 - part, -1.0 / self.tail);
            (low * stretch).min(self.cap)
        }
    }

    /// One draw from a generator.
    pub fn draw(&self, rng: &mut impl Rng) -> f32 {
        self.sample(rng.random())
    }
}

/// Standard normal quantile function (Acklam's rational approximation, relative error below 1.2e-9).
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_5,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let tail = |q: f64| {
        (((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5])
            / ((((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0)
    };
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    if p < 0.024_25 {
        tail(libm::sqrt(-2.0 * libm::log(p)))
    } else if p > 1.0 - 0.024_25 {
        -tail(libm::sqrt(-2.0 * libm::log(1.0 - p)))
    } else {
        let q = p - 0.5;
        let r = q * q;
        (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
            / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, Exp, LogNormal};

    #[test]
    fn draws_are_addressed_by_key_not_by_order() {
        let a = Stream::new(7, 1, 3);
        let later = a.at(9).random::<u64>();
        let _ = a.at(2).random::<u64>();
        assert_eq!(a.at(9).random::<u64>(), later);
        assert_ne!(Stream::new(7, 2, 3).at(9).random::<u64>(), later);
        assert_ne!(Stream::new(8, 1, 3).at(9).random::<u64>(), later);
    }

    #[test]
    fn fnv1a_gives_the_published_values() {
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text:?}");
        }
    }

    #[test]
    fn normal_quantile_matches_known_values() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.001, -3.090_232_306), (0.99, 2.326_347_874)] {
            assert!((normal_quantile(p) - z).abs() < 1e-6, "{p}");
        }
    }

    /// Draws of both kinds, ordered.
    fn ordered(table: &Quantiles, library: impl Distribution<f64>) -> [Vec<f64>; 2] {
        let (words, mut rng) = (Stream::new(1, 1, 1), Stream::new(1, 2, 1).at(0));
        let ours = (0..DRAWS as u64).map(|i| f64::from(table.sample(words.word(i)))).collect();
        let theirs = (0..DRAWS).map(|_| library.sample(&mut rng)).collect();
        let mut both: [Vec<f64>; 2] = [ours, theirs];
        for draws in &mut both {
            draws.sort_by(f64::total_cmp);
        }
        both
    }

    const DRAWS: usize = 400_000;

    /// A quantile of 400,000 draws is off by about sqrt(p (1 − p) / n) of probability: .0008 in the middle. Both sides
    /// err, so quantiles are compared with their neighbours .003 away; in the last cell, whose tail is a Pareto
    /// continuation, only the means are.
    #[test]
    fn quantile_tables_are_distributed_as_the_library_says() {
        let log_normal = |median: f64, sigma: f64| LogNormal::new(median.ln(), sigma).expect("finite");
        let check = |name: &str, table: &Quantiles, [ours, theirs]: [Vec<f64>; 2]| {
            assert!(table.sample(0) >= 0.0, "{name}");
            let at = |draws: &[f64], p: f64| draws[((p * DRAWS as f64) as usize).min(DRAWS - 1)];
            for p in [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] {
                let near = at(&theirs, p - 0.003)..=at(&theirs, p + 0.003);
                assert!(near.contains(&at(&ours, p)), "{name} at {p}: {} is not in {near:?}", at(&ours, p));
            }
            let inner = |draws: &[f64]| draws[..DRAWS * 99 / 100].iter().sum::<f64>();
            let ratio = inner(&ours) / inner(&theirs);
            assert!((ratio - 1.0).abs() < 0.01, "{name}: mean below the last hundredth is {ratio} of theirs");
        };
        for (median, sigma) in [(1.0, 0.4), (900.0, 1.4), (60_000.0, 2.0)] {
            let table = Quantiles::log_normal(median, sigma, 1e12);
            let both = ordered(&table, log_normal(median, sigma));
            check(&format!("log-normal {median} {sigma}"), &table, both);
        }
        for mean in [0.5, 10.0] {
            let table = Quantiles::exponential(mean, 1e6);
            let both = ordered(&table, Exp::new(1.0 / mean).expect("above 0"));
            check(&format!("exponential {mean}"), &table, both);
        }
    }
}
