//! FNV-1a (Fowler, Noll, Vo): a checksum that is the same everywhere.

/// A checksum that grows with what it is given.
#[derive(Debug, Clone)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv::new()
    }
}

impl Fnv {
    /// The checksum of nothing.
    pub fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
    /// Takes bytes in, and where they end.
    pub fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
        // Separates "ab" + "c" from "a" + "bc".
        self.0 = (self.0 ^ bytes.len() as u64).wrapping_mul(0x0100_0000_01b3);
    }
    /// The checksum of what was taken in.
    pub fn finish(&self) -> u64 {
        self.0
    }
}

/// Scatters nearby keys over all bits; two multiplications, because one alone spreads regular keys too evenly
/// for counting by collisions.
#[inline]
pub fn scatter(key: u64) -> u64 {
    let z = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 32)
}
