//! UUID version 5 (RFC 9562): a name hashed with SHA-1 (RFC 3174), so that the same content always has the
//! same identifier.

/// The namespace of this project's identifiers: the version 5 UUID of `mats.example` among domain names.
pub const NAMESPACE: [u8; 16] = v5(DNS, b"mats.example");

/// The namespace of domain names (RFC 9562, appendix).
const DNS: [u8; 16] =
    [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

/// The version 5 UUID of a name in a namespace.
pub const fn v5(namespace: [u8; 16], name: &[u8]) -> [u8; 16] {
    let digest = sha1(&namespace, name);
    let mut id = [0; 16];
    let mut i = 0;
    while i < 16 {
        id[i] = digest[i];
        i += 1;
    }
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    id
}

/// A UUID in its usual spelling.
pub fn text(id: [u8; 16]) -> String {
    let n = u128::from_be_bytes(id);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        n >> 96,
        n >> 80 & 0xffff,
        n >> 64 & 0xffff,
        n >> 48 & 0xffff,
        n & 0xffff_ffff_ffff
    )
}

/// SHA-1 of two byte strings, one after the other.
const fn sha1(first: &[u8], second: &[u8]) -> [u8; 20] {
    let length = first.len() + second.len();
    let blocks = (length + 8) / 64 + 1;
    let mut state: [u32; 5] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
    let mut block = 0;
    while block < blocks {
        let mut words = [0u32; 80];
        let mut i = 0;
        while i < 64 {
            let at = block * 64 + i;
            let byte = if at < first.len() {
                first[at]
            } else if at < length {
                second[at - first.len()]
            } else if at == length {
                0x80
            } else if block + 1 == blocks && i >= 56 {
                ((length as u64 * 8) >> (8 * (63 - i))) as u8
            } else {
                0
            };
            words[i / 4] |= (byte as u32) << (24 - 8 * (i % 4));
            i += 1;
        }
        state = compress(state, words);
        block += 1;
    }
    let mut digest = [0; 20];
    let mut i = 0;
    while i < 20 {
        digest[i] = (state[i / 4] >> (24 - 8 * (i % 4))) as u8;
        i += 1;
    }
    digest
}

const fn compress(state: [u32; 5], mut words: [u32; 80]) -> [u32; 5] {
    let [mut a, mut b, mut c, mut d, mut e] = state;
    let mut t = 0;
    while t < 80 {
        if t >= 16 {
            words[t] = (words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16]).rotate_left(1);
        }
        let (f, k) = match t {
            0..20 => (b & c | !b & d, 0x5a827999),
            20..40 => (b ^ c ^ d, 0x6ed9eba1),
            40..60 => (b & c | b & d | c & d, 0x8f1bbcdc),
            _ => (b ^ c ^ d, 0xca62c1d6),
        };
        let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(words[t]);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        t += 1;
    }
    [
        state[0].wrapping_add(a),
        state[1].wrapping_add(b),
        state[2].wrapping_add(c),
        state[3].wrapping_add(d),
        state[4].wrapping_add(e),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_and_identifiers_are_those_of_the_standards() {
        let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
        assert_eq!(hex(&sha1(b"", b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(&sha1(b"", b"")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(&sha1(&long[..7], &long[7..])), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        assert_eq!(text(v5(DNS, b"www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }
}
