//! Fingerprints.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The SHA-256 of what a value means, to go by its JSON.
pub fn fingerprint(value: &impl Serialize) -> String {
    sha256(&serde_json::to_vec(value).expect("plain data always serialises"))
}

/// Writer that sums up what passes through it.
pub(crate) struct Summing<W> {
    inner: W,
    hasher: Sha256,
}

impl<W: Write> Summing<W> {
    /// Sums up what is written to `inner`.
    pub(crate) fn new(inner: W) -> Summing<W> {
        Summing { inner, hasher: Sha256::new() }
    }

    /// The SHA-256 of all that was written, in hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hexadecimal(&self.hasher.finalize())
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
