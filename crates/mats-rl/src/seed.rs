//! Seeds made from seeds, so that no draw depends on what was drawn elsewhere.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator behind every draw: small, fast, the same on every platform.
pub type Generator = Xoshiro256PlusPlus;

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
const fn scatter(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed for the given purpose and index.
pub const fn derive(seed: u64, purpose: u64, index: u64) -> u64 {
    scatter(scatter(scatter(seed) ^ purpose) ^ index)
}

/// A generator for the given purpose.
pub fn generator(seed: u64, purpose: u64) -> Generator {
    Generator::seed_from_u64(derive(seed, purpose, 0))
}
