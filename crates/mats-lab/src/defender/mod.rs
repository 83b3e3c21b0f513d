//! Defenders: who they are by name, what they know, and how they are asked.
//!
//! | module | holds |
//! |---|---|
//! | [`spec`] | [`DefenderSpec`]: a name with all that it stands for, files included |
//! | [`play`](mod@play) | games in lanes, decided by anybody's [`Defender`] or [`Informed`] |
//! | [`oracle`] | the algorithm that sees the truth |
//! | [`clock`] | the rule that looks at nothing but the time |

pub mod clock;
pub mod oracle;
pub mod play;
pub mod spec;

use mats_core::Action;
use mats_gym::{Informed, Told, ToldTheTruth};
use mats_respond::baselines::{Always, Random};
use mats_respond::{Defender, PolicyTable, ResponseAgent};
use mats_results::{MARK, NONE, ORACLE, PRIVILEGED};
use oracle::Oracle;

pub use play::play;
pub use spec::{DEFENDERS, DefenderSpec, SpecError};

/// Decider, by what it may know.
pub enum Decider {
    /// Sees what a defender could know.
    Plain(Box<dyn Defender>),
    /// Is told the truth.
    Privileged(Box<dyn Informed>),
}

impl Decider {
    /// Tells whether the decider is told the truth.
    pub const fn is_privileged(&self) -> bool {
        matches!(self, Decider::Privileged(_))
    }

    /// When the decider is told the truth, if it is.
    pub fn told(&self) -> Option<Told> {
        match self {
            Decider::Plain(_) => None,
            Decider::Privileged(informed) => Some(informed.told()),
        }
    }
}

/// A decider with the name under which its rows are listed.
pub struct Contestant {
    /// The name; that of nobody else.
    pub name: String,
    /// The decider.
    pub decider: Decider,
}

impl Contestant {
    /// Makes a contestant of anybody's defender.
    ///
    /// # Panics
    /// When the name is one that figures are measured by (`none`, `oracle`, `perfect-detector`, `foresight`) or ends in [`MARK`], as those
    /// of defenders that are told the truth do.
    pub fn new(name: &str, defender: impl Defender + 'static) -> Contestant {
        assert!(
            name != NONE && !PRIVILEGED.contains(&name),
            "`{name}` is what others are measured by; choose another name"
        );
        assert!(
            !name.ends_with(MARK),
            "`{name}`: the last character marks defenders that are told the truth"
        );
        Contestant { name: name.to_owned(), decider: Decider::Plain(Box::new(defender)) }
    }

    /// Makes a contestant of anybody's defender that is told the truth.
    /// Its name ends in [`MARK`], so that every table says so.
    pub fn privileged(name: &str, informed: impl Informed + 'static) -> Contestant {
        let name = format!("{}{MARK}", name.trim_end_matches(MARK));
        Contestant { name, decider: Decider::Privileged(Box::new(informed)) }
    }

    /// The shipped defenders that need no training, in the order of the table.
    pub fn baselines() -> Vec<Contestant> {
        let told = ToldTheTruth::late(ResponseAgent::new(PolicyTable::playbook()));
        let privileged = |name: &str, informed: Box<dyn Informed>| Contestant {
            name: name.to_owned(),
            decider: Decider::Privileged(informed),
        };
        vec![
            Contestant { name: NONE.to_owned(), decider: Decider::Plain(Box::new(Always(Action::Monitor))) },
            Contestant::new("random", Random::default()),
            Contestant::new("playbook", ResponseAgent::new(PolicyTable::playbook())),
            Contestant::new("scan-kill", ResponseAgent::new(PolicyTable::scan_kill())),
            privileged("perfect-detector", Box::new(told)),
            privileged(ORACLE, Box::new(Oracle)),
        ]
    }
}
