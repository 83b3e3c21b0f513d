//! Actions that a defender can take, and what came of it.

use crate::ids::{DomainId, HostId, OrderId, ThreatId, UserId};
use crate::telemetry::Addr;
use crate::time::SimTime;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The actions. Numbers are stable for ever: trained policies depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Wait and look again.
    Monitor,
    /// Hand the threat to a human analyst, who takes time and may err.
    AlertAnalyst,
    /// Scan the machine for malware and signs of compromise.
    RunScan,
    /// Block the threat's external address for everyone.
    BlockIp,
    /// Block the threat's domain for everyone.
    BlockDomain,
    /// End the suspicious programs on the machine.
    KillProcess,
    /// Disable the threat's account until released.
    DisableAccount,
    /// Give the threat's account new credentials.
    ResetCredentials,
    /// Cut the machine off the network until released.
    IsolateHost,
    /// Install missing patches on the machine.
    PatchHost,
    /// Rebuild the machine from a clean image.
    ReimageHost,
    /// Place a decoy next to the machine.
    DeployDecoy,
    /// Undo isolation, disabled account and blocks made for this threat.
    Release,
    /// Give new credentials to all accounts that were exposed on the machine.
    ResetExposed,
}

impl Action {
    /// Number of actions.
    pub const COUNT: usize = 14;

    /// Names in files and tables, in the order of the actions.
    pub const NAMES: [&'static str; Action::COUNT] = [
        "monitor",
        "alert_analyst",
        "run_scan",
        "block_ip",
        "block_domain",
        "kill_process",
        "disable_account",
        "reset_credentials",
        "isolate_host",
        "patch_host",
        "reimage_host",
        "deploy_decoy",
        "release",
        "reset_exposed",
    ];

    /// All actions; an action's position is its number.
    pub const ALL: [Action; Action::COUNT] = [
        Action::Monitor,
        Action::AlertAnalyst,
        Action::RunScan,
        Action::BlockIp,
        Action::BlockDomain,
        Action::KillProcess,
        Action::DisableAccount,
        Action::ResetCredentials,
        Action::IsolateHost,
        Action::PatchHost,
        Action::ReimageHost,
        Action::DeployDecoy,
        Action::Release,
        Action::ResetExposed,
    ];

    /// The name used in files and tables.
    pub const fn name(self) -> &'static str {
        Action::NAMES[self as usize]
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|a| a.name() == name)
    }

    /// Returns the action as an OpenC2 command: (action, target type), OASIS OpenC2 Language Specification 1.0.
    pub const fn openc2(self) -> (&'static str, &'static str) {
        [
            ("query", "features"),
            ("investigate", "x-mats:threat"),
            ("scan", "device"),
            ("deny", "ipv4_net"),
            ("deny", "domain_name"),
            ("stop", "process"),
            ("deny", "x-mats:account"),
            ("set", "x-mats:account"),
            ("contain", "device"),
            ("update", "device"),
            ("restore", "device"),
            ("create", "x-mats:decoy"),
            ("allow", "device"),
            ("set", "x-mats:accounts"),
        ][self as usize]
    }
}

/// Mask of actions that may be taken, one flag for each in the order of [`Action::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionMask(pub [bool; Action::COUNT]);

impl ActionMask {
    /// Mask that allows only [`Action::Monitor`], which is always possible.
    pub const MONITOR: ActionMask = {
        let mut m = [false; Action::COUNT];
        m[0] = true;
        ActionMask(m)
    };

    /// Any action that may be taken, each as likely; [`Action::Monitor`] where none may.
    pub fn sample(&self, rng: &mut impl Rng) -> Action {
        let allowed = || Action::ALL.into_iter().filter(|&action| self.allows(action));
        let pick = rng.random_range(0..allowed().count().max(1));
        allowed().nth(pick).unwrap_or(Action::Monitor)
    }

    /// Tells whether an action may be taken.
    pub fn allows(&self, action: Action) -> bool {
        self.0[action as usize]
    }
}

/// Target of an action; taken from the [`crate::ThreatIntel`] it answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The machine.
    pub host: HostId,
    /// The account.
    pub user: Option<UserId>,
    /// The external address.
    pub address: Option<Addr>,
    /// The domain.
    pub domain: Option<DomainId>,
}

/// Accounts that an order is about besides that of its target; at most [`Accounts::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts([UserId; Accounts::MOST]);

impl Accounts {
    /// Number of accounts at most.
    pub const MOST: usize = 6;

    /// The accounts, in order.
    pub fn iter(&self) -> impl Iterator<Item = UserId> + '_ {
        self.0.iter().copied().filter(|&user| user != UserId::NONE)
    }
    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
    /// Adds an account, if there is room and it is not among them.
    pub fn add(&mut self, user: UserId) {
        if user != UserId::NONE
            && !self.0.contains(&user)
            && let Some(seat) = self.0.iter_mut().find(|seat| **seat == UserId::NONE)
        {
            *seat = user;
        }
    }
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts([UserId::NONE; Accounts::MOST])
    }
}

/// An action, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The threat it answers.
    pub threat: ThreatId,
    /// Action to carry out.
    pub action: Action,
    /// Target to act upon.
    pub target: Target,
    /// What a release gives back; no other action asks.
    pub give_back: GiveBack,
    /// Accounts that are given new credentials, for [`Action::ResetExposed`].
    pub accounts: Accounts,
}

/// Things that were cut off because of a machine's threat, each to be given back for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GiveBack {
    /// Flag: the machine to the network.
    pub isolation: bool,
    /// Flag: the accounts that were disabled.
    pub accounts: bool,
    /// Flag: the outside addresses and domains that were blocked.
    pub blocks: bool,
}

impl GiveBack {
    /// All of it.
    pub const ALL: GiveBack = GiveBack { isolation: true, accounts: true, blocks: true };

    /// Tells whether there is anything to give back.
    pub const fn is_any(self) -> bool {
        self.isolation || self.accounts || self.blocks
    }
}

/// Outcome of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Carried out. That does not mean that the threat is gone.
    Done,
    /// Tried, and did not work.
    Failed,
}

/// Finding of a scan, an analyst or a decoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// Signs of compromise. May be wrong.
    Malicious,
    /// Nothing. May be wrong.
    Clean,
    /// Contact of the machine with a decoy: a suspicion, for scanners and people stumble upon them, too.
    Contact,
}

impl Finding {
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["malicious", "clean", "contact with a decoy"][self as usize]
    }
}

/// Result of an order: world → Response and Learning Agents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ActionResult {
    /// Order that ended.
    pub id: OrderId,
    /// The order itself.
    pub order: Order,
    /// Time at which it was given.
    pub issued: SimTime,
    /// Time at which it ended.
    pub finished: SimTime,
    /// Outcome of the order.
    pub outcome: Outcome,
    /// Finding, for scans, analysts and decoys.
    pub finding: Option<Finding>,
    /// Cost to carry it out, in the scenario's unit.
    pub cost: f32,
}
