//! How ids are spelt out when telemetry leaves for files. Spellings depend on ids alone and are scattered, so
//! that neither length nor order of a name tells who uses it.

use crate::clock::Epoch;
use crate::text;
use mats_core::random::Stream;
use mats_core::{Addr, DomainId, HostId, Inventory, Os, UserId};
use std::borrow::Cow;
use std::fmt;

/// Purposes of the random streams of this module.
const UID: u32 = 0x6d61_7401;
const PORT: u32 = 0x6d61_7402;

/// Spells ids with the names of an inventory.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    inventory: &'a Inventory,
    resolver: Option<fn(DomainId) -> Addr>,
    weekday: u8,
}

/// The domain that the organisation's machines and accounts belong to (RFC 2606 keeps it free), and its short form.
pub const ORGANISATION: (&str, &str) = ("corp.example", "CORP");

impl<'a> Names<'a> {
    /// Names from an inventory.
    pub fn new(inventory: &'a Inventory) -> Names<'a> {
        Names { inventory, resolver: None, weekday: 0 }
    }

    /// Answers look-ups too: a function that gives every domain its address.
    pub fn with_resolver(self, resolver: fn(DomainId) -> Addr) -> Names<'a> {
        Names { resolver: Some(resolver), ..self }
    }

    /// Lets time begin on another day of the week than Monday, which is 0.
    pub fn with_weekday(self, weekday: u8) -> Names<'a> {
        Names { weekday, ..self }
    }

    /// The moment at which simulated time is zero.
    pub fn epoch(&self) -> Epoch {
        Epoch::of(self.inventory).later(self.weekday)
    }

    /// The address of a domain, where it can be known.
    pub fn resolve(&self, domain: DomainId) -> Option<Addr> {
        self.resolver.map(|resolver| resolver(domain))
    }

    /// A machine's name, appended to a line.
    pub(crate) fn append_host(&self, id: HostId, out: &mut Vec<u8>) {
        if let Some(host) = self.inventory.hosts.get(id.index()) {
            out.extend_from_slice(host.name.as_bytes());
        } else {
            out.extend_from_slice(b"host-");
            text::number(out, id.0.into());
        }
    }

    /// The address of the machine that an account's owner works on.
    pub(crate) fn home(&self, user: UserId) -> Option<Addr> {
        let known = self.inventory.users.get(user.some()?.index())?;
        Some(Addr::internal(known.home))
    }

    /// A machine's full name: its name in lower case and the organisation's domain.
    pub(crate) fn append_fqdn(&self, id: HostId, out: &mut Vec<u8>) {
        let start = out.len();
        self.append_host(id, out);
        out[start..].make_ascii_lowercase();
        out.push(b'.');
        out.extend_from_slice(ORGANISATION.0.as_bytes());
    }

    /// The inventory behind the names.
    pub fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// A machine; `host-N` when the inventory does not know it.
    pub fn host(&self, id: HostId) -> Cow<'a, str> {
        let known = self.inventory.hosts.get(id.index());
        known.map_or_else(|| format!("host-{}", id.0).into(), |host| host.name.as_str().into())
    }

    /// An account; `user-N` when the inventory does not know it, `None` for [`UserId::NONE`].
    pub fn user(&self, id: UserId) -> Option<Cow<'a, str>> {
        let id = id.some()?;
        let known = self.inventory.users.get(id.index());
        Some(known.map_or_else(|| format!("user-{}", id.0).into(), |user| user.name.as_str().into()))
    }

    /// The operating system of a machine; Linux when the inventory does not know it.
    pub fn os(&self, id: HostId) -> Os {
        self.inventory.hosts.get(id.index()).map_or(Os::Linux, |host| host.os)
    }

    /// The port an originator would have taken for the flow of record `number`: from Windows' range 49152–65535
    /// or Linux' 32768–60999, after the machine's system; IANA's range for outsiders.
    pub fn ephemeral_port(&self, originator: Addr, number: u64) -> u16 {
        let (low, count) = match originator.host().map(|host| self.os(host)) {
            Some(Os::Linux) => (32768, 28232),
            Some(Os::Windows) | None => (49152, 16384),
        };
        low + (Stream::new(0, PORT, u64::from(originator.0)).word(number) % count) as u16
    }
}

/// A domain name, shown as four syllables under `.example`, which RFC 2606 keeps free: no spelling is anybody's
/// name. Different ids have different spellings of the same build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain(pub DomainId);

impl Domain {
    /// The parts of the name, one after the other.
    fn parts(self) -> impl Iterator<Item = &'static str> {
        // Each of the four bytes of a scattered id is a syllable: 16 onsets × 4 vowels × 4 endings. No ending is
        // an onset's beginning, so syllables cannot be read in two ways.
        const ONSETS: [&str; 16] =
            ["b", "c", "d", "f", "g", "h", "k", "m", "p", "s", "t", "v", "z", "br", "st", "tr"];
        const VOWELS: [&str; 4] = ["a", "e", "i", "o"];
        const ENDINGS: [&str; 4] = ["", "l", "n", "x"];
        let syllables = scatter(self.0.0).to_be_bytes().into_iter().flat_map(|byte| {
            let byte = byte as usize;
            [ONSETS[byte >> 4], VOWELS[byte >> 2 & 3], ENDINGS[byte & 3]]
        });
        syllables.chain([".example"])
    }

    /// Appends the name to a line.
    pub(crate) fn append(self, out: &mut Vec<u8>) {
        self.parts().for_each(|part| out.extend_from_slice(part.as_bytes()));
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|part| f.write_str(part))
    }
}

/// A bijection that scatters nearby numbers (the finaliser of `MurmurHash3`).
const fn scatter(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

/// The identifier of a record in Zeek and ECS files: `C` and 17 of `0–9 A–Z a–z`, as Zeek builds them, made from
/// the record's number. The first eleven spell a bijection of the number, so no two are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uid(pub u64);

impl Uid {
    /// Returns the letters of the identifier.
    pub fn bytes(self) -> [u8; 18] {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut text = *b"C00000000000000000";
        let (mut head, mut tail) = (spread(self.0), Stream::new(0, UID, 0).word(self.0));
        for (i, byte) in text[1..].iter_mut().enumerate() {
            let rest = if i < 11 { &mut head } else { &mut tail };
            *byte = DIGITS[(*rest % 62) as usize];
            *rest /= 62;
        }
        text
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.bytes()).expect("letters and digits"))
    }
}

/// An identifier built as [`Uid`] with another letter in front, as Zeek has them for files.
pub(crate) fn unique(out: &mut Vec<u8>, letter: u8, number: u64) {
    out.push(letter);
    out.extend_from_slice(&Uid(!number).bytes()[1..]);
}

/// A bijection on 64 bits (the finaliser of `SplitMix64`).
const fn spread(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn spellings_differ_and_look_alike() {
        let domains: BTreeSet<String> = (0..20_000).map(|i| Domain(DomainId(i)).to_string()).collect();
        assert_eq!(domains.len(), 20_000);
        assert!(domains.iter().all(|name| (16..=28).contains(&name.len())));
        let uids: BTreeSet<String> = (0..20_000).map(|i| Uid(i).to_string()).collect();
        assert_eq!(uids.len(), 20_000);
        assert!(uids.iter().all(|uid| uid.len() == 18 && uid.starts_with('C')));
    }

    #[test]
    fn unknown_ids_have_names_too() {
        let inventory = Inventory::default();
        let names = Names::new(&inventory);
        assert_eq!(names.host(HostId(3)), "host-3");
        assert_eq!(names.user(UserId(4)).unwrap(), "user-4");
        assert_eq!(names.user(UserId::NONE), None);
        assert!((32768..=60999).contains(&names.ephemeral_port(Addr::internal(HostId(1)), 7)));
        assert!(names.ephemeral_port(Addr(0x0808_0808), 7) >= 49152);
    }
}
