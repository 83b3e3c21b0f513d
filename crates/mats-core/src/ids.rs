//! Typed indices into columns. An id is a position, never a name.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// The id as a position in a column.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A machine.
    HostId,
    /// A user account.
    UserId,
    /// A network segment.
    SubnetId,
    /// One run of an attack within an episode.
    CampaignId,
    /// A threat as the Detection Agent follows it; stable over its life.
    ThreatId,
    /// An action that was ordered.
    OrderId,
    /// A domain name; 0 means none. Names are spelt out only when telemetry is written to files.
    DomainId,
}

impl UserId {
    /// Mark of a record that names no account.
    pub const NONE: UserId = UserId(u32::MAX);
    /// The account, if one is named.
    pub fn some(self) -> Option<UserId> {
        (self != UserId::NONE).then_some(self)
    }
}

impl DomainId {
    /// Mark of a record that names no domain.
    pub const NONE: DomainId = DomainId(0);
}
