//! Access of a campaign, and its end state.

use serde::{Deserialize, Serialize};

/// Access of a campaign at a moment: the truth about what it has of the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stands or not, whatever the others do")]
pub struct Access {
    /// Flag: a live foothold on a machine that is neither isolated nor being rebuilt, nor rests on a disabled account.
    pub foothold: bool,
    /// Flag: harm from outside that needs nothing inside, such as a flood, goes on and is not blocked.
    pub siege: bool,
    /// Flag: a stolen credential that would be accepted.
    pub credential: bool,
    /// Flag: persistence that would bring a foothold back by itself.
    pub persistence: bool,
    /// Flag: any of these behind isolation, rebuilding, a disabled account or a block.
    pub cut_off: bool,
}

impl Access {
    /// Tells whether the attacker can do harm at this moment.
    pub const fn is_held(self) -> bool {
        self.foothold || self.siege
    }
    /// Tells whether there is access, of whatever kind.
    pub const fn is_open(self) -> bool {
        self.is_held() || self.credential || self.persistence
    }
    /// Tells whether anything stands, cut off or not.
    pub const fn is_any(self) -> bool {
        self.is_open() || self.cut_off
    }
}

/// End state of a campaign: what stood during the last hours before the horizon. Whether it had reached its objective by
/// then is another question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    /// Nothing but preparation ever succeeded.
    NeverIn,
    /// Neither access nor anything cut off, and orders of the defender had ended something.
    Evicted,
    /// Neither access nor anything cut off, but no order of the defender had ended anything.
    Left,
    /// Nothing but what is cut off.
    CutOff,
    /// Stolen credentials or persistence, but no foothold.
    Residual,
    /// A foothold, or a siege.
    Held,
}

impl EndState {
    /// All end states; an end state's position is its number.
    pub const ALL: [EndState; 6] = [
        EndState::NeverIn,
        EndState::Evicted,
        EndState::Left,
        EndState::CutOff,
        EndState::Residual,
        EndState::Held,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["never_in", "evicted", "left", "cut_off", "residual", "held"][self as usize]
    }
}
