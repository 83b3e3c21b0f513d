//! Knowledge of the organisation's own machines and people: the asset inventory a defender may use.

use crate::ids::{HostId, SubnetId, UserId};
use serde::{Deserialize, Serialize};

/// Class of a machine: how much hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum AssetClass {
    /// One person works on it.
    Workstation,
    /// Many depend on it.
    Server,
    /// The organisation stands still without it.
    Critical,
}

impl AssetClass {
    /// All classes; a class's position is its number.
    pub const ALL: [AssetClass; 3] = [AssetClass::Workstation, AssetClass::Server, AssetClass::Critical];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["workstation", "server", "critical"][self as usize]
    }
}

/// Operating systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Microsoft Windows.
    Windows,
    /// Linux.
    Linux,
}

/// One machine of the inventory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostInfo {
    /// Name of the machine.
    pub name: String,
    /// The segment it stands in.
    pub subnet: SubnetId,
    /// Operating system of the machine.
    pub os: Os,
    /// Class: how much hangs on it.
    pub class: AssetClass,
    /// Cost of an hour without it while people work, in the scenario's unit.
    pub value: f32,
    /// True when automatic isolation is forbidden.
    pub never_isolate: bool,
    /// The account that normally works on it; [`UserId::NONE`] for servers.
    pub owner: UserId,
}

/// One account of the inventory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserInfo {
    /// Name of the account.
    pub name: String,
    /// The machine its owner normally works on.
    pub home: HostId,
    /// True when the account has administrative rights.
    pub admin: bool,
    /// Cost of an hour without it while its owner works, in the scenario's unit.
    pub value: f32,
}

/// The inventory: columns by [`HostId`], [`UserId`] and [`SubnetId`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// Machines.
    pub hosts: Vec<HostInfo>,
    /// Accounts.
    pub users: Vec<UserInfo>,
    /// Names of segments.
    pub subnets: Vec<String>,
    /// Seconds after midnight at which an episode begins; public knowledge, as clocks are.
    pub start_of_day: u32,
}

impl Inventory {
    /// A machine.
    pub fn host(&self, id: HostId) -> &HostInfo {
        &self.hosts[id.index()]
    }
    /// An account.
    pub fn user(&self, id: UserId) -> &UserInfo {
        &self.users[id.index()]
    }
}
