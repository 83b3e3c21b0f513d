//! Fingerprints.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The SHA-256 of what a value means, to go by its JSON.
pub fn fingerprint(value: &impl Serialize) -> String {
    sha256(&serde_json::to_vec(value).expect("plain data always serialises"))
}
